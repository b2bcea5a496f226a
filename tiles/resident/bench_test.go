package resident_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"testing/fstest"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/project"

	"kvartal/layers"
	"kvartal/postgres/pgtest"
	"kvartal/tiles"
	"kvartal/tiles/resident"
	"kvartal/view"
)

// town is a register of buildings with six attributes, in Web Mercator so that
// the database has nothing to transform.
const town = `id: town
title: ` + title + `
group: test
geometry: polygon
crs: EPSG:3857
tiles: {min_zoom: 10, max_zoom: %d}
fields:
  - {name: address, type: text, title: ` + title + `}
  - {name: purpose, type: text, title: ` + title + `}
  - {name: storeys, type: integer, title: ` + title + `}
  - {name: height, type: number, title: ` + title + `}
  - {name: built_in, type: integer, title: ` + title + `}
  - {name: condition, type: text, title: ` + title + `}
rights: {public: [see, query]}
`

// buildings is the number of buildings of a town; a tile of zoom 14 has about
// 3,100 of them.
const buildings = 200_000

// buildTown opens a town: one building on each 43 m, some of them with a wing and
// some turned.
func buildTown(b *testing.B, maxZoom int) city {
	b.Helper()
	if testing.Short() {
		b.Skip("makes 200,000 buildings")
	}
	registry, err := layers.Load(layers.Source{Name: "defs", FS: fstest.MapFS{
		"groups.yaml":     {Data: []byte("- {id: test, title: " + title + "}")},
		"town/layer.yaml": {Data: fmt.Appendf(nil, town, maxZoom)},
	}})
	if err != nil {
		b.Fatal(err)
	}
	db := pgtest.New(b)
	store, err := layers.Open(b.Context(), db.Pool, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	if _, _, err := store.Sync(b.Context(), false); err != nil {
		b.Fatal(err)
	}
	post := tiles.NewPostGIS(db.Pool, store)
	c := city{db, store, post, resident.New(resident.Config{Pool: db.Pool, Store: store, Log: slog.New(slog.DiscardHandler)})}
	c.exec(b, `INSERT INTO layer.town (id, geom, address, purpose, storeys, height, built_in, condition)
		SELECT n, ST_Rotate(ST_MakePolygon(ST_MakeLine(ARRAY[
		    ST_MakePoint(x, y), ST_MakePoint(x + w, y), ST_MakePoint(x + w, y + h / 2), ST_MakePoint(x + w / 2, y + h / 2),
		    ST_MakePoint(x + w / 2, y + h), ST_MakePoint(x, y + h), ST_MakePoint(x, y)])), n % 16 * 0.1, x, y)::geometry(Polygon) AS geom,
		  'ул. Токтогула, ' || n, (ARRAY['residential', 'house', 'education', 'health', 'commercial', 'industrial'])[1 + n % 6],
		  1 + n % 9, 3 + n % 27, 1930 + n % 95, (ARRAY['good', 'serviceable', 'limited', 'emergency'])[1 + n % 4]
		FROM (SELECT n, $1 + n % 447 * 43.0 AS x, $2 + n / 447 * 43.0 AS y, 9 + n % 17 AS w, 8 + n % 13 AS h FROM generate_series(1, $3::int) n) AS plan`,
		bishkek[0], bishkek[1], buildings)
	c.exec(b, "ANALYZE layer.town")
	return c
}

// BenchmarkEncode compares cold tiles with those of the prepared ST_AsMVT
// statement for the same layer and attributes: one line a zoom.
func BenchmarkEncode(b *testing.B) {
	c := buildTown(b, 16)
	c.load(b)
	d, v := c.layer(b, "town")
	for _, z := range []maptile.Zoom{10, 12, 13, 14, 15, 16} {
		at := townTiles(z)
		b.Run(fmt.Sprintf("z%d", z), func(b *testing.B) {
			database := perTile(b, c.post, d, v, at[:min(len(at), 8)])
			i, size := 0, 0
			b.ReportAllocs()
			for b.Loop() {
				tile, _, err := c.set.Now().Encode(b.Context(), d, v, at[i%len(at)])
				if err != nil {
					b.Fatal(err)
				}
				i, size = i+1, max(size, len(tile))
			}
			ours := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(database.Microseconds())/1000, "ms/ST_AsMVT")
			b.ReportMetric(float64(database)/float64(ours), "times-faster")
			b.ReportMetric(float64(zipped(b, c, d, v, at[0]))/1000, "kB-gzip")
		})
	}
}

// townTiles are tiles of a zoom in the middle of the town, the densest first.
func townTiles(z maptile.Zoom) []maptile.Tile {
	low, high := bishkek, orb.Point{bishkek[0] + 447*43, bishkek[1] + 447*43}
	first, last := tileOf(low, z), tileOf(high, z)
	var out []maptile.Tile
	for x := first.X; x <= last.X && len(out) < 64; x++ {
		for y := last.Y; y <= first.Y && len(out) < 64; y++ {
			if last.X-first.X < 2 || x > first.X && x < last.X && y > last.Y && y < first.Y {
				out = append(out, maptile.New(x, y, z))
			}
		}
	}
	return out
}

// tileOf is the tile of a position in EPSG:3857.
func tileOf(p orb.Point, z maptile.Zoom) maptile.Tile {
	return maptile.At(project.Point(p, project.Mercator.ToWGS84), z)
}

// perTile is the time an encoder takes for a tile once its statement is
// prepared.
func perTile(b *testing.B, e tiles.Encoder, d *layers.Definition, v view.View, at []maptile.Tile) time.Duration {
	b.Helper()
	const rounds = 3
	start := time.Now()
	for round := range rounds + 1 {
		if round == 1 { // the first one has warmed everything
			start = time.Now()
		}
		for _, tile := range at {
			if _, _, err := e.Encode(b.Context(), d, v, tile); err != nil {
				b.Fatal(err)
			}
		}
	}
	return time.Since(start) / time.Duration(rounds*len(at))
}

func zipped(b *testing.B, c city, d *layers.Definition, v view.View, at maptile.Tile) int {
	b.Helper()
	tile, _, err := c.set.Now().Encode(b.Context(), d, v, at)
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(tile); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return out.Len()
}

// BenchmarkLoad measures loading the town, and what it holds of memory then.
func BenchmarkLoad(b *testing.B) {
	c := buildTown(b, 16)
	for b.Loop() {
		c.load(b)
	}
	b.ReportMetric(float64(buildings)*float64(b.N)/b.Elapsed().Seconds(), "features/s")
	b.ReportMetric(float64(heapOf(b, c))/buildings, "B/feature")
	b.ReportMetric(float64(c.set.Snapshot().Stats()[0].Bytes)/buildings, "B/feature-counted")
}

// heapOf is what a loaded set adds to the heap.
func heapOf(b *testing.B, c city) int64 {
	b.Helper()
	var before, after runtime.MemStats
	other := resident.New(resident.Config{Pool: c.db.Pool, Store: c.store, Log: slog.New(slog.DiscardHandler)})
	runtime.GC()
	runtime.ReadMemStats(&before)
	city{c.db, c.store, c.post, other}.load(b)
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(other)
	return int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

// BenchmarkApply measures a batch of fifty edits on the town, as a thousand edits
// a second make every fifty milliseconds.
func BenchmarkApply(b *testing.B) {
	c := buildTown(b, 16)
	follower, cursor := c.load(b)
	c.follow(b, follower, cursor)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		c.exec(b, "UPDATE layer.town SET storeys = storeys % 9 + 1 WHERE id BETWEEN $1::int + 1 AND $1::int + 50", i*50%buildings)
		b.StartTimer()
		c.await(b, follower)
	}
}
