package democity

import (
	"context"
	"fmt"
	"strconv"
)

// How many simulated devices the register has. kvartal/live/simulator moves
// devices of the same names.
const (
	fleetPloughs = 24
	fleetBuses   = 16
	fleetSensors = 24
	fleetRoutes  = 4
)

// Profiles of the readings of simulated devices.
const (
	ploughProfile = "simulation-plough"
	sensorProfile = "simulation-sensor"
)

// placeSensors puts sensors at houses, in the bins before them.
func (c *city) placeSensors(ctx context.Context) error {
	for n := range fleetSensors {
		at := c.center
		if len(c.addresses) > 0 {
			at = c.addresses[c.dice("sensor", int64(n)).IntN(len(c.addresses))].at
		}
		place, err := c.store.FromCity(ctx, at)
		if err != nil {
			return err
		}
		c.sensors = append(c.sensors, place)
	}
	return nil
}

// deviceRows are the trackers and sensors that the simulation speaks for, marked
// by their names.
func (c *city) deviceRows(yield func(row) bool) {
	for n := range fleetPloughs {
		if !yield(row{fields: fields{
			"device": fmt.Sprintf("9990000000%05d", n+1), "name": fmt.Sprintf("Симуляция: КДМ-%d", n+1), "class": "plough",
			"unit": "Симуляция: дорожная служба", "contractor": fmt.Sprintf("Симуляция: подрядчик %d", 1+n%3),
			"plate": fmt.Sprintf("SIM %03d", n+1), "profile": ploughProfile, "interval": 5,
		}}) {
			return
		}
	}
	for n := range fleetBuses {
		if !yield(row{fields: fields{
			"device": fmt.Sprintf("sim-bus-%02d", n+1), "name": fmt.Sprintf("Симуляция: автобус %d", n+1), "class": "bus",
			"unit": "Симуляция: автопарк", "plate": fmt.Sprintf("SIM %03d", 500+n+1), "route": strconv.Itoa(1 + n%fleetRoutes), "interval": 5,
		}}) {
			return
		}
	}
	for n, at := range c.sensors {
		if !yield(row{fields: fields{
			"device": fmt.Sprintf("sim-sensor-%02d", n+1), "name": fmt.Sprintf("Симуляция: датчик бака %d", n+1), "class": "sensor",
			"unit": "Симуляция: вывоз отходов", "profile": sensorProfile, "interval": 30, "lon": at[0], "lat": at[1],
		}}) {
			return
		}
	}
}

// deviceInputRows say what the readings of simulated devices mean.
func (*city) deviceInputRows(yield func(row) bool) {
	for _, f := range []fields{
		{"profile": ploughProfile, "reading": "blade", "input": "din", "bit": 0},
		{"profile": ploughProfile, "reading": "spreader", "input": "din", "bit": 1},
		{"profile": ploughProfile, "reading": "ignition", "input": "din", "bit": 7},
		{"profile": sensorProfile, "reading": "temperature", "input": "temperature"},
		{"profile": sensorProfile, "reading": "fill", "input": "fill"},
	} {
		if !yield(row{fields: f}) {
			return
		}
	}
}
