package coast

import (
	"cmp"
	"math"
	"slices"

	"kvartal/importers/basemap/planar"
)

// An extract is cut along a polygon that its file does not tell, so coastlines
// end somewhere inside the box. Two rules go on from there:
//
//  1. An end and a beginning that are closer to each other than either is to
//     the edge of the box belong together: the banks of a river whose upper
//     part was cut off, an island of which a piece is missing.
//  2. Any other end goes on straight in the general direction of its coast
//     until it meets the edge of the box; if that would cross a coastline, it
//     takes the shortest way to the edge that does not.

// trend is how much of a coast, as a part of the box's diagonal, shows its
// general direction.
const trend = 0.2

func (c *chart) connect(d *Defects) {
	c.joinCloseEnds(d)
	for i := range c.open {
		l := &c.open[i]
		if p := (*l)[len(*l)-1]; !c.onEdge(p) {
			*l = append(*l, c.wayOut(*l))
			d.Loose++
		}
		if !c.onEdge((*l)[0]) {
			slices.Reverse(*l)
			*l = append(*l, c.wayOut(*l))
			slices.Reverse(*l)
			d.Loose++
		}
	}
}

func (c *chart) onEdge(p planar.Point) bool {
	return p.X == c.box.Min.X || p.X == c.box.Max.X || p.Y == c.box.Min.Y || p.Y == c.box.Max.Y
}

// joinCloseEnds applies rule 1, the closest pair first.
func (c *chart) joinCloseEnds(d *Defects) {
	for {
		end, begin := c.closestPair()
		if end < 0 {
			return
		}
		d.Loose += 2
		if end == begin {
			l := c.open[end]
			c.islands = append(c.islands, append(l, l[0]))
			c.open = slices.Delete(c.open, end, end+1)
			continue
		}
		c.open[end] = append(slices.Clone(c.open[end]), c.open[begin]...)
		c.open = slices.Delete(c.open, begin, begin+1)
	}
}

// closestPair returns the lines whose end and beginning rule 1 joins first, or
// -1.
func (c *chart) closestPair() (end, begin int) {
	end, begin = -1, -1
	least := math.Inf(1)
	for i, l := range c.open {
		p := l[len(l)-1]
		if c.onEdge(p) {
			continue
		}
		for j, m := range c.open {
			if c.onEdge(m[0]) || i == j && len(l) < 3 {
				continue
			}
			between := distance(p, m[0])
			if between < least && between < min(c.edgeDistance(p), c.edgeDistance(m[0])) {
				end, begin, least = i, j, between
			}
		}
	}
	return end, begin
}

func distance(p, q planar.Point) float64 {
	return math.Hypot(float64(p.X)-float64(q.X), float64(p.Y)-float64(q.Y))
}

func (c *chart) edgeDistance(p planar.Point) float64 {
	least := math.Inf(1)
	for _, q := range c.feet(p) {
		least = min(least, distance(p, q))
	}
	return least
}

// feet returns the nearest point of each side of the box.
func (c *chart) feet(p planar.Point) []planar.Point {
	return []planar.Point{
		{X: c.box.Min.X, Y: p.Y}, {X: c.box.Max.X, Y: p.Y},
		{X: p.X, Y: c.box.Min.Y}, {X: p.X, Y: c.box.Max.Y},
	}
}

// wayOut applies rule 2 to the end of l.
func (c *chart) wayOut(l planar.Line) planar.Point {
	end := l[len(l)-1]
	feet := c.feet(end)
	slices.SortStableFunc(feet, func(p, q planar.Point) int { return cmp.Compare(distance(end, p), distance(end, q)) })
	ways := feet
	if ahead, ok := c.ahead(l); ok {
		ways = append([]planar.Point{ahead}, feet...)
	}
	for _, p := range ways {
		if !c.crosses(end, p) {
			return p
		}
	}
	return ways[0]
}

// ahead returns where the edge of the box is met going on from the end of l in
// its general direction.
func (c *chart) ahead(l planar.Line) (planar.Point, bool) {
	end := l[len(l)-1]
	back := trend * distance(c.box.Min, c.box.Max)
	from := l[0]
	for i, gone := len(l)-1, 0.0; i > 0; i-- {
		if gone += distance(l[i], l[i-1]); gone >= back {
			from = l[i-1]
			break
		}
	}
	length := distance(from, end)
	if length == 0 {
		return end, false
	}
	// A point surely outside the box; clipping finds where the way leaves it.
	far := 2 * distance(c.box.Min, c.box.Max) / length
	target := planar.Point{
		X: clamp(float64(end.X) + far*(float64(end.X)-float64(from.X))),
		Y: clamp(float64(end.Y) + far*(float64(end.Y)-float64(from.Y))),
	}
	_, out, ok := clipSegment(end, target, c.box)
	return out, ok && c.onEdge(out)
}

func clamp(v float64) int32 {
	return int32(max(math.MinInt32, min(math.MaxInt32, v)))
}

// crosses reports whether p–q meets a coastline other than at p.
func (c *chart) crosses(p, q planar.Point) bool {
	for _, lines := range [2][]planar.Line{c.open, c.islands} {
		for _, l := range lines {
			for i := 1; i < len(l); i++ {
				if l[i-1] != p && l[i] != p && planar.Cross(p, q, l[i-1], l[i]) {
					return true
				}
			}
		}
	}
	return false
}
