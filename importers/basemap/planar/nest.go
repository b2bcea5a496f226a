package planar

import (
	"cmp"
	"slices"
)

// nest puts each hole into the smallest shell around it. Rings have their
// inside on the left, do not cross, and touch in single points at most.
func nest(rings []Ring) []Polygon {
	var shells, holes []int
	areas := make([]float64, len(rings))
	for i, r := range rings {
		if areas[i] = r.doubleArea(); areas[i] > 0 {
			shells = append(shells, i)
		} else {
			holes = append(holes, i)
		}
	}
	polygonOf := make(map[int]int, len(shells))
	polygons := make([]Polygon, len(shells))
	for i, s := range shells {
		polygonOf[s] = i
		polygons[i] = Polygon{rings[s]}
	}
	if len(holes) == 0 {
		return polygons
	}
	index := newRingIndex(rings)
	for _, h := range holes {
		around := index.around(h)
		around = slices.DeleteFunc(around, func(r int) bool { return areas[r] <= 0 })
		if len(around) == 0 {
			continue // cannot be, unless edges cross
		}
		shell := slices.MinFunc(around, func(a, b int) int { return cmp.Compare(areas[a], areas[b]) })
		polygons[polygonOf[shell]] = append(polygons[polygonOf[shell]], rings[h])
	}
	return polygons
}

// ringIndex answers which rings are around a ring.
type ringIndex struct {
	rings []Ring
	rows  rows
	ring  []int // of each segment
	meets map[Point]int
}

func newRingIndex(rings []Ring) *ringIndex {
	x := &ringIndex{rings: rings, meets: map[Point]int{}}
	var segments []segment
	for i, r := range rings {
		for j, p := range r {
			segments = append(segments, newSegment(p, r[(j+1)%len(r)]))
			x.ring = append(x.ring, i)
			x.meets[p]++
		}
	}
	x.rows = newRows(segments)
	return x
}

// around returns the rings around ring h: those that an odd number of times
// cross a ray from a corner of h at which no other ring touches.
func (x *ringIndex) around(h int) []int {
	corner := x.rings[h][0]
	if i := slices.IndexFunc(x.rings[h], func(p Point) bool { return x.meets[p] == 1 }); i >= 0 {
		corner = x.rings[h][i]
	}
	crossed := map[int]int{}
	x.rows.left(corner, func(s int32) { crossed[x.ring[s]]++ })
	var around []int
	for r, n := range crossed {
		if r != h && n%2 == 1 {
			around = append(around, r)
		}
	}
	slices.Sort(around)
	return around
}
