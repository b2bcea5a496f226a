package resident

import "sort"

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
	m.part.members = m.members()
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
		m.part.copyRun(l.delta, uint32(i), uint32(i+1))
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
		m.part.copyRun(m.layer.base, start, end)
		start = end
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
