package search

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/layers"
	"kvartal/postgres"
)

// Index finds features. It may be used concurrently; it answers from the
// beginning, naming the layers that it has not read yet as failed.
type Index struct {
	store   *layers.Store
	log     *slog.Logger
	schemas map[kvartal.LayerID]*schema
	kinds   kindTable
	layers  atomic.Pointer[map[kvartal.LayerID]*layerIndex]
	spaces  sync.Pool // of *space
}

// New returns an index that knows nothing before Follow.
func New(store *layers.Store, log *slog.Logger) *Index {
	x := &Index{store: store, log: log, schemas: map[kvartal.LayerID]*schema{}, kinds: newKindTable()}
	for _, d := range store.Registry().Layers() {
		if s := newSchema(store, d); s != nil {
			x.schemas[d.ID] = s
		}
	}
	x.spaces.New = func() any { return new(space) }
	x.layers.Store(&map[kvartal.LayerID]*layerIndex{})
	return x
}

// Searchable reports whether a layer has anything to search.
func (x *Index) Searchable(id kvartal.LayerID) bool { return x.schemas[id] != nil }

// Follow reads all layers and then the rows that change, until ctx ends. Its
// error is ctx's. The follower must not be used for anything else.
func (x *Index) Follow(ctx context.Context, follower *layers.Follower) error {
	return follower.Run(ctx, layers.Cursor{}, x.apply)
}

// apply brings the index to the state of a batch.
func (x *Index) apply(ctx context.Context, b layers.Batch) error {
	if b.ReloadAll {
		return x.reload(ctx, b, slices.Sorted(maps.Keys(x.schemas)))
	}
	var anew []kvartal.LayerID
	for id, changes := range byLayer(b.Changes) {
		s, now := x.schemas[id], (*x.layers.Load())[id]
		if s == nil {
			continue
		}
		ids, whole := changedRows(changes)
		if whole || now == nil {
			anew = append(anew, id)
			continue
		}
		next, err := s.reread(ctx, b, now, ids)
		if err != nil {
			return postgres.Translate(err, "index what changed in layer "+string(id))
		}
		if next.overgrown() {
			anew = append(anew, id)
		} else {
			x.publish(next)
		}
	}
	return x.reload(ctx, b, anew)
}

func byLayer(changes []layers.LoggedChange) map[kvartal.LayerID][]layers.LoggedChange {
	out := map[kvartal.LayerID][]layers.LoggedChange{}
	for _, c := range changes {
		out[c.Layer] = append(out[c.Layer], c)
	}
	return out
}

// changedRows returns the ids of the rows that changed, or that all may have.
func changedRows(changes []layers.LoggedChange) (ids []int64, whole bool) {
	for _, c := range changes {
		if c.ID == 0 {
			return nil, true
		}
		ids = append(ids, int64(c.ID))
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return ids, len(ids) > mostChanged
}

// reload indexes layers as a whole.
func (x *Index) reload(ctx context.Context, b layers.Batch, ids []kvartal.LayerID) error {
	began := time.Now()
	features, bytes := 0, 0
	for _, id := range ids {
		s := x.schemas[id]
		build := newSegmentBuilder()
		// In a savepoint: a layer that cannot be read must not keep the others out.
		err := pgx.BeginFunc(ctx, b.Tx, func(tx pgx.Tx) error { return s.each(ctx, tx, "ORDER BY id", build.add) })
		if err = postgres.Translate(err, "index layer "+string(id)); err != nil {
			if ctx.Err() != nil || kvartal.KindOf(err) == kvartal.KindUnavailable {
				return err
			}
			x.log.WarnContext(ctx, "a layer cannot be searched", "layer", id, "error", err)
			x.withdraw(id)
			continue
		}
		base := build.finish()
		features, bytes = features+len(base.ids), bytes+base.bytes()
		x.publish(newLayerIndex(s, base))
	}
	if len(ids) > 0 {
		x.log.InfoContext(ctx, "indexed for search", "layers", len(ids), "features", features,
			"megabytes", bytes>>20, "took", time.Since(began).Round(time.Millisecond))
	}
	return nil
}

// reread is the index of a layer after the rows with the given ids changed.
func (s *schema) reread(ctx context.Context, b layers.Batch, now *layerIndex, ids []int64) (*layerIndex, error) {
	rows := make(map[int64]*document, len(ids))
	for _, id := range ids {
		rows[id] = nil
	}
	err := s.each(ctx, b.Tx, "WHERE id = ANY ($1)", func(d document) { rows[d.id] = &d }, ids)
	return now.with(rows), err
}

// withdraw forgets a layer: until it is read anew, searches name it as failed.
func (x *Index) withdraw(id kvartal.LayerID) {
	next := maps.Clone(*x.layers.Load())
	delete(next, id)
	x.layers.Store(&next)
}

// publish shows a layer's new state. Only the follower's goroutine calls it.
func (x *Index) publish(l *layerIndex) {
	next := maps.Clone(*x.layers.Load())
	next[l.schema.def.ID] = l
	x.layers.Store(&next)
}
