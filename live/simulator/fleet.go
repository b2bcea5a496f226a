package simulator

import (
	"fmt"
	"strconv"

	"kvartal/live"
)

// Class is what a unit is, as register devices names it.
type Class string

// The classes that are simulated.
const (
	Plough Class = "plough"
	Bus    Class = "bus"
	Sensor Class = "sensor"
)

// Unit is one device.
type Unit struct {
	Device live.DeviceID
	Class  Class
	Number int    // among its class, from 1
	Route  string // of a bus
}

// busRoutes is how many routes buses share.
const busRoutes = 4

// Fleet returns so many units of each class. The register of the demo city names
// the same devices: ploughs by IMEIs of 999, which no maker has, buses as
// sim-bus-01, sensors as sim-sensor-01.
func Fleet(ploughs, buses, sensors int) []Unit {
	units := make([]Unit, 0, ploughs+buses+sensors)
	for n := 1; n <= ploughs; n++ {
		units = append(units, Unit{Device: live.DeviceID(fmt.Sprintf("9990000000%05d", n)), Class: Plough, Number: n})
	}
	for n := 1; n <= buses; n++ {
		units = append(units, Unit{
			Device: live.DeviceID(fmt.Sprintf("sim-bus-%02d", n)), Class: Bus, Number: n, Route: strconv.Itoa(1 + (n-1)%busRoutes),
		})
	}
	for n := 1; n <= sensors; n++ {
		units = append(units, Unit{Device: live.DeviceID(fmt.Sprintf("sim-sensor-%02d", n)), Class: Sensor, Number: n})
	}
	return units
}
