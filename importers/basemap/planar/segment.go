package planar

import (
	"cmp"
	"math"
	"slices"
)

// segment is an edge of an area, its ends in the order of Compare.
type segment struct{ a, b Point }

func newSegment(p, q Point) segment {
	if p.Compare(q) > 0 {
		p, q = q, p
	}
	return segment{p, q}
}

func (s segment) compare(t segment) int { return cmp.Or(s.a.Compare(t.a), s.b.Compare(t.b)) }

func (s segment) minY() int32 { return min(s.a.Y, s.b.Y) }
func (s segment) maxY() int32 { return max(s.a.Y, s.b.Y) }

// interior reports whether p lies on s but not at its ends.
func (s segment) interior(p Point) bool {
	return p != s.a && p != s.b && turn(s.a, s.b, p) == 0 &&
		s.a.X <= p.X && p.X <= s.b.X && s.minY() <= p.Y && p.Y <= s.maxY()
}

// leftOf reports whether s crosses the ray from p towards smaller X. A segment
// counts from its lower end inclusive to its upper end exclusive: as if the
// ray ran a hair above p, so that it meets no vertex.
func (s segment) leftOf(p Point) bool {
	lo, hi := s.a, s.b
	if lo.Y > hi.Y {
		lo, hi = hi, lo
	}
	return lo.Y <= p.Y && p.Y < hi.Y && turn(lo, hi, p) < 0
}

// cancelPairs sorts segments and removes those that occur an even number of
// times: two rings that share an edge bound nothing there. It returns how many
// it removed.
func cancelPairs(segments []segment) ([]segment, int) {
	slices.SortFunc(segments, segment.compare)
	out := segments[:0]
	for i := 0; i < len(segments); {
		j := i
		for j < len(segments) && segments[j] == segments[i] {
			j++
		}
		if (j-i)%2 == 1 {
			out = append(out, segments[i])
		}
		i = j
	}
	return out, len(segments) - len(out)
}

// cut is a point at which a segment must be split.
type cut struct {
	segment int
	at      Point
}

// places counts the points at which cuts are made.
func places(cuts []cut) int {
	points := make([]Point, len(cuts))
	for i, c := range cuts {
		points[i] = c.at
	}
	slices.SortFunc(points, Point.Compare)
	return len(slices.Compact(points))
}

// crossings returns where sorted segments cross or touch other than end to end.
func crossings(segments []segment) []cut {
	var cuts []cut
	var active []int // segments that reach as far as the current one, in X
	for i, s := range segments {
		kept := active[:0]
		for _, j := range active {
			t := segments[j]
			if t.b.X < s.a.X {
				continue
			}
			kept = append(kept, j)
			if t.maxY() >= s.minY() && t.minY() <= s.maxY() {
				cuts = meet(cuts, segments, i, j)
			}
		}
		kept = append(kept, i)
		active = kept
	}
	return cuts
}

// meet appends the cuts that segments i and j make in each other.
func meet(cuts []cut, segments []segment, i, j int) []cut {
	s, t := segments[i], segments[j]
	touched := false
	for _, p := range [2]Point{t.a, t.b} {
		if s.interior(p) {
			cuts, touched = append(cuts, cut{i, p}), true
		}
	}
	for _, p := range [2]Point{s.a, s.b} {
		if t.interior(p) {
			cuts, touched = append(cuts, cut{j, p}), true
		}
	}
	if touched || turn(s.a, s.b, t.a)*turn(s.a, s.b, t.b) >= 0 || turn(t.a, t.b, s.a)*turn(t.a, t.b, s.b) >= 0 {
		return cuts
	}
	p := intersection(s, t)
	return append(cuts, cut{i, p}, cut{j, p})
}

// intersection returns where crossing segments meet, to the nearest centimetre.
func intersection(s, t segment) Point {
	sx, sy := float64(s.b.X)-float64(s.a.X), float64(s.b.Y)-float64(s.a.Y)
	tx, ty := float64(t.b.X)-float64(t.a.X), float64(t.b.Y)-float64(t.a.Y)
	dx, dy := float64(t.a.X)-float64(s.a.X), float64(t.a.Y)-float64(s.a.Y)
	k := (dx*ty - dy*tx) / (sx*ty - sy*tx)
	return Point{
		int32(math.Round(float64(s.a.X) + k*sx)),
		int32(math.Round(float64(s.a.Y) + k*sy)),
	}
}

// split returns segments with the cuts made.
func split(segments []segment, cuts []cut) []segment {
	slices.SortFunc(cuts, func(c, d cut) int {
		return cmp.Or(cmp.Compare(c.segment, d.segment), c.at.Compare(d.at))
	})
	var out []segment
	for i, s := range segments {
		from := s.a
		for len(cuts) > 0 && cuts[0].segment == i {
			out = appendSegment(out, from, cuts[0].at)
			from, cuts = cuts[0].at, cuts[1:]
		}
		out = appendSegment(out, from, s.b)
	}
	return out
}

func appendSegment(segments []segment, p, q Point) []segment {
	if p == q {
		return segments
	}
	return append(segments, newSegment(p, q))
}

// Cross reports whether the segments a–b and p–q have a point in common.
func Cross(a, b, p, q Point) bool {
	s, t := newSegment(a, b), newSegment(p, q)
	if s.b.X < t.a.X || t.b.X < s.a.X || s.maxY() < t.minY() || t.maxY() < s.minY() {
		return false
	}
	return turn(a, b, p)*turn(a, b, q) <= 0 && turn(p, q, a)*turn(p, q, b) <= 0
}
