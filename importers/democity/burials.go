package democity

import (
	"fmt"
	"math"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"kvartal/importers/democity/plane"
)

// Plots are 2.2 × 1.2 m, in double rows with paths between them.
const (
	plotLength = 2.2
	plotWidth  = 1.2
	plotGap    = 0.4 // between neighbours
	pathWidth  = 1.8 // between rows
	edgeWidth  = 3.0 // kept free along the fence
	wayWidth   = 5.0 // of the roads in a cemetery
)

// mostPlots bounds one cemetery.
const mostPlots = 2500

// plot is a place in a cemetery.
type plot struct {
	shape    plane.Convex
	cemetery string
	row, n   int
}

// bury lays plots in rows inside the real cemeteries. Rows run along the
// longest side of a cemetery; where trees stood or paths run, plots are missing.
func (c *city) bury() {
	ways := plane.NewIndex(40)
	var pieces []plane.Convex
	for _, s := range c.base.streets {
		for i := 1; i < len(s.line); i++ {
			piece := plane.Convex{s.line[i-1], s.line[i]}
			ways.Add(piece.Bound().Pad(wayWidth/2), len(pieces))
			pieces = append(pieces, piece)
		}
	}
	onWay := func(shape plane.Convex) bool {
		for _, i := range ways.Near(shape.Bound()) {
			if on, off := shape.Closest(pieces[i]); plane.Distance(on, off) < wayWidth/2 {
				return true
			}
		}
		return false
	}
	for i, g := range c.base.areas {
		if g.kind == "cemetery" || g.kind == "grave_yard" {
			c.layPlots(i, g, onWay)
		}
	}
}

func (c *city) layPlots(n int, g ground, onWay func(plane.Convex) bool) {
	ring := g.shape[0]
	along := longestSide(ring)
	across := plane.Left(along)
	name := fmt.Sprintf("Кладбище № %d", len(c.cemeteries)+1)
	c.cemeteries = append(c.cemeteries, name)
	low, high := extent(ring, along, across)
	count := 0
	for row, v := 1, low[1]+edgeWidth; v+plotLength < high[1]-edgeWidth; row, v = row+1, v+plotLength+pathWidth {
		for k, u := 1, low[0]+edgeWidth; u+plotWidth < high[0]-edgeWidth; k, u = k+1, u+plotWidth+plotGap {
			d := c.dice("plot", int64(n)<<32|int64(row)<<16|int64(k))
			shape := plane.Convex{at(along, across, u, v), at(along, across, u+plotWidth, v), at(along, across, u+plotWidth, v+plotLength), at(along, across, u, v+plotLength)}
			if k%24 == 0 || row%14 == 0 || !d.chance(0.85) || !inside(g.shape, shape) || onWay(shape) {
				continue // a path, a tree, over the fence, or on a road
			}
			if count++; count > mostPlots {
				return
			}
			c.plots = append(c.plots, plot{shape, name, row, k})
		}
	}
}

// at returns the place of coordinates along two axes.
func at(along, across orb.Point, u, v float64) orb.Point {
	return plane.Add(plane.Add(orb.Point{}, along, u), across, v)
}

func longestSide(ring orb.Ring) orb.Point {
	best, most := orb.Point{1, 0}, 0.0
	for i := 1; i < len(ring); i++ {
		if d := plane.Distance(ring[i-1], ring[i]); d > most {
			best, most = plane.Unit(plane.Sub(ring[i], ring[i-1])), d
		}
	}
	return best
}

// extent returns the least and greatest coordinates along two axes.
func extent(ring orb.Ring, along, across orb.Point) (low, high orb.Point) {
	low, high = orb.Point{math.Inf(1), math.Inf(1)}, orb.Point{math.Inf(-1), math.Inf(-1)}
	for _, p := range ring {
		for axis, x := range [2]float64{plane.Dot(p, along), plane.Dot(p, across)} {
			low[axis], high[axis] = min(low[axis], x), max(high[axis], x)
		}
	}
	return low, high
}

// inside reports whether a small polygon lies in a large one, a metre or more
// from its boundary.
func inside(large orb.Polygon, small plane.Convex) bool {
	if !planar.PolygonContains(large, small.Center()) {
		return false
	}
	around := small.Bound().Pad(1)
	for _, ring := range large {
		for i := 1; i < len(ring); i++ {
			if !around.Intersects(orb.MultiPoint{ring[i-1], ring[i]}.Bound()) {
				continue
			}
			on, off := small.Closest(plane.Convex{ring[i-1], ring[i]})
			if plane.Distance(on, off) < 1 {
				return false
			}
		}
	}
	return true
}

func (c *city) burialRows(yield func(row) bool) {
	for i, p := range c.plots {
		d := c.dice("burial", int64(i))
		f := fields{
			"burial_number": fmt.Sprintf("З-%06d", i+1),
			"cemetery":      p.cemetery,
			"section":       strconv.Itoa((p.row-1)/14 + 1),
			"row":           strconv.Itoa(p.row),
			"plot":          strconv.Itoa(p.n),
			"status":        pick(d, "occupied", "occupied", "occupied", "occupied", "occupied", "occupied", "free", "reserved", "ownerless"),
			"area":          round(plotLength*plotWidth, 2),
			"surveyed_on":   day(2025, d.between(120, 270)),
		}
		if s := f["status"]; s == "occupied" || s == "ownerless" {
			buried(i, d, f)
		}
		if !yield(row{p.shape.Polygon(), f}) {
			return
		}
	}
}

// buried adds who lies there, under a name that is nobody's.
func buried(i int, d dice, f fields) {
	died := day(d.between(1930, 2024), d.between(1, 360))
	f["kind"] = pick(d, "single", "single", "single", "family", "family", "military")
	f["full_name"] = fmt.Sprintf("Погребённый %d", i+1)
	f["born_on"] = died.AddDate(-d.between(18, 94), 0, -d.between(0, 360))
	f["died_on"], f["buried_on"] = died, died.AddDate(0, 0, d.between(2, 5))
	f["headstone"] = pick(d, "stele", "stele", "cross", "slab", "none")
	if f["headstone"] != "none" {
		f["headstone_condition"] = pick(d, "good", "good", "worn", "unsafe")
	}
	f["fence"] = d.chance(0.4)
	f["heritage"] = died.Year() < 1935 && d.chance(0.05)
	f["responsible"] = fmt.Sprintf("Ответственный %d", i+1)
	f["responsible_phone"] = fmt.Sprintf("+7 000 %03d-%02d-%02d", i/10000%1000, i/100%100, i%100)
	f["certificate_number"] = fmt.Sprintf("УЗ-%06d", i+1)
}
