package cql2

import (
	"time"

	"github.com/paulmach/orb"
)

// About how long PostgreSQL 15 with PostGIS 3.3 takes for a part of a filter and
// one row: measured over lines and polygons of some ten vertices, on one processor.
const (
	costOfPart    = 20 * time.Nanosecond
	costOfPattern = 100 * time.Nanosecond
	costOfFolding = 1500 * time.Nanosecond
	// costOfPlace is that of the predicates for which PostGIS prepares the literal
	// once: its vertices do not count.
	costOfPlace = 5 * time.Microsecond
	// costOfRelation and costOfVertex are those of the others.
	costOfRelation = 10 * time.Microsecond
	costOfVertex   = 100 * time.Nanosecond
)

// Work is about how long the database takes to decide the filter for one row. It
// is the sum of all parts, as none can be counted on to decide alone; rows whose
// geometries have thousands of vertices take longer.
func (f *Filter) Work() time.Duration { return workOf(f.root) }

func workOf(n node) time.Duration {
	work := costOfPart
	switch n := n.(type) {
	case *placement:
		work = costOfPlace
		if !isPrepared(n) {
			work = costOfRelation + time.Duration(vertexCount(n))*costOfVertex
		}
	case *call:
		if n.function.Cost != nil {
			work = n.function.Cost(vertexCount(n))
		}
	case *folded:
		work = costOfFolding
	case *likeness:
		work = costOfPattern
	}
	n.children(func(child node) { work += workOf(child) })
	return work
}

// isPrepared reports whether PostGIS prepares a literal for a predicate.
func isPrepared(n *placement) bool {
	_, stored := n.left.(*column)
	_, given := n.right.(*geometryLiteral)
	return stored && given && (n.op == SIntersects || n.op == SWithin || n.op == SContains || n.op == SEquals)
}

// vertexCount is how many vertices the geometry literals below a node have.
func vertexCount(n node) (count int) {
	if literal, ok := n.(*geometryLiteral); ok {
		return Vertices(literal.geometry)
	}
	n.children(func(child node) { count += vertexCount(child) })
	return count
}

// Vertices is how many vertices a geometry has.
func Vertices(g orb.Geometry) (count int) {
	switch g := g.(type) {
	case orb.Point:
		return 1
	case orb.MultiPoint:
		return len(g)
	case orb.LineString:
		return len(g)
	case orb.Ring:
		return len(g)
	case orb.MultiLineString:
		for _, line := range g {
			count += len(line)
		}
	case orb.Polygon:
		for _, ring := range g {
			count += len(ring)
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			count += Vertices(polygon)
		}
	case orb.Collection:
		for _, part := range g {
			count += Vertices(part)
		}
	}
	return count
}

// Necessary returns a condition that is true wherever the filter is, made of the
// parts that statistics and indexes of the database know about: a property
// compared with values, a geometry near a literal. What else the filter asks is
// to be decided for at most the rows for which it is true. Nil: nothing is known.
func (f *Filter) Necessary() *Filter {
	if n := necessary(f.root); n != nil {
		return &Filter{root: n, properties: f.properties}
	}
	return nil
}

func necessary(n node) node {
	switch n := n.(type) {
	case *connective:
		return necessaryOf(n)
	case *relation:
		if isColumn(n.left) && isLiteral(n.right) || isLiteral(n.left) && isColumn(n.right) {
			return n
		}
	case *membership:
		if isColumn(n.value) {
			return n
		}
	case *likeness:
		if isColumn(n.value) {
			return n
		}
	case *nullness:
		if isColumn(n.arg) {
			return n
		}
	case *placement:
		return near(n)
	}
	return nil
}

// necessaryOf is what is left of AND and OR: of OR only if something is of every
// alternative.
func necessaryOf(n *connective) node {
	var known []node
	for _, arg := range n.args {
		k := necessary(arg)
		if k == nil && n.op == Or {
			return nil
		}
		if k != nil {
			known = append(known, k)
		}
	}
	switch len(known) {
	case 0:
		return nil
	case 1:
		return known[0]
	}
	return &connective{n.op, known}
}

// near is the condition that a geometry is where the envelope of a literal is.
func near(n *placement) node {
	literal, ok := n.right.(*geometryLiteral)
	if !ok || !isColumn(n.left) || n.op == SDisjoint {
		return nil
	}
	box := *literal
	box.geometry, box.isBox = literal.geometry.Bound().ToPolygon(), true
	return &placement{SIntersects, n.left, &box}
}

func isColumn(n node) bool {
	_, ok := n.(*column)
	return ok
}

func isLiteral(n node) bool {
	_, ok := n.(*literal)
	return ok
}
