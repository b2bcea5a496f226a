package mvt

import "math"

// ringClipper cuts rings to a box, by Sutherland and Hodgman. Where a ring leaves
// the box and comes back, its parts are joined by edges that lie upon one another
// along the box: Polygon takes them apart.
type ringClipper struct{ from, to []Point }

// clip returns the part of a ring that lies in the box, good until the next call.
func (c *ringClipper) clip(ring []Point, box Box) []Point {
	c.to = clipSide(c.to[:0], ring, west, box)
	for _, side := range [...]int{east, north, south} {
		c.from, c.to = c.to, clipSide(c.from[:0], c.to, side, box)
	}
	return c.to
}

// clipSide appends the part of a ring that does not lie beyond one side of box.
func clipSide(dst, ring []Point, side int, box Box) []Point {
	if len(ring) == 0 {
		return dst
	}
	a := ring[len(ring)-1]
	aOut := box.outside(a)&side != 0
	for _, b := range ring {
		bOut := box.outside(b)&side != 0
		if aOut != bOut {
			dst = append(dst, box.crossing(a, b, side))
		}
		if !bOut {
			dst = append(dst, b)
		}
		a, aOut = b, bOut
	}
	return dst
}

// crossingY returns the y at which the segment a, b has an x, rounded. It is the
// same for b, a, so that neighbours are cut alike. The sums are in floating
// point, because their products may not fit integers: segments reach as far as
// the world does.
func crossingY(a, b Point, x int) int {
	if b.X < a.X {
		a, b = b, a
	}
	return a.Y + int(math.Round(float64(x-a.X)/float64(b.X-a.X)*float64(b.Y-a.Y)))
}

// crossingX returns the x at which the segment a, b has a y, as crossingY does.
func crossingX(a, b Point, y int) int {
	if b.Y < a.Y {
		a, b = b, a
	}
	return a.X + int(math.Round(float64(y-a.Y)/float64(b.Y-a.Y)*float64(b.X-a.X)))
}
