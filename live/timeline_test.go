package live_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"kvartal/live"
)

func noon() time.Time { return time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC) }

func legs() live.Legs {
	return live.Legs{MaxGap: 5 * time.Minute, MaxSpeed: 150, Working: func(f *live.Fix) bool {
		blade, _ := f.Input("blade")
		return blade.Value == 1
	}}
}

// arrivals draws fixes of one device as a listener would have them: close
// together, some without time, some from wrong clocks, some at the same second.
func arrivals(t *rapid.T) []live.Fix {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) live.Fix {
		told := noon().Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "second")) * time.Second)
		received := told.Add(time.Duration(rapid.IntRange(-30, 900).Draw(t, "delay")) * time.Second)
		f := live.Fix{
			Device: "1", Time: told, Received: received,
			Point:  orb.Point{37.6 + float64(rapid.IntRange(0, 50).Draw(t, "x"))/1e4, 55.7},
			Inputs: []live.Input{{Name: "blade", Value: float64(rapid.IntRange(0, 1).Draw(t, "blade"))}},
			Flags:  rapid.SampledFrom([]live.Flags{0, 0, 0, live.Late, live.NotValid, live.NoPosition}).Draw(t, "flags"),
		}
		switch rapid.IntRange(0, 9).Draw(t, "clock") {
		case 0:
			f.Time = time.Time{}
		case 1:
			f.Time = f.Time.Add(2 * time.Hour)
		case 2:
			f.Time = f.Time.AddDate(73, 0, 0)
		case 3:
			f.Time = f.Time.Add(-1024 * 7 * 24 * time.Hour)
		}
		return f
	}), 1, 40).Draw(t, "fixes")
}

// withCopies repeats some fixes, received later or earlier, live or late.
func withCopies(t *rapid.T, fixes []live.Fix) []live.Fix {
	copies := slices.Clone(fixes)
	for range rapid.IntRange(0, 20).Draw(t, "copies") {
		f := rapid.SampledFrom(fixes).Draw(t, "copy")
		f.Received = f.Received.Add(time.Duration(rapid.IntRange(-300, 300).Draw(t, "moved")) * time.Second)
		f.Flags ^= live.Late
		copies = append(copies, f)
	}
	return copies
}

type summary struct {
	Track   []live.Moment
	Mileage live.Mileage
}

func summarise(fixes []live.Fix) summary {
	line := live.NewTimeline(legs())
	for _, f := range fixes {
		line.Add(f)
	}
	return summary{line.Track(), line.Mileage()}
}

func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		fixes := withCopies(t, arrivals(t))
		shuffled := rapid.Permutation(fixes).Draw(t, "shuffled")
		again := append(slices.Clone(shuffled), fixes...)
		want := summarise(fixes)
		for name, got := range map[string]summary{"shuffled": summarise(shuffled), "repeated": summarise(again)} {
			if diff := gocmp.Diff(want, got, cmpopts.IgnoreUnexported(live.Moment{})); diff != "" {
				t.Fatalf("timeline of fixes %s differs (-in order +%s):\n%s", name, name, diff)
			}
		}
	})
}

func TestMileageIsTheSumOfLegs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		got := summarise(withCopies(t, arrivals(t)))
		// A timeline built in order never takes a leg back.
		ordered := live.NewTimeline(legs())
		for _, m := range got.Track {
			if effect := ordered.Add(m.Fix); effect.Corrected {
				t.Fatalf("Add in order = %+v, want no correction", effect)
			}
		}
		if ordered.Mileage() != got.Mileage {
			t.Fatalf("Mileage() = %+v, want %+v", got.Mileage, ordered.Mileage())
		}
	})
}

// Whoever keeps a copy of the track and replaces what each effect names has the
// true track in the end: nothing changes unannounced.
func TestEffectsAnnounceEveryChange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		line := live.NewTimeline(legs())
		var shown []time.Time
		for _, f := range withCopies(t, arrivals(t)) {
			effect := line.Add(f)
			if effect.From.IsZero() {
				continue
			}
			shown = slices.DeleteFunc(shown, func(at time.Time) bool {
				return !at.Before(effect.From) && !at.After(effect.To)
			})
			for _, m := range line.Track() {
				if !m.At.Before(effect.From) && !m.At.After(effect.To) {
					shown = append(shown, m.At)
				}
			}
		}
		slices.SortFunc(shown, time.Time.Compare)
		var want []time.Time
		for _, m := range line.Track() {
			want = append(want, m.At)
		}
		if !slices.EqualFunc(shown, want, time.Time.Equal) {
			t.Fatalf("track by effects = %v, want %v", shown, want)
		}
	})
}

func TestLateFixCorrectsTheTrack(t *testing.T) {
	t.Parallel()
	line := live.NewTimeline(legs())
	at := func(minute int, lon float64) live.Fix {
		told := noon().Add(time.Duration(minute) * time.Minute)
		return live.Fix{Device: "1", Time: told, Received: told, Point: orb.Point{lon, 55.7}}
	}
	line.Add(at(0, 37.60))
	line.Add(at(2, 37.62))
	straight := line.Mileage()
	detour := at(1, 37.61)
	detour.Point[1] += 0.005
	detour.Flags = live.Late
	detour.Received = noon().Add(time.Hour)
	effect := line.Add(detour)
	want := live.Effect{From: noon(), To: noon().Add(2 * time.Minute), Corrected: true}
	if effect != want {
		t.Errorf("Add(late fix) = %+v, want %+v", effect, want)
	}
	if line.Mileage().Total <= straight.Total {
		t.Errorf("Mileage() = %v after a detour, want more than %v", line.Mileage(), straight)
	}
	if effect := line.Add(detour); effect != (live.Effect{Outcome: live.Duplicate}) {
		t.Errorf("Add(the same again) = %+v, want a duplicate without effect", effect)
	}
}

func TestMileageLeavesOutGapsAndJumps(t *testing.T) {
	t.Parallel()
	fixAt := func(second int, lon float64) live.Fix {
		told := noon().Add(time.Duration(second) * time.Second)
		return live.Fix{Device: "1", Time: told, Received: told, Point: orb.Point{lon, 0.5}}
	}
	// A hundredth of a degree near the equator is 1,111.9 m.
	cases := []struct {
		name  string
		fixes []live.Fix
		want  float64
	}{
		{"a way", []live.Fix{fixAt(0, 10), fixAt(60, 10.01)}, 1.1119},
		{"a silence", []live.Fix{fixAt(0, 10), fixAt(600, 10.01)}, 0},
		{"a jump", []live.Fix{fixAt(0, 10), fixAt(1, 10.01)}, 0},
	}
	for _, c := range cases {
		got := summarise(c.fixes).Mileage.Total.Kilometres()
		if diff := got - c.want; cmp.Compare(diff*diff, 1e-8) > 0 {
			t.Errorf("%s: Mileage() = %.4f km, want %.4f", c.name, got, c.want)
		}
	}
}

func BenchmarkTimelineAdd(b *testing.B) {
	line := live.NewTimeline(legs())
	for i := range b.N {
		told := noon().Add(time.Duration(i) * time.Second)
		line.Add(live.Fix{Device: "1", Time: told, Received: told, Point: orb.Point{37 + float64(i%1000)/1e5, 55}})
	}
}
