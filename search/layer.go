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
		all = append(all, l.base.rank(w, l.present(l.base.match(w, terms, sp)))...)
		all = append(all, l.delta.rank(w, l.delta.match(w, terms, sp))...)
	}
	all = best(all, len(all))
	seen := make(map[int64]bool, len(all))
	kept := all[:0]
	for _, c := range all {
		if !seen[c.id] {
			kept = append(kept, c)
		}
		seen[c.id] = true
	}
	if w.onePerName {
		kept = joined(kept)
	}
	return kept[:min(len(kept), w.limit)]
}

// present returns the hits of base that have not changed since.
func (l *layerIndex) present(found []hit) []hit {
	if len(l.gone) == 0 {
		return found
	}
	return slices.DeleteFunc(found, func(h hit) bool { return l.gone[h.doc] })
}
