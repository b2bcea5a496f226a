package search

import (
	"maps"
	"slices"
)

// mostChanged is how many documents of a layer may have changed before it is
// indexed anew as a whole.
const mostChanged = 8192

// layerIndex is the documents of one layer. It does not change; a change makes
// another, that shares the base.
type layerIndex struct {
	schema  *schema
	base    *segment
	gone    map[uint32]bool    // documents of base that changed or were deleted
	changed map[int64]document // what became of them, and what is new
	delta   *segment           // of changed
}

func newLayerIndex(s *schema, base *segment) *layerIndex {
	return &layerIndex{schema: s, base: base, delta: newSegmentBuilder().finish()}
}

// with is the index after rows changed: documents as they are now, by id; nil
// for those that are gone.
func (l *layerIndex) with(rows map[int64]*document) *layerIndex {
	next := &layerIndex{schema: l.schema, base: l.base, gone: maps.Clone(l.gone), changed: maps.Clone(l.changed)}
	if next.gone == nil {
		next.gone, next.changed = map[uint32]bool{}, map[int64]document{}
	}
	for id, row := range rows {
		if doc, found := l.base.find(id); found {
			next.gone[doc] = true
		}
		delete(next.changed, id)
		if row != nil {
			next.changed[id] = *row
		}
	}
	build := newSegmentBuilder()
	for _, id := range slices.Sorted(maps.Keys(next.changed)) {
		build.add(next.changed[id])
	}
	next.delta = build.finish()
	return next
}

// overgrown reports whether it is time to index the layer anew.
func (l *layerIndex) overgrown() bool { return len(l.gone)+len(l.changed) > mostChanged }

// search returns the best candidates for w.
func (l *layerIndex) search(w wish, sp *space) []candidate {
	var all []candidate
	for _, terms := range w.query.readings {
		found := l.base.match(w, terms, sp)
		found = slices.DeleteFunc(found, func(c candidate) bool { return l.gone[c.doc] })
		all = append(all, l.base.rank(w, found)...)
		all = append(all, l.delta.rank(w, l.delta.match(w, terms, sp))...)
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return int(a.cost) - int(b.cost) })
	seen := map[int64]bool{}
	all = slices.DeleteFunc(all, func(c candidate) bool {
		again := seen[c.id]
		seen[c.id] = true
		return again
	})
	return best(all, w.limit, w.onePerName)
}
