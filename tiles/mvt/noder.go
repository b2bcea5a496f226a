package mvt

import (
	"cmp"
	"slices"
)

// noder cuts edges where they meet, so that they have at most ends in common.
// Crossings are rounded to whole units, which bends edges by less than a unit
// and can make new ones meet: it goes on until nothing changes (iterated snap
// rounding: Halperin and Packer, 2002). That comes to an end, because each round
// cuts an edge into others that go on in the same directions, and an edge has
// only so many units.
type noder struct {
	edges, spare []edge
	cuts         []cut
	kept         []edge
}

// cut is a point at which an edge is to be cut.
type cut struct {
	number int // of the edge
	at     Point
}

// node returns the edges of the rings, cut.
func (n *noder) node(r *rings, s *sweep) []edge {
	n.edges = n.edges[:0]
	s.load(r)
	for _, e := range s.edges {
		n.edges = append(n.edges, e.edge)
	}
	for {
		n.cuts = n.cuts[:0]
		s.edges = s.edges[:0]
		for _, e := range n.edges {
			s.add(e, 0)
		}
		s.pairs(func(a, b *sweptEdge) bool {
			n.meet(a, b)
			return true
		})
		if len(n.cuts) == 0 {
			return n.edges
		}
		n.apply()
	}
}

// meet notes where two edges have to be cut because of one another.
func (n *noder) meet(a, b *sweptEdge) {
	if !touch(a.edge, b.edge) {
		return
	}
	cuts := len(n.cuts)
	n.cutAt(a, b.from)
	n.cutAt(a, b.to)
	n.cutAt(b, a.from)
	n.cutAt(b, a.to)
	if len(n.cuts) > cuts || shareEnd(a.edge, b.edge) {
		return
	}
	p := crossingPoint(a.edge, b.edge)
	n.cuts = append(n.cuts, cut{a.number, p}, cut{b.number, p})
}

// cutAt notes a cut of e at p if p lies within it.
func (n *noder) cutAt(e *sweptEdge, p Point) {
	if p != e.from && p != e.to && cross(e.from, e.to, p) == 0 &&
		p.X >= e.minX && p.X <= e.maxX && p.Y >= e.minY && p.Y <= e.maxY {
		n.cuts = append(n.cuts, cut{e.number, p})
	}
}

func shareEnd(a, b edge) bool {
	return a.from == b.from || a.from == b.to || a.to == b.from || a.to == b.to
}

// crossingPoint is where two edges that cross do so, rounded.
func crossingPoint(a, b edge) Point {
	from := cross(b.from, b.to, a.from)
	over := from - cross(b.from, b.to, a.to) // not 0: the edges are not parallel
	if over < 0 {
		from, over = -from, -over
	}
	return Point{
		a.from.X + divideRound((a.to.X-a.from.X)*from, over),
		a.from.Y + divideRound((a.to.Y-a.from.Y)*from, over),
	}
}

// divideRound is a/b to the nearest integer, for b > 0.
func divideRound(a, b int) int {
	if a < 0 {
		return -((-2*a + b) / (2 * b))
	}
	return (2*a + b) / (2 * b)
}

// apply cuts the edges.
func (n *noder) apply() {
	slices.SortFunc(n.cuts, func(a, b cut) int {
		return cmp.Or(a.number-b.number, cmp.Compare(n.along(a), n.along(b)), a.at.X-b.at.X, a.at.Y-b.at.Y)
	})
	out := n.spare[:0]
	next := 0
	for i, e := range n.edges {
		from := e.from
		for ; next < len(n.cuts) && n.cuts[next].number == i; next++ {
			out = appendEdge(out, from, n.cuts[next].at)
			from = n.cuts[next].at
		}
		out = appendEdge(out, from, e.to)
	}
	n.edges, n.spare = out, n.edges
}

// along is how far a cut lies along its edge.
func (n *noder) along(c cut) int {
	e := n.edges[c.number]
	return (c.at.X-e.from.X)*(e.to.X-e.from.X) + (c.at.Y-e.from.Y)*(e.to.Y-e.from.Y)
}

func appendEdge(edges []edge, from, to Point) []edge {
	if from == to {
		return edges
	}
	return append(edges, edge{from, to})
}
