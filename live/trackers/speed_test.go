package trackers_test

import (
	"math"
	"testing"

	"kvartal/live"
	"kvartal/live/trackers"
)

func TestSpeed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		told, kmh float64
		want      live.Number
	}{
		{12, 3.6, live.Some(43.2)},
		{11.111111, 3.6, live.Some(40)},
		{23.3, 1.852, live.Some(43.152)},
		{0, 3.6, live.Some(0)},
		{math.Inf(1), 3.6, live.Number{}},
	} {
		if got := trackers.Speed(c.told, c.kmh); got != c.want {
			t.Errorf("Speed(%v, %v) = %v, want %v", c.told, c.kmh, got, c.want)
		}
	}
}
