package mvt

import "slices"

// segment is all edges between two points.
type segment struct {
	low, high Point // low is west of high, or north of it on one meridian
	net       int   // edges from low to high less those from high to low
}

func (s segment) vertical() bool { return s.low.X == s.high.X }

// boundary returns the edges around the area with a positive winding number, in
// the direction that has the area where cross is positive. The edges handed in
// meet at their ends only, so that the winding number does not change along one.
func (n *noder) boundary(edges []edge) []edge {
	segments := merge(edges)
	across := newStrips(segments, func(s segment) (int, int) { return s.low.X, s.high.X })
	down := newStrips(segments, func(s segment) (int, int) { return min(s.low.Y, s.high.Y), max(s.low.Y, s.high.Y) })
	n.kept = n.kept[:0]
	for _, s := range segments {
		// The winding number on the side of low to high where cross is positive,
		// and on the other.
		var inner, outer int
		if s.vertical() {
			east := windingEast(s, down)
			inner, outer = east+s.net, east
		} else {
			south := windingSouth(s, across)
			inner, outer = south, south-s.net
		}
		switch {
		case inner > 0 && outer <= 0:
			n.kept = append(n.kept, edge{s.low, s.high})
		case outer > 0 && inner <= 0:
			n.kept = append(n.kept, edge{s.high, s.low})
		}
	}
	return n.kept
}

// merge returns the segments of edges without those that cancel out.
func merge(edges []edge) []segment {
	segments := make([]segment, 0, len(edges))
	for _, e := range edges {
		s := segment{e.from, e.to, 1}
		if comparePoints(e.to, e.from) < 0 {
			s = segment{e.to, e.from, -1}
		}
		segments = append(segments, s)
	}
	slices.SortFunc(segments, func(a, b segment) int { return compareEnds(a.low, b.low, a.high, b.high) })
	merged := segments[:0]
	for _, s := range segments {
		if last := len(merged) - 1; last >= 0 && merged[last].low == s.low && merged[last].high == s.high {
			merged[last].net += s.net
		} else {
			merged = append(merged, s)
		}
	}
	return slices.DeleteFunc(merged, func(s segment) bool { return s.net == 0 })
}

// comparePoints orders points from west to east, then from north to south.
func comparePoints(a, b Point) int {
	if a.X != b.X {
		return a.X - b.X
	}
	return a.Y - b.Y
}

// compareEnds orders edges by the points a they have at one end, then by the
// points b at the other.
func compareEnds(a1, a2, b1, b2 Point) int {
	if a1 != a2 {
		return comparePoints(a1, a2)
	}
	return comparePoints(b1, b2)
}

// windingSouth is the winding number just south of the middle of s: what a ray
// to the south crosses. The middle is in half units, so as to be exact.
func windingSouth(s segment, across strips) int {
	x, y := s.low.X+s.high.X, s.low.Y+s.high.Y
	winding := 0
	for _, other := range across.at(x) {
		if 2*other.low.X <= x && x < 2*other.high.X && above(x, y, other.low, other.high) {
			winding -= other.net
		}
	}
	return winding
}

// windingEast is the winding number just east of the middle of s.
func windingEast(s segment, down strips) int {
	x, y := s.low.X+s.high.X, s.low.Y+s.high.Y
	winding := 0
	for _, other := range down.at(y) {
		top, bottom, net := other.low, other.high, other.net
		if top.Y > bottom.Y {
			top, bottom, net = bottom, top, -net
		}
		if 2*top.Y <= y && y < 2*bottom.Y && above(x, y, bottom, top) {
			winding += net
		}
	}
	return winding
}

// above reports whether the point x, y in half units lies strictly on the side
// of the line a, b where cross is negative: north of it, if b is east of a.
func above(x, y int, a, b Point) bool {
	return (b.X-a.X)*(y-2*a.Y)-(b.Y-a.Y)*(x-2*a.X) < 0
}

// strips finds the segments over a coordinate.
type strips struct {
	start, width int       // in half units
	ends         []int     // where the segments of each strip end
	segments     []segment // strip by strip
}

// perStrip is about how many segments begin in a strip.
const perStrip = 8

// newStrips sorts segments by the range they span.
func newStrips(segments []segment, span func(segment) (from, to int)) strips {
	if len(segments) == 0 {
		return strips{width: 1, ends: []int{0}}
	}
	least, most := span(segments[0])
	for _, s := range segments {
		from, to := span(s)
		least, most = min(least, from), max(most, to)
	}
	count := len(segments)/perStrip + 1
	out := strips{2 * least, 2*(most-least)/count + 1, make([]int, count), nil}
	each := func(visit func(strip int, s segment)) {
		for _, s := range segments {
			from, to := span(s)
			for i := out.index(2 * from); i <= out.index(2*to); i++ {
				visit(i, s)
			}
		}
	}
	each(func(strip int, _ segment) { out.ends[strip]++ })
	total := 0
	for i, n := range out.ends {
		out.ends[i], total = total, total+n // its start, moved to its end below
	}
	out.segments = make([]segment, total)
	each(func(strip int, s segment) {
		out.segments[out.ends[strip]] = s
		out.ends[strip]++
	})
	return out
}

func (s strips) index(halves int) int { return (halves - s.start) / s.width }

func (s strips) at(halves int) []segment {
	i := s.index(halves)
	start := 0
	if i > 0 {
		start = s.ends[i-1]
	}
	return s.segments[start:s.ends[i]]
}
