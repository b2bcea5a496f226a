package gtfsrt_test

import (
	"testing"
	"time"

	gtfs "github.com/MobilityData/gtfs-realtime-bindings/golang/gtfs"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"google.golang.org/protobuf/proto"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers/gtfsrt"
)

func morning() time.Time { return time.Date(2026, 1, 15, 6, 30, 0, 0, time.UTC) }

func fleet() []live.Fix {
	return []live.Fix{
		{Device: "7", Source: "gtfs-rt", Time: morning(), Point: orb.Point{74.6, 42.87}},
		{
			Device: "8", Source: "gtfs-rt", Time: morning(), Point: orb.Point{74.61, 42.88},
			Speed: live.Some(43.2), Course: live.Some(271.3), Odometer: live.Some(1234.5),
			Inputs: []live.Input{
				{Name: "label", Text: "815"},
				{Name: "plate", Text: "01 KG 123"},
				{Name: "trip", Text: "t-1"},
				{Name: "route", Text: "12"},
				{Name: "direction", Value: 0},
				{Name: "stop", Text: "s-4"},
				{Name: "stop_sequence", Value: 4},
				{Name: "stop_status", Value: 1},
				{Name: "occupancy", Value: 3},
			},
		},
	}
}

// What was written as decimals comes back as the same decimals, though there are
// 32 bits between.
func TestFeedsComeBack(t *testing.T) {
	t.Parallel()
	lost := live.Fix{Device: "lost", Flags: live.NoPosition}
	data, err := gtfsrt.Encode(morning(), append(fleet(), lost))
	if err != nil {
		t.Fatalf("Encode = %v", err)
	}
	got, err := gtfsrt.Decode(data)
	if diff := cmp.Diff(fleet(), got); err != nil || diff != "" {
		t.Errorf("Decode(Encode) = %v; differs (-sent +got):\n%s", err, diff)
	}
}

func TestHeaderSaysWhen(t *testing.T) {
	t.Parallel()
	data, err := gtfsrt.Encode(morning(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var feed gtfs.FeedMessage
	if err := proto.Unmarshal(data, &feed); err != nil || feed.GetHeader().GetTimestamp() != uint64(morning().Unix()) {
		t.Errorf("header of Encode = %v, %v, want the time %d", feed.GetHeader(), err, morning().Unix())
	}
}

func TestWhatIsNoPositionIsLeftOut(t *testing.T) {
	t.Parallel()
	vehicle := &gtfs.VehiclePosition{Vehicle: &gtfs.VehicleDescriptor{Label: proto.String("x")}}
	data, err := proto.Marshal(&gtfs.FeedMessage{
		Header: &gtfs.FeedHeader{GtfsRealtimeVersion: proto.String("2.0")},
		Entity: []*gtfs.FeedEntity{
			{Id: proto.String("alert"), Alert: &gtfs.Alert{}},
			{Id: proto.String("gone"), IsDeleted: proto.Bool(true), Vehicle: vehicle},
			{Id: proto.String("nameless"), Vehicle: vehicle},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := gtfsrt.Decode(data)
	want := []live.Fix{{Device: "nameless", Source: "gtfs-rt", Flags: live.NoPosition, Inputs: []live.Input{{Name: "label", Text: "x"}}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Decode = %v; differs (-want +got):\n%s", err, diff)
	}
}

func TestGarbage(t *testing.T) {
	t.Parallel()
	if got, err := gtfsrt.Decode([]byte("<html>")); kvartal.KindOf(err) != kvartal.KindInvalid || err == nil {
		t.Errorf("Decode(page) = %v, %v, want an error of KindInvalid", got, err)
	}
}

func FuzzDecode(f *testing.F) {
	data, err := gtfsrt.Encode(morning(), fleet())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := gtfsrt.Decode(data); err != nil && kvartal.KindOf(err) == kvartal.KindInternal {
			t.Fatalf("Decode(%x) = %v, want a Kind", data, err)
		}
	})
}
