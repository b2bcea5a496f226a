package search

import (
	"cmp"
	"math"
	"slices"
)

// lastField is the number that stands for all further fields of a layer.
const lastField = 15

// candidate is a document that matches a query, by the index.
type candidate struct {
	id   int64
	doc  uint32
	name uint32
	cost uint16
	// members are other documents of the same name, not all of very many.
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
	costs   []uint16 // by document; 0: not matched, else one more than the cost
	touched []uint32
}

// reset makes room for n documents.
func (sp *space) reset(n int) {
	if cap(sp.costs) < n {
		sp.costs = make([]uint16, n)
	}
	sp.costs = sp.costs[:n]
	clear(sp.costs)
	sp.touched = sp.touched[:0]
}

// match returns the documents that hold all required terms of one reading, with
// what they cost.
func (s *segment) match(w wish, terms []term, sp *space) []candidate {
	options := make([][]candidateWord, len(terms))
	for i, t := range terms {
		options[i] = s.lookUp(t)
		if !t.optional && len(options[i]) == 0 {
			return nil
		}
	}
	var found []candidate
	for n, i := range s.rarestFirst(terms, options) {
		if n == 0 {
			found = s.all(w, options[i], sp)
		} else {
			found = s.among(w, found, options[i], sp)
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
func (s *segment) all(w wish, words []candidateWord, sp *space) []candidate {
	sp.reset(len(s.ids))
	for _, word := range words {
		for _, p := range s.of(word.number) {
			if p.fields&w.readable == 0 {
				continue
			}
			cost := 1 + word.cost + p.cost(w)
			switch known := sp.costs[p.doc]; {
			case known == 0:
				sp.touched = append(sp.touched, p.doc)
				sp.costs[p.doc] = cost
			case cost < known:
				sp.costs[p.doc] = cost
			}
		}
	}
	found := make([]candidate, len(sp.touched))
	for i, doc := range sp.touched {
		found[i] = candidate{doc: doc, cost: sp.costs[doc] - 1}
	}
	return found
}

// cost is what the place of a word in its document costs.
func (p posting) cost(w wish) uint16 {
	cost := costAt*min(uint16(p.at), 8) + costWord*min(uint16(p.among)-1, 12)
	if p.fields&w.label == 0 {
		cost += costField
	}
	return cost
}

// among returns those of found that have any of the words, too.
func (s *segment) among(w wish, found []candidate, words []candidateWord, sp *space) []candidate {
	if size := s.size(words); size/16 > len(found)*len(words) {
		return s.amongFew(w, found, words)
	}
	sp.reset(len(s.ids))
	for _, word := range words {
		for _, p := range s.of(word.number) {
			if p.fields&w.readable == 0 {
				continue
			}
			if cost, known := 1+word.cost+p.cost(w), sp.costs[p.doc]; known == 0 || cost < known {
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
func (s *segment) amongFew(w wish, found []candidate, words []candidateWord) []candidate {
	kept := found[:0]
	for _, c := range found {
		if cost, ok := s.best(w, c.doc, words); ok {
			c.cost += cost
			kept = append(kept, c)
		}
	}
	return kept
}

// best returns the least cost of any of the words in a document.
func (s *segment) best(w wish, doc uint32, words []candidateWord) (uint16, bool) {
	best, found := uint16(math.MaxUint16), false
	for _, word := range words {
		list := s.of(word.number)
		i, ok := slices.BinarySearchFunc(list, doc, func(p posting, doc uint32) int { return cmp.Compare(p.doc, doc) })
		if ok && list[i].fields&w.readable != 0 {
			best, found = min(best, word.cost+list[i].cost(w)), true
		}
	}
	return best, found
}

// mostFavoured is how many documents are looked at for optional words.
const mostFavoured = 4096

// favour makes those documents dearer that lack an optional word. Of very many
// it does not matter which come first.
func (s *segment) favour(w wish, found []candidate, words []candidateWord) {
	if len(found) > mostFavoured {
		return
	}
	for i := range found {
		if _, ok := s.best(w, found[i].doc, words); !ok {
			found[i].cost += costLacking
		}
	}
}

// rank completes the candidates with id, name and distance, and returns the
// best of them.
func (s *segment) rank(w wish, found []candidate) []candidate {
	for i := range found {
		c := &found[i]
		c.id, c.name = s.ids[c.doc], s.names[c.doc]
		if w.hasNear {
			c.cost += distanceCost(w.near, s.points[c.doc])
		}
	}
	return best(found, w.limit, w.onePerName)
}

// distanceCost makes what is far dearer, by the logarithm of the distance: as
// much for each doubling, never as much as a mistake.
func distanceCost(near, p [2]float32) uint16 {
	const metres, most = 111_320, 50
	if p[0] != p[0] { //nolint:gocritic // NaN: no place
		return most / 2
	}
	dx := float64(p[0]-near[0]) * metres * math.Cos(float64(near[1])*math.Pi/180)
	dy := float64(p[1]-near[1]) * metres
	return uint16(min(most, 5*math.Log2(1+math.Sqrt(dx*dx+dy*dy)/250)))
}

// best returns the cheapest candidates in order, each name once if wanted.
func best(found []candidate, limit int, onePerName bool) []candidate {
	byCost := func(a, b candidate) int { return cmp.Or(int(a.cost)-int(b.cost), cmp.Compare(a.id, b.id)) }
	if onePerName {
		found = cheapestOfEachName(found)
	}
	if len(found) > 4*limit {
		found = below(found, limit)
	}
	slices.SortFunc(found, byCost)
	return found[:min(len(found), limit)]
}

func cheapestOfEachName(found []candidate) []candidate {
	place := make(map[uint32]int, min(len(found), 1024))
	kept := found[:0]
	for _, c := range found {
		i, known := place[c.name]
		switch {
		case c.name == 0 || !known:
			place[c.name] = len(kept)
			kept = append(kept, c)
		default:
			kept[i].join(c)
		}
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

// below returns the candidates that cost no more than the one at limit, found by
// counting: their costs are small numbers.
func below(found []candidate, limit int) []candidate {
	counts := make([]int, 2048)
	for _, c := range found {
		counts[min(int(c.cost), len(counts)-1)]++
	}
	most, sum := 0, 0
	for sum < limit && most < len(counts) {
		sum += counts[most]
		most++
	}
	if most == len(counts) {
		return found
	}
	kept := found[:0]
	for _, c := range found {
		if int(c.cost) < most {
			kept = append(kept, c)
		}
	}
	return kept
}
