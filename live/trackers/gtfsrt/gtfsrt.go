// Package gtfsrt reads and writes the VehiclePositions of GTFS Realtime 2.0
// (gtfs.org/realtime): what cities publish of their buses.
package gtfsrt

import (
	"strconv"
	"time"

	gtfs "github.com/MobilityData/gtfs-realtime-bindings/golang/gtfs"
	"github.com/paulmach/orb"
	"google.golang.org/protobuf/proto"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers"
)

// Source is the name of the protocol in fixes.
const Source = "gtfs-rt"

// Names of the inputs.
const (
	label      = "label"
	plate      = "plate"
	trip       = "trip"
	route      = "route"
	direction  = "direction"
	stop       = "stop"
	stopNumber = "stop_sequence"
	stopStatus = "stop_status" // 0 incoming, 1 stopped, 2 in transit
	occupancy  = "occupancy"   // as OccupancyStatus of the standard
)

// maxVehicles is the longest feed.
const maxVehicles = 50_000

// Decode reads a feed message, whole or differential. Entities that are no
// positions, or are deleted, are left out. Errors are of kvartal.KindInvalid or
// KindTooLarge.
func Decode(data []byte) ([]live.Fix, error) {
	var feed gtfs.FeedMessage
	if err := proto.Unmarshal(data, &feed); err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "this is not a GTFS Realtime feed").Because(err)
	}
	if len(feed.GetEntity()) > maxVehicles {
		return nil, kvartal.Errorf(kvartal.KindTooLarge, "a feed holds at most %d entities, not %d", maxVehicles, len(feed.GetEntity()))
	}
	var fixes []live.Fix
	for _, entity := range feed.GetEntity() {
		if vehicle := entity.GetVehicle(); vehicle != nil && !entity.GetIsDeleted() {
			fixes = append(fixes, decode(entity.GetId(), vehicle))
		}
	}
	return fixes, nil
}

func decode(id string, v *gtfs.VehiclePosition) live.Fix {
	fix := live.Fix{Device: live.DeviceID(v.GetVehicle().GetId()), Source: Source}
	if fix.Device == "" {
		fix.Device = live.DeviceID(id)
	}
	if v.Timestamp != nil {
		fix.Time = time.Unix(int64(v.GetTimestamp()), 0).UTC()
	}
	decodePosition(&fix, v.Position)
	in := inputs{list: &fix.Inputs}
	in.text(label, v.GetVehicle().GetLabel())
	in.text(plate, v.GetVehicle().GetLicensePlate())
	in.text(trip, v.GetTrip().GetTripId())
	in.text(route, v.GetTrip().GetRouteId())
	if v.Trip != nil && v.Trip.DirectionId != nil {
		in.number(direction, float64(v.Trip.GetDirectionId()))
	}
	in.text(stop, v.GetStopId())
	if v.CurrentStopSequence != nil {
		in.number(stopNumber, float64(v.GetCurrentStopSequence()))
	}
	if v.CurrentStatus != nil {
		in.number(stopStatus, float64(v.GetCurrentStatus()))
	}
	if v.OccupancyStatus != nil {
		in.number(occupancy, float64(v.GetOccupancyStatus()))
	}
	return fix
}

// The standard measures in metres and m/s.
const (
	metresPerKilometre = 1000
	kmhPerMetreSecond  = 3.6
)

func decodePosition(fix *live.Fix, p *gtfs.Position) {
	if p == nil {
		fix.Flags |= live.NoPosition
		return
	}
	fix.Point = orb.Point{written(p.GetLongitude()), written(p.GetLatitude())}
	if p.Bearing != nil {
		fix.Course = live.Some(written(p.GetBearing()))
	}
	if p.Speed != nil {
		fix.Speed = trackers.Speed(written(p.GetSpeed()), kmhPerMetreSecond)
	}
	if p.Odometer != nil {
		fix.Odometer = live.Some(p.GetOdometer() / metresPerKilometre)
	}
}

// written is the number that somebody wrote into 32 bits, of the many that are
// the same there the shortest: 74.6, not 74.5999984741211.
func written(v float32) float64 {
	n, err := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
	if err != nil {
		return float64(v) // not reached: all that is formatted can be read
	}
	return n
}

// inputs appends readings that were told.
type inputs struct{ list *[]live.Input }

func (in inputs) text(name, text string) {
	if text != "" {
		*in.list = append(*in.list, live.Input{Name: name, Text: text})
	}
}

func (in inputs) number(name string, v float64) {
	*in.list = append(*in.list, live.Input{Name: name, Value: v})
}
