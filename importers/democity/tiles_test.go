package democity_test

import (
	"bytes"
	"compress/gzip"
	"log/slog"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"kvartal"
	"kvartal/layers"
	"kvartal/tiles/resident"
)

// testTiles wants no tile of any layer to be heavy. The tiles looked at are those
// around the middle of the city and of the nearest large town, at every zoom
// where something gives way.
func (w town) testTiles(t *testing.T) {
	set := resident.New(resident.Config{Pool: w.db.Pool, Store: w.Store, Log: slog.New(slog.DiscardHandler)})
	start, err := layers.NewFollower(w.Store, layers.FollowerConfig{}).Begin(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer start.Done()
	if err := set.Load(t.Context(), start.Snapshot); err != nil {
		t.Fatal(err)
	}
	dover, wilmington := orb.Point{-75.5244, 39.1582}, orb.Point{-75.55, 39.745}
	looked := 0
	for _, d := range w.Registry().Layers() {
		if !d.HasGeometry() {
			continue
		}
		for z := maptile.Zoom(d.Tiles.MinZoom); z <= min(16, maptile.Zoom(d.Tiles.MaxZoom)); z++ {
			for _, place := range []orb.Point{dover, wilmington} {
				at := maptile.At(place, z)
				tile, report, err := set.Now().Encode(t.Context(), d, d.View(kvartal.Public), at)
				if err != nil {
					t.Fatalf("Encode(%s, %v) = %v", d.ID, at, err)
				}
				looked += report.Written
				if size := zipped(t, tile); size > 500_000 {
					t.Errorf("tile %v of %s has %d bytes with gzip, want 500,000 at most: %+v", at, d.ID, size, report)
				}
			}
		}
	}
	if looked < 10_000 {
		t.Errorf("the tiles looked at have %d features: this proves nothing", looked)
	}
}

// zipped is the size of a tile with gzip.
func zipped(t *testing.T, tile []byte) int {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(tile); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}
