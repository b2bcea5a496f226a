package mvt

// rings is a list of rings or lines in one slice of points.
type rings struct {
	points []Point
	ends   []int // where each ring ends in points
	open   int   // where the ring begun last begins
}

func (r *rings) reset() { r.points, r.ends, r.open = r.points[:0], r.ends[:0], 0 }

func (r *rings) len() int { return len(r.ends) }

func (r *rings) ring(i int) []Point {
	start := 0
	if i > 0 {
		start = r.ends[i-1]
	}
	return r.points[start:r.ends[i]]
}

// begin begins a ring.
func (r *rings) begin() {
	r.open = 0
	if n := len(r.ends); n > 0 {
		r.open = r.ends[n-1]
	}
	r.points = r.points[:r.open]
}

// end ends the ring begun, or forgets it if it has fewer points than least.
func (r *rings) end(least int) bool {
	if len(r.points)-r.open < least {
		r.points = r.points[:r.open]
		return false
	}
	r.ends = append(r.ends, len(r.points))
	r.open = len(r.points)
	return true
}

// appendTidy appends a ring to points without points that repeat the one before
// or lie on a line with their neighbours, be it between them or at the tip of a
// spike. Fewer than three points are left of a ring without area.
func appendTidy(points, ring []Point) []Point {
	open := len(points)
	for _, p := range ring {
		points = appendTurning(points, open, p)
	}
	// The same where the end meets the beginning.
	first := open
	for len(points)-first >= 3 {
		last := len(points) - 1
		switch {
		case points[last] == points[first], cross(points[last-1], points[last], points[first]) == 0:
			points = points[:last]
		case cross(points[last], points[first], points[first+1]) == 0:
			first++
		default:
			return append(points[:open], points[first:]...)
		}
	}
	return points[:open]
}

// appendTurning appends p to the line that begins at open and takes away what
// does not turn because of it.
func appendTurning(points []Point, open int, p Point) []Point {
	for {
		n := len(points)
		if n > open && points[n-1] == p {
			return points
		}
		if n-open < 2 || cross(points[n-2], points[n-1], p) != 0 {
			return append(points, p)
		}
		points = points[:n-1]
	}
}
