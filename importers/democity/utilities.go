package democity

import (
	"fmt"
	"iter"
	"math"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"kvartal/importers/democity/plane"
)

// networks are the utilities of the city.
type networks struct {
	water, sewer, gas, heat  network
	cables, wires, luminance network // 10 kV, 0.4 kV, street lighting
	transformers             []feed
}

// feed is the cable from a transformer to the junction it supplies.
type feed struct {
	transformer, outlet int // nodes of cables and of wires
}

// layNetworks lays all networks, each in a strip of the street of its own.
func (c *city) layNetworks() {
	north, south := orb.Point{0.3, 1}, orb.Point{0.2, -1}
	west, east := orb.Point{-1, 0.1}, orb.Point{1, 0.2}
	inhabited := func(e int) bool { return len(c.along[e]) > 0 }
	large := func(b building) bool { return b.purpose != "house" && b.purpose != "other" }
	n := &c.networks
	n.water = c.layNetwork(plan{offset: 2, step: 90, sources: c.outermost(north), looped: true, serves: inhabited, connects: large})
	n.sewer = c.layNetwork(plan{offset: -1.2, step: 50, sources: c.outermost(south), serves: inhabited, connects: large})
	n.gas = c.layNetwork(plan{offset: 3.4, step: 150, sources: c.outermost(west), serves: inhabited, connects: large})
	n.heat = c.layNetwork(plan{offset: -3, step: 100, sources: c.heatSources(), serves: c.heated, connects: func(b building) bool {
		return large(b) && b.purpose != "industrial" && c.nearCenter(c.parcels[b.parcel].shape.Center())
	}})
	c.layPower(east, inhabited, large)
	n.luminance = c.layNetwork(plan{offset: -5.2, step: 38, sources: c.spread(600), serves: inhabited})
}

// heatReach is how far from the centre houses have district heating, in metres.
const heatReach = 1800

func (c *city) nearCenter(p orb.Point) bool { return plane.Distance(p, c.center) < heatReach }

// heated reports whether district heating runs along an edge.
func (c *city) heated(e int) bool {
	for _, i := range c.along[e] {
		if p := c.parcels[i]; (p.use == apartmentUse || p.use == publicUse) && c.nearCenter(p.shape.Center()) {
			return true
		}
	}
	return false
}

// heatSources is one boiler house: the junction at the edge of the reach of
// district heating in the town of the centre.
func (c *city) heatSources() []int {
	best, least := -1, math.Inf(1)
	for _, town := range c.townParts {
		for _, j := range town {
			if d := math.Abs(plane.Distance(c.graph.junctions[j], plane.Add(c.center, orb.Point{1, -1}, heatReach/2))); d < least {
				best, least = j, d
			}
		}
	}
	if best < 0 {
		return nil
	}
	return []int{best}
}

// layPower lays 10 kV cables from the substations to the transformers and
// 0.4 kV wires from there to the streets.
func (c *city) layPower(direction orb.Point, inhabited func(int) bool, large func(building) bool) {
	n := &c.networks
	transformers := c.spread(450)
	supplied := map[int]bool{}
	for _, j := range transformers {
		for _, e := range c.graph.at[j] {
			supplied[e] = true
		}
	}
	n.wires = c.layNetwork(plan{offset: 5.2, step: 45, sources: transformers, serves: inhabited, connects: large})
	n.cables = c.layNetwork(plan{offset: -4.2, step: 200, sources: c.outermost(direction), serves: func(e int) bool { return supplied[e] }})
	at := map[int]int{}
	for i, node := range n.cables.nodes {
		if node.junction >= 0 {
			at[node.junction] = i
		}
	}
	for i, node := range n.wires.nodes {
		if cable, ok := at[node.junction]; ok && node.junction >= 0 && node.source {
			n.cables.nodes[cable].transformer = true
			n.transformers = append(n.transformers, feed{cable, i})
		}
	}
}

// laid is what the years do to a pipe: when it was laid, its wear, and
// whether it still works. All pipes of one street and source are of one age.
type laid struct {
	year, repaired int
	wear           float64
	status         string
}

// laid draws the age of the pipes of a street, which are younger than its
// houses or as old.
func (c *city) laid(network string, e int, life int) laid {
	d := c.dice(network+" street", int64(c.graph.edges[e].street))
	middle := c.graph.edges[e].line.At(0)
	l := laid{year: min(2024, max(1948, c.builtIn(middle, d)+d.between(5, 55))), status: "operating"}
	l.wear = wear(l.year, life, d)
	if l.wear > 60 && d.chance(0.6) {
		l.repaired = d.between(min(2025, max(l.year+20, 2005)), 2025)
		l.wear = wear(l.repaired, life, d)
	}
	if d.chance(0.015) {
		l.status = "reserve"
	}
	return l
}

// age adds the fields that every network has for its age.
func (l laid) age(f fields) fields {
	f["laid_in"], f["wear"], f["status"] = l.year, l.wear, l.status
	return f
}

func (l laid) repair(f fields) fields {
	if l.repaired > 0 {
		f["repaired_in"] = l.repaired
	}
	return l.age(f)
}

// diameter picks the size for so many metres of street beyond.
func diameter(load float64, steps map[float64]int, least int) int {
	best := least
	for from, size := range steps {
		if load >= from {
			best = max(best, size)
		}
	}
	return best
}

func length(line orb.LineString) float64 { return round(planar.Length(line), 2) }

// streetName names the street of an edge.
func (c *city) streetName(e int) string {
	if name := c.street(e).name; name != "" {
		return name
	}
	return fmt.Sprintf("проезд %d", c.graph.edges[e].street+1)
}

// utility is what the rows of one network share.
type utility struct {
	kind     string // for the dice
	prefix   string // of inventory numbers
	operator string
	life     int // of pipes, in years
}

// pipeRows yields a row for each pipe; fill adds what is the network's own.
func (c *city) pipeRows(u utility, n *network, fill func(p pipe, l laid, d dice, f fields)) iter.Seq[row] {
	return func(yield func(row) bool) {
		for i, p := range n.pipes {
			l := c.laid(u.kind, p.edge, u.life)
			f := fields{
				"inventory_number": fmt.Sprintf("%s-%06d", u.prefix, i+1),
				"length":           length(p.line),
				"owner":            "Муниципальное образование (демо)",
				"operator":         u.operator,
				"note":             c.streetName(p.edge),
			}
			fill(p, l, c.dice(u.kind+" pipe", int64(i)), f)
			if !yield(row{p.line, f}) {
				return
			}
		}
	}
}

// nodeRows yields a row for each node; fill adds what is the network's own.
func (c *city) nodeRows(u utility, n *network, fill func(n node, d dice, f fields)) iter.Seq[row] {
	return func(yield func(row) bool) {
		for i, node := range n.nodes {
			l := c.laid(u.kind, node.edge, u.life)
			f := fields{
				"inventory_number": fmt.Sprintf("%s-У-%06d", u.prefix, i+1),
				"number":           strconv.Itoa(i + 1),
				"status":           "operating",
				"address":          truncate(c.streetName(node.edge), 500),
				"built_in":         l.year,
				"wear":             l.wear,
				"owner":            "Муниципальное образование (демо)",
				"operator":         u.operator,
			}
			if node.building >= 0 && c.buildings[node.building].address != "" {
				f["address"] = c.buildings[node.building].address
			}
			fill(node, c.dice(u.kind+" node", int64(i)), f)
			if !yield(row{node.at, f}) {
				return
			}
		}
	}
}
