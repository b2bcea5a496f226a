package track_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"kvartal/live"
	"kvartal/live/track"
)

var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

func bit(n uint) func(*live.Fix) bool {
	return func(f *live.Fix) bool {
		din, ok := f.Input("din")
		return ok && uint64(din.Value)>>n&1 == 1
	}
}

func options() track.Options {
	return track.Options{
		Legs:     live.Legs{MaxGap: 2 * time.Minute, MaxSpeed: 200, Working: bit(0)},
		Ignition: bit(1), Slow: 3, Pause: time.Minute, Near: 30_000,
	}
}

// at is a fix some seconds after noon, some metres to the east.
func at(seconds int, metres float64, din float64) live.Fix {
	told := noon.Add(time.Duration(seconds) * time.Second)
	return live.Fix{Device: "7", Source: "egts", Time: told, Received: told, Point: orb.Point{74.6 + metres/81_600, 42.87}, Inputs: []live.Input{{Name: "din", Value: din}}}
}

func moments(fixes ...live.Fix) []live.Moment {
	timeline := live.NewTimeline(live.Legs{})
	for _, f := range fixes {
		timeline.Add(f)
	}
	return timeline.Track()
}

func TestAShift(t *testing.T) {
	t.Parallel()
	var fixes []live.Fix
	for i := range 6 { // to the street, ploughing from the third on
		din := 2.0
		if i >= 2 {
			din = 3
		}
		fixes = append(fixes, at(10*i, float64(100*i), din))
	}
	for i := range 10 { // standing with the engine on
		fixes = append(fixes, at(60+10*i, 500, 2))
	}
	fixes = append(fixes, at(600, 900, 2), at(610, 1000, 2)) // after a tunnel
	silent := at(605, 0, 2)
	silent.Flags = live.NoPosition
	got := track.Of(moments(append(fixes, silent)...), options())
	kinds := []string{}
	for _, r := range got.Runs {
		kind := string(r.Action)
		if r.Gap {
			kind = "gap"
		}
		kinds = append(kinds, kind)
	}
	if diff := cmp.Diff([]string{"transit", "working", "transit", "gap", "transit"}, kinds); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	if total, working := got.Mileage.Total.Kilometres(), got.Mileage.Working.Kilometres(); total < 0.59 || total > 0.61 || working < 0.29 || working > 0.31 {
		t.Errorf("mileage = %v, %v at work, want 0.6 and 0.3 km", total, working)
	}
	if len(got.Stops) != 1 || got.Stops[0].To.Sub(got.Stops[0].From) != 100*time.Second || !got.Stops[0].Idling() || got.Gaps != 1 || got.Fixes != 19 {
		t.Errorf("stops %+v, %d gaps, %d fixes, want one stop of 100 s with the engine on, a gap, 19 fixes", got.Stops, got.Gaps, got.Fixes)
	}
}

func TestNothingTold(t *testing.T) {
	t.Parallel()
	for _, fixes := range [][]live.Fix{nil, {at(0, 0, 0)}} {
		got := track.Of(moments(fixes...), options())
		if len(got.Runs)+len(got.Stops)+got.Gaps != 0 || got.Fixes != len(fixes) {
			t.Errorf("Of(%d fixes) = %+v, want nothing", len(fixes), got)
		}
	}
}

// TestAnySetOfFixesGivesOneTrack arrives in any order and more than once; the
// parts of a track add up to the whole.
func TestAnySetOfFixesGivesOneTrack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		fixes := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) live.Fix {
			f := at(rapid.IntRange(0, 900).Draw(t, "second"), float64(rapid.IntRange(0, 300).Draw(t, "metres")), float64(rapid.IntRange(0, 3).Draw(t, "din")))
			if rapid.Bool().Draw(t, "tells speed") {
				f.Speed = live.Some(float64(rapid.IntRange(0, 9).Draw(t, "speed")))
			}
			if rapid.IntRange(0, 9).Draw(t, "position") == 0 {
				f.Flags = live.NoPosition
			}
			return f
		}), 0, 60).Draw(t, "fixes")
		one := track.Of(moments(fixes...), options())
		again := append(append([]live.Fix{}, fixes...), fixes[:len(fixes)/2]...)
		if diff := cmp.Diff(one, track.Of(moments(rapid.Permutation(again).Draw(t, "order")...), options())); diff != "" {
			t.Fatalf("the same fixes in another order, some twice (-one +other):\n%s", diff)
		}
		whole := live.NewTimeline(options().Legs)
		for _, f := range fixes {
			if f.HasPosition() {
				whole.Add(f)
			}
		}
		var sum live.Mileage
		vertices, gaps := 0, 0
		for i, r := range one.Runs {
			if i > 0 && !one.Runs[i-1].To().Equal(r.From()) {
				t.Fatalf("run %d begins at %v, the one before ended at %v", i, r.From(), one.Runs[i-1].To())
			}
			vertices += len(r.Vertices) - 1
			sum.Total += r.Length
			if r.Action == track.Working {
				sum.Working += r.Length
			}
			if r.Gap {
				gaps++
			}
		}
		if sum != one.Mileage || sum != whole.Mileage() || gaps != one.Gaps {
			t.Fatalf("runs add up to %+v with %d gaps, the track says %+v and %d, the timeline %+v", sum, gaps, one.Mileage, one.Gaps, whole.Mileage())
		}
		if n := len(whole.Track()); vertices != max(n-1, 0) {
			t.Fatalf("runs have %d legs of %d fixes", vertices, n)
		}
		for i, s := range one.Stops {
			if s.To.Sub(s.From) < time.Minute || s.Idle > s.To.Sub(s.From) || i > 0 && s.From.Before(one.Stops[i-1].To) {
				t.Fatalf("stop %d = %+v after %+v", i, s, one.Stops[max(i-1, 0)])
			}
		}
	})
}

func BenchmarkOf(b *testing.B) {
	var fixes []live.Fix
	for i := range 8640 {
		fixes = append(fixes, at(10*i, float64(i%400*50), float64(i/100%4)))
	}
	day := moments(fixes...)
	for b.Loop() {
		track.Of(day, options())
	}
	b.ReportMetric(float64(b.N*len(day))/b.Elapsed().Seconds(), "fixes/s")
}
