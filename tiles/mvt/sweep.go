package mvt

import (
	"cmp"
	"slices"
)

// edge is a directed segment of a ring.
type edge struct{ from, to Point }

func (e edge) minX() int { return min(e.from.X, e.to.X) }
func (e edge) maxX() int { return max(e.from.X, e.to.X) }
func (e edge) minY() int { return min(e.from.Y, e.to.Y) }
func (e edge) maxY() int { return max(e.from.Y, e.to.Y) }

// sweep finds edges whose boxes meet, going from west to east.
type sweep struct {
	edges []sweptEdge
	spare []sweptEdge
	order []uint64 // of the edges: least x, then number
}

type sweptEdge struct {
	edge
	minX, maxX, minY, maxY int
	number                 int // among the edges handed in
	next                   int // the number of the edge that follows in the ring
}

// meet reports whether any two edges have a point in common that is not the end
// of one and the start of the other, following in its ring.
func (s *sweep) meet(r *rings) bool {
	s.load(r)
	met := false
	s.pairs(func(a, b *sweptEdge) bool {
		met = a.next != b.number && b.next != a.number && touch(a.edge, b.edge)
		return !met
	})
	return met
}

// load takes the edges of rings.
func (s *sweep) load(r *rings) {
	s.edges = s.edges[:0]
	for i := range r.len() {
		ring := r.ring(i)
		start := len(s.edges)
		for j, p := range ring {
			next := j + 1
			if next == len(ring) {
				next = 0
			}
			s.add(edge{p, ring[next]}, start+next)
		}
	}
}

func (s *sweep) add(e edge, next int) {
	s.edges = append(s.edges, sweptEdge{e, e.minX(), e.maxX(), e.minY(), e.maxY(), len(s.edges), next})
}

// fewEdges is up to how many edges comparing each with each is faster than
// sorting.
const fewEdges = 24

// pairs calls visit with each two edges whose boxes meet until it returns false.
func (s *sweep) pairs(visit func(a, b *sweptEdge) bool) {
	sorted := len(s.edges) > fewEdges
	if sorted {
		s.sort()
	}
	for i := range s.edges {
		a := &s.edges[i]
		for j := i + 1; j < len(s.edges); j++ {
			b := &s.edges[j]
			if b.minX > a.maxX {
				if sorted {
					break
				}
				continue
			}
			if b.maxX < a.minX || b.minY > a.maxY || b.maxY < a.minY {
				continue
			}
			if !visit(a, b) {
				return
			}
		}
	}
}

// sort orders the edges from west to east, as numbers, which is faster than to
// move them about.
func (s *sweep) sort() {
	const middle = 1 << 31
	s.order = s.order[:0]
	for i := range s.edges {
		s.order = append(s.order, uint64(s.edges[i].minX+middle)<<32|uint64(i))
	}
	slices.Sort(s.order)
	s.spare = s.spare[:0]
	for _, o := range s.order {
		s.spare = append(s.spare, s.edges[uint32(o)])
	}
	s.edges, s.spare = s.spare, s.edges
}

// touch reports whether two edges have a point in common.
func touch(a, b edge) bool {
	return side(a.from, a.to, b.from)*side(a.from, a.to, b.to) <= 0 &&
		side(b.from, b.to, a.from)*side(b.from, b.to, a.to) <= 0 &&
		a.maxX() >= b.minX() && b.maxX() >= a.minX() && a.maxY() >= b.minY() && b.maxY() >= a.minY()
}

// side is the sign of cross: on which side of the line a, b the point c lies.
func side(a, b, c Point) int { return cmp.Compare(cross(a, b, c), 0) }
