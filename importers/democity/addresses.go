package democity

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"kvartal/importers/democity/plane"
)

// address is an entry of the address register.
type address struct {
	at       orb.Point
	place    string // town
	street   string
	number   string
	parcel   int
	building int // -1 if the parcel is addressed
}

func (a address) text() string {
	if a.place == "" {
		return a.street + ", " + a.number
	}
	return a.place + ", " + a.street + ", " + a.number
}

// findStreets gives the parcels of real buildings their street: the nearest
// one with houses. It also lists the parcels along every edge.
func (c *city) findStreets() {
	index := plane.NewIndex(100)
	for e, edge := range c.graph.edges {
		index.Add(edge.line.Points().Bound(), e)
	}
	c.along = make([][]int, len(c.graph.edges))
	for i := range c.parcels {
		p := &c.parcels[i]
		if p.edge < 0 {
			c.nearestStreet(index, p)
		}
		if p.edge >= 0 {
			c.along[p.edge] = append(c.along[p.edge], i)
		}
	}
}

func (c *city) nearestStreet(index *plane.Index, p *parcel) {
	at, best := p.shape.Center(), 120.0
	for _, e := range index.Near(at.Bound().Pad(best)) {
		if s, distance, left := c.graph.edges[e].line.Nearest(at); distance < best {
			p.edge, p.s, p.left, best = e, s, left, distance
		}
	}
}

// streetOf is the key by which houses are numbered: a street in a town.
type streetOf struct{ place, name string }

// number gives every parcel on a named street its house number: along the
// street, away from the centre, odd to the left and even to the right.
func (c *city) number() {
	streets := map[streetOf][]int{}
	var order []streetOf
	for e := range c.graph.edges {
		name := c.street(e).name
		if name == "" || len(c.along[e]) == 0 && c.street(e).kind != "residential" {
			continue
		}
		key := streetOf{c.placeAt(c.graph.edges[e].line.At(0)), name}
		if streets[key] == nil {
			order = append(order, key)
		}
		streets[key] = append(streets[key], e)
	}
	for _, key := range order {
		c.numberStreet(key, streets[key])
	}
}

// placeAt returns the name of the nearest town.
func (c *city) placeAt(p orb.Point) string {
	name, best := "", math.Inf(1)
	for _, place := range c.base.places {
		switch place.kind {
		case "city", "town", "village", "state_capital", "capital":
			if d := plane.Distance(place.at, p); d < best {
				name, best = place.name, d
			}
		}
	}
	return name
}

// numberStreet numbers the parcels along the edges of one street.
func (c *city) numberStreet(key streetOf, edges []int) {
	at := c.chainage(edges)
	type house struct {
		parcel int
		at     float64
	}
	sides := [2][]house{}
	for _, e := range edges {
		edge := c.graph.edges[e]
		ahead := at[edge.from] <= at[edge.to]
		for _, i := range c.along[e] {
			p := c.parcels[i]
			h := house{i, at[edge.from] + p.s}
			if !ahead {
				h.at = at[edge.to] + edge.line.Length() - p.s
			}
			side := boolean(p.left != ahead)
			sides[side] = append(sides[side], h)
		}
	}
	for side, houses := range sides {
		slices.SortStableFunc(houses, func(a, b house) int { return cmp.Compare(a.at, b.at) })
		n := side - 1
		letters := 0
		for k, h := range houses {
			d := c.dice("number", int64(h.parcel))
			if k > 0 && letters < 3 && d.chance(0.04) {
				letters++ // built between two houses that had their numbers
			} else {
				n, letters = n+2, 0
			}
			number := strconv.Itoa(n) + []string{"", "а", "б", "в"}[letters]
			if edge := c.graph.edges[c.parcels[h.parcel].edge]; letters == 0 && d.chance(0.25) && atCorner(c.parcels[h.parcel].s, edge.line.Length()) {
				number += "/" + strconv.Itoa(d.between(1, 40))
			}
			c.name(h.parcel, key, number)
		}
	}
}

// atCorner reports whether a place along an edge is next to a junction.
func atCorner(s, length float64) bool { return min(s, length-s) < 22 }

// chainage returns the distance of the junctions from the beginning of the
// street, which is its junction nearest to the centre. Parts that do not hang
// together follow one another.
func (c *city) chainage(edges []int) map[int]float64 {
	member := map[int]bool{}
	var junctions []int
	for _, e := range edges {
		member[e] = true
		junctions = append(junctions, c.graph.edges[e].from, c.graph.edges[e].to)
	}
	slices.SortFunc(junctions, func(a, b int) int {
		return cmp.Or(cmp.Compare(plane.Distance(c.graph.junctions[a], c.center), plane.Distance(c.graph.junctions[b], c.center)), cmp.Compare(a, b))
	})
	at := map[int]float64{}
	start := 0.0
	for _, j := range junctions {
		if _, ok := at[j]; ok {
			continue
		}
		farthest := c.walk(j, start, member, at)
		start = farthest + 30
	}
	return at
}

// walk gives the junctions reached from one over member edges their distance
// and returns the greatest. Streets are nearly lines: the first way found will
// do where one has a loop.
func (c *city) walk(from int, start float64, member map[int]bool, at map[int]float64) float64 {
	at[from] = start
	queue := []int{from}
	farthest := start
	for i := 0; i < len(queue); i++ {
		j := queue[i]
		for _, e := range c.graph.at[j] {
			next := c.graph.end(e, j)
			if _, ok := at[next]; ok || !member[e] {
				continue
			}
			at[next] = at[j] + c.graph.edges[e].line.Length()
			farthest = max(farthest, at[next])
			queue = append(queue, next)
		}
	}
	return farthest
}

// name gives a parcel and its buildings their addresses.
func (c *city) name(i int, key streetOf, number string) {
	p := &c.parcels[i]
	a := address{place: key.place, street: key.name, number: number, parcel: i, building: -1, at: p.shape.Center()}
	p.address = a.text()
	if len(p.buildings) == 0 {
		c.addresses = append(c.addresses, a)
		return
	}
	for k, b := range p.buildings {
		one := a
		one.building = b
		if k > 0 {
			one.number += fmt.Sprintf(", корп. %d", k+1)
		}
		one.at, _ = planar.CentroidArea(c.buildings[b].shape)
		c.buildings[b].address = one.text()
		c.addresses = append(c.addresses, one)
	}
}

// addressRows is the address register: what was numbered here, and the few
// addresses that the extract knows.
func (c *city) addressRows(yield func(row) bool) {
	for i, a := range c.addresses {
		d := c.dice("address", int64(i))
		kind, object, status := "parcel", c.parcels[a.parcel].number, "reserved"
		if a.building >= 0 {
			kind, object, status = "building", c.buildings[a.building].number, "assigned"
		}
		if !yield(row{a.at, fields{
			"register_number": fmt.Sprintf("АДР-%07d", i+1),
			"gar_id":          uuid(d),
			"address":         a.text(),
			"street":          a.street,
			"house_number":    a.number,
			"district":        text(c.districtOf(a.parcel)),
			"object_kind":     kind,
			"object_number":   object,
			"status":          status,
			"document":        fmt.Sprintf("Постановление администрации № %d (демо)", d.between(1, 900)),
			"assigned_on":     day(d.between(2005, 2025), d.between(1, 365)),
		}}) {
			return
		}
	}
	for i, a := range c.base.addresses {
		if !yield(row{a.at, fields{
			"register_number": fmt.Sprintf("АДР-OSM-%d", a.id),
			"gar_id":          uuid(c.dice("osm address", int64(i))),
			"address":         address{place: c.placeAt(a.at), street: a.street, number: a.number}.text(),
			"street":          a.street,
			"house_number":    truncate(a.number, 30),
			"district":        text(c.districtAt(a.at)),
			"object_kind":     "building",
			"status":          "assigned",
			"document":        "По данным OpenStreetMap",
		}}) {
			return
		}
	}
}

// uuid is an identifier in the form of version 4 (RFC 9562, section 5.4).
func uuid(d dice) string {
	high, low := d.Uint64(), d.Uint64()
	high = high&^0xf000 | 0x4000
	low = low&^(3<<62) | 2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, low>>48, low&0xffffffffffff)
}

// truncate cuts a text to so many characters.
func truncate(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
