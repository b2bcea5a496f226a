package cql2

import (
	"math"

	"github.com/paulmach/orb"

	"kvartal"
)

// geometry checks the coordinates of a literal and turns them easting first.
func (c checker) geometry(e *Geometry) (node, error) {
	g := orb.Clone(e.Value)
	if e.CRS != 0 {
		return &geometryLiteral{geometry: uniform(g), srid: e.CRS, target: e.CRS}, nil
	}
	if c.scope.NorthFirst {
		g = swapped(g)
	}
	if err := checkCoordinates(e.At, c.scope.crs(), g.Bound()); err != nil {
		return nil, err
	}
	return &geometryLiteral{geometry: uniform(g), srid: c.scope.crs(), target: c.scope.crs(), domain: c.domain(g.Bound())}, nil
}

// bbox makes the polygon of a box, or two if it spans the antimeridian.
func (c checker) bbox(e *BBox) (node, error) {
	if err := checkBounds(e.At, e.Bounds); err != nil {
		return nil, err
	}
	n := len(e.Bounds) / 2
	low, high := orb.Point{e.Bounds[0], e.Bounds[1]}, orb.Point{e.Bounds[n], e.Bounds[n+1]}
	if c.scope.NorthFirst {
		low, high = orb.Point{low[1], low[0]}, orb.Point{high[1], high[0]}
	}
	crs := c.scope.crs()
	corners := orb.Bound{Min: low, Max: high}
	if err := checkCoordinates(e.At, crs, corners); err != nil {
		return nil, err
	}
	switch {
	case low[1] > high[1]:
		return nil, e.At.invalid("the BBOX is upside down")
	case low[0] <= high[0]:
		return &geometryLiteral{corners.ToPolygon(), crs, crs, true, c.domain(corners)}, nil
	case crs != kvartal.WGS84:
		return nil, e.At.invalid("the west of the BBOX exceeds its east: only boxes in degrees span the antimeridian")
	}
	west := orb.Bound{Min: low, Max: orb.Point{180, high[1]}}
	east := orb.Bound{Min: orb.Point{-180, low[1]}, Max: high}
	return &geometryLiteral{orb.MultiPolygon{west.ToPolygon(), east.ToPolygon()}, crs, crs, true, c.domain(west.Union(east))}, nil
}

// domain is what a literal within a bound must be cut to, or nil: a projection is
// undefined on the other side of the world.
func (c checker) domain(b orb.Bound) *orb.Bound {
	d := c.scope.Domain
	if d == nil || c.scope.crs() != kvartal.WGS84 || d.Contains(b.Min) && d.Contains(b.Max) {
		return nil
	}
	return d
}

// boxSteps is into how many pieces the sides of a box are cut before it is
// transformed, so that it remains the box of its own CRS: a side of 10 km along
// a parallel is straight to 2 m in a city's CRS, a piece of it to 2 mm.
const boxSteps = 32

// The sides of larger boxes are cut into more pieces: of so many degrees, but no
// more than so many.
const (
	longestPiece = 0.02
	mostSteps    = 512
)

// clippedBoxes cuts boxes to a domain; those that lie outside of it stay.
func clippedBoxes(g orb.Geometry, domain orb.Bound) orb.Geometry {
	switch g := g.(type) {
	case orb.Polygon:
		b := g.Bound()
		if !b.Intersects(domain) {
			return g
		}
		return orb.Bound{
			Min: orb.Point{math.Max(b.Min[0], domain.Min[0]), math.Max(b.Min[1], domain.Min[1])},
			Max: orb.Point{math.Min(b.Max[0], domain.Max[0]), math.Min(b.Max[1], domain.Max[1])},
		}.ToPolygon()
	case orb.MultiPolygon:
		out := make(orb.MultiPolygon, len(g))
		for i, polygon := range g {
			out[i], _ = clippedBoxes(polygon, domain).(orb.Polygon)
		}
		return out
	}
	return g
}

// densified cuts the sides of boxes into pieces.
func densified(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case orb.Polygon:
		return orb.Polygon{densifiedRing(g[0])}
	case orb.MultiPolygon:
		out := make(orb.MultiPolygon, len(g))
		for i, polygon := range g {
			out[i] = orb.Polygon{densifiedRing(polygon[0])}
		}
		return out
	}
	return g
}

func densifiedRing(corners orb.Ring) orb.Ring {
	steps := boxSteps
	if b := corners.Bound(); b.Max[0] <= 180 { // in degrees, or a small box in metres
		steps = max(steps, min(int(math.Max(b.Max[0]-b.Min[0], b.Max[1]-b.Min[1])/longestPiece), mostSteps))
	}
	ring := make(orb.Ring, 0, (len(corners)-1)*steps+1)
	for i, from := range corners[:len(corners)-1] {
		to := corners[i+1]
		for step := range steps {
			t := float64(step) / float64(steps)
			ring = append(ring, orb.Point{from[0] + t*(to[0]-from[0]), from[1] + t*(to[1]-from[1])})
		}
	}
	return append(ring, corners[0])
}

// swapped returns the geometry with its axes exchanged. It changes all of g but
// single points in place.
func swapped(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case orb.Point:
		return orb.Point{g[1], g[0]}
	case orb.MultiPoint:
		swapPoints(g)
	case orb.LineString:
		swapPoints(g)
	case orb.Polygon:
		for _, ring := range g {
			swapPoints(ring)
		}
	case orb.MultiLineString:
		for _, line := range g {
			swapPoints(line)
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			swapped(polygon)
		}
	case orb.Collection:
		for i, part := range g {
			g[i] = swapped(part)
		}
	}
	return g
}

func swapPoints(points []orb.Point) {
	for i, p := range points {
		points[i] = orb.Point{p[1], p[0]}
	}
}

// checkCoordinates refuses coordinates outside of the CRS, where it is known.
func checkCoordinates(at Position, crs kvartal.SRID, b orb.Bound) error {
	width, height := math.Inf(1), math.Inf(1)
	switch crs {
	case kvartal.WGS84:
		width, height = 180, 90
	case kvartal.WebMercator:
		const half = 20037508.342789244 // π times the radius of the sphere
		width, height = half, half
	}
	x := math.Max(math.Abs(b.Min[0]), math.Abs(b.Max[0]))
	y := math.Max(math.Abs(b.Min[1]), math.Abs(b.Max[1]))
	if x > width || y > height {
		return at.invalid("the coordinates lie outside of %s: |x| may be up to %v and |y| up to %v", crs, width, height)
	}
	return nil
}

// uniform turns a collection of one kind into the Multi geometry of that kind,
// which PostGIS relates by every predicate.
func uniform(g orb.Geometry) orb.Geometry {
	c, ok := g.(orb.Collection)
	if !ok {
		return g
	}
	var points orb.MultiPoint
	var lines orb.MultiLineString
	var polygons orb.MultiPolygon
	for _, part := range c {
		switch part := part.(type) {
		case orb.Point:
			points = append(points, part)
		case orb.MultiPoint:
			points = append(points, part...)
		case orb.LineString:
			lines = append(lines, part)
		case orb.MultiLineString:
			lines = append(lines, part...)
		case orb.Polygon:
			polygons = append(polygons, part)
		case orb.MultiPolygon:
			polygons = append(polygons, part...)
		}
	}
	switch {
	case lines == nil && polygons == nil:
		return points
	case points == nil && polygons == nil:
		return lines
	case points == nil && lines == nil:
		return polygons
	}
	return c
}

// placement checks a spatial function and brings literals to the CRS of the
// other operand.
func (c checker) placement(e *Op) (node, error) {
	args := make([]node, 2)
	for i, arg := range e.Args {
		n, err := c.place(arg)
		if err != nil {
			return nil, err
		}
		if g, ok := n.(*geometryLiteral); ok && !relatesCollections(e.Name) && g.geometry.GeoJSONType() == "GeometryCollection" {
			return nil, arg.Pos().invalid("%s cannot take a GEOMETRYCOLLECTION of several kinds: use S_INTERSECTS or S_DISJOINT, or one kind", e.Name.keyword())
		}
		args[i] = n
	}
	return place(e.Name, args[0], args[1]), nil
}

func relatesCollections(op Operator) bool { return op == SIntersects || op == SDisjoint }

func (c checker) place(e Expr) (node, error) {
	n, err := c.value(e)
	if err == nil && n.valueType() != TypeGeometry {
		err = e.Pos().invalid("%s is not a geometry", c.describe(e, n))
	}
	return n, err
}

// place puts a literal on the right, as PostGIS wants it for its index, and in
// the CRS of the left.
func place(op Operator, left, right node) node {
	if _, ok := left.(*geometryLiteral); ok {
		left, right = right, left
		switch op {
		case SContains:
			op = SWithin
		case SWithin:
			op = SContains
		}
	}
	if g, ok := right.(*geometryLiteral); ok {
		right = g.in(sridOf(left))
	}
	return &placement{op, left, right}
}

// in returns the literal as it is to be compared in another CRS.
func (n *geometryLiteral) in(srid kvartal.SRID) *geometryLiteral {
	return &geometryLiteral{n.geometry, n.srid, srid, n.isBox, n.domain}
}

// sridOf is the CRS of a geometry node.
func sridOf(n node) kvartal.SRID {
	switch n := n.(type) {
	case *column:
		return n.srid
	case *call:
		return n.srid
	case *geometryLiteral:
		return n.target
	}
	return 0
}
