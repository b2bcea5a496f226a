package planar

// rows finds the segments at a height quickly: the range of Y is cut into rows
// of equal height, each with the segments that reach into it.
type rows struct {
	segments []segment
	minY     int64
	height   int64
	rows     [][]int32
}

func newRows(segments []segment) rows {
	if len(segments) == 0 {
		return rows{height: 1}
	}
	lo, hi, reach := segments[0].minY(), segments[0].maxY(), int64(0)
	for _, s := range segments {
		lo, hi = min(lo, s.minY()), max(hi, s.maxY())
		reach += int64(s.maxY()) - int64(s.minY())
	}
	// About four segments a row, but high enough rows that a segment reaches
	// into five on average: long segments must not cost memory.
	count := int64(len(segments))
	height := max((int64(hi)-int64(lo))*4/count, reach/(4*count)) + 1
	r := rows{segments: segments, minY: int64(lo), height: height}
	n := (int64(hi)-int64(lo))/height + 1
	r.rows = make([][]int32, n)
	for i, s := range segments {
		for row := r.row(s.minY()); row <= r.row(s.maxY()); row++ {
			r.rows[row] = append(r.rows[row], int32(i))
		}
	}
	return r
}

func (r rows) row(y int32) int64 { return (int64(y) - r.minY) / r.height }

// left calls f for each segment that crosses the ray from p towards smaller X.
func (r rows) left(p Point, f func(i int32)) {
	row := r.row(p.Y)
	if int64(p.Y) < r.minY || row >= int64(len(r.rows)) {
		return
	}
	for _, i := range r.rows[row] {
		if r.segments[i].leftOf(p) {
			f(i)
		}
	}
}

// inside reports whether the place just left of p, a hair up, is inside by the
// even-odd rule.
func (r rows) inside(p Point) bool {
	in := false
	r.left(p, func(int32) { in = !in })
	return in
}
