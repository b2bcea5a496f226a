// Package town makes a town of synthetic rows to measure by: always the same,
// as dense as a city of a million people. It is no part of what is served.
package town

import (
	"context"
	"embed"
	"io/fs"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"kvartal/layers"
	"kvartal/postgres"
)

//go:embed defs
var defs embed.FS

// The layers of the town.
const (
	Buildings = "town_buildings" // with six attributes, in EPSG:3857
	Parcels   = "town_parcels"   // one about each building, sharing borders, in EPSG:32643
	Trees     = "town_trees"     // two and a half times as many
	Streets   = "town_streets"   // three quarters as many pieces
)

// Group holds all layers of the town.
const Group = "town"

// The town is a square: a row of buildings each step metres, in EPSG:3857.
const step = 43

// corner is where it begins, in EPSG:3857.
func corner() orb.Point { return orb.Point{8_304_434, 5_292_205} }

// Definitions are those of the town's layers.
func Definitions() layers.Source {
	sub, err := fs.Sub(defs, "defs")
	if err != nil {
		panic(err) // the folder is built in
	}
	return layers.Source{Name: "town", FS: sub}
}

// Bound returns where a town of so many buildings lies, in EPSG:3857.
func Bound(buildings int) orb.Bound {
	side := float64(across(buildings) * step)
	low := corner()
	return orb.Bound{Min: low, Max: orb.Point{low[0] + side, low[1] + side}}
}

// across is the number of buildings a side.
func across(buildings int) int {
	n := 1
	for n*n < buildings {
		n++
	}
	return n
}

// Build fills the layers, which must be empty, with a town of so many buildings.
func Build(ctx context.Context, pool *pgxpool.Pool, buildings int) error {
	low := corner()
	for _, sql := range []string{buildingsSQL, parcelsSQL, treesSQL, streetsSQL} {
		if _, err := pool.Exec(ctx, sql, low[0], low[1], buildings, across(buildings), float64(step)); err != nil {
			return postgres.Translate(err, "build the town")
		}
	}
	_, err := pool.Exec(ctx, "ANALYZE layer.town_buildings, layer.town_parcels, layer.town_trees, layer.town_streets")
	return postgres.Translate(err, "analyse the town")
}

// Each statement has the same parameters: $1 and $2 the corner, $3 buildings, $4
// of them a side, $5 metres from one to the next.
const (
	// Some buildings have a wing and some are turned.
	buildingsSQL = `
INSERT INTO layer.town_buildings (id, geom, address, purpose, storeys, height, built_in, condition)
SELECT n, ST_SetSRID(ST_Rotate(ST_MakePolygon(ST_MakeLine(ARRAY[
    ST_MakePoint(x, y), ST_MakePoint(x + w, y), ST_MakePoint(x + w, y + h / 2), ST_MakePoint(x + w / 2, y + h / 2),
    ST_MakePoint(x + w / 2, y + h), ST_MakePoint(x, y + h), ST_MakePoint(x, y)])), n % 16 * 0.1, x, y), 3857),
  'ул. Токтогула, ' || n, (ARRAY['residential', 'house', 'education', 'health', 'commercial', 'industrial'])[1 + n % 6],
  1 + n % 9, 3 + n % 27, 1930 + n % 95, (ARRAY['good', 'serviceable', 'limited', 'emergency'])[1 + n % 4]
FROM (SELECT n, $1::float8 + (n - 1) % $4::int * $5::float8 AS x, $2::float8 + (n - 1) / $4::int * $5::float8 AS y, 9 + n % 17 AS w, 8 + n % 13 AS h
  FROM generate_series(1, $3::int) n) AS plan`

	parcelsSQL = `
INSERT INTO layer.town_parcels (id, geom, cadastral_number, area)
SELECT n, ST_Transform(ST_MakeEnvelope(x - 8, y - 8, x - 8 + $5, y - 8 + $5, 3857), 32643), '01:11:' || lpad(n::text, 7, '0'), $5 * $5
FROM (SELECT n, $1::float8 + (n - 1) % $4::int * $5::float8 AS x, $2::float8 + (n - 1) / $4::int * $5::float8 AS y FROM generate_series(1, $3::int) n) AS plan`

	treesSQL = `
INSERT INTO layer.town_trees (id, geom, species, planted)
SELECT n, ST_SetSRID(ST_MakePoint($1::float8 + random() * $4::int * $5::float8, $2::float8 + random() * $4::int * $5::float8), 3857),
  (ARRAY['elm', 'oak', 'poplar', 'spruce', 'birch', 'ash'])[1 + n % 6], 1950 + n % 75
FROM generate_series(1, $3::int * 5 / 2) n, setseed(0.5)`

	streetsSQL = `
INSERT INTO layer.town_streets (id, geom, name, lanes)
SELECT n, ST_SetSRID(ST_MakeLine(ARRAY[ST_MakePoint(x, y), ST_MakePoint(x + 20 - n % 3, y + n % 2 * 22), ST_MakePoint(x + 43 - 43 * (n % 2), y + 43 * (n % 2))]), 3857),
  'улица ' || n / 40, 1 + n % 4
FROM (SELECT n, $1::float8 - 12 + (n - 1) % $4::int * $5::float8 AS x, $2::float8 - 12 + (n - 1) / $4::int * $5::float8 AS y FROM generate_series(1, $3::int * 3 / 4) n) AS plan`
)
