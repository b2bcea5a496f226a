package simulator_test

import (
	"context"
	"log/slog"
	"net"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/live"
	"kvartal/live/ingest"
	"kvartal/live/simulator"
	"kvartal/live/trackers"
	"kvartal/live/trackers/egts"
	"kvartal/live/trackers/gtfsrt"
	"kvartal/live/trackers/wialon"
)

type anybody struct{}

func (anybody) Admit(context.Context, trackers.Login) error { return nil }

// told are fixes by what tells them apart for a device.
type told struct {
	mu    sync.Mutex
	fixes map[live.Key]int // guarded by mu
}

func (k *told) add(f live.Fix) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fixes == nil {
		k.fixes = map[live.Key]int{}
	}
	k.fixes[live.Key{Device: f.Device, Time: f.Time}]++
}

// block is four streets around a house block.
func block(t *testing.T) *simulator.Streets {
	t.Helper()
	s, err := simulator.NewStreets([]orb.LineString{
		{{74.60, 42.87}, {74.61, 42.87}, {74.61, 42.88}},
		{{74.61, 42.88}, {74.60, 42.88}, {74.60, 42.87}},
		{{10, 10}, {10, 10.1}}, // hangs together with nothing
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestTheFleetSpeaksToTheListeners has each protocol spoken to the real listener.
// The first batch is not kept, so all have to connect anew and tell it again.
func TestTheFleetSpeaksToTheListeners(t *testing.T) {
	t.Parallel()
	kept, acknowledged := &told{}, &told{}
	refused := map[string]bool{}
	var mu sync.Mutex
	keep := func(_ context.Context, fixes []live.Fix) error {
		mu.Lock()
		defer mu.Unlock()
		if len(fixes) > 0 && !refused[fixes[0].Source] {
			refused[fixes[0].Source] = true
			return kvartal.Errorf(kvartal.KindUnavailable, "the disk is full")
		}
		for _, f := range fixes {
			kept.add(f)
		}
		return nil
	}
	log := slog.New(slog.DiscardHandler)
	listeners := ingest.NewListeners(ingest.Config{Guard: anybody{}, Keep: keep, MaxConnections: 100, Log: log})
	ctx, cancel := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	t.Cleanup(func() { cancel(); serving.Wait() })
	addresses := map[string]string{}
	open := func(name string, serve func(net.Listener) error) {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addresses[name] = listener.Addr().String()
		serving.Go(func() { _ = serve(listener) })
	}
	for _, p := range ingest.Protocols() {
		open(p.Name, func(l net.Listener) error { return listeners.Serve(ctx, p, l) })
	}
	open(ingest.MQTT, func(l net.Listener) error { return listeners.ServeMQTT(ctx, l, ingest.NewForms(nil)) })
	feed := simulator.NewFeed()
	fleet := simulator.New(simulator.Config{
		Streets: block(t), Units: simulator.Fleet(16, 2, 2), Seed: 1, Interval: time.Second, Faults: true,
		EGTS: addresses[egts.Source], Wialon: addresses[wialon.Source], MQTT: addresses[ingest.MQTT],
		Feed: feed, Acknowledged: acknowledged.add,
	})
	running, stop := context.WithTimeout(ctx, 3*time.Second)
	defer stop()
	fleet.Run(running, 20*time.Second)

	report := fleet.Report()
	if want := report.Measured - report.Published; report.Acknowledged != want || report.Broken < 3 || report.Published < 2 || report.Acknowledged < 20 {
		t.Errorf("Report = %+v, want all acknowledged but what the feed shows, and three connections broken", report)
	}
	for key, times := range acknowledged.fixes {
		if times != 1 || kept.fixes[key] == 0 {
			t.Errorf("%v was acknowledged %d times and kept %d times, want once and at least once", key, times, kept.fixes[key])
		}
	}
	served := httptest.NewServer(feed)
	defer served.Close()
	buses := &told{}
	poller := ingest.NewPoller(ingest.Feed{URL: served.URL, Decode: gtfsrt.Decode}, ingest.NewIntake(func(_ context.Context, fixes []live.Fix) error {
		for _, f := range fixes {
			buses.add(f)
		}
		return nil
	}, ingest.NewMetrics(nil), log), log)
	if err := poller.Poll(ctx); err != nil || len(buses.fixes) != 2 {
		t.Errorf("the feed shows %d buses, %v, want 2", len(buses.fixes), err)
	}
}

func TestThereHaveToBeStreets(t *testing.T) {
	t.Parallel()
	if _, err := simulator.NewStreets([]orb.LineString{{{1, 1}}}); kvartal.KindOf(err) != kvartal.KindInvalid {
		t.Errorf("NewStreets of a point = %v, want KindInvalid", err)
	}
}

func TestTheFleetIsMarked(t *testing.T) {
	t.Parallel()
	want := []simulator.Unit{
		{Device: "999000000000001", Class: simulator.Plough, Number: 1},
		{Device: "sim-bus-01", Class: simulator.Bus, Number: 1, Route: "1"},
		{Device: "sim-sensor-01", Class: simulator.Sensor, Number: 1},
	}
	if diff := cmp.Diff(want, simulator.Fleet(1, 1, 1)); diff != "" {
		t.Errorf("Fleet differs (-want +got):\n%s", diff)
	}
}
