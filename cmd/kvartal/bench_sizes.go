package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/paulmach/orb/maptile"

	"kvartal"
	"kvartal/layers"
	"kvartal/tiles"
)

// heaviest is how many tiles of a zoom are followed to the next one.
const heaviest = 32

// heavyTile is a tile with what it weighs before it is compressed.
type heavyTile struct {
	at     maptile.Tile
	tile   []byte
	report tiles.Report
}

// sizes looks for the heaviest tile of each layer: at every zoom among the
// children of the heaviest ones of the zoom before.
func (b *tileBench) sizes(ctx context.Context) error {
	b.section("largest tiles, all layers and zooms", "with gzip", "target")
	for _, d := range b.city.Store.Registry().Layers() {
		if !d.HasGeometry() || b.empty(d.ID) {
			continue
		}
		if err := b.sizesOf(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (b *tileBench) sizesOf(ctx context.Context, d *layers.Definition) error {
	var most heavyTile
	size := 0
	level := []maptile.Tile{maptile.New(0, 0, 0)}
	for z := 0; z <= min(d.Tiles.MaxZoom+1, tiles.MaxZoom) && len(level) > 0; z++ {
		var next []heavyTile
		for _, at := range level {
			tile, report, err := b.city.Resident.Now().Encode(ctx, d, d.View(kvartal.Public), at)
			if err != nil {
				return err
			}
			if report.Features > 0 {
				next = append(next, heavyTile{at, tile, report})
			}
		}
		slices.SortFunc(next, func(a, b heavyTile) int {
			return cmp.Or(cmp.Compare(len(b.tile), len(a.tile)), cmp.Compare(b.report.Features, a.report.Features))
		})
		level = level[:0]
		for i, h := range next[:min(len(next), heaviest)] {
			if zipped := gzipSize(h.tile); i < 4 && z >= d.Tiles.MinZoom && zipped > size {
				most, size = h, zipped
			}
			children := h.at.Children()
			level = append(level, children[:]...)
		}
	}
	b.figure(fmt.Sprintf("%s, z%d, %d of %d features", d.ID, most.at.Z, most.report.Written, most.report.Features),
		fmt.Sprintf("%d kB", size/1000), "500 kB")
	return nil
}
