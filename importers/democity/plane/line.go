package plane

import "github.com/paulmach/orb"

// Line is a polyline that is walked by metres from its start.
type Line struct {
	points orb.LineString
	at     []float64 // metres from the start to each point
}

// NewLine makes a line of at least two points.
func NewLine(points orb.LineString) Line {
	at := make([]float64, len(points))
	for i := 1; i < len(points); i++ {
		at[i] = at[i-1] + Distance(points[i-1], points[i])
	}
	return Line{points, at}
}

// Points returns the points; they must not be changed.
func (l Line) Points() orb.LineString { return l.points }

// Length returns the length in metres.
func (l Line) Length() float64 { return l.at[len(l.at)-1] }

// At returns the point s metres from the start, held to the ends.
func (l Line) At(s float64) orb.Point {
	i := l.segment(s)
	span := l.at[i+1] - l.at[i]
	if span == 0 {
		return l.points[i]
	}
	return Between(l.points[i], l.points[i+1], min(1, max(0, (s-l.at[i])/span)))
}

// segment returns the segment that holds s.
func (l Line) segment(s float64) int {
	low, high := 0, len(l.points)-2
	for low < high {
		middle := (low + high) / 2
		if l.at[middle+1] >= s {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

// Direction returns the unit vector along the line at s, over the bends within
// reach of it.
func (l Line) Direction(s, reach float64) orb.Point {
	from, to := max(0, s-reach), min(l.Length(), s+reach)
	return Unit(Sub(l.At(to), l.At(from)))
}

// Part returns the line from one distance to another.
func (l Line) Part(from, to float64) orb.LineString {
	out := orb.LineString{l.At(from)}
	for i, at := range l.at {
		if at > from+1e-6 && at < to-1e-6 {
			out = append(out, l.points[i])
		}
	}
	return append(out, l.At(to))
}

// Nearest returns how far along the line the place nearest to p is, its
// distance from p, and whether p lies to the left.
func (l Line) Nearest(p orb.Point) (s, distance float64, left bool) {
	distance = Distance(p, l.points[0]) + 1
	for i := 1; i < len(l.points); i++ {
		a, b := l.points[i-1], l.points[i]
		q := nearest(p, a, b)
		if d := Distance(p, q); d < distance {
			s, distance = l.at[i-1]+Distance(a, q), d
			left = Cross(Sub(b, a), Sub(p, a)) > 0
		}
	}
	return s, distance, left
}
