package search_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"kvartal"
	"kvartal/layers"
	"kvartal/postgres/pgtest"
	"kvartal/search"
	"kvartal/view"
)

// city is a database with the built-in layers and an index that follows it.
type city struct {
	*search.Index
	db       *pgtest.DB
	store    *layers.Store
	follower *layers.Follower
}

func openCity(t testing.TB, fill func(city)) city {
	t.Helper()
	registry, err := layers.Load(layers.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.New(t)
	place := layers.City{Title: layers.Text{Ru: "Город", En: "City", Ky: "Шаар"}, CRS: "EPSG:32643", Center: [2]float64{74.6, 42.87}, Zoom: 13}
	if err := layers.SaveCity(t.Context(), db.Pool, place); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	store, err := layers.Open(t.Context(), db.Pool, registry, log)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Sync(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	c := city{search.New(store, log), db, store, layers.NewFollower(store, layers.FollowerConfig{})}
	if fill != nil {
		fill(c)
	}
	c.start(t)
	return c
}

// again is the same database with an index made anew.
func (c city) again(t testing.TB) city {
	t.Helper()
	c.Index, c.follower = search.New(c.store, slog.New(slog.DiscardHandler)), layers.NewFollower(c.store, layers.FollowerConfig{})
	c.start(t)
	return c
}

// start lets the index follow the database until the test ends.
func (c city) start(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = c.Follow(ctx, c.follower) })
	t.Cleanup(func() { cancel(); running.Wait() })
	c.await(t)
}

// await waits until the index knows all that has been committed.
func (c city) await(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var token layers.Token
	if err := c.db.Pool.QueryRow(ctx, "SELECT kvartal.change_log_origin() || '/' || pg_current_snapshot()").Scan(&token); err != nil {
		t.Fatal(err)
	}
	if err := c.follower.Await(ctx, token); err != nil {
		t.Fatal(err)
	}
}

func (c city) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := c.db.Pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%.200s = %v", sql, err)
	}
}

// everything is all layers with views that permit all.
func (c city) everything() []search.Layer {
	var out []search.Layer
	for _, d := range c.store.Registry().Layers() {
		var names []string
		for _, f := range d.Fields {
			names = append(names, f.Name)
		}
		out = append(out, search.Layer{Definition: d, View: view.New(d.ID, []view.Action{view.Query}, names)})
	}
	return out
}

// public is all layers as the public may see them.
func (c city) public() []search.Layer {
	var out []search.Layer
	for _, d := range c.store.Registry().Layers() {
		out = append(out, search.Layer{Definition: d, View: d.View(kvartal.Public)})
	}
	return out
}

// find returns the titles found, each with its layer: "addresses: улица Ленина, 1".
func (c city) find(t testing.TB, r search.Request) []string {
	t.Helper()
	if r.Limit == 0 {
		r.Limit = 10
	}
	if r.Lang == "" {
		r.Lang = "ru"
	}
	if r.Layers == nil {
		r.Layers = c.everything()
	}
	results, failures, err := c.Search(t.Context(), r)
	if err != nil || len(failures) > 0 {
		t.Fatalf("Search(%q) = failures %v, %v", r.Text, failures, err)
	}
	var out []string
	for _, found := range results {
		out = append(out, string(found.Layer.ID)+": "+found.Title)
	}
	return out
}
