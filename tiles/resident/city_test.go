package resident_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/paulmach/orb/maptile"

	"kvartal"
	"kvartal/layers"
	"kvartal/postgres/pgtest"
	"kvartal/tiles"
	"kvartal/tiles/mvt"
	"kvartal/tiles/resident"
	"kvartal/view"
)

// patience bounds every wait of these tests; none of them takes as long.
const patience = 30 * time.Second

const title = `{ru: Имя, en: Name, ky: Аты}`

// things is a layer that takes every geometry and has every type of field.
const things = `id: things
title: ` + title + `
group: test
geometry: geometry
crs: EPSG:3857
tiles: {min_zoom: 0, max_zoom: 0}
fields:
  - {name: name, type: text, title: ` + title + `}
  - {name: count, type: integer, title: ` + title + `}
  - {name: height, type: number, title: ` + title + `}
  - {name: cost, type: decimal, title: ` + title + `}
  - {name: listed, type: boolean, title: ` + title + `}
  - {name: built, type: date, title: ` + title + `}
  - {name: seen, type: timestamp, title: ` + title + `}
  - {name: secret, type: text, personal: true, title: ` + title + `}
  - {name: note, type: text, tile: false, title: ` + title + `}
rights: {public: [see, query]}
`

// local is a layer in a local CRS whose features appear at a zoom of their own.
const local = `id: local
title: ` + title + `
group: test
geometry: polygon
crs: EPSG:32643
tiles: {layer: houses, min_zoom: 0, max_zoom: 0, zoom_field: from_zoom}
fields:
  - {name: name, type: text, title: ` + title + `}
  - {name: from_zoom, type: integer, tile: false, title: ` + title + `}
rights: {public: [see, query]}
`

// dense is a layer whose tiles below zoom 16 have to leave features out.
const dense = `id: dense
title: ` + title + `
group: test
geometry: geometry
crs: EPSG:3857
tiles: {min_zoom: 0, max_zoom: 16}
fields:
  - {name: name, type: text, title: ` + title + `}
rights: {public: [see, query]}
`

// away is a layer that is not kept in memory.
const away = `id: away
title: ` + title + `
group: test
geometry: point
crs: EPSG:3857
tiles: {resident: false}
fields: []
rights: {public: [see, query]}
`

// city is a database with these layers and a set of them.
type city struct {
	db    *pgtest.DB
	store *layers.Store
	post  *tiles.PostGIS
	set   *resident.Set
}

// source holds definitions by id.
func source(definitions map[string]string) layers.Source {
	files := fstest.MapFS{"groups.yaml": {Data: []byte("- {id: test, title: " + title + "}")}}
	for id, text := range definitions {
		files[id+"/layer.yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return layers.Source{Name: "defs", FS: files}
}

func open(t testing.TB, configure ...func(*resident.Config)) city {
	t.Helper()
	return openSource(t, source(map[string]string{
		"things": things, "local": local, "dense": dense, "away": away,
		"clusters": strings.NewReplacer("dense", "clusters", "max_zoom: 16", "max_zoom: 16, crowded: cluster").Replace(dense),
		"coarse":   strings.NewReplacer("dense", "coarse", "max_zoom: 16", "max_zoom: 14, detail: 4, smallest: 12").Replace(dense),
	}), configure...)
}

func openSource(t testing.TB, definitions layers.Source, configure ...func(*resident.Config)) city {
	t.Helper()
	registry, err := layers.Load(definitions)
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.New(t)
	store, err := layers.Open(t.Context(), db.Pool, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Sync(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	post := tiles.NewPostGIS(db.Pool, store)
	cfg := resident.Config{Pool: db.Pool, Store: store, Log: slog.New(slog.DiscardHandler)}
	for _, c := range configure {
		c(&cfg)
	}
	return city{db, store, post, resident.New(cfg)}
}

func (c city) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := c.db.Pool.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%.200s: %v", sql, err)
	}
}

// load loads the set as it is done at the start of the program.
func (c city) load(t testing.TB) (*layers.Follower, layers.Cursor) {
	t.Helper()
	follower := layers.NewFollower(c.store, layers.FollowerConfig{})
	start, err := follower.Begin(t.Context(), nil)
	if err != nil {
		t.Fatalf("Begin = %v", err)
	}
	defer start.Done()
	if err := c.set.Load(t.Context(), start.Snapshot); err != nil {
		t.Fatalf("Load = %v", err)
	}
	return follower, start.Cursor
}

// follow lets the set follow the change log until the test ends.
func (c city) follow(t testing.TB, follower *layers.Follower, from layers.Cursor) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- follower.Run(ctx, from, c.set.Apply) }()
	t.Cleanup(sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v, want %v", err, context.Canceled)
		}
	}))
}

// await waits until the set has all that is committed.
func (c city) await(t testing.TB, follower *layers.Follower) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var token layers.Token
	if err := c.db.Pool.QueryRow(ctx, "SELECT kvartal.change_log_origin() || '/' || pg_current_snapshot()").Scan(&token); err != nil {
		t.Fatal(err)
	}
	if err := follower.Await(ctx, token); err != nil {
		t.Fatalf("Await = %v", err)
	}
}

func (c city) layer(t testing.TB, id kvartal.LayerID) (*layers.Definition, view.View) {
	t.Helper()
	d, err := c.store.Registry().Layer(id)
	if err != nil {
		t.Fatal(err)
	}
	return d, d.View(kvartal.Public)
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// features returns the decoded features of a layer in a tile.
func features(t fataler, e tiles.Encoder, d *layers.Definition, v view.View, at maptile.Tile) map[uint64]mvt.DecodedFeature {
	t.Helper()
	tile, _, err := e.Encode(context.Background(), d, v, at)
	if err != nil {
		t.Fatalf("Encode(%v) = %v", at, err)
	}
	decoded, err := mvt.Decode(tile)
	if err != nil {
		t.Fatalf("%T: tile %v: %v", e, at, err)
	}
	out := map[uint64]mvt.DecodedFeature{}
	for _, l := range decoded {
		if l.Name != d.Tiles.Layer || l.Extent != tiles.Extent {
			t.Fatalf("layer %q of extent %d, want %q of %d", l.Name, l.Extent, d.Tiles.Layer, tiles.Extent)
		}
		for _, f := range l.Features {
			out[f.ID] = f
		}
	}
	return out
}
