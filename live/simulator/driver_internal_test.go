package simulator

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"

	"kvartal/live"
)

// drive has a plough measure for some hours, as seed draws.
func drive(t *testing.T, seed uint64) (fixes []live.Fix, away int) {
	t.Helper()
	streets, err := NewStreets([]orb.LineString{{{74.60, 42.87}, {74.61, 42.87}, {74.61, 42.88}, {74.60, 42.88}, {74.60, 42.87}}})
	if err != nil {
		t.Fatal(err)
	}
	d := newDriver(Config{Streets: streets, Seed: seed, Interval: 5 * time.Second, Faults: true}, 3, Unit{Device: "1", Class: Plough, Number: 2})
	for at := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC); len(fixes) < 4000; at = at.Add(5 * time.Second) {
		f, ok := d.measure(at)
		if !ok {
			t.Fatalf("nothing is told at %v", at)
		}
		if !d.reached() {
			away++
		}
		fixes = append(fixes, f)
	}
	return fixes, away
}

func TestTheSameSeedDrivesTheSame(t *testing.T) {
	t.Parallel()
	first, away := drive(t, 1)
	again, _ := drive(t, 1)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the same seed drove another way:\n%s", diff)
	}
	if other, _ := drive(t, 2); cmp.Equal(first, other) {
		t.Error("another seed drove the same")
	}
	blind, working := 0, 0
	for i, f := range first {
		if f.Flags&live.NotValid != 0 {
			blind++
		}
		if din, _ := f.Input("din"); int(din.Value)&bladeBit != 0 {
			working++
		}
		if i > 0 {
			if km := geo.Distance(first[i-1].Point, f.Point) / 1000; km > 60.0/3600*5 {
				t.Fatalf("between two fixes lie %.3f km: too fast", km)
			}
		}
	}
	if away == 0 || blind == 0 || working == 0 || working == len(first) {
		t.Errorf("in some hours %d fixes without a network, %d without satellites, %d at work: want some of each", away, blind, working)
	}
}
