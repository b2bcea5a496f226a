package planar

import (
	"cmp"
	"math"
	"slices"
)

// graph is segments as a network: its vertices are the ends, in order.
type graph struct {
	points []Point
	edges  [][2]int32 // vertices of each edge
	first  []int32    // first[v]:first[v+1] are v's places in around
	around []int32    // edges at each vertex, counter-clockwise from just past "left"
}

func newGraph(segments []segment) *graph {
	g := &graph{points: make([]Point, 0, 2*len(segments)), edges: make([][2]int32, len(segments))}
	for _, s := range segments {
		g.points = append(g.points, s.a, s.b)
	}
	slices.SortFunc(g.points, Point.Compare)
	g.points = slices.Compact(g.points)
	g.first = make([]int32, len(g.points)+1)
	for i, s := range segments {
		g.edges[i] = [2]int32{g.vertex(s.a), g.vertex(s.b)}
		g.first[g.edges[i][0]+1]++
		g.first[g.edges[i][1]+1]++
	}
	for v := range g.points {
		g.first[v+1] += g.first[v]
	}
	g.around = make([]int32, 2*len(segments))
	next := slices.Clone(g.first)
	for e, ends := range g.edges {
		for _, v := range ends {
			g.around[next[v]] = int32(e)
			next[v]++
		}
	}
	return g
}

func (g *graph) vertex(p Point) int32 {
	i, _ := slices.BinarySearchFunc(g.points, p, Point.Compare)
	return int32(i)
}

// at returns the edges at v.
func (g *graph) at(v int32) []int32 { return g.around[g.first[v]:g.first[v+1]] }

// other returns the end of e that is not v.
func (g *graph) other(e, v int32) int32 {
	if g.edges[e][0] == v {
		return g.edges[e][1]
	}
	return g.edges[e][0]
}

// sortAround puts the edges at each vertex in counter-clockwise order; an edge
// that points exactly left comes last.
func (g *graph) sortAround() {
	for v := range int32(len(g.points)) {
		o := g.points[v]
		slices.SortFunc(g.at(v), func(e, f int32) int {
			p, q := g.points[g.other(e, v)], g.points[g.other(f, v)]
			return cmp.Or(cmp.Compare(half(o, p), half(o, q)), -turn(o, p, q))
		})
	}
}

// half sorts the directions from o: downwards, then from right upwards, then
// exactly left.
func half(o, p Point) int {
	switch {
	case p.Y < o.Y:
		return 0
	case p.Y == o.Y && p.X < o.X:
		return 2
	}
	return 1
}

// closeGaps joins loose ends that lie within maxGap of each other, the closest
// first, and returns how many it joined.
func closeGaps(segments []segment) ([]segment, int) {
	loose := looseEnds(segments)
	const tooMany = 2000 // not slips of the pen any more
	if len(loose) < 2 || len(loose) > tooMany {
		return segments, 0
	}
	type gap struct {
		length float64
		s      segment
	}
	var gaps []gap
	for i, p := range loose {
		for _, q := range loose[i+1:] {
			if length := distance(p, q); length <= maxGap {
				gaps = append(gaps, gap{length, newSegment(p, q)})
			}
		}
	}
	slices.SortFunc(gaps, func(a, b gap) int { return cmp.Or(cmp.Compare(a.length, b.length), a.s.compare(b.s)) })
	joined := map[Point]bool{}
	n := 0
	for _, c := range gaps {
		if joined[c.s.a] || joined[c.s.b] {
			continue
		}
		joined[c.s.a], joined[c.s.b] = true, true
		segments = append(segments, c.s)
		n++
	}
	segments, _ = cancelPairs(segments)
	return segments, n
}

// looseEnds returns the points at which exactly one segment ends.
func looseEnds(segments []segment) []Point {
	ends := make([]Point, 0, 2*len(segments))
	for _, s := range segments {
		ends = append(ends, s.a, s.b)
	}
	slices.SortFunc(ends, Point.Compare)
	var loose []Point
	for i, p := range ends {
		if (i == 0 || ends[i-1] != p) && (i == len(ends)-1 || ends[i+1] != p) {
			loose = append(loose, p)
		}
	}
	return loose
}

// dropLoose removes segments until an even number of them meets at every
// point, as rings do: first the spurs, then, where lines branch, the shortest
// branch. It returns how many it removed.
func dropLoose(segments []segment) ([]segment, int) {
	g := newGraph(segments)
	p := pruner{graph: g, gone: make([]bool, len(segments)), degree: make([]int32, len(g.points))}
	for v := range p.degree {
		p.degree[v] = int32(len(g.at(int32(v))))
	}
	for v := range p.degree {
		p.dropSpur(int32(v))
	}
	for v := range p.degree {
		p.makeEven(int32(v))
	}
	out := segments[:0]
	for i, s := range segments {
		if !p.gone[i] {
			out = append(out, s)
		}
	}
	return out, len(p.gone) - len(out)
}

// pruner removes edges of a graph.
type pruner struct {
	*graph
	gone   []bool
	degree []int32
}

func (p *pruner) drop(e int32) {
	p.gone[e] = true
	p.degree[p.edges[e][0]]--
	p.degree[p.edges[e][1]]--
}

// dropSpur removes the line that ends at v, if one does, back to where it
// branches, and returns that place.
func (p *pruner) dropSpur(v int32) int32 {
	for p.degree[v] == 1 {
		e := p.next(v, -1)
		p.drop(e)
		v = p.other(e, v)
	}
	return v
}

// makeEven removes branches at v, and where that makes other vertices odd,
// there too.
func (p *pruner) makeEven(v int32) {
	for odd := []int32{v}; len(odd) > 0; {
		v := odd[len(odd)-1]
		if p.degree[v]%2 == 0 {
			odd = odd[:len(odd)-1]
			continue
		}
		end := p.dropShortestBranch(v)
		odd = append(odd, p.dropSpur(v), p.dropSpur(end))
	}
}

// next returns an edge at v other than e that is still there, or -1.
func (p *pruner) next(v, e int32) int32 {
	for _, f := range p.at(v) {
		if f != e && !p.gone[f] {
			return f
		}
	}
	return -1
}

// dropShortestBranch removes the shortest line from v to another branching and
// returns where it ended.
func (p *pruner) dropShortestBranch(v int32) int32 {
	var shortest []int32
	least := math.Inf(1)
	for _, e := range p.at(v) {
		if p.gone[e] {
			continue
		}
		if branch, length := p.branch(v, e); length < least {
			shortest, least = branch, length
		}
	}
	for _, e := range shortest {
		v = p.other(e, v)
		p.drop(e)
	}
	return v
}

// branch follows e from v to the next vertex that is not a mere bend.
func (p *pruner) branch(v, e int32) (edges []int32, length float64) {
	start := v
	for {
		w := p.other(e, v)
		edges = append(edges, e)
		length += distance(p.points[v], p.points[w])
		if p.degree[w] != 2 || w == start {
			return edges, length
		}
		v, e = w, p.next(w, e)
	}
}
