package democity

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"kvartal/postgres"
)

// base is what the registers are derived from: the base map in the city's CRS
// within the demo area, every list in the order of its OSM ids.
type base struct {
	streets   []street
	buildings []footprint
	grounds   []ground // parts of areas where nobody builds houses
	areas     []ground // the same areas whole, parks and cemeteries among them
	barriers  []barrier
	pois      []poi
	stops     []poi
	places    []poi
	addresses []realAddress
	blocks    []block
	districts []district
}

// street is a way of the base map.
type street struct {
	id      int64
	kind    string
	name    string // empty if it has none
	service string
	surface string
	link    bool
	raised  bool // bridge or tunnel
	line    orb.LineString
}

// footprint is a real building.
type footprint struct {
	id    int64
	shape orb.MultiPolygon
}

// ground is land with a use of its own.
type ground struct {
	id    int64
	kind  string
	shape orb.Polygon
}

// barrier is a line that no parcel crosses.
type barrier struct {
	half float64 // metres to each side
	line orb.LineString
}

// poi is a place with a name or tags.
type poi struct {
	id    int64
	kind  string // "tourism=hotel"
	name  string
	at    orb.Point
	other map[string]string // further tags
}

// realAddress is one of the few addresses that the extract knows.
type realAddress struct {
	id             int64
	street, number string
	at             orb.Point
}

// block is a quarter: land between streets.
type block struct {
	shape orb.Polygon
	inner orb.Point // a point inside
	// Land use and district, set when the zones are laid out.
	kind, district string
}

// areaSQL makes the demo area and its streets, to be read in one transaction.
// Ways that only touch the area are cut at its edge.
const areaSQL = `
CREATE TEMP TABLE demo_area ON COMMIT DROP AS
  SELECT ST_Buffer(ST_Transform(ST_SetSRID(ST_MakePoint(@lon, @lat), 4326), @srid::int), @radius, 24) AS geom;
CREATE TEMP TABLE demo_box ON COMMIT DROP AS
  SELECT ST_Transform(ST_Segmentize(ST_Envelope(geom), 1000), 3857) AS geom FROM demo_area;
CREATE TEMP TABLE demo_street ON COMMIT DROP AS
  SELECT s.id, s.kind, l.name, s.service, s.surface, coalesce(s.link, false) AS link,
         coalesce(s.bridge, false) OR coalesce(s.tunnel, false) AS raised,
         CASE WHEN ST_Contains(a.geom, t.geom) THEN t.geom ELSE ST_CollectionExtract(ST_Intersection(a.geom, t.geom), 2) END AS geom
  FROM layer.base_streets s
  LEFT JOIN layer.base_street_labels l USING (id),
  demo_area a, LATERAL (SELECT ST_Transform(s.geom, @srid::int) AS geom) t
  WHERE s.geom && (SELECT geom FROM demo_box) AND ST_Intersects(a.geom, t.geom)`

// readBase reads the base map around a place in one read-only snapshot.
func (c *city) readBase(ctx context.Context) (*base, error) {
	b := &base{}
	err := pgx.BeginTxFunc(ctx, c.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		center := c.store.City().Center
		args := pgx.NamedArgs{"lon": center[0], "lat": center[1], "srid": int(c.srid), "radius": c.radius}
		for statement := range statements(areaSQL) {
			if _, err := tx.Exec(ctx, statement, args); err != nil {
				return err
			}
		}
		for _, read := range []func(context.Context, pgx.Tx, *base) error{
			c.readStreets, c.readBlocks, c.readBuildings, c.readGrounds, c.readBarriers, c.readPlaces, c.readAddresses, c.readDistricts,
		} {
			if err := read(ctx, tx, b); err != nil {
				return err
			}
		}
		return nil
	})
	return b, postgres.Translate(err, "read the base map")
}

// statements parts a script of plain SQL at its semicolons.
func statements(script string) iter.Seq[string] { return strings.SplitSeq(script, ";") }

func (c *city) readStreets(ctx context.Context, tx pgx.Tx, b *base) error {
	rows, err := tx.Query(ctx, `
		SELECT id, kind, coalesce(name, ''), coalesce(service, ''), coalesce(surface, ''), link, raised, ST_AsBinary((d).geom)
		FROM (SELECT *, ST_Dump(geom) AS d FROM demo_street) AS s
		ORDER BY id, (d).path`)
	if err != nil {
		return err
	}
	var s street
	_, err = pgx.ForEachRow(rows, []any{&s.id, &s.kind, &s.name, &s.service, &s.surface, &s.link, &s.raised, wkb.Scanner(&s.line)}, func() error {
		b.streets = append(b.streets, s)
		s.line = nil
		return nil
	})
	return err
}

// readBlocks makes the blocks: faces between the centre lines of streets, less
// the width of the streets. A face too large to be a quarter of a town is left
// out.
func (c *city) readBlocks(ctx context.Context, tx pgx.Tx, b *base) error {
	if _, err := tx.Exec(ctx, "ALTER TABLE demo_street ADD half double precision"); err != nil {
		return err
	}
	for kind, half := range streetHalves() {
		if _, err := tx.Exec(ctx, "UPDATE demo_street SET half = $2 WHERE kind = $1 AND NOT raised", kind, half); err != nil {
			return err
		}
	}
	for statement := range statements(blocksSQL) {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	rows, err := tx.Query(ctx, `SELECT ST_AsBinary(geom), ST_X(inner_point), ST_Y(inner_point) FROM demo_block ORDER BY n`)
	if err != nil {
		return err
	}
	var q block
	_, err = pgx.ForEachRow(rows, []any{wkb.Scanner(&q.shape), &q.inner[0], &q.inner[1]}, func() error {
		b.blocks = append(b.blocks, q)
		q.shape = nil
		return nil
	})
	return err
}

const blocksSQL = `
CREATE TEMP TABLE demo_wide ON COMMIT DROP AS
  SELECT id, ST_Buffer(geom, half, 'quad_segs=4') AS geom FROM demo_street WHERE half IS NOT NULL;
CREATE INDEX ON demo_wide USING gist (geom);
CREATE TEMP TABLE demo_face ON COMMIT DROP AS
  SELECT (ST_Dump(ST_Polygonize(geom))).geom FROM (
    SELECT ST_UnaryUnion(ST_Collect(geom)) AS geom FROM (
      SELECT geom FROM (SELECT geom FROM demo_street WHERE half IS NOT NULL ORDER BY id) s
      UNION ALL SELECT ST_Boundary(geom) FROM demo_area) AS lines) AS noded;
CREATE TEMP TABLE demo_block ON COMMIT DROP AS
  SELECT row_number() OVER (ORDER BY ST_XMin(geom), ST_YMin(geom), ST_Area(geom)) AS n, geom, ST_PointOnSurface(geom) AS inner_point FROM (
    SELECT (ST_Dump(ST_Difference(f.geom, (SELECT ST_Union(w.geom ORDER BY w.id) FROM demo_wide w WHERE ST_Intersects(w.geom, f.geom))))).geom
    FROM demo_face f WHERE ST_Area(f.geom) BETWEEN 400 AND 2e7) AS b
  WHERE ST_Area(geom) > 300`

func (c *city) readBuildings(ctx context.Context, tx pgx.Tx, b *base) error {
	rows, err := tx.Query(ctx, `
		SELECT b.id, ST_AsBinary(t.geom) FROM layer.base_buildings b, demo_area a,
		LATERAL (SELECT ST_Transform(b.geom, $1::int) AS geom) t
		WHERE b.geom && (SELECT geom FROM demo_box) AND ST_Contains(a.geom, t.geom) AND ST_IsValid(t.geom) ORDER BY b.id`, int(c.srid))
	if err != nil {
		return err
	}
	var f footprint
	_, err = pgx.ForEachRow(rows, []any{&f.id, wkb.Scanner(&f.shape)}, func() error {
		b.buildings = append(b.buildings, f)
		f.shape = nil
		return nil
	})
	return err
}

// readGrounds reads land with a use: whole, and in small parts that are quick
// to look into.
func (c *city) readGrounds(ctx context.Context, tx pgx.Tx, b *base) error {
	const sql = `
		WITH g AS (
		  SELECT g.id, g.kind, d.path, d.geom FROM (
		    SELECT id, kind, geom FROM layer.base_land WHERE kind IN ('park', 'cemetery', 'grave_yard', 'golf_course', 'playground', 'forest',
		      'recreation_ground', 'landfill', 'railway', 'beach', 'marsh', 'garden', 'village_green', 'industrial', 'retail', 'commercial')
		    UNION ALL SELECT id, kind, geom FROM layer.base_sites
		    UNION ALL SELECT id, 'water', geom FROM layer.base_water_polygons) AS g,
		  demo_area a, LATERAL ST_Dump(ST_MakeValid(ST_Transform(g.geom, $1::int))) AS d
		  WHERE g.geom && (SELECT geom FROM demo_box) AND GeometryType(d.geom) = 'POLYGON' AND ST_Intersects(a.geom, d.geom))
		`
	for _, read := range []struct {
		into *[]ground
		sql  string
	}{
		{&b.areas, "SELECT id, kind, ST_AsBinary(geom) FROM g ORDER BY id, kind, path"},
		{&b.grounds, "SELECT id, kind, ST_AsBinary(part) FROM g, LATERAL ST_Subdivide(geom, 48) AS part WHERE GeometryType(part) = 'POLYGON' ORDER BY id, kind, path, ST_XMin(part), ST_YMin(part)"},
	} {
		rows, err := tx.Query(ctx, sql+read.sql, int(c.srid))
		if err != nil {
			return err
		}
		var g ground
		if _, err := pgx.ForEachRow(rows, []any{&g.id, &g.kind, wkb.Scanner(&g.shape)}, func() error {
			*read.into = append(*read.into, g)
			g.shape = nil
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func (c *city) readBarriers(ctx context.Context, tx pgx.Tx, b *base) error {
	rows, err := tx.Query(ctx, `
		SELECT CASE w.kind WHEN 'river' THEN 12.0 ELSE 5.0 END, ST_AsBinary(t.geom) FROM layer.base_water_lines w, demo_area a,
		LATERAL (SELECT ST_Transform(w.geom, $1::int) AS geom) t
		WHERE w.geom && (SELECT geom FROM demo_box) AND ST_Intersects(a.geom, t.geom) ORDER BY w.id`, int(c.srid))
	if err != nil {
		return err
	}
	var line barrier
	_, err = pgx.ForEachRow(rows, []any{&line.half, wkb.Scanner(&line.line)}, func() error {
		b.barriers = append(b.barriers, line)
		line.line = nil
		return nil
	})
	return err
}

func (c *city) readPlaces(ctx context.Context, tx pgx.Tx, b *base) error {
	for _, read := range []struct {
		into *[]poi
		sql  string
	}{
		{&b.places, `SELECT p.id, p.kind AS kind, coalesce(p.name, ''), '{}'::jsonb, p.geom FROM layer.base_place_labels p WHERE p.name IS NOT NULL`},
		{&b.stops, `SELECT p.id, p.kind, coalesce(p.name, ''), '{}'::jsonb, p.geom FROM layer.base_public_transport p WHERE p.kind IN ('bus_stop', 'bus_station')`},
		{&b.pois, `SELECT p.id, coalesce('tourism=' || tourism, 'historic=' || historic, 'amenity=' || amenity, 'leisure=' || leisure,
			'man_made=' || man_made, 'shop=' || shop, 'office=' || office, ''), coalesce(p.name, ''),
			jsonb_strip_nulls(jsonb_build_object('cuisine', cuisine, 'religion', religion, 'sport', sport)), p.geom FROM layer.base_pois p`},
	} {
		rows, err := tx.Query(ctx, fmt.Sprintf(`
			SELECT id, kind, name, tags, ST_X(t.geom), ST_Y(t.geom) FROM (%s) AS p (id, kind, name, tags, geom), demo_area a,
			LATERAL (SELECT ST_Transform(p.geom, $1::int) AS geom) t
			WHERE p.geom && (SELECT geom FROM demo_box) AND ST_Contains(a.geom, t.geom) ORDER BY id`, read.sql), int(c.srid))
		if err != nil {
			return err
		}
		var p poi
		if _, err := pgx.ForEachRow(rows, []any{&p.id, &p.kind, &p.name, &p.other, &p.at[0], &p.at[1]}, func() error {
			*read.into = append(*read.into, p)
			p.other = nil
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func (c *city) readAddresses(ctx context.Context, tx pgx.Tx, b *base) error {
	rows, err := tx.Query(ctx, `
		SELECT p.id, p.street, p.housenumber, ST_X(t.geom), ST_Y(t.geom) FROM layer.base_addresses p, demo_area a,
		LATERAL (SELECT ST_Transform(p.geom, $1::int) AS geom) t
		WHERE p.geom && (SELECT geom FROM demo_box) AND ST_Contains(a.geom, t.geom)
		  AND p.street IS NOT NULL AND p.housenumber IS NOT NULL ORDER BY p.id`, int(c.srid))
	if err != nil {
		return err
	}
	var a realAddress
	_, err = pgx.ForEachRow(rows, []any{&a.id, &a.street, &a.number, &a.at[0], &a.at[1]}, func() error {
		b.addresses = append(b.addresses, a)
		return nil
	})
	return err
}
