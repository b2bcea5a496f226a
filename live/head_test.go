package live_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvartal/live"
)

// Whatever the order of arrival, a head is what a timeline of the same fixes ends with.
func TestHeadIsTheEndOfTheTimeline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fixes := rapid.SliceOfN(rapid.Custom(drawHeadFix), 1, 30).Draw(t, "fixes")
		seed := rapid.Uint64().Draw(t, "seed")
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(fixes), func(i, j int) { fixes[i], fixes[j] = fixes[j], fixes[i] }) //nolint:gosec // a test

		var head live.Head
		timeline := live.NewTimeline(live.Legs{})
		for _, f := range fixes {
			timeline.Add(f)
			head.Take(live.MomentOf(&f))
		}
		newest, known := timeline.Latest()
		if (head.Newest != nil) != known || known && head.Newest.Compare(&newest) != 0 {
			t.Errorf("newest of %d fixes = %v, want %v", len(fixes), head.Newest, newest)
		}
		var placed *live.Moment
		for _, m := range timeline.Track() {
			if m.HasPosition() {
				placed = &m
			}
		}
		if (head.Placed != nil) != (placed != nil) || placed != nil && head.Placed.Compare(placed) != 0 {
			t.Errorf("placed of %d fixes = %v, want %v", len(fixes), head.Placed, placed)
		}
	})
}

// drawHeadFix draws fixes of which many are of one time, copies, or absurd. No
// clock is ahead: a copy that moves such a fix back is for the recorder to know.
func drawHeadFix(t *rapid.T) live.Fix {
	start := time.Date(2026, 1, 20, 8, 0, 0, 0, time.UTC)
	f := live.Fix{
		Device: "plough-1", Source: "egts",
		Time:     start.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "minute")) * time.Minute),
		Received: start.Add(time.Duration(rapid.IntRange(10, 12).Draw(t, "received")) * time.Minute),
		Speed:    live.Some(float64(rapid.IntRange(0, 2).Draw(t, "speed"))),
	}
	f.Point[0], f.Point[1] = 74.6, 42.87
	if rapid.Bool().Draw(t, "nowhere") {
		f.Flags |= live.NoPosition
	}
	if rapid.IntRange(0, 9).Draw(t, "absurd") == 0 {
		f.Time = start.AddDate(73, 0, 0)
	}
	return f
}
