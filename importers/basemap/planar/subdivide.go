package planar

import (
	"cmp"
	"math"
	"slices"
)

// Subdivide cuts polygons into pieces of at most maxVertices corners and
// maxSide centimetres of breadth and height. The pieces neither overlap nor
// leave gaps: both sides of a cut compute the same points. Pieces too small to
// cut stay as they are.
func Subdivide(polygons []Polygon, maxVertices int, maxSide int32) []Polygon {
	var out []Polygon
	for _, p := range polygons {
		out = p.subdivide(out, maxVertices, maxSide)
	}
	return out
}

func (p Polygon) subdivide(out []Polygon, maxVertices int, maxSide int32) []Polygon {
	b := Bound(p[0])
	width, height := int64(b.Max.X)-int64(b.Min.X), int64(b.Max.Y)-int64(b.Min.Y)
	const smallest = 1000 // ten metres: finer than any tile wants
	longest := max(width, height)
	if longest <= smallest || p.Vertices() <= maxVertices && longest <= int64(maxSide) {
		return append(out, p)
	}
	k := knife{vertical: width >= height}
	k.at = k.place(p, b)
	for _, keepLow := range [2]bool{true, false} {
		for _, piece := range k.half(p, keepLow) {
			out = piece.subdivide(out, maxVertices, maxSide)
		}
	}
	return out
}

// knife is a line along an axis that meets no corner of what it cuts.
type knife struct {
	vertical bool
	at       int32
}

// split returns the coordinates of p across and along the knife.
func (k knife) split(p Point) (across, along int32) {
	if k.vertical {
		return p.X, p.Y
	}
	return p.Y, p.X
}

func (k knife) point(along int32) Point {
	if k.vertical {
		return Point{k.at, along}
	}
	return Point{along, k.at}
}

// place returns the position closest to the middle of b that no corner of p has.
func (k knife) place(p Polygon, b Box) int32 {
	lo, _ := k.split(b.Min)
	hi, _ := k.split(b.Max)
	middle := int32((int64(lo) + int64(hi)) / 2)
	taken := map[int32]bool{}
	for _, r := range p {
		for _, q := range r {
			across, _ := k.split(q)
			taken[across] = true
		}
	}
	for d := int32(0); ; d++ {
		if !taken[middle+d] {
			return middle + d
		}
		if !taken[middle-d] {
			return middle - d
		}
	}
}

// low reports whether p is on the side of smaller coordinates.
func (k knife) low(p Point) bool {
	across, _ := k.split(p)
	return across < k.at
}

// crossing returns where the edge p–q meets the knife, the same for q–p.
func (k knife) crossing(p, q Point) float64 {
	s := newSegment(p, q)
	a, fromA := k.split(s.a)
	b, fromB := k.split(s.b)
	t := (float64(k.at) - float64(a)) / (float64(b) - float64(a))
	return float64(fromA) + t*(float64(fromB)-float64(fromA))
}

// run is a part of a ring on one side of the knife.
type run struct {
	points   Line
	from, to float64 // where it leaves and meets the knife
}

// half returns the part of p on one side.
func (k knife) half(p Polygon, keepLow bool) []Polygon {
	var whole []Ring
	var runs []run
	for _, r := range p {
		rr, kept := k.runs(r, keepLow)
		runs = append(runs, rr...)
		if kept {
			whole = append(whole, r)
		}
	}
	return nest(append(join(runs), whole...))
}

// runs returns the parts of r on one side, or whether all of r is there.
func (k knife) runs(r Ring, keepLow bool) (runs []run, whole bool) {
	start := -1 // an edge that comes over from the other side
	for i, p := range r {
		if k.low(p) != keepLow && k.low(r[(i+1)%len(r)]) == keepLow {
			start = i
			break
		}
	}
	if start < 0 {
		return nil, k.low(r[0]) == keepLow
	}
	for n := range r {
		p, q := r[(start+n)%len(r)], r[(start+n+1)%len(r)]
		switch in, next := k.low(p) == keepLow, k.low(q) == keepLow; {
		case !in && next:
			at := k.crossing(p, q)
			runs = append(runs, run{points: Line{k.point(round(at)), q}, from: at})
		case in && next:
			runs[len(runs)-1].points = append(runs[len(runs)-1].points, q)
		case in && !next:
			last := &runs[len(runs)-1]
			last.to = k.crossing(p, q)
			last.points = append(last.points, k.point(round(last.to)))
		}
	}
	return runs, false
}

func round(v float64) int32 { return int32(math.Round(v)) }

// join makes rings of runs: along the knife, every second stretch between
// their ends is inside, and a ring follows it from one run to the next.
func join(runs []run) []Ring {
	type end struct {
		at  float64
		run int
		out bool // the run meets the knife here
	}
	var ends []end
	for i, r := range runs {
		ends = append(ends, end{r.from, i, false}, end{r.to, i, true})
	}
	slices.SortStableFunc(ends, func(a, b end) int { return cmp.Compare(a.at, b.at) })
	next := make([]int, len(runs))
	for i := 0; i+1 < len(ends); i += 2 {
		a, b := ends[i], ends[i+1]
		if b.out {
			a, b = b, a
		}
		next[a.run] = b.run
	}
	var rings []Ring
	done := make([]bool, len(runs))
	for i := range runs {
		var l Line
		for j := i; !done[j]; j = next[j] {
			done[j] = true
			l = append(l, runs[j].points...)
		}
		if ring := l.ring(); len(ring) > 2 && ring.doubleArea() != 0 {
			rings = append(rings, ring)
		}
	}
	return rings
}

// ring closes l and drops points that repeat the one before.
func (l Line) ring() Ring {
	r := Ring(l.Compact())
	for len(r) > 1 && r[0] == r[len(r)-1] {
		r = r[:len(r)-1]
	}
	return r
}
