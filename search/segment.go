package search

import (
	"slices"
	"strings"
)

// document is one feature to be found.
type document struct {
	id     int64
	point  [2]float32 // longitude, latitude: to rank by; NaN without a place
	name   uint32     // hash of its label, 0 without one
	values []value
}

// value is the words of one field.
type value struct {
	field uint8 // number of the field in its schema
	label bool  // the field names the feature
	words []string
}

// posting says that a word stands in a document.
type posting struct {
	doc    uint32
	fields uint16 // set of the fields the word stands in
	at     uint8  // words before it
	among  uint8  // words of the label, if it stands there, or of the shortest field
}

// segment is an inverted index of documents that does not change.
type segment struct {
	ids      []int64 // ascending: a document's number is its index
	points   [][2]float32
	names    []uint32
	words    []string // ascending
	starts   []uint32 // the postings of words[i] are postings[starts[i]:starts[i+1]]
	postings []posting
	spelt    []uint32 // the words without digits: those that may be misspelt
}

// segmentBuilder collects documents in order of id.
type segmentBuilder struct {
	segment
	numbers  map[string]uint32 // of words, in order of appearance
	appeared []string
	entries  []entry
}

type entry struct {
	word  uint32
	label bool
	posting
}

func newSegmentBuilder() *segmentBuilder {
	return &segmentBuilder{numbers: map[string]uint32{}}
}

func (b *segmentBuilder) add(d document) {
	doc := uint32(len(b.ids)) //nolint:gosec // memory ends before
	b.ids, b.points, b.names = append(b.ids, d.id), append(b.points, d.point), append(b.names, d.name)
	first := len(b.entries)
	for _, v := range d.values {
		for at, word := range v.words {
			b.word(first, word, posting{doc, 1 << min(v.field, lastField), saturated(at), saturated(len(v.words))}, v.label)
		}
	}
}

// word notes a word of the document whose entries begin at first; a word of
// several fields is one entry.
func (b *segmentBuilder) word(first int, word string, p posting, label bool) {
	number, known := b.numbers[word]
	if !known {
		word = strings.Clone(word)
		number = uint32(len(b.appeared)) //nolint:gosec // memory ends before
		b.numbers[word] = number
		b.appeared = append(b.appeared, word)
	}
	for i := first; i < len(b.entries); i++ {
		if e := &b.entries[i]; e.word == number {
			e.fields |= p.fields
			if label && !e.label {
				e.at, e.among, e.label = p.at, p.among, true
			} else if label == e.label {
				e.at, e.among = min(e.at, p.at), min(e.among, p.among)
			}
			return
		}
	}
	b.entries = append(b.entries, entry{number, label, p})
}

func saturated(n int) uint8 { return uint8(min(n, 255)) } //nolint:gosec // bounded

// finish sorts the words and lays the postings out behind one another, in order
// of document within each word.
func (b *segmentBuilder) finish() *segment {
	order := make([]uint32, len(b.appeared))
	for i := range order {
		order[i] = uint32(i) //nolint:gosec // bounded by appeared
	}
	slices.SortFunc(order, func(x, y uint32) int { return strings.Compare(b.appeared[x], b.appeared[y]) })
	rank := make([]uint32, len(order))
	s := b.segment
	s.words = make([]string, len(order))
	for i, number := range order {
		rank[number] = uint32(i) //nolint:gosec // bounded by appeared
		s.words[i] = b.appeared[number]
		if !strings.ContainsAny(s.words[i], "0123456789") {
			s.spelt = append(s.spelt, uint32(i)) //nolint:gosec // bounded by appeared
		}
	}
	s.starts = make([]uint32, len(order)+1)
	for _, e := range b.entries {
		s.starts[rank[e.word]+1]++
	}
	for i := range order {
		s.starts[i+1] += s.starts[i]
	}
	next := slices.Clone(s.starts)
	s.postings = make([]posting, len(b.entries))
	for _, e := range b.entries {
		place := &next[rank[e.word]]
		s.postings[*place] = e.posting
		*place++
	}
	s.ids, s.points, s.names = slices.Clip(s.ids), slices.Clip(s.points), slices.Clip(s.names)
	return &s
}

// of returns the postings of a word by its number, in order of document.
func (s *segment) of(word int) []posting {
	return s.postings[s.starts[word]:s.starts[word+1]]
}

// find returns the number of the document with an id.
func (s *segment) find(id int64) (uint32, bool) {
	i, found := slices.BinarySearch(s.ids, id)
	return uint32(i), found //nolint:gosec // bounded by ids
}

// bytes is roughly the memory the segment takes.
func (s *segment) bytes() int {
	total := len(s.ids)*(8+8+4) + len(s.words)*(16+4) + len(s.postings)*8
	for _, w := range s.words {
		total += len(w)
	}
	return total
}
