package democity

import (
	"iter"

	"github.com/paulmach/orb"
)

func (c *city) waterUtility() utility {
	return utility{"water", "ВС", "МУП «Водоканал» (демо)", 60}
}

func (c *city) waterRows() iter.Seq[row] {
	sizes := map[float64]int{0: 100, 1000: 150, 4000: 200, 12000: 300, 40000: 500, 120000: 800}
	return c.pipeRows(c.waterUtility(), &c.networks.water, func(p pipe, l laid, d dice, f fields) {
		l.repair(f)
		f["kind"], f["diameter"] = "distribution", diameter(p.load, sizes, 100)
		switch {
		case p.building >= 0:
			f["kind"], f["diameter"] = "service", pick(d, 32, 50, 63, 80)
		case p.load > 12000:
			f["kind"] = "main"
		}
		f["material"] = waterMaterial(l, d)
		f["pressure"] = round(d.within(0.25, 0.55), 2)
		f["laying"], f["depth"] = "underground", round(d.within(1.4, 2.4), 1)
	})
}

func waterMaterial(l laid, d dice) string {
	switch year := max(l.year, l.repaired); {
	case year > 1998:
		return pick(d, "polyethylene", "polyethylene", "polyethylene", "ductile_iron")
	case year > 1965:
		return pick(d, "steel", "steel", "cast_iron", "asbestos_cement")
	}
	return pick(d, "cast_iron", "cast_iron", "steel")
}

func (c *city) waterNodeRows() iter.Seq[row] {
	return c.nodeRows(c.waterUtility(), &c.networks.water, func(n node, d dice, f fields) {
		f["kind"] = waterNodeKind(n, d)
		f["depth"] = round(d.within(1.5, 2.6), 1)
		if n.source {
			f["spare_capacity"], f["capacity_on"] = float64(d.between(5, 90)*100), day(2026, 182)
		}
	})
}

func waterNodeKind(n node, d dice) string {
	switch {
	case n.source:
		return pick(d, "intake", "pump_station")
	case n.building >= 0:
		return "valve"
	case n.junction >= 0:
		return pick(d, "chamber", "chamber", "valve")
	}
	return pick(d, "hydrant", "hydrant", "chamber", "valve")
}

func (c *city) sewerUtility() utility {
	return utility{"sewer", "КН", "МУП «Водоканал» (демо)", 70}
}

// sewerRows run downstream: towards the source, which here is the outlet.
func (c *city) sewerRows() iter.Seq[row] {
	sizes := map[float64]int{0: 200, 3000: 300, 10000: 500, 40000: 800, 120000: 1200}
	rows := c.pipeRows(c.sewerUtility(), &c.networks.sewer, func(p pipe, l laid, d dice, f fields) {
		l.repair(f)
		f["kind"], f["mode"] = "domestic", "gravity"
		f["diameter"] = diameter(p.load, sizes, 200)
		if p.building >= 0 {
			f["diameter"] = pick(d, 110, 150, 160)
		}
		f["material"] = sewerMaterial(l, d)
		f["slope"] = round(d.within(3, 12), 1)
		f["laying"], f["depth"] = "underground", round(d.within(1.6, 4.2), 1)
	})
	return func(yield func(row) bool) {
		for r := range rows {
			line := r.geometry.(orb.LineString).Clone()
			line.Reverse()
			if r.geometry = line; !yield(r) {
				return
			}
		}
	}
}

func sewerMaterial(l laid, d dice) string {
	switch year := max(l.year, l.repaired); {
	case year > 2000:
		return pick(d, "polypropylene", "polyethylene")
	case year > 1960:
		return pick(d, "reinforced_concrete", "ceramic", "cast_iron", "asbestos_cement")
	}
	return pick(d, "ceramic", "ceramic", "brick", "cast_iron")
}

func (c *city) sewerNodeRows() iter.Seq[row] {
	return c.nodeRows(c.sewerUtility(), &c.networks.sewer, func(n node, d dice, f fields) {
		f["kind"] = "manhole"
		if n.source {
			f["kind"] = "treatment"
			f["spare_capacity"], f["capacity_on"] = float64(d.between(5, 80)*100), day(2026, 182)
		} else if n.degree > 2 && d.chance(0.08) {
			f["kind"] = "drop"
		}
		f["depth"] = round(d.within(1.6, 4.4), 1)
	})
}
