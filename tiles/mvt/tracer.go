package mvt

import (
	"math"
	"slices"
)

// tracer joins the edges around areas to rings.
type tracer struct {
	edges []edge // sorted by from
	used  []bool
	path  []Point
	place map[Point]int // of the points of path
	loops rings
}

// trace finds the rings that edges make up: at each point as many come as go.
func (t *tracer) trace(edges []edge) {
	t.edges = edges
	slices.SortFunc(t.edges, func(a, b edge) int { return compareEnds(a.from, b.from, a.to, b.to) })
	t.used = append(t.used[:0], make([]bool, len(edges))...)
	if t.place == nil {
		t.place = map[Point]int{}
	}
	t.loops.reset()
	for i := range t.edges {
		if !t.used[i] {
			t.walk(i)
		}
	}
}

// walk goes from an edge until it comes back, cutting off a ring whenever it
// comes to a point for the second time.
func (t *tracer) walk(i int) {
	t.path = append(t.path[:0], t.edges[i].from)
	clear(t.place)
	t.place[t.edges[i].from] = 0
	for {
		t.used[i] = true
		e := t.edges[i]
		if start, seen := t.place[e.to]; seen {
			t.cutOff(start)
			if start == 0 {
				return
			}
		} else {
			t.place[e.to] = len(t.path)
			t.path = append(t.path, e.to)
		}
		i = t.following(e)
	}
}

// cutOff makes a ring of the path from start on.
func (t *tracer) cutOff(start int) {
	t.loops.begin()
	t.loops.points = append(t.loops.points, t.path[start:]...)
	t.loops.end(3)
	for _, p := range t.path[start+1:] {
		delete(t.place, p)
	}
	t.path = t.path[:start+1]
}

// following returns the edge that goes on from e around the same area: the one
// that turns most towards it.
func (t *tracer) following(e edge) int {
	first, _ := slices.BinarySearchFunc(t.edges, e.to, func(candidate edge, p Point) int { return comparePoints(candidate.from, p) })
	best, most := -1, math.Inf(-1)
	for i := first; i < len(t.edges) && t.edges[i].from == e.to; i++ {
		if turn := turn(e, t.edges[i]); !t.used[i] && turn > most {
			best, most = i, turn
		}
	}
	return best
}

// turn is the angle between two edges in radians, positive towards the area.
func turn(a, b edge) float64 {
	dx1, dy1, dx2, dy2 := a.to.X-a.from.X, a.to.Y-a.from.Y, b.to.X-b.from.X, b.to.Y-b.from.Y
	return math.Atan2(float64(dx1*dy2-dy1*dx2), float64(dx1*dx2+dy1*dy2))
}

// polygons calls add with each exterior ring and, after it, its holes.
func (t *tracer) polygons(add func(ring []Point, hole bool)) {
	var exteriors, holes []int
	for i := range t.loops.len() {
		if doubleArea(t.loops.ring(i)) > 0 {
			exteriors = append(exteriors, i)
		} else {
			holes = append(holes, i)
		}
	}
	owners := make([]int, len(holes))
	for h, hole := range holes {
		owners[h] = t.owner(hole, exteriors)
	}
	for _, exterior := range exteriors {
		add(t.loops.ring(exterior), false)
		for h, hole := range holes {
			if owners[h] == exterior {
				add(t.loops.ring(hole), true)
			}
		}
	}
}

// owner returns the smallest exterior ring around a hole, or -1.
func (t *tracer) owner(hole int, exteriors []int) int {
	if len(exteriors) == 1 {
		return exteriors[0]
	}
	ring := t.loops.ring(hole)
	// Rings meet at points at most, so the middle of an edge lies on no other.
	x, y := ring[0].X+ring[1].X, ring[0].Y+ring[1].Y
	owner, least := -1, math.MaxInt
	for _, exterior := range exteriors {
		if area := doubleArea(t.loops.ring(exterior)); area < least && inside(x, y, t.loops.ring(exterior)) {
			owner, least = exterior, area
		}
	}
	return owner
}

// inside reports whether the point x, y in half units lies in a ring, by the
// number of edges a ray to the south crosses.
func inside(x, y int, ring []Point) bool {
	in := false
	a := ring[len(ring)-1]
	for _, b := range ring {
		west, east := a, b
		if west.X > east.X {
			west, east = east, west
		}
		if 2*west.X <= x && x < 2*east.X && above(x, y, west, east) {
			in = !in
		}
		a = b
	}
	return in
}
