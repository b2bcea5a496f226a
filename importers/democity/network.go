package democity

import (
	"math"
	"slices"

	"github.com/paulmach/orb"

	"kvartal/importers/democity/plane"
)

// node is where pipes or cables end.
type node struct {
	at       orb.Point
	junction int // in the graph; -1 elsewhere
	building int // that the node serves; -1 for none
	edge     int // street it stands in
	degree   int
	source   bool
	// transformer is set where a 10 kV cable feeds 0.4 kV wires.
	transformer bool
	group       int // the source it is supplied from, a junction
}

// pipe is a line between two nodes, whose places are its ends.
type pipe struct {
	from, to int // nodes, from nearer to the source
	line     orb.LineString
	edge     int
	building int     // that it serves; -1 for mains
	load     float64 // metres of street supplied through it
	group    int     // the source, a junction
}

// network is pipes and their nodes. Every part of it hangs together with a
// source.
type network struct {
	nodes []node
	pipes []pipe
}

// plan is how a network is laid.
type plan struct {
	offset   float64 // metres to the left of the centre line
	step     float64 // metres between nodes
	sources  []int   // junctions
	looped   bool    // joins the ends of streets that the tree leaves open
	serves   func(edge int) bool
	connects func(b building) bool // nil connects no building
}

// builder lays one network.
type builder struct {
	c     *city
	p     plan
	t     tree
	load  []float64 // metres of street beyond each junction
	out   network
	nodes map[int]int   // by junction
	along map[int][]int // nodes by edge, for services
}

// layNetwork lays pipes along the streets: a tree of shortest ways from the
// sources to every street that is served, and spurs along the rest of them.
func (c *city) layNetwork(p plan) network {
	b := &builder{c: c, p: p, nodes: map[int]int{}, along: map[int][]int{}}
	b.t = c.graph.shortest(p.sources, func(int) bool { return true })
	b.weigh()
	for _, s := range p.sources {
		b.out.nodes[b.node(s)].source = true
	}
	for e := range c.graph.edges {
		b.layEdge(e)
	}
	if p.connects != nil {
		b.connect()
	}
	return b.out
}

// upper returns the end of an edge that is nearer to the source, and the other.
func (b *builder) upper(e int) (near, far int) {
	near, far = b.c.graph.edges[e].from, b.c.graph.edges[e].to
	if b.t.parent[near] == e || (b.t.parent[far] != e && b.t.distance[far] < b.t.distance[near]) {
		near, far = far, near
	}
	return near, far
}

// weigh sums the lengths of the served streets beyond each junction.
func (b *builder) weigh() {
	b.load = make([]float64, len(b.c.graph.junctions))
	for e, edge := range b.c.graph.edges {
		if near, far := b.upper(e); b.p.serves(e) && !math.IsInf(b.t.distance[near], 1) {
			if b.t.parent[far] == e {
				near = far
			}
			b.load[near] += edge.line.Length()
		}
	}
	for i := len(b.t.order) - 1; i >= 0; i-- {
		if j := b.t.order[i]; b.t.parent[j] >= 0 {
			b.load[b.c.graph.end(b.t.parent[j], j)] += b.load[j]
		}
	}
}

// node returns the node at a junction.
func (b *builder) node(junction int) int {
	n, ok := b.nodes[junction]
	if !ok {
		n = b.add(node{
			at: b.c.graph.corner(junction, math.Abs(b.p.offset)), junction: junction, building: -1,
			edge: b.c.graph.at[junction][0], group: b.t.source[junction],
		})
		b.nodes[junction] = n
	}
	return n
}

func (b *builder) add(n node) int {
	b.out.nodes = append(b.out.nodes, n)
	return len(b.out.nodes) - 1
}

func (b *builder) join(p pipe) {
	b.out.nodes[p.from].degree++
	b.out.nodes[p.to].degree++
	b.out.pipes = append(b.out.pipes, p)
}

// layEdge lays the pipes of one street, if it is served or leads to served ones.
func (b *builder) layEdge(e int) {
	near, far := b.upper(e)
	if math.IsInf(b.t.distance[near], 1) {
		return
	}
	inTree := b.t.parent[far] == e
	switch {
	case inTree && b.load[far] > 0:
		b.layPieces(e, near, far, true, b.load[far])
	case !inTree && b.p.serves(e):
		b.layPieces(e, near, far, b.p.looped && b.load[far] > 0, b.c.graph.edges[e].line.Length())
	}
}

// layPieces lays a street in pieces between nodes. A spur ends one piece early.
func (b *builder) layPieces(e, near, far int, whole bool, load float64) {
	at := b.stations(e)
	if near != b.c.graph.edges[e].from {
		slices.Reverse(at)
	}
	count := len(at) - 1
	last := count
	if !whole {
		last--
	}
	if last == 0 {
		return
	}
	group := b.t.source[near]
	from := b.node(near)
	b.along[e] = append(b.along[e], from)
	for i := 1; i <= last; i++ {
		var to int
		if i == count {
			to = b.node(far)
		} else {
			to = b.add(node{at: b.c.graph.beside(e, at[i], b.p.offset), junction: -1, building: -1, edge: e, group: group})
		}
		b.along[e] = append(b.along[e], to)
		b.join(pipe{from, to, b.piece(e, at[i-1], at[i], from, to), e, -1, load, group})
		from = to
	}
}

// tapDistance is how far apart nodes are at least, in metres.
const tapDistance = 4

// stations returns where along an edge nodes are, in metres from its start: at
// its ends, in even steps, and before each building that is connected.
func (b *builder) stations(e int) []float64 {
	length := b.c.graph.edges[e].line.Length()
	count := max(1, int(math.Round(length/b.p.step)))
	var all []float64
	for i := range count - 1 {
		all = append(all, length*float64(i+1)/float64(count))
	}
	for _, i := range b.c.along[e] {
		for _, h := range b.c.parcels[i].buildings {
			if b.p.connects != nil && b.p.connects(b.c.buildings[h]) {
				s, _, _ := b.c.graph.edges[e].line.Nearest(b.entry(h))
				all = append(all, s)
			}
		}
	}
	slices.Sort(all)
	out := []float64{0}
	for _, s := range all {
		if s-out[len(out)-1] >= tapDistance && length-s >= tapDistance {
			out = append(out, s)
		}
	}
	return append(out, length)
}

// entry returns the corner of a building at which it is connected.
func (b *builder) entry(h int) orb.Point {
	p := b.c.parcels[b.c.buildings[h].parcel]
	return nearestCorner(b.c.buildings[h].shape, b.c.graph.edges[p.edge].line.At(p.s))
}

// piece is the line between two nodes, along the bends of the street.
func (b *builder) piece(e int, s, end float64, from, to int) orb.LineString {
	out := orb.LineString{b.out.nodes[from].at}
	line := b.c.graph.edges[e].line
	bends := line.Part(min(s, end), max(s, end))
	if s > end {
		bends.Reverse()
	}
	for _, p := range bends[1 : len(bends)-1] {
		along, _, _ := line.Nearest(p)
		out = append(out, b.c.graph.beside(e, along, b.p.offset))
	}
	return append(out, b.out.nodes[to].at)
}

// connect leads a service pipe to each building that wants one, from the node
// in its street that is nearest.
func (b *builder) connect() {
	for i, house := range b.c.buildings {
		p := b.c.parcels[house.parcel]
		if p.edge < 0 || len(b.along[p.edge]) == 0 || !b.p.connects(house) {
			continue
		}
		from, best := -1, math.Inf(1)
		entry := b.entry(i)
		for _, n := range b.along[p.edge] {
			if d := plane.Distance(b.out.nodes[n].at, entry); d < best {
				from, best = n, d
			}
		}
		group := b.out.nodes[from].group
		to := b.add(node{at: entry, junction: -1, building: i, edge: p.edge, group: group})
		b.join(pipe{from, to, orb.LineString{b.out.nodes[from].at, entry}, p.edge, i, 0, group})
	}
}

// nearestCorner returns the corner of a building that is nearest to a place.
func nearestCorner(shape orb.MultiPolygon, p orb.Point) orb.Point {
	best := shape[0][0][0]
	for _, polygon := range shape {
		for _, q := range polygon[0] {
			if plane.Distance(p, q) < plane.Distance(p, best) {
				best = q
			}
		}
	}
	return best
}

// towns returns the parts of the street network that are large enough for
// networks of their own, as lists of junctions.
func (c *city) towns() [][]int {
	var out [][]int
	for _, part := range c.graph.components() {
		parcels := 0
		for _, j := range part {
			for _, e := range c.graph.at[j] {
				parcels += len(c.along[e])
			}
		}
		if parcels >= 40 {
			out = append(out, part)
		}
	}
	return out
}

// outermost returns the junction of each town that lies farthest in a direction.
func (c *city) outermost(direction orb.Point) []int {
	var out []int
	for _, town := range c.townParts {
		best := town[0]
		for _, j := range town {
			if plane.Dot(c.graph.junctions[j], direction) > plane.Dot(c.graph.junctions[best], direction) {
				best = j
			}
		}
		out = append(out, best)
	}
	return out
}

// spread returns one junction for each square of so many metres, in towns: the
// one nearest to the middle of the square.
func (c *city) spread(size float64) []int {
	type square [2]int
	best := map[square]int{}
	var order []square
	middle := func(s square) orb.Point {
		return orb.Point{(float64(s[0]) + 0.5) * size, (float64(s[1]) + 0.5) * size}
	}
	for _, town := range c.townParts {
		for _, j := range town {
			p := c.graph.junctions[j]
			s := square{int(math.Floor(p[0] / size)), int(math.Floor(p[1] / size))}
			old, ok := best[s]
			if !ok {
				order = append(order, s)
			}
			if !ok || plane.Distance(p, middle(s)) < plane.Distance(c.graph.junctions[old], middle(s)) {
				best[s] = j
			}
		}
	}
	out := make([]int, len(order))
	for i, s := range order {
		out[i] = best[s]
	}
	return out
}
