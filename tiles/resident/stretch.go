package resident

import (
	"cmp"
	"slices"

	"kvartal/tiles/mvt"
)

// A tile deep inside of a large feature, a forest or a coast, must not look at
// all its vertices. So the rings and lines of features with many are divided into
// stretches whose boxes are kept: one beyond a side of the tile is passed over.
const (
	longFeature   = 256 // vertices, from which on
	stretchLength = 64  // vertices
)

// longFeatureAt says where the stretches of a feature begin.
type longFeatureAt struct{ feature, first uint32 }

// addStretches divides the feature added last if it is long.
func (p *part) addStretches() {
	i := uint32(p.len() - 1)
	if p.vertexCount(i) < longFeature || p.kinds[i] == mvt.Points {
		return
	}
	p.long = append(p.long, longFeatureAt{i, uint32(len(p.stretches))})
	first, end := p.rings(i)
	for j := first; j < end; j++ {
		vertices, _ := p.ring(j)
		for stretch := range slices.Chunk(vertices, stretchLength) {
			b := nowhere()
			for _, v := range stretch {
				b.extend(v)
			}
			p.stretches = append(p.stretches, b)
		}
	}
}

// stretchesOf returns the boxes of the stretches of a feature from its first ring
// on, none if it is short.
func (p *part) stretchesOf(i uint32) []box {
	at, found := slices.BinarySearchFunc(p.long, i, func(l longFeatureAt, i uint32) int { return cmp.Compare(l.feature, i) })
	if !found {
		return nil
	}
	return p.stretches[p.long[at].first:]
}

// reaching rounds what of a ring reaches into the tile, and whatever joins it,
// and returns the stretches of the rings after it.
func (e *encoding) reaching(p *part, ring uint32, stretches []box) ([]mvt.Point, []box) {
	if stretches == nil {
		return e.snap(p, ring), nil
	}
	vertices, steps := p.ring(ring)
	n := (len(vertices) + stretchLength - 1) / stretchLength
	points := e.points[:0]
	for k, b := range stretches[:n] {
		from, to := k*stretchLength, min((k+1)*stretchLength, len(vertices))
		if !e.inner.intersects(b) { // nor does what runs from its first to its last
			points = append(points, e.grid.point(vertices[from]), e.grid.point(vertices[to-1]))
			continue
		}
		points = e.appendSnapped(points, vertices[from:to], steps[from:to])
	}
	e.points = points
	return points, stretches[n:]
}
