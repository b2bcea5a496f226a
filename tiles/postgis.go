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

// PostGIS encodes tiles in the database with ST_AsMVT.
type PostGIS struct {
	pool  *pgxpool.Pool
	store *layers.Store
}

// NewPostGIS returns an encoder that reads the tables of store.
func NewPostGIS(pool *pgxpool.Pool, store *layers.Store) *PostGIS {
	return &PostGIS{pool: pool, store: store}
}

// Encode implements Encoder. The text of its statement depends on layer and
// view alone, so that each connection prepares it once.
func (p *PostGIS) Encode(ctx context.Context, d *layers.Definition, v view.View, t maptile.Tile) ([]byte, error) {
	var tile []byte
	err := p.pool.QueryRow(ctx, p.sql(d, v), int(t.Z), int(t.X), int(t.Y)).Scan(&tile)
	if err != nil {
		return nil, postgres.Translate(err, fmt.Sprintf("make tile %d/%d/%d of layer %s", t.Z, t.X, t.Y, d.ID))
	}
	return tile, nil
}

// sql is the statement for one layer of a tile $1/$2/$3.
func (p *PostGIS) sql(d *layers.Definition, v view.View) string {
	srid := p.store.SRID(d)
	geometry := "geom"
	if srid != kvartal.WebMercator {
		geometry = fmt.Sprintf("ST_Transform(geom, %d)", kvartal.WebMercator)
	}
	shown := ""
	if d.Tiles.ZoomField != "" {
		shown = " AND " + quote(d.Tiles.ZoomField) + " <= $1"
	}
	return fmt.Sprintf(`
		WITH tile AS MATERIALIZED (%[1]s),
		feature AS (
		  SELECT id%[2]s, ST_AsMVTGeom(%[3]s, tile.box, %[4]d, %[5]d, true) AS geom
		  FROM %[6]s, tile WHERE geom && tile.search%[7]s ORDER BY id)
		SELECT ST_AsMVT(feature, '%[8]s', %[4]d, 'geom', 'id') FROM feature WHERE geom IS NOT NULL`,
		p.tileSQL(d), attributes(d, v), geometry, Extent, Buffer, p.store.Table(d), shown, d.Tiles.Layer)
}

// tileSQL selects the tile's box in Web Mercator and the area to search in the
// layer's storage CRS. The tile is cut to where the layer has rows before it is
// transformed: a projection is not defined on the other side of the world.
func (p *PostGIS) tileSQL(d *layers.Definition) string {
	margin := fmt.Sprintf("ST_TileEnvelope($1, $2, $3, margin => %g)", float64(Buffer)/Extent)
	srid := p.store.SRID(d)
	if srid == kvartal.WebMercator {
		return "SELECT ST_TileEnvelope($1, $2, $3) AS box, " + margin + " AS search"
	}
	return fmt.Sprintf(`
		  SELECT ST_TileEnvelope($1, $2, $3) AS box,
		    ST_Transform(ST_Segmentize(ST_Intersection(%s, extent), 10018754 / (1 << $1)), %d) AS search
		  FROM (SELECT ST_Envelope(ST_Transform(ST_Segmentize(ST_SetSRID(
		    ST_EstimatedExtent('layer', '%s', 'geom')::geometry, %[2]d), 10000), %[4]d)) AS extent) AS known`,
		margin, srid, d.ID, kvartal.WebMercator)
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
