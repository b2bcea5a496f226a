package resident_test

import (
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/project"

	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/tiles/resident"
	"kvartal/tiles/town"
	"kvartal/view"
)

// buildings is the number of buildings of a town; a tile of zoom 14 has about
// 3,100 of them.
const buildings = 200_000

// buildTown opens a town.
func buildTown(b *testing.B) city {
	b.Helper()
	if testing.Short() {
		b.Skip("makes a million features")
	}
	c := openSource(b, town.Definitions())
	if err := town.Build(b.Context(), c.db.Pool, buildings); err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkEncode compares cold tiles with those of the prepared ST_AsMVT
// statement for the same layer and attributes: one line a zoom.
func BenchmarkEncode(b *testing.B) {
	c := buildTown(b)
	c.load(b)
	d, v := c.layer(b, town.Buildings)
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
			tile, _, err := c.set.Now().Encode(b.Context(), d, v, at[0])
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(zipped(b, tile))/1000, "kB-gzip")
		})
	}
}

// townTiles are tiles of a zoom in the middle of the town, the densest first.
func townTiles(z maptile.Zoom) []maptile.Tile {
	all := town.Bound(buildings)
	first, last := tileOf(all.Min, z), tileOf(all.Max, z)
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

// BenchmarkLoad measures loading the town, and what it holds of memory then.
func BenchmarkLoad(b *testing.B) {
	c := buildTown(b)
	for b.Loop() {
		c.load(b)
	}
	features, bytes := 0, 0
	for _, s := range c.set.Snapshot().Stats() {
		features, bytes = features+s.Features, bytes+s.Bytes
		if s.Layer == town.Buildings {
			b.ReportMetric(float64(s.Bytes)/float64(s.Features), "B/building")
		}
	}
	b.ReportMetric(float64(features)*float64(b.N)/b.Elapsed().Seconds(), "features/s")
	b.ReportMetric(float64(bytes)/float64(features), "B/feature")
	b.ReportMetric(float64(heapOf(b, c))/float64(features), "B/feature-of-heap")
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
	c := buildTown(b)
	follower, cursor := c.load(b)
	c.follow(b, follower, cursor)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		c.exec(b, "UPDATE layer.town_buildings SET storeys = storeys % 9 + 1 WHERE id BETWEEN $1::int + 1 AND $1::int + 50", i*50%buildings)
		b.StartTimer()
		c.await(b, follower)
	}
}
