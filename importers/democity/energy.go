package democity

import (
	"fmt"
	"iter"
	"strconv"

	"github.com/paulmach/orb"
)

func (c *city) gasUtility() utility {
	return utility{"gas", "ГС", "АО «Горгаз» (демо)", 55}
}

func (c *city) gasRows() iter.Seq[row] {
	sizes := map[float64]int{0: 63, 1500: 110, 6000: 160, 20000: 225, 60000: 315}
	return c.pipeRows(c.gasUtility(), &c.networks.gas, func(p pipe, l laid, d dice, f fields) {
		l.age(f)
		f["kind"], f["diameter"], f["pressure"] = "main", diameter(p.load, sizes, 63), gasPressure(p.load)
		if p.building >= 0 {
			f["kind"], f["diameter"], f["pressure"] = "service", pick(d, 32, 57, 63), "low"
		}
		f["material"], f["protected"] = "polyethylene", false
		if l.year < 1996 {
			f["material"], f["protected"] = "steel", true
		}
		f["laying"], f["depth"] = "underground", round(d.within(0.9, 1.6), 1)
		f["zone_width"] = 2.0
	})
}

// gasPressure falls with the street that is left to supply.
func gasPressure(load float64) string {
	switch {
	case load > 40000:
		return "high_1"
	case load > 15000:
		return "high_2"
	case load > 4000:
		return "medium"
	}
	return "low"
}

func (c *city) gasNodeRows() iter.Seq[row] {
	return c.nodeRows(c.gasUtility(), &c.networks.gas, func(n node, d dice, f fields) {
		switch {
		case n.source:
			f["kind"] = "city_gate"
			f["spare_capacity"], f["capacity_on"] = float64(d.between(5, 60)*100), day(2026, 182)
		case n.building >= 0:
			f["kind"] = "valve"
		case n.junction >= 0:
			f["kind"] = pick(d, "chamber", "valve", "valve", "cabinet")
		default:
			f["kind"] = pick(d, "valve", "drip", "protection", "chamber")
		}
	})
}

func (c *city) heatUtility() utility {
	return utility{"heat", "ТС", "АО «Теплосеть» (демо)", 40}
}

func (c *city) heatRows() iter.Seq[row] {
	sizes := map[float64]int{0: 100, 800: 150, 2500: 250, 6000: 400, 12000: 600}
	return c.pipeRows(c.heatUtility(), &c.networks.heat, func(p pipe, l laid, d dice, f fields) {
		l.repair(f)
		size := diameter(p.load, sizes, 100)
		f["kind"] = "distribution"
		switch {
		case p.building >= 0:
			f["kind"], size = "service", pick(d, 50, 80, 100)
		case p.load > 4000:
			f["kind"] = "main"
		}
		f["diameter"], f["return_diameter"] = size, size
		f["material"], f["laying"] = "steel", "channel"
		if max(l.year, l.repaired) > 2000 {
			f["material"], f["laying"] = "steel_ppu", "channelless"
		}
		f["temperature_chart"], f["pressure"] = "130/70", round(d.within(0.6, 1.2), 2)
		f["depth"] = round(d.within(0.8, 1.8), 1)
	})
}

func (c *city) heatNodeRows() iter.Seq[row] {
	return c.nodeRows(c.heatUtility(), &c.networks.heat, func(n node, d dice, f fields) {
		switch {
		case n.source:
			f["kind"] = "source"
			f["spare_capacity"], f["capacity_on"] = float64(d.between(4, 40)), day(2026, 182)
		case n.building >= 0:
			f["kind"] = pick(d, "substation", "valve")
		case n.junction >= 0:
			f["kind"] = "chamber"
		default:
			f["kind"] = pick(d, "compensator", "support", "chamber")
		}
	})
}

func (c *city) powerUtility() utility {
	return utility{"power", "ЭС", "АО «Горэлектросеть» (демо)", 45}
}

// powerRows are the 0.4 kV wires, the 10 kV cables and the feeds between them.
func (c *city) powerRows() iter.Seq[row] {
	n := &c.networks
	wires := c.pipeRows(c.powerUtility(), &n.wires, func(p pipe, l laid, d dice, f fields) {
		l.repair(f)
		f["voltage"], f["kind"], f["conductor"] = 0.4, "insulated", "СИП-2 3×70+1×70"
		if l.year < 1990 {
			f["kind"], f["conductor"] = "overhead", "А-50"
		}
		if p.building >= 0 {
			f["kind"], f["conductor"] = "cable", "АВБбШв 4×50"
		}
		f["name"] = truncate(fmt.Sprintf("ТП-%d – %s", p.group+1, c.streetName(p.edge)), 200)
		f["circuits"], f["load"] = 1, round(d.within(15, 105), 0)
	})
	cables := c.pipeRows(c.powerUtility(), &n.cables, func(p pipe, l laid, d dice, f fields) {
		l.repair(f)
		f["voltage"], f["kind"], f["conductor"] = 10.0, "cable", "АПвПу 3×1×240"
		f["name"] = truncate(fmt.Sprintf("ПС-%d – %s", p.group+1, c.streetName(p.edge)), 200)
		f["circuits"], f["load"], f["depth"] = 1+boolean(p.load > 20000), round(d.within(20, 95), 0), round(d.within(0.7, 1.2), 1)
	})
	feeds := func(yield func(row) bool) {
		for _, t := range n.transformers {
			if !yield(c.feedRow(t)) {
				return
			}
		}
	}
	return numbered("ЭС", wires, cables, feeds)
}

// numbered joins lists of rows under one count of inventory numbers.
func numbered(prefix string, lists ...iter.Seq[row]) iter.Seq[row] {
	return func(yield func(row) bool) {
		n := 0
		for _, rows := range lists {
			for r := range rows {
				n++
				r.fields["inventory_number"] = fmt.Sprintf("%s-%06d", prefix, n)
				if !yield(r) {
					return
				}
			}
		}
	}
}

func (c *city) feedRow(t feed) row {
	from, to := c.networks.cables.nodes[t.transformer], c.networks.wires.nodes[t.outlet]
	line := orb.LineString{from.at, to.at}
	l := c.laid("power", from.edge, 45)
	return row{line, l.repair(fields{
		"kind": "cable", "voltage": 0.4, "name": fmt.Sprintf("ТП-%d, вывод", from.junction+1), "conductor": "АВБбШв 4×185", "circuits": 1,
		"length": length(line), "depth": 0.7, "owner": "Муниципальное образование (демо)", "operator": c.powerUtility().operator, "note": c.streetName(from.edge),
	})}
}

// powerNodeRows are poles and joints, transformers and substations.
func (c *city) powerNodeRows() iter.Seq[row] {
	wires := c.nodeRows(c.powerUtility(), &c.networks.wires, func(n node, _ dice, f fields) {
		f["voltage"], f["kind"] = 0.4, "pole"
		if n.building >= 0 {
			f["kind"] = "cabinet"
		}
	})
	cables := c.nodeRows(c.powerUtility(), &c.networks.cables, func(n node, d dice, f fields) {
		f["voltage"], f["kind"] = 10.0, "joint"
		switch {
		case n.source:
			f["voltage"], f["kind"], f["capacity"] = 110.0, "substation", float64(pick(d, 16000, 25000, 40000))
			f["number"] = fmt.Sprintf("ПС-%d", n.junction+1)
		case n.transformer:
			f["kind"], f["capacity"] = "transformer", float64(pick(d, 160, 250, 400, 630))
			f["number"] = fmt.Sprintf("ТП-%d", n.junction+1)
		case n.degree > 3:
			f["kind"] = "switching"
		}
		if f["capacity"] != nil {
			f["spare_capacity"], f["capacity_on"] = float64(d.between(0, 40)*10), day(2026, 182)
		}
	})
	return numbered("ЭС-У", wires, cables)
}

func (c *city) lightUtility() utility {
	return utility{"light", "НО", "МКУ «Горсвет» (демо)", 30}
}

func cabinet(group int) string { return fmt.Sprintf("ШУНО-%d", group+1) }

func (c *city) lightCableRows() iter.Seq[row] {
	return c.pipeRows(c.lightUtility(), &c.networks.luminance, func(p pipe, l laid, d dice, f fields) {
		l.age(f)
		f["kind"], f["conductor"] = "overhead", "СИП-4 2×16"
		if l.year > 2005 {
			f["kind"], f["conductor"] = "cable", "ВБбШв 4×16"
		}
		f["cabinet"] = cabinet(p.group)
	})
}

func (c *city) lightRows() iter.Seq[row] {
	return func(yield func(row) bool) {
		for i, n := range c.networks.luminance.nodes {
			l, d := c.laid("light", n.edge, 30), c.dice("lamp", int64(i))
			f := fields{
				"inventory_number": fmt.Sprintf("НО-О-%06d", i+1),
				"number":           strconv.Itoa(i + 1),
				"kind":             "pole",
				"state":            lampState(d),
				"cabinet":          cabinet(n.group),
				"installed_in":     l.year,
				"wear":             l.wear,
				"owner":            "Муниципальное образование (демо)",
				"operator":         c.lightUtility().operator,
				"note":             c.streetName(n.edge),
			}
			if n.source {
				f["kind"] = "cabinet"
			} else {
				f["lamp"], f["power"] = "sodium", pick(d, 150.0, 250.0)
				if l.year > 2012 || d.chance(0.4) {
					f["lamp"], f["power"] = "led", pick(d, 60.0, 90.0, 120.0)
				}
				f["lamps"], f["height"] = pick(d, 1, 1, 1, 2), pick(d, 7.0, 9.0, 9.0, 11.0)
			}
			if !yield(row{n.at, f}) {
				return
			}
		}
	}
}

func lampState(d dice) string {
	switch x := d.Float64(); {
	case x < 0.03:
		return "dark"
	case x < 0.05:
		return "flickering"
	}
	return "lit"
}
