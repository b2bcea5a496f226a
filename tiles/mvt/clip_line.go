package mvt

// Line keeps what Clip leaves of a line: one or more lines.
type Line struct {
	parts rings
}

// Reset removes all parts.
func (l *Line) Reset() { l.parts.reset() }

// Empty reports whether nothing is left.
func (l *Line) Empty() bool { return l.parts.len() == 0 }

// Add adds a line as it is, without points that repeat the one before or lie
// between their neighbours. What has shrunk to a point is left out.
func (l *Line) Add(line []Point) {
	l.parts.begin()
	for _, p := range line {
		l.parts.points = appendStraight(l.parts.points, l.parts.open, p)
	}
	l.end()
}

// AddClipped adds the parts of a line that lie in the box.
func (l *Line) AddClipped(line []Point, box Box) {
	l.parts.begin()
	for i := 1; i < len(line); i++ {
		a, b, inside := clipSegment(line[i-1], line[i], box)
		if !inside {
			continue
		}
		if n := len(l.parts.points); n > l.parts.open && l.parts.points[n-1] != a {
			l.end()
			l.parts.begin()
		}
		l.parts.points = appendStraight(l.parts.points, l.parts.open, a)
		l.parts.points = appendStraight(l.parts.points, l.parts.open, b)
	}
	l.end()
}

func (l *Line) end() { l.parts.end(2) }

// AppendTo adds the parts to a feature's geometry.
func (l *Line) AppendTo(g *Geometry) {
	for i := range l.parts.len() {
		g.Line(l.parts.ring(i))
	}
}

// appendStraight appends p to the line that begins at open, unless it repeats
// the last point, and takes that away if p goes straight on from it.
func appendStraight(points []Point, open int, p Point) []Point {
	n := len(points)
	if n > open && points[n-1] == p {
		return points
	}
	if n-open >= 2 && goesOn(points[n-2], points[n-1], p) {
		points[n-1] = p
		return points
	}
	return append(points, p)
}

// goesOn reports whether b lies on the way from a to c.
func goesOn(a, b, c Point) bool {
	dx1, dy1, dx2, dy2 := b.X-a.X, b.Y-a.Y, c.X-b.X, c.Y-b.Y
	return dx1*dy2 == dy1*dx2 && dx1*dx2+dy1*dy2 > 0
}

// clipSegment returns the part of a segment that lies in the box, by Cohen and
// Sutherland.
func clipSegment(a, b Point, box Box) (Point, Point, bool) {
	codeA, codeB := box.outside(a), box.outside(b)
	for codeA|codeB != 0 {
		if codeA&codeB != 0 {
			return a, b, false
		}
		if codeA != 0 {
			a = box.crossing(a, b, codeA)
			codeA = box.outside(a)
		} else {
			b = box.crossing(b, a, codeB)
			codeB = box.outside(b)
		}
	}
	return a, b, true
}

// The sides of a box.
const (
	west = 1 << iota
	east
	north
	south
)

// outside returns the sides beyond which p lies.
func (b Box) outside(p Point) (sides int) {
	switch {
	case p.X < b.MinX:
		sides = west
	case p.X > b.MaxX:
		sides = east
	}
	switch {
	case p.Y < b.MinY:
		sides |= north
	case p.Y > b.MaxY:
		sides |= south
	}
	return sides
}

// crossing returns where the segment from a, beyond the given sides, to b
// crosses one of them.
func (b Box) crossing(a, c Point, sides int) Point {
	switch {
	case sides&west != 0:
		return Point{b.MinX, crossingY(a, c, b.MinX)}
	case sides&east != 0:
		return Point{b.MaxX, crossingY(a, c, b.MaxX)}
	case sides&north != 0:
		return Point{crossingX(a, c, b.MinY), b.MinY}
	}
	return Point{crossingX(a, c, b.MaxY), b.MaxY}
}
