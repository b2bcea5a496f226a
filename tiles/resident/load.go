package resident

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"kvartal"
	"kvartal/layers"
	"kvartal/postgres"
)

// Load reads all layers in an exported snapshot of the database, several at a
// time, and shows them together. A layer that cannot be resident is noted as
// such; an error means that the database failed and nothing has changed.
func (s *Set) Load(ctx context.Context, snapshot string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.load(ctx, snapshot)
}

// load is Load for a caller that holds mu.
func (s *Set) load(ctx context.Context, snapshot string) error {
	var mu sync.Mutex
	loaded := map[kvartal.LayerID]*layer{}
	dictionaries := map[kvartal.LayerID]*dictionary{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.cfg.Workers)
	for _, d := range s.cfg.Store.Registry().Layers() {
		if !d.HasGeometry() {
			continue
		}
		group.Go(func() error {
			l, values, err := s.loadIn(ctx, snapshot, d)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			loaded[d.ID], dictionaries[d.ID] = l, values
			if s.cfg.Progress != nil {
				s.cfg.Progress(l.stats())
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	s.values = dictionaries
	s.publish(loaded)
	return nil
}

// loadIn reads a layer in an exported snapshot, if it is wanted.
func (s *Set) loadIn(ctx context.Context, snapshot string, d *layers.Definition) (l *layer, values *dictionary, err error) {
	if !d.Tiles.Resident {
		return &layer{schema: s.schemas[d.ID], reason: errUnwanted}, nil, nil
	}
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, s.cfg.Pool, options, func(tx pgx.Tx) error {
		sql := "SET TRANSACTION SNAPSHOT '" + snapshot + "'; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
		l, values, err = s.read(ctx, tx, d)
		return err
	})
	if err != nil {
		return nil, nil, postgres.Translate(err, "load layer "+string(d.ID))
	}
	return l, values, nil
}

// read reads a layer in tx. The error is the database's; a layer whose rows
// cannot be kept says so itself.
func (s *Set) read(ctx context.Context, tx pgx.Tx, d *layers.Definition) (*layer, *dictionary, error) {
	schema, values := s.schemas[d.ID], newDictionary()
	build := newBuilder(schema, values, s.cfg.Budget)
	var unfit error
	rows := copyReader{row: func(fields [][]byte) error {
		if unfit != nil {
			return nil //nolint:nilerr // the rest of the copy has to be taken, or the connection is lost
		}
		err := build.add(fields)
		if errors.Is(err, errBudget) {
			unfit, build = err, nil
			return nil
		}
		return err
	}}
	if _, err := tx.Conn().PgConn().CopyTo(ctx, &rows, "COPY ("+schema.sql+") TO STDOUT (FORMAT binary)"); err != nil {
		return nil, nil, err
	}
	if err := rows.Close(); err != nil {
		return nil, nil, err
	}
	if unfit != nil {
		return s.unfit(ctx, schema, unfit), nil, nil //nolint:nilerr // the layer tells it
	}
	base := build.finish()
	values.reorder(base.codes)
	return newLayer(schema, values, base), values, nil
}

// unfit is a layer that cannot be resident.
func (s *Set) unfit(ctx context.Context, schema *schema, reason error) *layer {
	s.cfg.Log.WarnContext(ctx, "a layer is not kept in memory, its tiles are made from the database", "layer", schema.def.ID, "reason", reason)
	return &layer{schema: schema, reason: reason}
}

func newLayer(s *schema, values *dictionary, base *part) *layer {
	return &layer{
		schema: s, values: values.values, needed: len(values.ends), base: base, dead: newBitset(base.len()), delta: emptyPart(s),
	}
}

func emptyPart(s *schema) *part {
	raw := newPart(len(s.fields))
	return sorted(&raw)
}

// publish shows the next snapshot: the present one with some layers changed. The
// caller holds mu.
func (s *Set) publish(changed map[kvartal.LayerID]*layer) {
	now := s.current.Load()
	next := &Snapshot{set: s, revision: now.revision + 1, layers: maps.Clone(now.layers)}
	if next.layers == nil {
		next.layers = map[kvartal.LayerID]*layer{}
	}
	maps.Copy(next.layers, changed)
	s.current.Store(next)
}

// exportSnapshot exports the snapshot of tx for parallel reading.
func exportSnapshot(ctx context.Context, tx pgx.Tx) (snapshot string, err error) {
	if err := tx.QueryRow(ctx, "SELECT pg_export_snapshot()").Scan(&snapshot); err != nil {
		return "", fmt.Errorf("export a snapshot: %w", err)
	}
	return snapshot, nil
}
