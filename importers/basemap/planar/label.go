package planar

import (
	"container/heap"
	"math"
	"slices"
)

// LabelPoint returns a point well inside the largest polygon, for its name.
// For most buildings and ponds that is the centroid; else it is, to within a
// hundredth of the polygon's breadth, the point farthest from the outline
// (after V. Agafonkin, "polylabel", 2016). There must be at least one polygon.
func LabelPoint(polygons []Polygon) Point {
	largest := polygons[0]
	for _, p := range polygons[1:] {
		if p.Area() > largest.Area() {
			largest = p
		}
	}
	return largest.labelPoint()
}

func (p Polygon) labelPoint() Point {
	bound := Bound(p[0])
	breadth := min(float64(bound.Max.X)-float64(bound.Min.X), float64(bound.Max.Y)-float64(bound.Min.Y))
	centre := p.cell(p[0].centroid(), 0)
	if centre.room > breadth/5 {
		return centre.at.round()
	}
	return p.pole(bound, breadth, centre).round()
}

// spot is a place between whole centimetres.
type spot struct{ x, y float64 }

func (s spot) round() Point { return Point{int32(math.Round(s.x)), int32(math.Round(s.y))} }

func (r Ring) centroid() spot {
	var x, y, sum float64
	o := r[0]
	for i, p := range r {
		q := r[(i+1)%len(r)]
		px, py := float64(p.X)-float64(o.X), float64(p.Y)-float64(o.Y)
		qx, qy := float64(q.X)-float64(o.X), float64(q.Y)-float64(o.Y)
		w := px*qy - qx*py
		x, y, sum = x+(px+qx)*w, y+(py+qy)*w, sum+w
	}
	return spot{float64(o.X) + x/sum/3, float64(o.Y) + y/sum/3}
}

// cell is a square to search.
type cell struct {
	at   spot    // its middle
	half float64 // of its side
	room float64 // from the middle to the outline; negative outside
	most float64 // room that any of its points may have
}

func (p Polygon) cell(at spot, half float64) cell {
	room := p.room(at)
	return cell{at, half, room, room + half*math.Sqrt2}
}

// room returns the distance from s to the outline of p, negative outside.
func (p Polygon) room(s spot) float64 {
	inside, least := false, math.Inf(1)
	for _, r := range p {
		last := r[len(r)-1]
		ax, ay := float64(last.X)-s.x, float64(last.Y)-s.y
		for _, q := range r {
			bx, by := float64(q.X)-s.x, float64(q.Y)-s.y
			if (ay > 0) != (by > 0) && 0 < (bx-ax)*(-ay)/(by-ay)+ax {
				inside = !inside
			}
			least = min(least, nearest(ax, ay, bx, by))
			ax, ay = bx, by
		}
	}
	if !inside {
		return -math.Sqrt(least)
	}
	return math.Sqrt(least)
}

// nearest returns the squared distance from the origin to the segment a–b.
func nearest(ax, ay, bx, by float64) float64 {
	dx, dy := bx-ax, by-ay
	if length := dx*dx + dy*dy; length > 0 {
		k := max(0, min(1, -(ax*dx+ay*dy)/length))
		ax, ay = ax+k*dx, ay+k*dy
	}
	return ax*ax + ay*ay
}

// pole searches squares of p's bound, the most promising first.
func (p Polygon) pole(bound Box, breadth float64, best cell) spot {
	const finest, mostCells = 0.01, 2000
	precision := max(breadth*finest, 1)
	queue := cells{}
	side := max(breadth, 1)
	for x := float64(bound.Min.X); x < float64(bound.Max.X) && len(queue) < mostCells; x += side {
		for y := float64(bound.Min.Y); y < float64(bound.Max.Y) && len(queue) < mostCells; y += side {
			queue = append(queue, p.cell(spot{x + side/2, y + side/2}, side/2))
		}
	}
	heap.Init(&queue)
	for n := 0; len(queue) > 0 && n < mostCells; n++ {
		c := heap.Pop(&queue).(cell)
		if c.most-best.room <= precision {
			break
		}
		if c.room > best.room {
			best = c
		}
		h := c.half / 2
		for _, d := range [4]spot{{-h, -h}, {h, -h}, {-h, h}, {h, h}} {
			heap.Push(&queue, p.cell(spot{c.at.x + d.x, c.at.y + d.y}, h))
		}
	}
	if best.room <= 0 { // a polygon finer than its raster: take the outline
		return spot{float64(p[0][0].X), float64(p[0][0].Y)}
	}
	return best.at
}

// cells is a heap, the most promising cell on top.
type cells []cell

func (c cells) Len() int           { return len(c) }
func (c cells) Less(i, j int) bool { return c[i].most > c[j].most }
func (c cells) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *cells) Push(x any)        { *c = append(*c, x.(cell)) }
func (c *cells) Pop() any {
	last := (*c)[len(*c)-1]
	*c = slices.Delete(*c, len(*c)-1, len(*c))
	return last
}
