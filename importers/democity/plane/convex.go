package plane

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// touch is how far, in metres, two polygons may reach into each other by
// rounding and still only touch.
const touch = 1e-7

// Convex is a convex polygon: its corners counter-clockwise, the first not
// repeated. A point and a segment are polygons of one and two corners.
type Convex []orb.Point

// Bound returns the envelope.
func (c Convex) Bound() orb.Bound { return orb.MultiPoint(c).Bound() }

// Polygon returns c as a polygon with a closed ring.
func (c Convex) Polygon() orb.Polygon {
	ring := make(orb.Ring, 0, len(c)+1)
	return orb.Polygon{append(append(ring, c...), c[0])}
}

// Area returns the area, which is negative for corners in clockwise order.
func (c Convex) Area() float64 {
	area := 0.0
	for i := 2; i < len(c); i++ {
		area += Cross(Sub(c[i-1], c[0]), Sub(c[i], c[0]))
	}
	return area / 2
}

// Center returns the mean of the corners, a point inside.
func (c Convex) Center() orb.Point {
	var sum orb.Point
	for _, p := range c {
		sum = Add(sum, p, 1)
	}
	return orb.Point{sum[0] / float64(len(c)), sum[1] / float64(len(c))}
}

// IsConvex reports whether the corners turn left everywhere.
func (c Convex) IsConvex() bool {
	for i := range c {
		a, b, d := c[i], c[(i+1)%len(c)], c[(i+2)%len(c)]
		if Cross(Sub(b, a), Sub(d, b)) < -touch {
			return false
		}
	}
	return len(c) > 2 && c.Area() > 0
}

// Depth returns how far inside c the point lies: its distance to the nearest
// edge's line, negative outside.
func (c Convex) Depth(p orb.Point) float64 {
	depth := math.Inf(1)
	for i, a := range c {
		b := c[(i+1)%len(c)]
		depth = min(depth, Cross(Unit(Sub(b, a)), Sub(p, a)))
	}
	return depth
}

// Holds reports whether all points lie at least margin inside c.
func (c Convex) Holds(points []orb.Point, margin float64) bool {
	for _, p := range points {
		if c.Depth(p) < margin {
			return false
		}
	}
	return true
}

// Cut returns the part of c on the side of the line through p that the unit
// normal n points to; nil if there is none. Corners closer than a centimetre
// become one, which only makes the polygon smaller.
func (c Convex) Cut(p, n orb.Point) Convex {
	out := make(Convex, 0, len(c)+1)
	for i, a := range c {
		b := c[(i+1)%len(c)]
		da, db := Dot(Sub(a, p), n), Dot(Sub(b, p), n)
		if da >= 0 {
			out = append(out, a)
		}
		if (da > 0 && db < 0) || (da < 0 && db > 0) {
			out = append(out, Between(a, b, da/(da-db)))
		}
	}
	out = slices.CompactFunc(out, func(a, b orb.Point) bool { return Distance(a, b) < 0.01 })
	for len(out) > 1 && Distance(out[0], out[len(out)-1]) < 0.01 {
		out = out[:len(out)-1]
	}
	if len(out) < 3 {
		return nil
	}
	return out
}

// Overlaps reports whether the interiors meet: no edge of either has all of the
// other beyond it (separating axis theorem).
func (c Convex) Overlaps(other Convex) bool { return !c.parts(other) && !other.parts(c) }

// parts reports whether an edge of c has all of other on its outer side.
func (c Convex) parts(other Convex) bool {
	for i, a := range c {
		if beyond(other, a, Unit(Sub(c[(i+1)%len(c)], a))) {
			return true
		}
	}
	return false
}

// beyond reports whether no point lies left of the line through a in direction d.
func beyond(points []orb.Point, a, d orb.Point) bool {
	for _, p := range points {
		if Cross(d, Sub(p, a)) > touch {
			return false
		}
	}
	return true
}

// CutBeyond cuts c by that edge of obstacle which leaves most of it and the
// point keep in it; nil if no edge does.
func (c Convex) CutBeyond(obstacle Convex, keep orb.Point) Convex {
	var best Convex
	for i, a := range obstacle {
		outward := Left(Unit(Sub(a, obstacle[(i+1)%len(obstacle)])))
		if Dot(Sub(keep, a), outward) < 0 {
			continue
		}
		if part := c.Cut(a, outward); part != nil && (best == nil || part.Area() > best.Area()) {
			best = part
		}
	}
	return best
}

// Closest returns the pair of nearest points of two polygons whose interiors do
// not meet.
func (c Convex) Closest(other Convex) (on, off orb.Point) {
	least := math.Inf(1)
	try := func(p, q orb.Point) {
		if d := Distance(p, q); d < least {
			least, on, off = d, p, q
		}
	}
	for i, p := range c {
		for j, q := range other {
			try(p, nearest(p, q, other[(j+1)%len(other)]))
			try(nearest(q, p, c[(i+1)%len(c)]), q)
		}
	}
	return on, off
}

// Hull returns the convex hull (Andrew's monotone chain).
func Hull(points []orb.Point) Convex {
	points = slices.Clone(points)
	slices.SortFunc(points, compare)
	points = slices.Compact(points)
	if len(points) < 3 {
		return nil
	}
	lower := chain(points)
	slices.Reverse(points)
	upper := chain(points)
	return append(lower[:len(lower)-1], upper[:len(upper)-1]...)
}

func compare(a, b orb.Point) int {
	switch {
	case a[0] < b[0] || (a[0] == b[0] && a[1] < b[1]):
		return -1
	case a == b:
		return 0
	}
	return 1
}

func chain(points []orb.Point) Convex {
	var out Convex
	for _, p := range points {
		for len(out) > 1 && Cross(Sub(out[len(out)-1], out[len(out)-2]), Sub(p, out[len(out)-2])) <= 0 {
			out = out[:len(out)-1]
		}
		out = append(out, p)
	}
	return out
}

// Box returns the rectangle of least area around a hull, wider by margin on
// each side. One of its sides runs along one of the hull's.
func (c Convex) Box(margin float64) Convex {
	var best Convex
	for i, a := range c {
		u := Unit(Sub(c[(i+1)%len(c)], a))
		if box := c.boxAlong(u, margin); best == nil || box.Area() < best.Area() {
			best = box
		}
	}
	return best
}

func (c Convex) boxAlong(u orb.Point, margin float64) Convex {
	v := Left(u)
	low, high := orb.Point{math.Inf(1), math.Inf(1)}, orb.Point{math.Inf(-1), math.Inf(-1)}
	for _, p := range c {
		for axis, x := range [2]float64{Dot(p, u), Dot(p, v)} {
			low[axis], high[axis] = min(low[axis], x-margin), max(high[axis], x+margin)
		}
	}
	corner := func(x, y float64) orb.Point { return Add(Add(orb.Point{}, u, x), v, y) }
	return Convex{corner(low[0], low[1]), corner(high[0], low[1]), corner(high[0], high[1]), corner(low[0], high[1])}
}
