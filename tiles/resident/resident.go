// Package resident keeps the current rows of layers in memory and encodes vector
// tiles from them, many times faster than the database can. A Set is loaded from
// one snapshot of the database and then follows the change log; a layer that it
// does not keep, because it is over its budget or has geometry that has no place
// in tiles, is encoded by another Encoder without a difference for the caller.
//
// Readers take an immutable Snapshot and wait for nobody. Geometry is rounded to
// world units (9.3 mm on the equator), which is exact to a tile's unit down to
// zoom 20. Nothing is measured or decided about features here: that is for
// PostGIS and the storage CRS.
package resident

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/maptile"

	"kvartal"
	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/view"
)

// Config says what a Set keeps and where from.
type Config struct {
	// Pool reads the tables: the primary or a replica. Loading takes Workers
	// connections of it.
	Pool *pgxpool.Pool
	// Store names the tables.
	Store *layers.Store
	// Fallback encodes the layers that are not resident.
	Fallback tiles.Encoder
	// Wanted tells which layers are to be resident; nil means all with geometry.
	Wanted func(*layers.Definition) bool
	// Budget is the most bytes of memory for one layer; 0 means 2 GiB.
	Budget int
	// Workers is how many layers are loaded at a time; 0 means 4.
	Workers int
	// Progress is called when a layer has been loaded, from one goroutine at a
	// time; nil is fine.
	Progress func(Stats)
	Log      *slog.Logger
}

// Set keeps layers. It is a tiles.Encoder and may be used concurrently.
type Set struct {
	cfg     Config
	current atomic.Pointer[Snapshot]

	mu     sync.Mutex                      // held by whoever makes the next snapshot
	values map[kvartal.LayerID]*dictionary // of resident layers; guarded by mu
	pool   sync.Pool                       // of *scratch
}

// New returns a set that has no layers yet: everything is encoded by Fallback.
func New(cfg Config) *Set {
	if cfg.Budget == 0 {
		cfg.Budget = 2 << 30
	}
	if cfg.Workers == 0 {
		cfg.Workers = 4
	}
	s := &Set{cfg: cfg, values: map[kvartal.LayerID]*dictionary{}}
	s.pool.New = func() any { return new(scratch) }
	s.current.Store(&Snapshot{set: s})
	return s
}

// Snapshot returns the present state of all layers. The layers of one tile are
// to be encoded from one Snapshot.
func (s *Set) Snapshot() *Snapshot { return s.current.Load() }

// Encode implements tiles.Encoder on the present state.
func (s *Set) Encode(ctx context.Context, d *layers.Definition, v view.View, t maptile.Tile) ([]byte, error) {
	return s.Snapshot().Encode(ctx, d, v, t)
}

// Snapshot is the state of all layers at one moment. It does not change, is a
// tiles.Encoder and may be used concurrently.
type Snapshot struct {
	set      *Set
	revision uint64
	layers   map[kvartal.LayerID]*layer
}

// Revision numbers the snapshots of a Set; later is greater.
func (s *Snapshot) Revision() uint64 { return s.revision }

// Encode implements tiles.Encoder.
func (s *Snapshot) Encode(ctx context.Context, d *layers.Definition, v view.View, t maptile.Tile) ([]byte, error) {
	l := s.layers[d.ID]
	if l == nil || l.reason != nil {
		return s.set.cfg.Fallback.Encode(ctx, d, v, t)
	}
	tile, _, err := s.encode(ctx, l, v, t)
	return tile, err
}

// Explain reports what became of a layer's features in a tile; false if the
// layer is not resident.
func (s *Snapshot) Explain(ctx context.Context, d *layers.Definition, v view.View, t maptile.Tile) (Report, bool, error) {
	l := s.layers[d.ID]
	if l == nil || l.reason != nil {
		return Report{Layer: d.ID}, false, nil
	}
	_, report, err := s.encode(ctx, l, v, t)
	report.Layer = d.ID
	return report, true, err
}

func (s *Snapshot) encode(ctx context.Context, l *layer, v view.View, t maptile.Tile) ([]byte, Report, error) {
	space, _ := s.set.pool.Get().(*scratch)
	defer s.set.pool.Put(space)
	return l.encode(ctx, space, v, t)
}
