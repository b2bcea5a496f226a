package resident

import (
	"testing"

	"github.com/paulmach/orb/maptile"
	"pgregory.net/rapid"

	"kvartal/tiles/mvt"
)

// Leaving out what the ranks say changes nothing but repetitions.
func TestRanksLeaveOutWhatIsNotSeen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		spread := rapid.SampledFrom([]int32{3, 200, 1 << 14, 1 << 28}).Draw(t, "spread")
		at := rapid.SampledFrom([]int32{0, 1 << 20, -1 << 30, 777_777_777}).Draw(t, "at")
		near := rapid.Int32Range(-spread, spread)
		ring := make([]vertex, rapid.IntRange(1, 50).Draw(t, "vertices"))
		for i := range ring {
			ring[i] = vertex{at + near.Draw(t, "x"), at + near.Draw(t, "y")}
		}
		steps := appendSteps(nil, ring, mvt.Lines)
		for z := maptile.Zoom(0); z <= 22; z++ {
			for _, detail := range []int{1, 8} {
				g := newGrid(maptile.New(0, 0, z))
				if z < unitZoom {
					g.coarsen(detail)
				}
				var all, ranked []mvt.Point
				for i, v := range ring {
					all = appendNew(all, g.point(v))
					if uint(steps[i]) >= g.down {
						ranked = appendNew(ranked, g.point(v))
					}
				}
				if len(all) != len(ranked) {
					t.Fatalf("at zoom %d in steps of %d units %d points differ from the one before, by ranks %d: %v", z, detail, len(all), len(ranked), ring)
				}
				for i := range all {
					if all[i] != ranked[i] {
						t.Fatalf("at zoom %d point %d is %v, by ranks %v", z, i, all[i], ranked[i])
					}
				}
			}
		}
	})
}

func appendNew(points []mvt.Point, p mvt.Point) []mvt.Point {
	if n := len(points); n > 0 && points[n-1] == p {
		return points
	}
	return append(points, p)
}
