// Package resident keeps the current rows of layers in memory and encodes vector
// tiles from them, many times faster than the database can. A Set is loaded from
// one snapshot of the database and then follows the change log. The tiles of a
// layer that it does not keep, because it is over its budget or its definition
// does not want it, are made from rows read for each of them, and are the same.
//
// Readers take an immutable Snapshot and wait for nobody. Geometry is rounded to
// world units (9.3 mm on the equator), which is exact to a tile's unit down to
// zoom 20. Nothing is measured or decided about features here: that is for
// PostGIS and the storage CRS.
package resident

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
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
	// Pool reads the tables of the primary. Loading takes Workers connections of
	// it.
	Pool *pgxpool.Pool
	// Store names the tables.
	Store *layers.Store
	// Grid is that of the tiles; the zero Grid means WebMercatorQuad.
	Grid tiles.Grid
	// Budget is the most bytes of memory for one layer; 0 means 2 GiB.
	Budget int
	// Workers is how many layers are loaded at a time; 0 means 4.
	Workers int
	// Progress is called when a layer has been loaded, from one goroutine at a
	// time; nil is fine.
	Progress func(Stats)
	Log      *slog.Logger
}

// errUnwanted is that the definition does not want the layer in memory.
var errUnwanted = errors.New("the definition says resident: false")

// Set keeps layers. It is a tiles.Source and may be used concurrently.
type Set struct {
	cfg     Config
	schemas map[kvartal.LayerID]*schema // of all layers with geometry
	current atomic.Pointer[Snapshot]

	mu     sync.Mutex                      // held by whoever makes the next snapshot
	values map[kvartal.LayerID]*dictionary // of resident layers; guarded by mu

	spaces *spaces // what tiles are encoded in
}

// New returns a set that has no layers yet: tiles are made from the database.
func New(cfg Config) *Set {
	if cfg.Budget == 0 {
		cfg.Budget = 2 << 30
	}
	if cfg.Workers == 0 {
		cfg.Workers = 4
	}
	if cfg.Grid == (tiles.Grid{}) {
		cfg.Grid = tiles.WebMercatorQuad()
	}
	s := &Set{
		cfg: cfg, schemas: map[kvartal.LayerID]*schema{}, values: map[kvartal.LayerID]*dictionary{},
		// Encoding waits for nothing, so more at once than processors would only
		// take memory.
		spaces: newSpaces(2 * runtime.GOMAXPROCS(0)),
	}
	for _, d := range cfg.Store.Registry().Layers() {
		if d.HasGeometry() {
			s.schemas[d.ID] = newSchema(cfg.Store, d, cfg.Grid)
		}
	}
	s.current.Store(&Snapshot{set: s})
	return s
}

// Snapshot returns the present state of all layers. The layers of one tile are
// to be encoded from one Snapshot.
func (s *Set) Snapshot() *Snapshot { return s.current.Load() }

// Now implements tiles.Source.
func (s *Set) Now() tiles.Encoder { return s.Snapshot() }

// During implements tiles.Source: the rows are read for the tile.
func (s *Set) During(in layers.Interval) tiles.Encoder { return past{s, in} }

// past encodes what was true during some time.
type past struct {
	set    *Set
	during layers.Interval
}

// Encode implements tiles.Encoder.
func (p past) Encode(ctx context.Context, d *layers.Definition, v view.View, t maptile.Tile) ([]byte, tiles.Report, error) {
	return p.set.direct(ctx, d, v, &p.during, t)
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

// Has reports whether a layer is in memory.
func (s *Snapshot) Has(id kvartal.LayerID) bool {
	l := s.layers[id]
	return l != nil && l.reason == nil
}

// Encode implements tiles.Encoder.
func (s *Snapshot) Encode(ctx context.Context, d *layers.Definition, v view.View, t maptile.Tile) ([]byte, tiles.Report, error) {
	seen, l := v.For(view.See), s.layers[d.ID]
	if !s.Has(d.ID) || !l.schema.followed(seen) {
		return s.set.direct(ctx, d, v, nil, t)
	}
	rules, err := s.set.rules(ctx, l, seen)
	if err != nil {
		return nil, tiles.Report{}, err
	}
	return s.set.encode(ctx, l, seen, rules, t)
}

// encode encodes a layer, of which rules show some rows, with working space of
// the set.
func (s *Set) encode(ctx context.Context, l *layer, v view.View, rules []ruleRows, t maptile.Tile) ([]byte, tiles.Report, error) {
	space, err := s.spaces.take(ctx)
	if err != nil {
		return nil, tiles.Report{}, err
	}
	defer s.spaces.give(space)
	return l.encode(ctx, space, v, rules, t)
}
