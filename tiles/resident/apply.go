package resident

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/layers"
	"kvartal/postgres"
)

// Apply brings the set to the state that a batch of the change log ends with, by
// reading in the batch's transaction the rows that changed. Readers see all of
// the batch or nothing of it. After an error nothing has changed and the batch
// may be applied again.
func (s *Set) Apply(ctx context.Context, b layers.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.ReloadAll {
		snapshot, err := exportSnapshot(ctx, b.Tx)
		if err != nil {
			return postgres.Translate(err, "read all layers anew")
		}
		return s.load(ctx, snapshot)
	}
	changed := map[kvartal.LayerID]*layer{}
	dictionaries := map[kvartal.LayerID]*dictionary{}
	for id, changes := range byLayer(b.Changes) {
		d, err := s.cfg.Store.Registry().Layer(id)
		if err != nil || !d.HasGeometry() || !d.Tiles.Resident {
			continue // not ours to keep
		}
		l, values, err := s.next(ctx, b.Tx, d, changes)
		if err != nil {
			return postgres.Translate(err, "read what changed in layer "+string(id))
		}
		changed[id], dictionaries[id] = l, values
	}
	for id, values := range dictionaries {
		s.values[id] = values
	}
	if len(changed) > 0 {
		s.publish(changed)
	}
	return nil
}

func byLayer(changes []layers.LoggedChange) map[kvartal.LayerID][]layers.LoggedChange {
	out := map[kvartal.LayerID][]layers.LoggedChange{}
	for _, c := range changes {
		out[c.Layer] = append(out[c.Layer], c)
	}
	return out
}

// next is a layer after changes.
func (s *Set) next(ctx context.Context, tx pgx.Tx, d *layers.Definition, changes []layers.LoggedChange) (*layer, *dictionary, error) {
	now := s.current.Load().layers[d.ID]
	anew := slices.ContainsFunc(changes, func(c layers.LoggedChange) bool { return c.ID == 0 })
	if anew || now == nil || now.reason != nil {
		return s.reread(ctx, tx, d, now, anew)
	}
	values := s.values[d.ID]
	build := newBuilder(now.schema, values, 0)
	gone := now.survivors(build, changes)
	rows, err := tx.Query(ctx, now.schema.sql+" WHERE id = ANY ($1)", pgx.QueryResultFormats{pgx.BinaryFormatCode}, gone)
	if err := eachRow(rows, err, build.add); err != nil {
		return nil, nil, err
	}
	next := now.with(gone, build.finish(), values.values)
	if next.overgrown() {
		next, values = next.merged(values)
	}
	if stats := next.stats(); stats.Bytes > s.cfg.Budget {
		return s.unfit(ctx, now.schema, errBudget), nil, nil
	}
	return next, values, nil
}

// reread reads a layer anew if all of it may have changed. One that is not
// resident stays so until then.
func (s *Set) reread(ctx context.Context, tx pgx.Tx, d *layers.Definition, now *layer, anew bool) (*layer, *dictionary, error) {
	if !anew && now != nil {
		return now, nil, nil
	}
	return s.read(ctx, tx, d)
}

// survivors adds to build the rows of the delta that have not changed, and
// returns the ids of those that have.
func (l *layer) survivors(build *builder, changes []layers.LoggedChange) []int64 {
	gone := make([]int64, len(changes))
	for i, c := range changes {
		gone[i] = int64(c.ID)
	}
	slices.Sort(gone)
	gone = slices.Compact(gone)
	for i := range l.delta.len() {
		if _, changed := slices.BinarySearch(gone, int64(l.delta.ids[i])); !changed {
			build.raw.copyRun(l.delta, uint32(i), uint32(i+1))
		}
	}
	return gone
}

// with is the layer with another delta; the rows with the ids gone are no longer
// those of base.
func (l *layer) with(gone []int64, delta *part, v values) *layer {
	next := &layer{schema: l.schema, values: v, needed: l.needed, base: l.base, dead: slices.Clone(l.dead), deaths: l.deaths, delta: delta}
	for _, id := range gone {
		if i, found := l.base.find(kvartal.FeatureID(id)); found && !next.dead.has(i) {
			next.dead.add(i)
			next.deaths++
		}
	}
	return next
}
