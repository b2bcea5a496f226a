package tiles

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/maptile"

	"kvartal"
	"kvartal/layers"
	"kvartal/postgres"
	"kvartal/view"
)

// PostGIS encodes tiles in the database with ST_AsMVT, all rows of a layer and
// every vertex of theirs. No tile is served by it: it is what the encoder of
// package resident is measured by, in tests and benchmarks.
type PostGIS struct {
	pool  *pgxpool.Pool
	store *layers.Store
	grid  Grid
	past  *layers.Interval // nil: the present
}

// NewPostGIS returns an encoder that reads the tables of store.
func NewPostGIS(pool *pgxpool.Pool, store *layers.Store) *PostGIS {
	return &PostGIS{pool: pool, store: store, grid: WebMercatorQuad()}
}

// In returns an encoder of tiles in another grid.
func (p *PostGIS) In(g Grid) *PostGIS { return &PostGIS{pool: p.pool, store: p.store, grid: g} }

// During implements Source.
func (p *PostGIS) During(in layers.Interval) Encoder {
	return &PostGIS{pool: p.pool, store: p.store, grid: p.grid, past: &in}
}

// Now implements Source: each statement sees what is committed.
func (p *PostGIS) Now() Encoder { return p }

// Encode implements Encoder. The text of its statement depends on layer and view
// alone, so that each connection prepares it once.
func (p *PostGIS) Encode(ctx context.Context, d *layers.Definition, v view.View, t maptile.Tile) ([]byte, Report, error) {
	var tile []byte
	var written int
	const first = 4 // after the tile
	from, args, err := p.store.Seen(v, view.See, p.past, first)
	if err != nil {
		return nil, Report{}, err
	}
	args = append([]any{int(t.Z), int(t.X), int(t.Y)}, args...)
	if err := p.pool.QueryRow(ctx, p.sql(d, v, from), args...).Scan(&tile, &written); err != nil {
		return nil, Report{}, postgres.Translate(err, fmt.Sprintf("make tile %d/%d/%d of layer %s", t.Z, t.X, t.Y, d.ID))
	}
	return tile, Report{Layer: d.ID, Features: written, Written: written, Bytes: len(tile)}, nil
}

// sql is the statement for one layer of a tile $1/$2/$3, which is read from.
func (p *PostGIS) sql(d *layers.Definition, v view.View, from string) string {
	srid := p.store.SRID(d)
	geometry := "geom"
	if srid != p.grid.SRID {
		geometry = fmt.Sprintf("ST_Transform(geom, %d)", p.grid.SRID)
	}
	shown := ""
	if d.Tiles.ZoomField != "" {
		shown = " AND " + quote(d.Tiles.ZoomField) + " <= $1"
	}
	return fmt.Sprintf(`
		WITH tile AS MATERIALIZED (SELECT box, %[1]s AS search FROM (SELECT ST_TileEnvelope($1, $2, $3, %[10]s) AS box, ST_TileEnvelope($1, $2, $3, %[10]s, margin => %[9]g) AS reach) AS tile),
		feature AS (
		  SELECT id%[2]s, ST_AsMVTGeom(%[3]s, tile.box, %[4]d, %[5]d, true) AS geom
		  FROM %[6]s, tile WHERE geom && tile.search%[7]s ORDER BY id)
		SELECT ST_AsMVT(feature, '%[8]s', %[4]d, 'geom', 'id'), count(*) FROM feature WHERE geom IS NOT NULL`,
		SearchSQL(p.store, d, "layer", p.grid.SRID, "reach", fmt.Sprintf("%g / (1 << $1)", p.grid.Side/4)), attributes(d, v.For(view.See)), geometry, Extent, Buffer, from, shown, d.Tiles.Layer, float64(Buffer)/Extent, p.grid.envelope())
}

// envelope is the square of the grid.
func (g Grid) envelope() string {
	b := g.Square()
	return fmt.Sprintf("ST_MakeEnvelope(%.17g, %.17g, %.17g, %.17g, %d)", b.Min[0], b.Min[1], b.Max[0], b.Max[1], g.SRID)
}

// SearchSQL is the area in the storage CRS of a layer that a box covers, both
// being expressions, the box in the CRS of a grid. The box is cut to where the layer
// has rows, present ones (schema "layer") or former ones ("history"), before it is
// transformed, because a projection is not defined on the
// other side of the world, and its sides, which become curves, are divided into
// pieces of a length in metres.
func SearchSQL(store *layers.Store, d *layers.Definition, schema string, grid kvartal.SRID, box, pieces string) string {
	srid := store.SRID(d)
	if srid == grid {
		return box
	}
	return fmt.Sprintf(`
		  ST_Transform(ST_Segmentize(ST_Intersection(%s, ST_Envelope(ST_Transform(ST_Segmentize(ST_SetSRID(
		    ST_EstimatedExtent('%[6]s', '%[2]s', 'geom')::geometry, %[3]d), 10000), %[4]d))), %[5]s), %[3]d)`,
		box, d.ID, srid, grid, pieces, schema)
}

// attributes lists the columns of a tile, each in a type that MVT has.
func attributes(d *layers.Definition, v view.View) string {
	var b strings.Builder
	for _, f := range d.Fields {
		if !f.Tile || !v.Readable(f.Name) {
			continue
		}
		column := quote(f.Name)
		switch f.Type {
		case layers.TypeDecimal:
			column = fmt.Sprintf("%s::double precision AS %[1]s", column)
		case layers.TypeDate:
			column = fmt.Sprintf("%s::text AS %[1]s", column)
		case layers.TypeTimestamp:
			column = fmt.Sprintf(`to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS %[1]s`, column)
		}
		b.WriteString(", " + column)
	}
	return b.String()
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
