package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/schollz/progressbar/v3"

	"kvartal/importers/basemap"
	"kvartal/layers"
)

type importCommand struct {
	BaseMap importBaseMapCommand `cmd:"" help:"Replace the base map by an OSM extract."`
}

type importBaseMapCommand struct {
	File string `arg:"" help:"OSM extract in PBF form (.osm.pbf)." placeholder:"FILE"`
}

// Run imports the file; a server that runs beside goes on serving the old base
// map until the new one is complete.
func (c importBaseMapCommand) Run(ctx context.Context, g *globals, out *output) error {
	db, err := openDatabase(ctx, g, g.logger(out.stderr))
	if err != nil {
		return err
	}
	defer db.Close()
	store, err := db.openSynced(ctx, g)
	if err != nil {
		return err
	}
	return importBaseMap(ctx, store, c.File, g.DataDir, out)
}

// baseMapLayers are the layers that a base map import replaces.
func baseMapLayers(registry *layers.Registry) []*layers.Definition {
	var out []*layers.Definition
	for _, d := range registry.Layers() {
		if d.History == layers.HistoryRevisions && strings.HasPrefix(string(d.ID), "base_") {
			out = append(out, d)
		}
	}
	return out
}

func importBaseMap(ctx context.Context, store *layers.Store, file, dataDir string, out *output) (err error) {
	revision, err := store.BeginRevision(ctx, baseMapLayers(store.Registry()))
	if err != nil {
		return err
	}
	defer func() {
		if discardErr := revision.Discard(); err == nil {
			err = discardErr
		}
	}()
	bar := newBar(out)
	report, err := basemap.Import(ctx, file, revision, basemap.Options{TempDir: dataDir, Progress: bar.update})
	bar.finish()
	if err != nil {
		return err
	}
	out.print("Indexing …\n")
	if err := revision.Publish(ctx); err != nil {
		return err
	}
	out.print("%s", report)
	return placeCity(ctx, store, report.Bound)
}

// placeCity opens the map on the extract, unless somebody has said where the
// city lies.
func placeCity(ctx context.Context, store *layers.Store, bound orb.Bound) error {
	city := store.City()
	if city.Placed() {
		return nil
	}
	city.Center = bound.Center()
	city.Zoom = math.Round(math.Log2(360 / max(bound.Max[0]-bound.Min[0], 0.01)))
	return store.SaveCity(ctx, city)
}

// bar shows how far work is, on a terminal as a bar.
type bar struct {
	bar   *progressbar.ProgressBar
	out   *output
	bytes bool // what is counted is bytes
}

func newBar(out *output) *bar { return &bar{out: out} }

func (b *bar) update(p basemap.Progress) {
	b.bytes = true
	b.show(string(p.Phase), p.Done, p.Total)
}

func (b *bar) show(step string, done, total int64) {
	if b.bar == nil {
		b.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(b.out.stderr),
			progressbar.OptionShowBytes(b.bytes),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	b.bar.ChangeMax64(total)
	b.bar.Describe(fmt.Sprintf("%-9s", step))
	_ = b.bar.Set64(done) // a terminal that is gone stops no import
}

func (b *bar) finish() {
	if b.bar != nil {
		_ = b.bar.Finish()
	}
}
