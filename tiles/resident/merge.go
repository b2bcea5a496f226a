package resident

import (
	"cmp"
	"slices"
	"sort"
	"sync/atomic"
)

// A delta is merged into its base when it has more than leastMerged rows and
// more than a part of base's: searching and remaking it must stay cheap.
const (
	leastMerged = 2048
	mergedPart  = 32
)

func (l *layer) overgrown() bool {
	return l.delta.len()+l.deaths > max(leastMerged, l.base.len()/mergedPart)
}

// merged is the same layer with all rows in base, with its dictionary. The change
// log waits for it, so nothing is sorted: both parts are in order already.
func (l *layer) merged(values *dictionary) (*layer, *dictionary) {
	m := merger{layer: l, part: newPart(l.base.columns), moved: make([]uint32, l.base.len()), news: make([]uint32, l.delta.len())}
	m.part.reserve(l.base, l.delta)
	if l.base.clean != nil || l.delta.clean != nil {
		m.part.clean = make([]uint32, 0, l.base.len()+l.delta.len())
	}
	m.features()
	m.byID()
	m.part.index = newIndex(m.part.index.levels[0])
	needed := l.needed
	if len(l.values.ends) > 2*needed {
		values = newDictionary()
		l.recode(m.part.codes, values)
		needed = len(values.ends)
	}
	next := newLayer(l.schema, values, &m.part)
	next.needed = needed
	return next, values
}

// recode changes codes of the layer's dictionary to those of another.
func (l *layer) recode(codes []code, to *dictionary) {
	known := make([]code, len(l.values.ends))
	for i, c := range codes {
		if c != 0 && known[c] == 0 {
			known[c] = to.code(l.values.message(c))
		}
		codes[i] = known[c]
	}
}

// merger puts base and delta of a layer into one part.
type merger struct {
	layer *layer
	part  part
	moved []uint32 // where the features of base come to be
	news  []uint32 // where those of delta do
}

// features copies the features in Hilbert order.
func (m *merger) features() {
	l, at := m.layer, 0
	for i := range l.delta.len() {
		before := sort.Search(l.base.len()-at, func(k int) bool { return l.compare(uint32(at+k), uint32(i)) > 0 })
		m.living(uint32(at), uint32(at+before))
		at += before
		m.news[i] = uint32(m.part.len())
		m.run(l.delta, uint32(i), uint32(i+1))
	}
	m.living(uint32(at), uint32(l.base.len()))
}

// living copies the features of base from one up to another that are not dead.
func (m *merger) living(from, to uint32) {
	for start := from; start < to; {
		if m.layer.dead.has(start) {
			start++
			continue
		}
		end := start
		for ; end < to && !m.layer.dead.has(end); end++ {
			m.moved[end] = uint32(m.part.len()) + end - start
		}
		m.run(m.layer.base, start, end)
		start = end
	}
}

// run copies the features of a part from one up to another.
func (m *merger) run(from *part, start, end uint32) {
	p := &m.part
	m.stretches(from, start, end)
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
	m.clean(from, start, end)
}

// clean copies what is known of the polygons.
func (m *merger) clean(from *part, start, end uint32) {
	if m.part.clean == nil {
		return
	}
	for i := start; i < end; i++ {
		known := uint32(0)
		if from.clean != nil {
			known = atomic.LoadUint32(&from.clean[i])
		}
		m.part.clean = append(m.part.clean, known)
	}
}

// stretches copies those of the features from one up to another.
func (m *merger) stretches(from *part, start, end uint32) {
	p := &m.part
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

// byID lists the features in the order of their ids.
func (m *merger) byID() {
	l, p := m.layer, &m.part
	p.byID = make([]uint32, 0, p.len())
	news := l.delta.byID
	for _, i := range l.base.byID {
		if l.dead.has(i) {
			continue
		}
		for ; len(news) > 0 && l.delta.ids[news[0]] < l.base.ids[i]; news = news[1:] {
			p.byID = append(p.byID, m.news[news[0]])
		}
		p.byID = append(p.byID, m.moved[i])
	}
	for _, i := range news {
		p.byID = append(p.byID, m.news[i])
	}
}
