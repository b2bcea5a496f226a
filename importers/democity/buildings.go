package democity

import (
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"kvartal/importers/democity/plane"
)

// building is a footprint with a use, real or generated.
type building struct {
	shape   orb.MultiPolygon
	parcel  int // in city.parcels
	real    int64
	purpose string // code of the register
	name    string
	storeys int
	builtIn int
	area    float64 // of the footprint
	number  string  // cadastral
	address string
	wear    float64 // per cent
}

// cluster is real buildings that stand so close that one parcel holds them.
type cluster struct {
	buildings []int
	hull      plane.Convex
}

// aroundBuildings makes the parcels of the real buildings: a rectangle around
// each, cut back to the middle between neighbours and to the streets.
func (l *land) aroundBuildings() {
	clusters := l.clusters()
	index := plane.NewIndex(80)
	for i, c := range clusters {
		index.Add(c.hull.Bound().Pad(25), i)
	}
	for i, c := range clusters {
		margin := min(18, max(5, 0.3*math.Sqrt(c.hull.Area())))
		shape := c.hull.Box(margin)
		if !l.inArea(shape...) {
			continue
		}
		shape = l.clear(shape, c.hull)
		for _, j := range index.Near(c.hull.Box(margin).Bound()) {
			if j == i || shape == nil {
				continue
			}
			on, off := c.hull.Closest(clusters[j].hull)
			toward := plane.Unit(plane.Sub(on, off))
			shape = shape.Cut(plane.Between(on, off, 0.5), toward)
		}
		if shape == nil || !shape.Holds(c.hull, 0) {
			continue // a building that stands over a street is on no parcel
		}
		l.put(parcel{shape: shape, use: l.useOf(c), edge: -1, buildings: c.buildings})
	}
}

// clusters joins real buildings whose hulls meet, until none do.
func (l *land) clusters() []cluster {
	var out []cluster
	for i, b := range l.c.base.buildings {
		var points []orb.Point
		for _, polygon := range b.shape {
			points = append(points, polygon[0]...)
		}
		if hull := plane.Hull(points); hull != nil && hull.Area() > 12 {
			out = append(out, cluster{[]int{i}, hull})
		}
	}
	for {
		joined := join(out)
		if len(joined) == len(out) {
			return out
		}
		out = joined
	}
}

// join merges clusters that meet, each with the first that it meets.
func join(clusters []cluster) []cluster {
	index := plane.NewIndex(80)
	var out []cluster
	for _, c := range clusters {
		met := -1
		for _, i := range index.Near(c.hull.Bound()) {
			if on, off := out[i].hull.Closest(c.hull); out[i].hull.Overlaps(c.hull) || plane.Distance(on, off) < 0.5 {
				met = i
				break
			}
		}
		if met < 0 {
			index.Add(c.hull.Bound(), len(out))
			out = append(out, c)
			continue
		}
		m := &out[met]
		m.buildings = append(m.buildings, c.buildings...)
		m.hull = plane.Hull(append(slices.Clone(m.hull), c.hull...))
		index.Add(m.hull.Bound(), met)
	}
	return out
}

// useOf guesses what real buildings are from the land they stand on and from
// their size.
func (l *land) useOf(c cluster) use {
	switch kind := l.c.siteAt(c.hull.Center()); kind {
	case "school", "university", "college", "hospital", "prison":
		return publicUse
	case "industrial":
		return industrialUse
	case "retail", "commercial":
		return tradeUse
	}
	d := l.c.dice("real", l.c.base.buildings[c.buildings[0]].id)
	area := planar.Area(l.c.base.buildings[c.buildings[0]].shape)
	switch {
	case area < 260:
		return houseUse
	case area < 1100:
		return pick(d, apartmentUse, tradeUse, publicUse)
	case area > 4000:
		return pick(d, industrialUse, tradeUse)
	}
	return pick(d, tradeUse, publicUse, industrialUse)
}

// siteAt returns the land use at a place, or "".
func (c *city) siteAt(p orb.Point) string {
	kind := ""
	for _, i := range c.groundIndex.Near(p.Bound()) {
		if g := c.base.grounds[i]; g.shape.Bound().Contains(p) && planar.PolygonContains(g.shape, p) {
			if kind = g.kind; kind != "parking" && kind != "forest" {
				return kind
			}
		}
	}
	return kind
}

// houses registers the real buildings of the parcels and builds on the empty
// ones.
func (c *city) houses() {
	for i := range c.parcels {
		p := &c.parcels[i]
		d := c.dice("house", int64(i))
		mapped := p.buildings
		p.buildings = nil
		for _, n := range mapped {
			c.build(i, building{shape: c.base.buildings[n].shape, real: c.base.buildings[n].id})
		}
		switch {
		case len(mapped) > 0:
		case d.chance(vacancy(p.use)):
			p.use = freeUse
		default:
			c.newHouse(i, d)
		}
	}
}

// vacancy is the share of parcels of a use that nobody has built upon.
func vacancy(u use) float64 {
	if u == industrialUse {
		return 0.35
	}
	return 0.08
}

// newHouse places a building on an empty parcel: parallel to the street, set
// back from it, away from the neighbours.
func (c *city) newHouse(i int, d dice) {
	p := &c.parcels[i]
	wide, deep, back := footprintOf(p.use, d)
	along := plane.Left(p.inward)
	for _, shrink := range []float64{1, 0.85, 0.7, 0.55} {
		w, h := wide*shrink, deep*shrink
		from := plane.Add(p.front, p.inward, back)
		corner := func(x, y float64) orb.Point { return plane.Add(plane.Add(from, along, -x), p.inward, y) }
		outline := []orb.Point{corner(-w/2, 0), corner(w/2, 0), corner(w/2, h), corner(-w/2, h)}
		if !p.shape.Holds(outline, 1.2) {
			continue
		}
		if p.use == houseUse && d.chance(0.35) { // an L, cut out of the rectangle
			outline = []orb.Point{outline[0], outline[1], corner(w/2, h), corner(w/10, h), corner(w/10, 0.6*h), corner(-w/2, 0.6*h)}
		}
		ring := orb.Ring(append(outline, outline[0]))
		if ring.Orientation() != orb.CCW {
			ring.Reverse()
		}
		c.build(i, building{shape: orb.MultiPolygon{{ring}}})
		return
	}
	p.use = freeUse
}

// footprintOf draws the width and depth of a building and its distance from
// the front of the parcel, in metres.
func footprintOf(u use, d dice) (wide, deep, back float64) {
	switch u {
	case apartmentUse:
		return d.within(38, 50), d.within(13, 16), d.within(6, 12)
	case tradeUse:
		return d.within(14, 34), d.within(12, 24), d.within(2, 12)
	case publicUse:
		return d.within(38, 60), d.within(16, 28), d.within(10, 18)
	case industrialUse:
		return d.within(36, 62), d.within(26, 48), d.within(8, 16)
	}
	return d.within(9.5, 14), d.within(8.5, 12.5), d.within(5, 8)
}

// build adds a building to a parcel, with what follows from the parcel's use.
func (c *city) build(i int, b building) {
	p := &c.parcels[i]
	d := c.dice("building", int64(i)*64+int64(len(p.buildings)))
	b.parcel, b.area = i, planar.Area(b.shape)
	b.builtIn = c.builtIn(p.shape.Center(), d)
	b.purpose, b.storeys = purposeOf(p.use, d)
	if b.real != 0 && b.area < 60 {
		b.purpose, b.storeys = "other", 1
	}
	b.wear = min(90, wear(b.builtIn, 150, d))
	if b.purpose == "residential" && b.builtIn < 1960 && d.chance(0.3) {
		b.wear = round(d.within(unsafeWear, 96), 1)
	}
	p.buildings = append(p.buildings, len(c.buildings))
	c.buildings = append(c.buildings, b)
}

// builtIn draws the year of construction: towns grow outwards.
func (c *city) builtIn(p orb.Point, d dice) int {
	share := min(1, plane.Distance(p, c.center)/5000)
	year := 1900 + 95*share + 28*d.NormFloat64()
	return int(min(2025, max(1870, year)))
}

// unsafeWear is the wear from which a building is unsafe, in per cent.
const unsafeWear = 92

func purposeOf(u use, d dice) (purpose string, storeys int) {
	switch u {
	case apartmentUse:
		return "residential", pick(d, 2, 3, 3, 5, 5, 5, 9)
	case tradeUse:
		return "commercial", pick(d, 1, 1, 2, 2, 3)
	case publicUse:
		return pick(d, "education", "education", "health", "administrative"), pick(d, 1, 2, 2, 3)
	case industrialUse:
		return "industrial", pick(d, 1, 1, 2)
	}
	return "house", pick(d, 1, 1, 1, 2, 2)
}

// wear is the wear of something by its age, in per cent with one decimal place.
func wear(year, life int, d dice) float64 {
	share := float64(today().Year()-year) / float64(life)
	w := 100 * min(0.96, max(0.01, share*d.within(0.75, 1.25)))
	return round(w, 1)
}

// numberBuildings gives the buildings their cadastral numbers, which follow
// those of the parcels of their block.
func (c *city) numberBuildings() {
	last := map[int]int{}
	for i := range c.parcels {
		last[c.parcels[i].block]++
	}
	for i := range c.buildings {
		block := c.parcels[c.buildings[i].parcel].block
		last[block]++
		c.buildings[i].number = fmt.Sprintf("%s:%07d:%d", cadastralDistrict, block+1, last[block])
	}
}
