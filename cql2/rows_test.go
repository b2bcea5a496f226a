package cql2_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"kvartal"
	"kvartal/cql2"
)

// rows is a table of the database held in memory as well.
type rows struct {
	pool    *pgxpool.Pool
	table   string
	schema  cql2.Schema
	columns []string
	ids     []int64
	values  [][]cell
}

// cell is one attribute of one row.
type cell struct {
	cql2.Value
	bounds orb.Bound
}

// row implements cql2.Row.
type row []cell

func (r row) Null(c int) bool        { return r[c].Null }
func (r row) Boolean(c int) bool     { return r[c].Bool }
func (r row) Integer(c int) int64    { return r[c].Int }
func (r row) Number(c int) float64   { return r[c].Float }
func (r row) Text(c int) string      { return r[c].Text }
func (r row) Bounds(c int) orb.Bound { return r[c].bounds }

// loadRows reads a table whose key is the column id.
func loadRows(t *testing.T, pool *pgxpool.Pool, table, id string, schema cql2.Schema) *rows {
	t.Helper()
	r := &rows{pool: pool, table: table, schema: schema}
	selected := []string{pgx.Identifier{id}.Sanitize()}
	for _, name := range slices.Sorted(maps.Keys(schema)) {
		if schema[name].Type == cql2.TypeArray {
			continue
		}
		r.columns = append(r.columns, name)
		selected = append(selected, selectColumn(name, schema[name]))
	}
	found, err := pool.Query(t.Context(), "SELECT "+strings.Join(selected, ", ")+" FROM "+table+" ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	for found.Next() {
		values, err := found.Values()
		if err != nil {
			t.Fatal(err)
		}
		r.ids = append(r.ids, asInt(values[0]))
		cells := make([]cell, len(r.columns))
		for i, name := range r.columns {
			cells[i] = newCell(t, schema[name].Type, values[i+1])
		}
		r.values = append(r.values, cells)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return r
}

func selectColumn(name string, q cql2.Queryable) string {
	column := pgx.Identifier{cmp.Or(q.Column, name)}.Sanitize()
	switch q.Type {
	case cql2.TypeGeometry:
		return "ST_AsBinary(ST_Transform(" + column + ", 4326))"
	case cql2.TypeDecimal:
		return column + "::double precision"
	}
	return column
}

func asInt(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case int32:
		return int64(v)
	}
	return 0
}

func newCell(t *testing.T, typ cql2.Type, v any) cell {
	t.Helper()
	var c cell
	switch v := v.(type) {
	case nil:
		c.Null = true
	case bool:
		c.Bool = v
	case int64, int32:
		c.Int = asInt(v)
	case float64:
		c.Float = v
	case string:
		c.Text = v
	case time.Time:
		c.Int = v.UnixMicro()
		if typ == cql2.TypeDate {
			c.Int = v.Unix() / (24 * 60 * 60)
		}
	case pgtype.InfinityModifier:
		c.Int = math.MaxInt64
		if v == pgtype.NegativeInfinity {
			c.Int = math.MinInt64
		}
	case []byte:
		g, err := wkb.Unmarshal(v)
		if err != nil {
			t.Fatal(err)
		}
		b := g.Bound()
		c.bounds = orb.Bound{Min: toWorld(b.Min), Max: toWorld(b.Max)}
	default:
		t.Fatalf("no cell for %T", v)
	}
	return c
}

// layout is that of the rows in memory: everything but arrays.
func (r *rows) layout() cql2.Layout {
	return cql2.Layout{
		Column: func(property string) (int, bool) { return slices.BinarySearch(r.columns, property) },
		Frame:  &cql2.Frame{Project: project, Tolerance: 2, Radius: worldSize / (2 * math.Pi)},
	}
}

// worldSize is the side of the Web Mercator square.
const worldSize = 1 << 32

func toWorld(p orb.Point) orb.Point {
	lat := math.Max(-85.05112878, math.Min(85.05112878, p[1])) * math.Pi / 180
	y := math.Log(math.Tan(math.Pi/4 + lat/2))
	return orb.Point{math.Round((p[0] + 180) / 360 * worldSize), math.Round((y/math.Pi + 1) / 2 * worldSize)}
}

func project(g orb.Geometry, crs kvartal.SRID) (orb.Geometry, bool) {
	if crs != kvartal.WGS84 {
		return nil, false
	}
	return mapPoints(g, toWorld), true
}

func mapPoints(g orb.Geometry, f func(orb.Point) orb.Point) orb.Geometry {
	g = orb.Clone(g)
	each := func(points []orb.Point) {
		for i, p := range points {
			points[i] = f(p)
		}
	}
	switch g := g.(type) {
	case orb.Point:
		return f(g)
	case orb.MultiPoint:
		each(g)
	case orb.LineString:
		each(g)
	case orb.MultiLineString:
		for _, l := range g {
			each(l)
		}
	case orb.Polygon:
		for _, ring := range g {
			each(ring)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			for _, ring := range p {
				each(ring)
			}
		}
	case orb.Collection:
		for i := range g {
			g[i] = mapPoints(g[i], f)
		}
	}
	return g
}

// query runs the filter in PostGIS.
func (r *rows) query(ctx context.Context, id string, f *cql2.Filter) ([]int64, error) {
	where, args := f.SQL(1, "t")
	found, err := r.pool.Query(ctx, fmt.Sprintf("SELECT %s::bigint FROM %s AS t WHERE %s ORDER BY 1", id, r.table, where), args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	ids, err := pgx.CollectRows(found, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	return ids, nil
}

// assertAgreement checks that Go decides each row as PostGIS did, or leaves it
// undecided. It returns how many rows were decided.
func (r *rows) assertAgreement(t tester, f *cql2.Filter, source string, want []int64) int {
	t.Helper()
	p, err := f.Compile(r.layout())
	if errors.Is(err, cql2.ErrUseSQL) {
		return 0
	}
	if err != nil {
		t.Fatalf("Compile(%s) = %v", source, err)
	}
	decided := 0
	for i, id := range r.ids {
		verdict := p.Verdict(row(r.values[i]))
		if verdict == cql2.Undecided {
			continue
		}
		decided++
		if _, ok := slices.BinarySearch(want, id); ok != (verdict == cql2.Yes) {
			t.Fatalf("%s: feature %d is %v in Go and %v in PostGIS: %s", source, id, verdict, ok, r.describe(i, f))
		}
	}
	return decided
}

// describe shows what a filter looks at in a row.
func (r *rows) describe(i int, f *cql2.Filter) string {
	var b strings.Builder
	for _, name := range f.Properties() {
		if c, ok := slices.BinarySearch(r.columns, name); ok {
			fmt.Fprintf(&b, "%s=%+v ", name, r.values[i][c])
		}
	}
	return b.String()
}

func check(t tester, e cql2.Expr, scope cql2.Scope) *cql2.Filter {
	t.Helper()
	f, err := cql2.Check(e, scope)
	if err != nil {
		t.Fatalf("Check(%s) = %v", cql2.Text(e), err)
	}
	return f
}
