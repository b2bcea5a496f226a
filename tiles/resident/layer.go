package resident

import (
	"cmp"
	"slices"
)

// layer is the rows of one layer at one moment. It does not change.
type layer struct {
	schema *schema
	values values
	needed int // about how many of the values are those of features
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

// place is where a feature is in memory: its position in base or, with this bit
// set, in delta.
type place uint32

const inDelta place = 1 << 31

// at returns the part that has the feature, and its position there.
func (l *layer) at(p place) (*part, uint32) {
	if p&inDelta != 0 {
		return l.delta, uint32(p &^ inDelta)
	}
	return l.base, uint32(p)
}

func (l *layer) box(p place) box {
	part, i := l.at(p)
	return part.box(i)
}

// search finds the features whose boxes meet the window, in Hilbert order: that
// of parts, so that mostly nothing has to be sorted, and the same on every server.
func (l *layer) search(window box, s *scratch) {
	s.found = l.base.index.search(window, s.found[:0])
	s.news = l.delta.index.search(window, s.news[:0])
	rest := s.found
	for _, i := range s.news {
		before, _ := slices.BinarySearchFunc(rest, i, l.compare)
		l.addLiving(rest[:before], s)
		rest = rest[before:]
		s.places = append(s.places, inDelta|place(i))
	}
	l.addLiving(rest, s)
}

// addLiving adds those features of base that are not dead.
func (l *layer) addLiving(found []uint32, s *scratch) {
	if l.deaths == 0 {
		for _, i := range found {
			s.places = append(s.places, place(i))
		}
		return
	}
	for _, i := range found {
		if !l.dead.has(i) {
			s.places = append(s.places, place(i))
		}
	}
}

// compare tells whether a feature of base comes before one of delta, in Hilbert
// order.
func (l *layer) compare(inBase, inDelta uint32) int {
	return cmp.Or(
		cmp.Compare(hilbert(l.base.box(inBase).center()), hilbert(l.delta.box(inDelta).center())),
		cmp.Compare(l.base.ids[inBase], l.delta.ids[inDelta]))
}
