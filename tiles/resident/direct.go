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
// from resident ones: byte by byte the same.
func (s *Set) direct(ctx context.Context, d *layers.Definition, v view.View, t maptile.Tile) ([]byte, tiles.Report, error) {
	if !v.WholeLayer() {
		return nil, tiles.Report{}, kvartal.Errorf(kvartal.KindForbidden, "layer %q is not open to you as a whole", d.ID)
	}
	schema := s.schemas[d.ID]
	if schema == nil {
		return nil, tiles.Report{}, kvartal.Errorf(kvartal.KindNotFound, "there is no layer %.60q", d.ID)
	}
	l, err := s.readWindow(ctx, schema, schema.window(t))
	switch {
	case errors.Is(err, errBudget):
		return nil, tiles.Report{}, kvartal.Errorf(kvartal.KindTooLarge,
			"layer %q has too many features for one tile of zoom %d: zoom in, or have it appear at a higher zoom (tiles.min_zoom)", d.ID, t.Z)
	case err != nil:
		return nil, tiles.Report{}, postgres.Translate(err, fmt.Sprintf("make tile %d/%d/%d of layer %s", t.Z, t.X, t.Y, d.ID))
	}
	return s.encode(ctx, l, v, t)
}

// readWindow reads the rows in a part of the world.
func (s *Set) readWindow(ctx context.Context, schema *schema, window box) (*layer, error) {
	values := newDictionary()
	build := newBuilder(schema, values, min(s.cfg.Budget, windowBudget))
	west, south, east, north := window.metres()
	rows, err := s.cfg.Pool.Query(ctx, schema.windowSQL, pgx.QueryResultFormats{pgx.BinaryFormatCode}, west, south, east, north)
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
