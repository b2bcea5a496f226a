package search

import (
	"cmp"
	"math"
	"slices"
)

// lastField is the number that stands for all further fields of a layer.
const lastField = 15

// hit is a document of a segment that matches a query.
type hit struct {
	doc  uint32
	cost uint16
}

// candidate is a feature that matches a query, by the index.
type candidate struct {
	id   int64
	name uint32
	cost uint16
	// members are other features of the same name, not all of very many.
	members []int64
}

// wish is what a layer is searched for.
type wish struct {
	query    query
	readable uint16 // set of the fields the view may read
	label    uint16 // the field that names features, or none
	near     [2]float32
	hasNear  bool
	limit    int
	// onePerName keeps the best of documents of one name: the segments of a street.
	onePerName bool
}

// space is room for searching a segment, used again and again.
type space struct {
	costs []uint16 // by document; 0: not matched, else one more than the cost
	hits  []hit
}

// reset makes room for n documents.
func (sp *space) reset(n int) {
	if cap(sp.costs) < n {
		sp.costs = make([]uint16, n)
	}
	sp.costs = sp.costs[:n]
	clear(sp.costs)
}

// match returns the documents that hold all required terms of one reading, with
// what they cost. The hits are valid until the space is used again.
func (s *segment) match(w wish, terms []term, sp *space) []hit {
	options := make([][]candidateWord, len(terms))
	for i, t := range terms {
		options[i] = s.lookUp(t)
		if !t.optional && len(options[i]) == 0 {
			return nil
		}
	}
	var found []hit
	leading := slices.IndexFunc(terms, func(t term) bool { return !t.optional })
	for n, i := range s.rarestFirst(terms, options) {
		if n == 0 {
			found = s.all(w, options[i], i == leading, sp)
		} else {
			found = s.among(w, found, options[i], i == leading, sp)
		}
		if len(found) == 0 {
			return nil
		}
	}
	for i, t := range terms {
		if t.optional {
			s.favour(w, found, options[i])
		}
	}
	return found
}

// rarestFirst orders the required terms by how many postings their words have.
func (s *segment) rarestFirst(terms []term, options [][]candidateWord) []int {
	var order []int
	sizes := make([]int, len(terms))
	for i, t := range terms {
		if t.optional {
			continue
		}
		order = append(order, i)
		sizes[i] = s.size(options[i])
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sizes[a], sizes[b]) })
	return order
}

func (s *segment) size(words []candidateWord) int {
	n := 0
	for _, word := range words {
		n += len(s.of(word.number))
	}
	return n
}

// all returns the documents with any of the words.
func (s *segment) all(w wish, words []candidateWord, first bool, sp *space) []hit {
	sp.reset(len(s.ids))
	sp.hits = sp.hits[:0]
	for _, word := range words {
		for _, p := range s.of(word.number) {
			if p.fields&w.readable == 0 {
				continue
			}
			known := sp.costs[p.doc]
			if known == 0 {
				sp.hits = append(sp.hits, hit{doc: p.doc})
			}
			if cost := 1 + word.cost + p.cost(w, first); known == 0 || cost < known {
				sp.costs[p.doc] = cost
			}
		}
	}
	for i := range sp.hits {
		sp.hits[i].cost = sp.costs[sp.hits[i].doc] - 1
	}
	return sp.hits
}

// cost is what the place of a word in its document costs. Where the first term
// stands, and among how many words, tells how well the document answers.
func (p posting) cost(w wish, first bool) uint16 {
	cost := uint16(0)
	if first {
		cost = costAt*min(uint16(p.at), 8) + costWord*min(uint16(p.among)-1, 12)
	}
	if p.fields&w.label == 0 {
		cost += costField
	}
	return cost
}

// among returns those of found that have any of the words, too.
func (s *segment) among(w wish, found []hit, words []candidateWord, first bool, sp *space) []hit {
	if size := s.size(words); size/16 > len(found)*len(words) {
		return s.amongFew(w, found, words, first)
	}
	sp.reset(len(s.ids))
	for _, word := range words {
		for _, p := range s.of(word.number) {
			if p.fields&w.readable == 0 {
				continue
			}
			if cost, known := 1+word.cost+p.cost(w, first), sp.costs[p.doc]; known == 0 || cost < known {
				sp.costs[p.doc] = cost
			}
		}
	}
	kept := found[:0]
	for _, c := range found {
		if cost := sp.costs[c.doc]; cost > 0 {
			c.cost += cost - 1
			kept = append(kept, c)
		}
	}
	return kept
}

// amongFew is among for few documents and long postings.
func (s *segment) amongFew(w wish, found []hit, words []candidateWord, first bool) []hit {
	kept := found[:0]
	for _, c := range found {
		if cost, ok := s.best(w, c.doc, words, first); ok {
			c.cost += cost
			kept = append(kept, c)
		}
	}
	return kept
}

// best returns the least cost of any of the words in a document.
func (s *segment) best(w wish, doc uint32, words []candidateWord, first bool) (uint16, bool) {
	best, found := uint16(math.MaxUint16), false
	for _, word := range words {
		list := s.of(word.number)
		i, ok := slices.BinarySearchFunc(list, doc, func(p posting, doc uint32) int { return cmp.Compare(p.doc, doc) })
		if ok && list[i].fields&w.readable != 0 {
			best, found = min(best, word.cost+list[i].cost(w, first)), true
		}
	}
	return best, found
}

// mostFavoured is how many documents are looked at for optional words.
const mostFavoured = 4096

// favour makes those documents dearer that lack an optional word. Of very many
// it does not matter which come first.
func (s *segment) favour(w wish, found []hit, words []candidateWord) {
	if len(found) > mostFavoured {
		return
	}
	for i := range found {
		if _, ok := s.best(w, found[i].doc, words, false); !ok {
			found[i].cost += costLacking
		}
	}
}

// rank returns the best of the hits with what they are.
func (s *segment) rank(w wish, found []hit) []candidate {
	if w.hasNear {
		for i := range found {
			found[i].cost += distanceCost(w.near, s.points[found[i].doc])
		}
	}
	if !w.onePerName {
		found = cheapest(found, w.limit)
	}
	out := make([]candidate, len(found))
	for i, h := range found {
		out[i] = candidate{id: s.ids[h.doc], name: s.names[h.doc], cost: h.cost}
	}
	if w.onePerName {
		out = joined(out)
	}
	return best(out, w.limit)
}

// distanceCost makes what is far dearer, by one for each doubling of the
// distance: it decides among equals, and never as much as a mistake does.
func distanceCost(near, p [2]float32) uint16 {
	const metres, most = 111_320, 12
	if p[0] != p[0] { //nolint:gocritic // NaN: no place
		return most / 2
	}
	dy := (p[1] - near[1]) * metres
	dx := (p[0] - near[0]) * metres * (1 - near[1]*near[1]/8100) // about the cosine
	return uint16(min(most, log2(1+(dx*dx+dy*dy)/(250*250))/2))
}

// log2 is the binary logarithm of x ≥ 1, to a tenth: its exponent and, for the
// rest, its mantissa.
func log2(x float32) float32 {
	return float32(math.Float32bits(x))/(1<<23) - 127
}

// best returns the cheapest candidates in order.
func best(found []candidate, limit int) []candidate {
	slices.SortFunc(found, func(a, b candidate) int { return cmp.Or(int(a.cost)-int(b.cost), cmp.Compare(a.id, b.id)) })
	return found[:min(len(found), limit)]
}

// joined makes one candidate of those of each name.
func joined(all []candidate) []candidate {
	place := map[uint32]int{}
	kept := all[:0]
	for _, c := range all {
		if i, known := place[c.name]; known && c.name != 0 {
			kept[i].join(c)
			continue
		}
		place[c.name] = len(kept)
		kept = append(kept, c)
	}
	return kept
}

// join makes one candidate of two of the same name, the cheaper one first.
func (c *candidate) join(other candidate) {
	if other.cost < c.cost {
		*c, other = other, *c
	}
	c.members = append(append(c.members, other.id), other.members...)
	c.members = c.members[:min(len(c.members), mostMembers)]
}

// cheapest returns the hits that cost no more than the one at limit, and few
// more. They are found by counting, since costs are small numbers.
func cheapest(found []hit, limit int) []hit {
	if len(found) <= 4*limit {
		return found
	}
	var counts [1024]int
	for _, h := range found {
		counts[min(int(h.cost), len(counts)-1)]++
	}
	most, sum := 0, 0
	for sum < limit && most < len(counts) {
		sum += counts[most]
		most++
	}
	kept := found[:0]
	for _, h := range found {
		if min(int(h.cost), len(counts)-1) < most {
			kept = append(kept, h)
		}
	}
	return kept
}
