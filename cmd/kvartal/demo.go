package main

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal/importers/basemap/demo"
	"kvartal/importers/democity"
	"kvartal/layers"
	"kvartal/postgres"
)

type demoCommand struct {
	PBF   string  `help:"OSM extract to use as base map instead of Delaware." placeholder:"FILE"`
	Scale float64 `help:"Area of the demo city: 1 is Dover, 1000 more than all of Delaware." default:"1" placeholder:"N"`
	Seed  uint64  `help:"Which of many demo cities to make." default:"1" placeholder:"N"`
	Again bool    `help:"Load it even if a demo city is there."`
}

// demoCity is Dover in Delaware, whose OSM extract a Go module carries.
func demoCity() layers.City {
	return layers.City{
		Title:  layers.Text{Ru: "Довер, Делавэр (демо)", En: "Dover, Delaware (demo)", Ky: "Довер, Делавэр (демо)"},
		CRS:    "EPSG:32618",
		Center: [2]float64{-75.5244, 39.1582},
		Zoom:   13,
	}
}

// Run loads the demo city: base map, then the registers derived from it.
func (c demoCommand) Run(ctx context.Context, g *globals, out *output) error {
	started := time.Now()
	db, err := openDatabase(ctx, g, g.logger(out.stderr))
	if err != nil {
		return err
	}
	defer db.Close()
	loaded, err := demoLoaded(ctx, db)
	if err != nil {
		return err
	}
	if loaded && !c.Again {
		out.print("The demo city is loaded. (--again loads it anew.)\n")
		return nil
	}
	extract, err := demo.Find(c.PBF)
	if err != nil {
		return err
	}
	city := demoCity()
	if g.CityCRS != "" {
		city.CRS = g.CityCRS
	}
	if err := layers.SaveCity(ctx, db.owner, city); err != nil {
		return err
	}
	store, err := db.openSynced(ctx, g)
	if err != nil {
		return err
	}
	if err := importBaseMap(ctx, store, extract, g.DataDir, out); err != nil {
		return err
	}
	if err := c.generate(ctx, db, store, out); err != nil {
		return err
	}
	if err := markDemo(ctx, db); err != nil {
		return err
	}
	out.print("The demo city is loaded in %.1f s.\n", time.Since(started).Seconds())
	return nil
}

func demoLoaded(ctx context.Context, db *database) (loaded bool, err error) {
	err = db.owner.QueryRow(ctx, "SELECT EXISTS (SELECT FROM kvartal.setting WHERE key = 'demo')").Scan(&loaded)
	return loaded, postgres.Translate(err, "look for the demo city")
}

func markDemo(ctx context.Context, db *database) error {
	_, err := db.owner.Exec(ctx, `INSERT INTO kvartal.setting (key, value) VALUES ('demo', @value)
		ON CONFLICT (key) DO UPDATE SET value = @value, updated_at = clock_timestamp()`,
		pgx.NamedArgs{"value": map[string]any{"version": versionString()}})
	return postgres.Translate(err, "keep that the demo city is loaded")
}

// generate makes the registers of the demo city.
func (c demoCommand) generate(ctx context.Context, db *database, store *layers.Store, out *output) error {
	bar := newBar(out)
	report, err := democity.Generate(ctx, db.owner, store, democity.Options{Seed: c.Seed, Scale: c.Scale, Progress: func(p democity.Progress) {
		bar.show(p.Step, int64(p.Done), int64(p.Total))
	}})
	bar.finish()
	if err != nil {
		return err
	}
	out.print("%d generated features in %d registers\n", report.Features(), len(report))
	return nil
}
