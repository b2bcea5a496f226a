package democity

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"kvartal/importers/democity/plane"
)

// plant is a tree of the register; a tree proper is of the street graph.
type plant struct {
	at     orb.Point
	park   int // in city.parks; -1 along a street
	number int64
}

// park is a green area with the trees that stand in it.
type park struct {
	ground
	trees int
}

// plantTrees puts trees along the streets, outside of the carriageway, and into
// the parks.
func (c *city) plantTrees() {
	for e, edge := range c.graph.edges {
		if len(c.along[e]) > 0 {
			c.alley(e, edge)
		}
	}
	for _, g := range c.base.areas {
		if !green(g.kind) || planar.Area(g.shape) < 300 || !c.within(g.shape) {
			continue
		}
		c.parks = append(c.parks, park{ground: g})
		c.grove(len(c.parks) - 1)
	}
}

func green(kind string) bool {
	switch kind {
	case "park", "garden", "recreation_ground", "village_green", "playground", "golf_course", "forest":
		return true
	}
	return false
}

// within reports whether an area lies well inside of the demo area.
func (c *city) within(p orb.Polygon) bool {
	for _, q := range p[0] {
		if plane.Distance(q, c.center) > c.radius {
			return false
		}
	}
	return true
}

// alley plants both sides of a street. Streets have their own density, many
// have none.
func (c *city) alley(e int, edge edge) {
	street := c.dice("alley", int64(edge.street))
	if street.chance(0.35) {
		return
	}
	spacing, half := street.within(9, 22), c.street(e).half()
	for side, offset := range []float64{half - 1.2, 1.2 - half} {
		for k, s := 0, half+4; s < edge.line.Length()-half-2; k, s = k+1, s+spacing {
			number := int64(e)<<20 | int64(side)<<16 | int64(k)
			d := c.dice("tree", number)
			if d.chance(0.25) {
				continue
			}
			c.plants = append(c.plants, plant{c.graph.beside(e, s+d.within(-2, 2), offset), -1, number})
		}
	}
}

// mostTrees bounds the trees of one park.
const mostTrees = 1500

// grove scatters trees over a park: one to a square of a grid, off its middle.
func (c *city) grove(n int) {
	g := &c.parks[n]
	b := g.shape.Bound()
	size := max(11, math.Sqrt(planar.Area(g.shape)/mostTrees))
	for i, y := 0, b.Min[1]; y < b.Max[1]; i, y = i+1, y+size {
		for k, x := 0, b.Min[0]; x < b.Max[0]; k, x = k+1, x+size {
			number := 1<<62 | int64(n)<<40 | int64(i)<<20 | int64(k)
			d := c.dice("tree", number)
			p := orb.Point{x + d.within(0, size*0.8), y + d.within(0, size*0.8)}
			if d.chance(0.55) && planar.PolygonContains(g.shape, p) {
				c.plants = append(c.plants, plant{p, n, number})
				g.trees++
			}
		}
	}
}

func (c *city) treeRows(yield func(row) bool) {
	for i, t := range c.plants {
		d := c.dice("species", t.number)
		planted := d.between(1930, 2024)
		age := math.Sqrt(float64(today().Year() - planted))
		diameter := math.Round(age*d.within(4, 7)) + 3
		if !yield(row{t.at, fields{
			"inventory_number": fmt.Sprintf("Д-%07d", i+1),
			"species":          c.species(t, d),
			"height":           round(age*d.within(1.4, 2.3)+1, 1),
			"trunk_diameter":   diameter,
			"crown_diameter":   round(age*d.within(0.5, 1.1)+0.8, 1),
			"planted_in":       planted,
			"condition":        pick(d, "good", "good", "good", "good", "good", "fair", "fair", "poor", "good", "good", "fair", deadOrPoor(d)),
			"surveyed_at":      day(2025, d.between(120, 270)),
		}}) {
			return
		}
	}
}

func deadOrPoor(d dice) string { return pick(d, "dead", "poor") }

// species is one for most of a street, mixed in parks.
func (c *city) species(t plant, d dice) string {
	kinds := []string{"linden", "maple", "birch", "oak", "poplar", "spruce", "larch", "other"}
	if t.park >= 0 || d.chance(0.2) {
		return pick(d, kinds...)
	}
	return pick(c.dice("species of street", int64(c.graph.edges[t.number>>20].street)), kinds[:5]...)
}

func (c *city) greenRows(yield func(row) bool) {
	for i, g := range c.parks {
		d := c.dice("park", g.id)
		area := planar.Area(g.shape)
		kind := greenKind(g.kind)
		name := c.greenName(g.shape, kind, i+1)
		category := "public"
		if g.kind == "golf_course" {
			category = "limited"
		}
		f := fields{
			"passport_number": fmt.Sprintf("ПО-%04d", i+1),
			"name":            name,
			"name_ru":         name,
			"kind":            kind,
			"category":        category,
			"area":            squareMetres(area),
			"trees":           g.trees,
			"condition":       pick(d, "good", "good", "fair", "poor"),
			"surveyed_on":     day(2025, d.between(120, 270)),
			"note":            "Сгенерировано для демонстрации",
		}
		if kind != "forest" {
			lawn, flowers := d.within(0.4, 0.7), d.within(0, 0.02)
			f["lawn_area"], f["flower_area"], f["path_area"] = squareMetres(area*lawn), squareMetres(area*flowers), squareMetres(area*d.within(0.02, 0.08))
			f["shrubs"] = d.between(0, 1+int(area/60))
			f["care"], f["care_budget"] = "regular", money(area*d.within(900, 3500)).decimal()
			f["contractor"] = fmt.Sprintf("ООО «Пример-Сад %d»", d.between(1, 5))
		}
		if !yield(row{g.shape, f}) {
			return
		}
	}
}

func greenKind(ground string) string {
	switch ground {
	case "forest":
		return "forest"
	case "garden", "village_green":
		return "garden"
	case "playground":
		return "yard"
	}
	return "park"
}

// greenName takes the name of the map's own place in the park, if it has one.
func (c *city) greenName(shape orb.Polygon, kind string, n int) string {
	for _, p := range c.base.pois {
		if p.name != "" && (p.kind == "leisure=park" || p.kind == "leisure=golf_course" || p.kind == "leisure=playground") && planar.PolygonContains(shape, p.at) {
			return p.name
		}
	}
	return fmt.Sprintf("%s № %d", map[string]string{"forest": "Городской лес", "garden": "Сквер", "yard": "Площадка", "park": "Парк"}[kind], n)
}
