package resident

import (
	"cmp"
	"slices"
	"sync/atomic"
)

// copyRun appends the features of another part from one up to another.
func (p *part) copyRun(from *part, start, end uint32) {
	p.copyStretches(from, start, end)
	firstRing, endRing := from.firsts[start], from.firsts[end]
	firstVertex, endVertex := from.start(firstRing), from.start(endRing)
	byRings, byVertices := uint32(len(p.ends))-firstRing, uint32(len(p.vertices))-firstVertex // modulo 2³²
	p.vertices = append(p.vertices, from.vertices[firstVertex:endVertex]...)
	p.steps = append(p.steps, from.steps[firstVertex:endVertex]...)
	for j := firstRing; j < endRing; j++ {
		p.endRing(from.ends[j]+byVertices, from.holes.has(j))
	}
	for i := start; i < end; i++ {
		p.firsts = append(p.firsts, from.firsts[i+1]+byRings)
	}
	p.ids = append(p.ids, from.ids[start:end]...)
	p.versions = append(p.versions, from.versions[start:end]...)
	p.kinds = append(p.kinds, from.kinds[start:end]...)
	p.zooms = append(p.zooms, from.zooms[start:end]...)
	p.index.levels[0] = append(p.index.levels[0], from.index.levels[0][start:end]...)
	p.codes = append(p.codes, from.codes[int(start)*from.columns:int(end)*from.columns]...)
	p.copyClean(from, start, end)
}

// copyClean appends what is known of polygons, if that is kept.
func (p *part) copyClean(from *part, start, end uint32) {
	if p.clean == nil {
		return
	}
	for i := start; i < end; i++ {
		known := uint32(0)
		if from.clean != nil {
			known = atomic.LoadUint32(&from.clean[i])
		}
		p.clean = append(p.clean, known)
	}
}

// copyStretches appends those of features that are about to be.
func (p *part) copyStretches(from *part, start, end uint32) {
	if len(from.long) == 0 {
		return
	}
	find := func(i uint32) int {
		at, _ := slices.BinarySearchFunc(from.long, i, func(l longFeatureAt, i uint32) int { return cmp.Compare(l.feature, i) })
		return at
	}
	for at := find(start); at < len(from.long) && from.long[at].feature < end; at++ {
		first, next := from.long[at].first, uint32(len(from.stretches))
		if at+1 < len(from.long) {
			next = from.long[at+1].first
		}
		p.long = append(p.long, longFeatureAt{uint32(p.len()) + from.long[at].feature - start, uint32(len(p.stretches))})
		p.stretches = append(p.stretches, from.stretches[first:next]...)
	}
}
