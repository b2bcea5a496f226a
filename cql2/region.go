package cql2

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"kvartal"
)

// Frame is a plane in which the envelopes of resident geometries are kept. Its
// coordinates are rounded and straight lines bend on the way to it, so it
// decides what is clear and leaves the rest to the database.
type Frame struct {
	// Project brings a geometry from a CRS into the frame, or says that it
	// cannot.
	Project func(g orb.Geometry, crs kvartal.SRID) (orb.Geometry, bool)
	// Tolerance is how far a coordinate may lie from its true place.
	Tolerance float64
	// Radius is that of the Earth in units of the frame.
	Radius float64
}

// where says how the envelope of a geometry lies to a region.
type where int

const (
	outside  where = iota // they have no point in common
	within                // the envelope lies in the interior of the region
	boundary              // it cannot be told
)

// region is a literal geometry in the frame of a layout.
type region struct {
	geometry orb.Geometry
	bound    orb.Bound
	edges    []edge
}

// edge is a side of the region, or a point. Its true course stays within
// margin of the straight line.
type edge struct {
	a, b   orb.Point
	margin float64
}

func newRegion(f *Frame, g orb.Geometry) *region {
	r := &region{geometry: g, bound: g.Bound()}
	r.collect(f, g)
	worst := 0.0
	for _, e := range r.edges {
		worst = math.Max(worst, e.margin)
	}
	r.bound = r.bound.Pad(worst)
	return r
}

func (r *region) collect(f *Frame, g orb.Geometry) {
	switch g := g.(type) {
	case orb.Point:
		r.edges = append(r.edges, edge{g, g, f.Tolerance})
	case orb.MultiPoint:
		for _, p := range g {
			r.collect(f, p)
		}
	case orb.LineString:
		for i := 1; i < len(g); i++ {
			r.edges = append(r.edges, f.edge(g[i-1], g[i]))
		}
	case orb.Ring:
		r.collect(f, orb.LineString(g))
	case orb.MultiLineString:
		for _, line := range g {
			r.collect(f, line)
		}
	case orb.Polygon:
		for _, ring := range g {
			r.collect(f, ring)
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			r.collect(f, polygon)
		}
	case orb.Collection:
		for _, part := range g {
			r.collect(f, part)
		}
	}
}

// edge makes a side. A line of length L that is straight in one projection
// bends in another by up to L²/8R; twice that is allowed for.
func (f *Frame) edge(a, b orb.Point) edge {
	l := math.Hypot(a[0]-b[0], a[1]-b[1])
	return edge{a, b, f.Tolerance + l*l/(4*f.Radius)}
}

// place says how an envelope lies to the region.
func (r *region) place(b orb.Bound) where {
	if !r.bound.Intersects(b) {
		return outside
	}
	for _, e := range r.edges {
		if e.near(b) {
			return boundary
		}
	}
	// No side comes near: all of the envelope lies on one side of the region.
	if r.contains(b.Min) {
		return within
	}
	return outside
}

func (r *region) contains(p orb.Point) bool {
	switch g := r.geometry.(type) {
	case orb.Polygon:
		return planar.PolygonContains(g, p)
	case orb.MultiPolygon:
		return planar.MultiPolygonContains(g, p)
	case orb.Collection:
		for _, part := range g {
			if (&region{geometry: part}).contains(p) {
				return true
			}
		}
	}
	return false
}

// near reports whether the edge may come into the envelope (Liang and Barsky's
// clipping against the envelope grown by the margin).
func (e edge) near(b orb.Bound) bool {
	from, to := 0.0, 1.0
	for axis := range 2 {
		low, high := b.Min[axis]-e.margin, b.Max[axis]+e.margin
		start, delta := e.a[axis], e.b[axis]-e.a[axis]
		if delta == 0 {
			if start < low || start > high {
				return false
			}
			continue
		}
		t0, t1 := (low-start)/delta, (high-start)/delta
		if t0 > t1 {
			t0, t1 = t1, t0
		}
		from, to = math.Max(from, t0), math.Min(to, t1)
	}
	return from <= to
}

// placement compiles a spatial function between a property and a literal.
func (v environment) placement(n *placement) (test, error) {
	col, ok1 := n.left.(*column)
	lit, ok2 := n.right.(*geometryLiteral)
	if !ok1 || !ok2 {
		return nil, useSQL("%s of other than a property and a literal", n.op)
	}
	if v.Frame == nil {
		return nil, useSQL("geometries are not resident")
	}
	i, err := v.column(col)
	if err != nil {
		return nil, err
	}
	g, ok := v.Frame.Project(lit.geometry, lit.srid)
	if !ok {
		return nil, useSQL("literals in %s cannot be brought into the frame", lit.srid)
	}
	r := newRegion(v.Frame, g)
	return func(row Row) truth {
		if row.Null(i) {
			return isNull
		}
		return placedTruth(n.op, r.place(row.Bounds(i)))
	}, nil
}

// placedTruth is the truth of a spatial function for a geometry that lies
// outside of the literal or in its interior.
func placedTruth(op Operator, w where) truth {
	switch {
	case w == boundary:
		return undecided
	case op == SDisjoint:
		return truthOf(w == outside)
	case op == SIntersects || op == SWithin:
		return truthOf(w == within)
	}
	return isFalse
}
