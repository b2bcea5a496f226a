package coast

import (
	"cmp"
	"slices"

	"kvartal/importers/basemap/planar"
)

// shores returns closed lines that bound the water by the even-odd rule.
func (c *chart) shores(d *Defects) []planar.Line {
	rings := c.walk(d)
	if len(c.open) == 0 {
		return c.allIslands()
	}
	sea := planar.NewLocator(rings)
	for _, l := range c.islands {
		if isIsland(l) && !sea.Inside(l[0]) {
			d.Reversed++
			continue
		}
		rings = append(rings, l)
	}
	return rings
}

// allIslands handles a box that no coastline leaves: if the largest of the
// closed ones is an island, the sea is all around it.
func (c *chart) allIslands() []planar.Line {
	if len(c.islands) == 0 {
		return nil
	}
	largest := slices.MaxFunc(c.islands, func(l, m planar.Line) int {
		return cmp.Compare(max(area(l), -area(l)), max(area(m), -area(m)))
	})
	if !isIsland(largest) {
		return c.islands
	}
	edge := c.box.Ring()
	return append([]planar.Line{append(planar.Line(edge), edge[0])}, c.islands...)
}

func area(l planar.Line) float64 { return planar.Ring(l[:len(l)-1]).Area() }

// isIsland reports whether the land is inside l, on its left.
func isIsland(l planar.Line) bool { return area(l) > 0 }

// mark is where a coastline meets the edge of the box.
type mark struct {
	at    int64 // on the way round the box, clockwise from its upper left
	line  int
	begin bool // the line begins here
}

// rank puts an end before a beginning at the same place.
func (m mark) rank() int {
	if m.begin {
		return 1
	}
	return 0
}

// walk closes the coastlines along the edge of the box: clockwise, since then
// the water inside the box is on the right.
func (c *chart) walk(d *Defects) []planar.Line {
	next := c.pair(d)
	done := make([]bool, len(c.open))
	var rings []planar.Line
	for i := range c.open {
		var ring planar.Line
		for j := i; j >= 0 && !done[j]; j = next[j] {
			done[j] = true
			ring = append(ring, c.open[j]...)
			if next[j] >= 0 {
				ring = append(ring, c.corners(c.open[j], c.open[next[j]])...)
			}
		}
		if len(ring) > 0 {
			rings = append(rings, append(ring, ring[0]))
		}
	}
	return rings
}

// pair returns for each line the one to go on with: the first to begin
// clockwise from its end that no nearer end has taken.
func (c *chart) pair(d *Defects) []int {
	var marks []mark
	next := make([]int, len(c.open))
	for i, l := range c.open {
		next[i] = -1
		marks = append(marks, mark{c.around(l[len(l)-1]), i, false}, mark{c.around(l[0]), i, true})
	}
	slices.SortStableFunc(marks, func(a, b mark) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rank(), b.rank())) })
	var open []int // ends passed that wait for a beginning
	taken := make([]bool, len(c.open))
	for round := range 2 {
		for _, m := range marks {
			switch {
			case !m.begin && round == 0:
				if len(open) > 0 {
					d.Reversed++
				}
				open = append(open, m.line)
			case m.begin && !taken[m.line] && len(open) > 0:
				next[open[len(open)-1]] = m.line
				taken[m.line] = true
				open = open[:len(open)-1]
			}
		}
	}
	return next
}

// around returns how far p is round the box, clockwise from its upper left.
func (c *chart) around(p planar.Point) int64 {
	b := c.box
	width, height := int64(b.Max.X)-int64(b.Min.X), int64(b.Max.Y)-int64(b.Min.Y)
	switch {
	case p.Y == b.Max.Y:
		return int64(p.X) - int64(b.Min.X)
	case p.X == b.Max.X:
		return width + int64(b.Max.Y) - int64(p.Y)
	case p.Y == b.Min.Y:
		return width + height + int64(b.Max.X) - int64(p.X)
	default:
		return 2*width + height + int64(p.Y) - int64(b.Min.Y)
	}
}

// corners returns the corners of the box between the end of l and the beginning
// of m, clockwise.
func (c *chart) corners(l, m planar.Line) planar.Line {
	b := c.box
	corners := planar.Line{{X: b.Min.X, Y: b.Max.Y}, b.Max, {X: b.Max.X, Y: b.Min.Y}, b.Min}
	from, to := c.around(l[len(l)-1]), c.around(m[0])
	girth := 2 * (int64(b.Max.X) - int64(b.Min.X) + int64(b.Max.Y) - int64(b.Min.Y))
	if to < from {
		to += girth
	}
	var between planar.Line
	for round := range int64(2) {
		for _, p := range corners {
			if at := c.around(p) + round*girth; from < at && at < to {
				between = append(between, p)
			}
		}
	}
	return between
}
