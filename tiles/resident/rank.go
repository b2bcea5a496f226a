package resident

import (
	"math"
	"math/bits"

	"kvartal/tiles/mvt"
)

// appendSteps appends the rank of each vertex of a ring, by the zoom at which it
// begins to matter. Rounded to a grid, a vertex that comes to lie upon the one
// before it adds nothing, so leaving it out changes no tile; and since all rings
// are rounded to the same grid, those that share a border go on sharing it,
// whichever of its vertices they leave out.
func appendSteps(steps []uint8, ring []vertex, kind mvt.GeometryType) []uint8 {
	for i, v := range ring {
		if i == 0 || kind == mvt.Points {
			steps = append(steps, math.MaxUint8)
			continue
		}
		before := ring[i-1]
		steps = append(steps, max(coarsest(before.x, v.x), coarsest(before.y, v.y)))
	}
	return steps
}

// coarsest returns the power of 2 that is the coarsest step of a grid on which a
// and b, rounded, differ; 0 if there is none.
func coarsest(a, b int32) uint8 {
	// With steps above twice the highest bit in which they differ, both are in one
	// half of a step.
	for step := uint(bits.Len32(uint32(a^b))) + 1; step > 0; step-- {
		half := int64(1) << step >> 1
		if (int64(a)+half)>>step != (int64(b)+half)>>step {
			return uint8(step)
		}
	}
	return 0
}
