package planar

import "slices"

// trace returns the rings that segments bound, each with the inside on its
// left. An even number of segments must meet at every point, and none may
// cross. Rings are simple; where rings touch they are told apart.
func trace(segments []segment) []Ring {
	g := newGraph(segments)
	g.sortAround()
	t := tracer{
		graph: g,
		index: newRows(segments),
		used:  make([]bool, len(segments)),
		seen:  make([]int32, len(g.points)),
	}
	for v := range t.seen {
		t.seen[v] = -1
	}
	for v := range int32(len(g.points)) {
		t.from(v)
	}
	return t.rings
}

type tracer struct {
	*graph
	index rows
	used  []bool
	seen  []int32 // place of a vertex in the current walk, or -1
	rings []Ring
}

// from walks all rings that begin at v.
func (t *tracer) from(v int32) {
	edges := t.at(v)
	unused := slices.ContainsFunc(edges, func(e int32) bool { return !t.used[e] })
	if !unused {
		return
	}
	inside := t.index.inside(t.points[v])
	// The ray that decides "inside" leaves v just above "left": that is behind
	// the last edge that does not point exactly left.
	last := len(edges) - 1
	if p := t.points[t.other(edges[last], v)]; p.Y == t.points[v].Y && p.X < t.points[v].X {
		last--
	}
	for i, e := range edges {
		insideBehind := inside != ((last-i)%2 != 0)
		if insideBehind && !t.used[e] {
			t.walk(v, e)
		}
	}
}

// walk follows e from v with the inside on its left until it is back, and cuts
// off a ring whenever it meets its own track.
func (t *tracer) walk(v, e int32) {
	start, walked := v, []int32{v}
	t.seen[v] = 0
	for {
		t.used[e] = true
		v = t.other(e, v)
		if at := t.seen[v]; at >= 0 {
			t.cut(walked[at:])
			walked = walked[:at]
		}
		if v == start && len(walked) == 0 {
			t.seen[v] = -1
			return
		}
		t.seen[v] = int32(len(walked))
		walked = append(walked, v)
		e = t.clockwise(v, e)
	}
}

func (t *tracer) cut(vertices []int32) {
	ring := make(Ring, len(vertices))
	for i, v := range vertices {
		ring[i] = t.points[v]
		t.seen[v] = -1
	}
	t.rings = append(t.rings, ring)
}

// clockwise returns the edge at v next to e clockwise: between them is the
// inside, if e came in with the inside on its left.
func (t *tracer) clockwise(v, e int32) int32 {
	edges := t.at(v)
	i := slices.Index(edges, e)
	return edges[(i+len(edges)-1)%len(edges)]
}
