package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"kvartal"
	"kvartal/importers/basemap/demo"
	"kvartal/layers"
	"kvartal/postgres"
	"kvartal/server"
	"kvartal/tiles/town"
)

type benchCommand struct {
	Tiles benchTilesCommand `cmd:"" help:"Measure tiles against PostGIS and nginx, on a synthetic town and Delaware."`
}

// benchTilesCommand measures on data of its own, which it makes once in the
// folder bench of the data folder.
type benchTilesCommand struct {
	Buildings   int      `help:"Buildings of the town; it has five times as many features." default:"200000"`
	Seconds     int      `help:"How long each load over HTTP lasts." default:"5"`
	Only        []string `help:"Parts to measure: load, cold, sizes, walk, warm, edits; all if empty." enum:"load,cold,sizes,walk,warm,edits" placeholder:"PART"`
	PprofListen string   `help:"Loopback address for profiles (net/http/pprof); off if empty." placeholder:"HOST:PORT"`
}

// Run prints a line for each comparison, with both figures and their ratio.
func (c benchTilesCommand) Run(ctx context.Context, g *globals, out *output) error {
	b, err := c.open(ctx, g, out)
	if err != nil {
		return err
	}
	defer b.db.Close()
	group, ctx := errgroup.WithContext(ctx)
	ctx, stop := context.WithCancel(ctx)
	if c.PprofListen != "" {
		group.Go(func() error { return servePprof(ctx, c.PprofListen, b.db.log) })
	}
	group.Go(func() error {
		defer stop()
		return b.measure(ctx)
	})
	return group.Wait()
}

// measure measures the parts wanted. Loading comes before all else.
func (b *tileBench) measure(ctx context.Context) error {
	for _, part := range []struct {
		name    string
		measure func(context.Context) error
	}{{"load", b.load}, {"cold", b.cold}, {"sizes", b.sizes}, {"walk", b.walks}, {"warm", b.warm}, {"edits", b.staleness}} {
		if part.name != "load" && len(b.Only) > 0 && !slices.Contains(b.Only, part.name) {
			continue
		}
		if err := part.measure(ctx); err != nil {
			return err
		}
	}
	return nil
}

// tileBench is a town and a base map to measure on.
type tileBench struct {
	benchTilesCommand
	dir  string // for files
	db   *database
	city *server.City
	out  *output

	loaded layers.Cursor // from where changes are followed
}

func (c benchTilesCommand) open(ctx context.Context, g *globals, out *output) (*tileBench, error) {
	if g.DatabaseURL != "" {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "bench makes a database of its own: leave database-url out")
	}
	if c.Buildings < 1000 || c.Seconds < 1 {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "want 1000 buildings and 1 second at least")
	}
	own := *g
	own.DataDir = filepath.Join(g.DataDir, "bench")
	own.LayersDir = filepath.Join(own.DataDir, "layers")
	log := slog.New(slog.NewTextHandler(out.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	db, err := openInstance(ctx, &own, log)
	if err != nil {
		return nil, err
	}
	b := &tileBench{benchTilesCommand: c, dir: own.DataDir, db: db, out: out}
	if err := b.prepare(ctx, &own); err != nil {
		db.Close()
		return nil, err
	}
	return b, nil
}

// prepare makes what is measured on, unless it is there from the last time.
func (b *tileBench) prepare(ctx context.Context, g *globals) error {
	if err := writeTownDefinitions(g.LayersDir); err != nil {
		return err
	}
	city, err := serveCommand{}.openCity(ctx, g, b.db, func(string) {})
	if err != nil {
		return err
	}
	b.city = city
	var buildings, streets int
	if err := b.db.owner.QueryRow(ctx, "SELECT (SELECT count(*) FROM layer.town_buildings), (SELECT count(*) FROM layer.base_streets)").Scan(&buildings, &streets); err != nil {
		return postgres.Translate(err, "look for the town")
	}
	if buildings != b.Buildings {
		b.out.note("building a town of %d buildings, once …\n", b.Buildings)
		if _, err := b.db.owner.Exec(ctx, "TRUNCATE layer.town_buildings, layer.town_parcels, layer.town_trees, layer.town_streets"); err != nil {
			return postgres.Translate(err, "empty the town")
		}
		if err := town.Build(ctx, b.db.owner, b.Buildings); err != nil {
			return err
		}
	}
	if streets == 0 {
		return b.importDelaware(ctx, g)
	}
	return nil
}

func writeTownDefinitions(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("write the definitions of the town: %w", err)
	}
	if err := os.CopyFS(dir, town.Definitions().FS); err != nil {
		return fmt.Errorf("write the definitions of the town: %w", err)
	}
	return nil
}

func (b *tileBench) importDelaware(ctx context.Context, g *globals) error {
	extract, err := demo.Find("")
	if kvartal.KindOf(err) == kvartal.KindNotFound {
		b.out.note("Delaware is left out: %v\n", err)
		return nil
	}
	if err != nil {
		return err
	}
	store, err := layers.Open(ctx, b.db.owner, b.city.Store.Registry(), b.db.log)
	if err != nil {
		return err
	}
	return importBaseMap(ctx, store, extract, g.DataDir, b.out)
}

// section begins a part of the table.
func (b *tileBench) section(title, ours, other string) {
	b.out.print("\n%-44s %14s %14s %9s\n%s\n", title, ours, other, "ratio", strings.Repeat("─", 84))
}

// line prints a comparison; ratio is how many times better ours is.
func (b *tileBench) line(what, ours, other string, ratio float64) {
	b.out.print("%-44s %14s %14s %8.1fx\n", what, ours, other, ratio)
}

// figure prints what is compared with nothing but a target.
func (b *tileBench) figure(what, figure, target string) {
	b.out.print("%-44s %14s %14s\n", what, figure, target)
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}
