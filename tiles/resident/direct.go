package resident

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/maptile"

	"kvartal"
	"kvartal/layers"
	"kvartal/postgres"
	"kvartal/tiles"
	"kvartal/view"
)

// windowBudget bounds the memory for the rows of one tile, in bytes.
const windowBudget = 256 << 20

// direct encodes a tile from rows that are read for it alone, as it is encoded
// from resident ones: byte by byte the same. The database reads what the view
// shows of the layer, now (nil) or during some time, so that what it hides never
// gets here.
func (s *Set) direct(ctx context.Context, d *layers.Definition, v view.View, during *layers.Interval, t maptile.Tile) ([]byte, tiles.Report, error) {
	schema := s.schemas[d.ID]
	if schema == nil {
		return nil, tiles.Report{}, kvartal.Errorf(kvartal.KindNotFound, "there is no layer %.60q", d.ID)
	}
	l, err := s.readWindow(ctx, schema, v, during, schema.window(t))
	switch {
	case errors.Is(err, errBudget):
		return nil, tiles.Report{}, kvartal.Errorf(kvartal.KindTooLarge,
			"layer %q has too many features for one tile of zoom %d: zoom in, or have it appear at a higher zoom (tiles.min_zoom)", d.ID, t.Z)
	case err != nil:
		return nil, tiles.Report{}, postgres.Translate(err, fmt.Sprintf("make tile %d/%d/%d of layer %s", t.Z, t.X, t.Y, d.ID))
	}
	return s.encode(ctx, l, v.For(view.See), nil, t)
}

// readWindow reads the rows that a view shows in a part of the world.
func (s *Set) readWindow(ctx context.Context, schema *schema, v view.View, during *layers.Interval, window box) (*layer, error) {
	values := newDictionary()
	build := newBuilder(schema, values, min(s.cfg.Budget, windowBudget))
	west, south, east, north := schema.plane.bounds(window)
	sql, more, err := schema.windowSQL(s.cfg.Store, v, during)
	if err != nil {
		return nil, err
	}
	args := append([]any{pgx.QueryResultFormats{pgx.BinaryFormatCode}, west, south, east, north}, more...)
	rows, err := s.cfg.Pool.Query(ctx, sql, args...)
	if err := eachRow(rows, err, build.add); err != nil {
		return nil, err
	}
	return newLayer(schema, values, build.finish()), nil
}

// eachRow calls row with the binary columns of each row of a query's result.
func eachRow(rows pgx.Rows, err error, row func([][]byte) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.RawValues()); err != nil {
			return err
		}
	}
	return rows.Err()
}
