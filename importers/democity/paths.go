package democity

import (
	"container/heap"
	"math"

	"github.com/paulmach/orb"

	"kvartal/importers/democity/plane"
)

// tree is the shortest ways from sources to all junctions they reach.
type tree struct {
	distance []float64 // metres from the nearest source; infinite if not reached
	parent   []int     // edge towards the source; -1 at sources
	source   []int     // the source a junction is reached from
	order    []int     // junctions reached, nearest first
}

// shortest grows a tree from sources (Dijkstra) over the edges that accept.
func (g *graph) shortest(sources []int, accept func(edge int) bool) tree {
	t := tree{make([]float64, len(g.junctions)), make([]int, len(g.junctions)), make([]int, len(g.junctions)), nil}
	for i := range t.distance {
		t.distance[i], t.parent[i], t.source[i] = math.Inf(1), -1, -1
	}
	queue := &frontier{}
	for _, s := range sources {
		t.distance[s], t.source[s] = 0, s
		heap.Push(queue, reach{s, 0})
	}
	done := make([]bool, len(g.junctions))
	for queue.Len() > 0 {
		at := heap.Pop(queue).(reach).junction
		if done[at] {
			continue
		}
		done[at] = true
		t.order = append(t.order, at)
		for _, e := range g.at[at] {
			next, d := g.end(e, at), t.distance[at]+g.edges[e].line.Length()
			if accept(e) && d < t.distance[next] {
				t.distance[next], t.parent[next], t.source[next] = d, e, t.source[at]
				heap.Push(queue, reach{next, d})
			}
		}
	}
	return t
}

// reach is a junction at a distance.
type reach struct {
	junction int
	distance float64
}

// frontier is a heap of what is reached, nearest first.
type frontier []reach

func (f frontier) Len() int      { return len(f) }
func (f frontier) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f frontier) Less(i, j int) bool {
	if f[i].distance != f[j].distance {
		return f[i].distance < f[j].distance
	}
	return f[i].junction < f[j].junction
}
func (f *frontier) Push(x any) { *f = append(*f, x.(reach)) }
func (f *frontier) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}

// components returns the junctions of each connected part of the graph.
func (g *graph) components() [][]int {
	var out [][]int
	seen := make([]bool, len(g.junctions))
	for start := range g.junctions {
		if seen[start] {
			continue
		}
		seen[start] = true
		part := []int{start}
		for i := 0; i < len(part); i++ {
			for _, e := range g.at[part[i]] {
				if next := g.end(e, part[i]); !seen[next] {
					seen[next] = true
					part = append(part, next)
				}
			}
		}
		out = append(out, part)
	}
	return out
}

// beside returns the place at s metres along an edge and so many metres to the
// left of it.
func (g *graph) beside(e int, s, offset float64) orb.Point {
	line := g.edges[e].line
	return plane.Add(line.At(s), plane.Left(line.Direction(s, 1)), offset)
}

// corner returns a place near a junction and off the carriageways: in the
// middle of the widest gap between its streets.
func (g *graph) corner(junction int, distance float64) orb.Point {
	p := g.junctions[junction]
	var away []float64
	for _, e := range g.at[junction] {
		line := g.edges[e].line
		for _, s := range ends(g.edges[e], junction) {
			v := plane.Sub(line.At(s+10*sign(line.Length()/2-s)), p)
			away = append(away, math.Atan2(v[1], v[0]))
		}
	}
	widest, middle := -1.0, 0.0
	for _, a := range away {
		gap := 2 * math.Pi
		for _, b := range away {
			if turn := math.Mod(b-a+4*math.Pi, 2*math.Pi); turn > 1e-9 {
				gap = min(gap, turn)
			}
		}
		if gap > widest+1e-9 {
			widest, middle = gap, a+gap/2
		}
	}
	if len(away) == 1 {
		middle = away[0] + math.Pi/2 // the end of a street: beside it
	}
	return plane.Add(p, orb.Point{math.Cos(middle), math.Sin(middle)}, distance)
}

// ends returns where along an edge the junction is: at one end, or at both.
func ends(e edge, junction int) []float64 {
	var out []float64
	if e.from == junction {
		out = append(out, 0)
	}
	if e.to == junction {
		out = append(out, e.line.Length())
	}
	return out
}

func sign(x float64) float64 { return math.Copysign(1, x) }
