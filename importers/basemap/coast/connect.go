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
//     until it leaves the box. If that would cross a coastline, or if there is
//     too little coast to have a direction, it takes the shortest way out that
//     crosses none.

// How much of a coast shows its general direction, and how much is too little,
// as parts of the box's diagonal.
const (
	trend      = 0.2
	leastTrend = 0.02
)

// connector applies the rules to lines.
type connector struct {
	box   planar.Box
	lines []planar.Line
	loose int // ends found inside the box
}

func (c *connector) connect() {
	for {
		end, begin := c.closestPair()
		if end < 0 {
			break
		}
		c.join(end, begin)
	}
	for i := range c.lines {
		c.extend(i)
		slices.Reverse(c.lines[i])
		c.extend(i)
		slices.Reverse(c.lines[i])
	}
}

// closestPair returns the lines whose end and beginning rule 1 joins first, or
// -1.
func (c *connector) closestPair() (end, begin int) {
	end, begin = -1, -1
	least := math.Inf(1)
	for i, l := range c.lines {
		p := l[len(l)-1]
		if l.Closed() || !c.box.Contains(p) {
			continue
		}
		for j, m := range c.lines {
			if m.Closed() || !c.box.Contains(m[0]) || i == j && len(l) < 3 {
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

func (c *connector) join(end, begin int) {
	c.loose += 2
	if end == begin {
		c.lines[end] = append(c.lines[end], c.lines[end][0])
		return
	}
	c.lines[end] = append(c.lines[end], c.lines[begin]...)
	c.lines = slices.Delete(c.lines, begin, begin+1)
}

func distance(p, q planar.Point) float64 {
	return math.Hypot(float64(p.X)-float64(q.X), float64(p.Y)-float64(q.Y))
}

func (c *connector) edgeDistance(p planar.Point) float64 {
	b := c.box
	return float64(min(int64(p.X)-int64(b.Min.X), int64(b.Max.X)-int64(p.X), int64(p.Y)-int64(b.Min.Y), int64(b.Max.Y)-int64(p.Y)))
}

// extend applies rule 2 to the end of a line.
func (c *connector) extend(line int) {
	l := c.lines[line]
	end := l[len(l)-1]
	if l.Closed() || !c.box.Contains(end) {
		return
	}
	c.loose++
	ways := c.shortestWays(end)
	if ahead, ok := c.ahead(l); ok {
		ways = append([]planar.Point{ahead}, ways...)
	}
	way := ways[0]
	if i := slices.IndexFunc(ways, func(p planar.Point) bool { return !c.crosses(end, p) }); i >= 0 {
		way = ways[i]
	}
	c.lines[line] = append(l, way)
}

// shortestWays returns a point a metre beyond each side of the box, the nearest
// first.
func (c *connector) shortestWays(p planar.Point) []planar.Point {
	b := c.box
	ways := []planar.Point{
		{X: b.Min.X - 100, Y: p.Y},
		{X: b.Max.X + 100, Y: p.Y},
		{X: p.X, Y: b.Min.Y - 100},
		{X: p.X, Y: b.Max.Y + 100},
	}
	slices.SortStableFunc(ways, func(q, r planar.Point) int { return cmp.Compare(distance(p, q), distance(p, r)) })
	return ways
}

// ahead returns a point beyond the box in the general direction of l, if l is
// long enough to have one.
func (c *connector) ahead(l planar.Line) (planar.Point, bool) {
	end, diagonal := l[len(l)-1], distance(c.box.Min, c.box.Max)
	from, gone := l[0], 0.0
	for i := len(l) - 1; i > 0; i-- {
		if gone += distance(l[i], l[i-1]); gone >= trend*diagonal {
			from = l[i-1]
			break
		}
	}
	length := distance(from, end)
	if length < leastTrend*diagonal {
		return end, false
	}
	far := 1.1 * diagonal / length
	return planar.Point{
		X: clamp(float64(end.X) + far*(float64(end.X)-float64(from.X))),
		Y: clamp(float64(end.Y) + far*(float64(end.Y)-float64(from.Y))),
	}, true
}

func clamp(v float64) int32 {
	return int32(max(math.MinInt32, min(math.MaxInt32, math.Round(v))))
}

// crosses reports whether p–q, as far as it is in the box, meets a coastline
// other than at p.
func (c *connector) crosses(p, q planar.Point) bool {
	_, q, _ = clipSegment(p, q, c.box)
	for _, l := range c.lines {
		for i := 1; i < len(l); i++ {
			if l[i-1] != p && l[i] != p && planar.Cross(p, q, l[i-1], l[i]) {
				return true
			}
		}
	}
	return false
}
