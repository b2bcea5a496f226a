package gtfsrt

import (
	"time"

	gtfs "github.com/MobilityData/gtfs-realtime-bindings/golang/gtfs"
	"google.golang.org/protobuf/proto"

	"kvartal/live"
)

// Encode makes a whole feed, as of now, of the fixes that have a position. The
// device names the entity, so that it is the same in every feed.
func Encode(now time.Time, fixes []live.Fix) ([]byte, error) {
	feed := &gtfs.FeedMessage{Header: &gtfs.FeedHeader{
		GtfsRealtimeVersion: proto.String("2.0"),
		Incrementality:      gtfs.FeedHeader_FULL_DATASET.Enum(),
		Timestamp:           proto.Uint64(uint64(now.Unix())),
	}}
	for i := range fixes {
		if fix := &fixes[i]; fix.HasPosition() {
			id := proto.String(string(fix.Device))
			feed.Entity = append(feed.Entity, &gtfs.FeedEntity{Id: id, Vehicle: encode(fix)})
		}
	}
	return proto.Marshal(feed)
}

func encode(fix *live.Fix) *gtfs.VehiclePosition {
	v := &gtfs.VehiclePosition{
		Position: encodePosition(fix),
		Vehicle: &gtfs.VehicleDescriptor{
			Id: proto.String(string(fix.Device)), Label: text(fix, label), LicensePlate: text(fix, plate),
		},
		StopId: text(fix, stop),
	}
	if !fix.Time.IsZero() {
		v.Timestamp = proto.Uint64(uint64(fix.Time.Unix()))
	}
	if id, line := text(fix, trip), text(fix, route); id != nil || line != nil {
		v.Trip = &gtfs.TripDescriptor{TripId: id, RouteId: line}
		if d, ok := fix.Input(direction); ok {
			v.Trip.DirectionId = proto.Uint32(uint32(d.Value))
		}
	}
	if n, ok := fix.Input(stopNumber); ok {
		v.CurrentStopSequence = proto.Uint32(uint32(n.Value))
	}
	if n, ok := fix.Input(stopStatus); ok {
		v.CurrentStatus = gtfs.VehiclePosition_VehicleStopStatus(n.Value).Enum()
	}
	if n, ok := fix.Input(occupancy); ok {
		v.OccupancyStatus = gtfs.VehiclePosition_OccupancyStatus(n.Value).Enum()
	}
	return v
}

func encodePosition(fix *live.Fix) *gtfs.Position {
	p := &gtfs.Position{
		Longitude: proto.Float32(float32(fix.Point[0])),
		Latitude:  proto.Float32(float32(fix.Point[1])),
	}
	if fix.Course.Known {
		p.Bearing = proto.Float32(float32(fix.Course.Value))
	}
	if fix.Speed.Known {
		p.Speed = proto.Float32(float32(fix.Speed.Value / kmhPerMetreSecond))
	}
	if fix.Odometer.Known {
		p.Odometer = proto.Float64(fix.Odometer.Value * metresPerKilometre)
	}
	return p
}

// text returns an input that was told as text, nil if none was.
func text(fix *live.Fix, name string) *string {
	input, ok := fix.Input(name)
	if !ok || input.Text == "" {
		return nil
	}
	return &input.Text
}
