package resident

import (
	"cmp"
	"slices"

	"kvartal"
)

// layer is the rows of one layer at one moment. It does not change.
type layer struct {
	schema *schema
	values values
	base   *part
	dead   bitset // features of base that are gone or have another row in delta
	delta  *part  // rows that came after base was made
	deaths int    // features in dead
	// reason is why the layer is not resident; all else is nil then.
	reason error
}

// features is the number of features.
func (l *layer) features() int {
	if l.reason != nil {
		return 0
	}
	return l.base.len() - l.deaths + l.delta.len()
}

// place is where a feature is in memory.
type place struct {
	id     kvartal.FeatureID
	part   *part
	i      uint32
	cell   int32  // see thinner
	stands uint32 // how many features it stands for, if it is a cluster's
}

func (p place) box() box { return p.part.box(p.i) }

// search finds the features whose boxes meet the window, in Hilbert order: that
// of parts, so that mostly nothing has to be sorted, and the same on every server.
func (l *layer) search(window box, s *scratch) {
	s.found = l.base.index.search(window, s.found[:0])
	s.news = l.delta.index.search(window, s.news[:0])
	rest := s.found
	for _, i := range s.news {
		p := place{id: l.delta.ids[i], part: l.delta, i: i}
		before, _ := slices.BinarySearchFunc(rest, p, l.base.compare)
		l.addLiving(rest[:before], s)
		rest = rest[before:]
		s.places = append(s.places, p)
	}
	l.addLiving(rest, s)
}

// addLiving adds those features of base that are not dead.
func (l *layer) addLiving(found []uint32, s *scratch) {
	for _, i := range found {
		if !l.dead.has(i) {
			s.places = append(s.places, place{id: l.base.ids[i], part: l.base, i: i})
		}
	}
}

// compare tells whether feature i comes before a place, in Hilbert order.
func (p *part) compare(i uint32, at place) int {
	return cmp.Or(cmp.Compare(hilbert(p.box(i).center()), hilbert(at.box().center())), cmp.Compare(p.ids[i], at.id))
}
