package democity

import (
	"context"
	"fmt"
	"iter"
	"math/big"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"

	"kvartal"
	"kvartal/layers"
	"kvartal/postgres"
)

// source names the generator in kvartal.changeset: whoever asks a row where it
// comes from learns that it is generated.
const (
	source  = "demo"
	comment = "generated demo data"
)

// row is one feature of a register: values by field, the geometry aside.
type row struct {
	geometry orb.Geometry // in the city's CRS; nil in a register without
	fields   map[string]any
}

type fields = map[string]any

// register is the rows of one layer, generated as they are written.
type register struct {
	layer kvartal.LayerID
	rows  iter.Seq[row]
}

// write replaces what the generator wrote into the register before, in one
// transaction. Ids count from 1 in the order of the rows.
func (r register) write(ctx context.Context, pool *pgxpool.Pool, store *layers.Store) (count int64, err error) {
	d, err := store.Registry().Layer(r.layer)
	if err != nil {
		return 0, err
	}
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT kvartal.begin_changeset('demo', $1, $2)", source, comment); err != nil {
			return err
		}
		if err := clearRegister(ctx, tx, store.Table(d), r.layer); err != nil {
			return err
		}
		if err := layers.RegisterGeometry(ctx, tx.Conn()); err != nil {
			return err
		}
		if count, err = r.copy(ctx, tx, d, store.SRID(d)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "SELECT setval(pg_get_serial_sequence($1, 'id'), $2, true)", store.Table(d), max(count, 1))
		return err
	})
	return count, postgres.Translate(err, "write the register "+string(r.layer))
}

// clearRegister deletes what the generator wrote; rows of anybody else make it
// refuse.
func clearRegister(ctx context.Context, tx pgx.Tx, table string, layer kvartal.LayerID) error {
	if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE changeset IN (SELECT id FROM kvartal.changeset WHERE source = $1)", source); err != nil {
		return err
	}
	var rest bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+table+")").Scan(&rest); err != nil || !rest {
		return err
	}
	return kvartal.Errorf(kvartal.KindConflict,
		"the register %s holds rows that the demo city did not make: load the demo city into a database of its own (--data-dir, --database-url)", layer)
}

func (r register) copy(ctx context.Context, tx pgx.Tx, d *layers.Definition, srid kvartal.SRID) (int64, error) {
	columns := []string{"id"}
	if d.HasGeometry() {
		columns = append(columns, "geom")
	}
	for _, f := range d.Fields {
		columns = append(columns, f.Name)
	}
	next, stop := iter.Pull(r.rows)
	defer stop()
	id := int64(0)
	return tx.CopyFrom(ctx, pgx.Identifier{"layer", string(d.ID)}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		one, ok := next()
		if !ok {
			return nil, nil
		}
		id++
		return values(d, srid, id, one)
	}))
}

// values returns the row in the order of the columns. A field the register does
// not have is a mistake of ours and named.
func values(d *layers.Definition, srid kvartal.SRID, id int64, r row) ([]any, error) {
	out := make([]any, 1, len(d.Fields)+2)
	out[0] = id
	if d.HasGeometry() {
		g, err := ewkb.Marshal(multiple(r.geometry, d.Geometry), int(srid))
		if err != nil {
			return nil, fmt.Errorf("geometry of %s %d: %w", d.ID, id, err)
		}
		out = append(out, g)
	}
	known := 0
	for _, f := range d.Fields {
		v, ok := r.fields[f.Name]
		if ok {
			known++
		}
		out = append(out, v)
	}
	if known != len(r.fields) {
		return nil, fmt.Errorf("%s %d has a field that its definition does not know: %v", d.ID, id, r.fields)
	}
	return out, nil
}

// multiple makes a single geometry the multi one that a layer wants.
func multiple(g orb.Geometry, want layers.Geometry) orb.Geometry {
	switch single := g.(type) {
	case orb.LineString:
		if want == "multilinestring" {
			return orb.MultiLineString{single}
		}
	case orb.Polygon:
		if want == "multipolygon" {
			return orb.MultiPolygon{single}
		}
	}
	return g
}

// money is an amount in kopecks.
type money int64

// decimal is the amount as the database keeps it, in roubles.
func (m money) decimal() pgtype.Numeric {
	return pgtype.Numeric{Int: big.NewInt(int64(m)), Exp: -2, Valid: true}
}

// squareMetres is an area as registers state it, to the whole square metre.
func squareMetres(area float64) pgtype.Numeric {
	return pgtype.Numeric{Int: big.NewInt(int64(area + 0.5)), Valid: true}
}

// today is the day on which all registers of the demo city stand: a fixed one,
// so that the same seed gives the same city in any year.
func today() time.Time { return time.Date(2026, time.September, 1, 0, 0, 0, 0, time.UTC) }

// day returns a day of a year, counted from its start.
func day(year, n int) time.Time { return time.Date(year, time.January, n, 0, 0, 0, 0, time.UTC) }
