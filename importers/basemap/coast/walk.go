package coast

import (
	"cmp"
	"slices"

	"kvartal/importers/basemap/planar"
)

// mark is where a coastline meets the edge of the box.
type mark struct {
	at    int64 // on the way round the box, clockwise from its upper left
	line  int
	begin bool // the line begins here
}

// marks returns where the open lines meet the edge, clockwise, an end before a
// beginning at the same place.
func (c *chart) marks() []mark {
	var marks []mark
	for i, l := range c.open {
		marks = append(marks, mark{c.around(l[len(l)-1]), i, false}, mark{c.around(l[0]), i, true})
	}
	slices.SortStableFunc(marks, func(a, b mark) int {
		if a.at == b.at && a.begin != b.begin {
			if b.begin {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.at, b.at)
	})
	return marks
}

// settle leaves out the shortest open line, and again, until ends and
// beginnings take turns round the box: only then is there one answer to where
// the water is. Then it leaves out islands that lie on land. It returns how
// many lines it left out.
func (c *chart) settle() int {
	dropped := 0
	for !takeTurns(c.marks()) {
		shortest := 0
		for i, l := range c.open {
			if l.Length() < c.open[shortest].Length() {
				shortest = i
			}
		}
		c.open = slices.Delete(c.open, shortest, shortest+1)
		dropped++
	}
	if len(c.open) == 0 {
		return dropped
	}
	sea := planar.NewLocator(c.walk())
	n := len(c.closed)
	c.closed = slices.DeleteFunc(c.closed, func(l planar.Line) bool { return isIsland(l) && !sea.Inside(l[0]) })
	return dropped + n - len(c.closed)
}

func takeTurns(marks []mark) bool {
	for i, m := range marks {
		if m.begin == marks[(i+1)%len(marks)].begin {
			return false
		}
	}
	return true
}

// shores returns closed lines that bound the water by the even-odd rule.
func (c *chart) shores() []planar.Line {
	if len(c.open) > 0 {
		return append(c.walk(), c.closed...)
	}
	if len(c.closed) == 0 {
		return nil
	}
	// No coastline leaves the box: if the largest is an island, the sea is all
	// around it.
	largest := slices.MaxFunc(c.closed, func(l, m planar.Line) int {
		return cmp.Compare(max(area(l), -area(l)), max(area(m), -area(m)))
	})
	if !isIsland(largest) {
		return c.closed
	}
	edge := c.box.Ring()
	return append([]planar.Line{append(planar.Line(edge), edge[0])}, c.closed...)
}

func area(l planar.Line) float64 { return planar.Ring(l[:len(l)-1]).Area() }

// isIsland reports whether the land is inside l, on its left.
func isIsland(l planar.Line) bool { return area(l) > 0 }

// walk closes the open lines along the edge of the box: clockwise, since then
// the water inside the box is on the right.
func (c *chart) walk() []planar.Line {
	next := c.next()
	done := make([]bool, len(c.open))
	var rings []planar.Line
	for i := range c.open {
		var ring planar.Line
		for j := i; !done[j]; j = next[j] {
			done[j] = true
			ring = append(ring, c.open[j]...)
			ring = append(ring, c.corners(c.open[j], c.open[next[j]])...)
		}
		if len(ring) > 0 {
			rings = append(rings, append(ring, ring[0]))
		}
	}
	return rings
}

// next returns for each open line the one that begins next, clockwise from its
// end.
func (c *chart) next() []int {
	marks := c.marks()
	next := make([]int, len(c.open))
	for i, m := range marks {
		if !m.begin {
			next[m.line] = marks[(i+1)%len(marks)].line
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
