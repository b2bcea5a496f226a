package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"github.com/prometheus/client_golang/prometheus"

	"kvartal"
	"kvartal/auth"
	"kvartal/layers"
	"kvartal/live/index"
	"kvartal/postgres"
	"kvartal/postgres/pgtest"
	"kvartal/server"
	"kvartal/styles"
	"kvartal/tiles"
	"kvartal/tiles/resident"
)

// newServer returns a server that is not open yet.
func newServer(t testing.TB, set ...func(*server.Config)) *server.Server {
	t.Helper()
	config := server.Config{
		Version: "test",
		WebMap: fstest.MapFS{
			"index.html":            {Data: []byte("<!doctype html><title>map</title>")},
			"assets/app-1234.js":    {Data: []byte("export const answer = 42")},
			"assets/app-1234.js.br": {Data: []byte("brotli")},
			"assets/worker.mjs":     {Data: []byte("worker")},
		},
		Log:     slog.New(slog.DiscardHandler),
		Metrics: prometheus.NewRegistry(),
	}
	for _, f := range set {
		f(&config)
	}
	srv, err := server.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

// testCity is a server over the built-in layers with their samples.
type testCity struct {
	store   *layers.Store
	tiles   *tiles.Service
	kept    *resident.Set
	server  *server.Server
	handler http.Handler
	db      *pgtest.DB
	// following brings changes to the search.
	following *layers.Follower
	auth      *auth.Service
	follower  *layers.Follower // of the server; see follow
	taken     *taken
	live      *index.Index
}

// What every test's city begins with, made once because it takes longer than
// most tests.
var (
	builtin = sync.OnceValues(func() (*layers.Registry, error) { return layers.Load(layers.Builtin()) })
	drawn   = sync.OnceValues(func() (*styles.Styles, error) {
		registry, err := builtin()
		if err != nil {
			return nil, err
		}
		return styles.New(registry, styles.Options{})
	})
	emptyCity   = pgtest.Prepare(makeBuiltinCity)
	sampledCity = pgtest.Prepare(func(ctx context.Context, pool *pgxpool.Pool) error {
		if err := makeBuiltinCity(ctx, pool); err != nil {
			return err
		}
		return loadSamples(ctx, pool)
	})
)

func makeBuiltinCity(ctx context.Context, pool *pgxpool.Pool) error {
	registry, err := builtin()
	if err != nil {
		return err
	}
	return makeCity(ctx, pool, registry)
}

// makeCity makes a city with the tables of its layers, empty.
func makeCity(ctx context.Context, pool *pgxpool.Pool, registry *layers.Registry) error {
	if err := layers.SaveCity(ctx, pool, layers.City{
		Title: layers.Text{Ru: "Довер", En: "Dover", Ky: "Довер"}, CRS: "EPSG:32618", Center: [2]float64{-75.52, 39.16}, Zoom: 13,
	}); err != nil {
		return err
	}
	store, err := layers.Open(ctx, pool, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	_, _, err = store.Sync(ctx, false)
	return err
}

// loadSamples writes the samples of the registers.
func loadSamples(ctx context.Context, pool *pgxpool.Pool) error {
	registry, err := builtin()
	if err != nil {
		return err
	}
	store, err := layers.Open(ctx, pool, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	for _, d := range registry.Layers() {
		if d.History == layers.HistoryRevisions || d.Live != nil {
			continue
		}
		sample, err := d.SampleChangeset(kvartal.System("test"))
		if err == nil {
			_, err = store.ApplyChangeset(ctx, "test", sample)
		}
		if err != nil {
			return fmt.Errorf("sample of %s: %w", d.ID, err)
		}
	}
	return nil
}

// openCity opens a city without features, openSampledCity one with the samples of
// all registers.
func openCity(t testing.TB, set ...func(*server.Config)) testCity {
	t.Helper()
	return openBuiltin(t, emptyCity, set...)
}

func openSampledCity(t testing.TB, set ...func(*server.Config)) testCity {
	t.Helper()
	return openBuiltin(t, sampledCity, set...)
}

func openBuiltin(t testing.TB, prepared *pgtest.Prepared, set ...func(*server.Config)) testCity {
	t.Helper()
	registry, err := builtin()
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := drawn()
	if err != nil {
		t.Fatal(err)
	}
	return openCityOn(t, prepared.New(t), registry, drawn, set...)
}

// openCityOn opens a server over a database with the tables of a registry.
func openCityOn(t testing.TB, db *pgtest.DB, registry *layers.Registry, drawn *styles.Styles, set ...func(*server.Config)) testCity {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	owner, err := layers.Open(t.Context(), db.Pool, registry, log)
	if err != nil {
		t.Fatal(err)
	}
	app := db.Connect(t, postgres.App)
	store, err := layers.Open(t.Context(), app, registry, log)
	if err != nil {
		t.Fatal(err)
	}
	service, err := auth.Open(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	srv := newServer(t, set...)
	kept := resident.New(resident.Config{Pool: app, Store: store, Log: log})
	live, err := index.New(registry)
	if err != nil {
		t.Fatal(err)
	}
	made := tiles.NewService(live.Over(kept), 0)
	found, following := startSearch(t, store)
	taken := &taken{}
	follower := layers.NewFollower(store, layers.FollowerConfig{})
	srv.Open(&server.City{
		Store: store, Tiles: made, Resident: kept, Follower: follower,
		Styles: drawn, Shelf: styles.NewShelf(app), Search: found, Tables: layers.NewListings(store, 64<<20), Auth: service, Check: app.Ping, Live: live, Fixes: app,
		TakeFixes: taken.take,
	})
	return testCity{owner, made, kept, srv, srv, db, following, service, follower, taken, live}
}

// load keeps the layers as they are in memory.
func (c testCity) load(t *testing.T) {
	t.Helper()
	start, err := layers.NewFollower(c.store, layers.FollowerConfig{}).Begin(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer start.Done()
	if err := c.kept.Load(t.Context(), start.Snapshot); err != nil {
		t.Fatal(err)
	}
}

// follow has the server's follower follow.
func (c testCity) follow(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		_ = c.follower.Run(ctx, layers.Cursor{}, func(context.Context, layers.Batch) error { return nil })
	})
	t.Cleanup(func() { cancel(); running.Wait() })
}

// followTiles loads the layers and has tiles follow the rows from then on.
func (c testCity) followTiles(t *testing.T) {
	t.Helper()
	start, err := c.follower.Begin(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer start.Done()
	if err := c.kept.Load(t.Context(), start.Snapshot); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		_ = c.tiles.Follow(ctx, c.follower, start.Cursor, c.store.Registry(), c.server.Following(c.kept.Apply))
	})
	t.Cleanup(func() { cancel(); running.Wait() })
}

func (c testCity) get(t *testing.T, path string) *http.Response {
	t.Helper()
	return get(t, c.handler, path, nil)
}

func get(t *testing.T, h http.Handler, path string, header map[string]string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// document reads a JSON answer of status 200.
func (c testCity) document(t *testing.T, path string) map[string]any {
	t.Helper()
	r := c.get(t, path)
	text := body(t, r)
	if r.StatusCode != http.StatusOK {
		t.Fatalf("GET %s = %d %s", path, r.StatusCode, text)
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("GET %s = %v in %.200s", path, err, text)
	}
	return v
}

func tilePath(layers string, t maptile.Tile) string {
	return fmt.Sprintf("/tiles/%s/%d/%d/%d.mvt", layers, t.Z, t.X, t.Y)
}

func TestNotReadyBeforeTheCityIsOpen(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.Loading("2 of 5 layers are loaded")
	if body, err := io.ReadAll(get(t, srv, "/readyz", nil).Body); err != nil || !strings.Contains(string(body), "2 of 5 layers are loaded") {
		t.Errorf("/readyz = %s (%v), want it to tell how far loading is", body, err)
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 503, "/catalogue.json": 503, "/": 200, "/metrics": 200} {
		if r := get(t, srv, path, nil); r.StatusCode != want {
			t.Errorf("GET %s before Open = %d, want %d", path, r.StatusCode, want)
		}
	}
}

func TestMistakesGetAnAnswerThatHelps(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/tiles/trees/40/1/1.mvt":                        {400, "want 0 to 22"},
		"/tiles/trees/2/4/1.mvt":                         {400, "from 0 to 3"},
		"/tiles/trees/2/-1/1.mvt":                        {400, "from 0 to 3"},
		"/tiles/trees/2/2147483647/1.mvt":                {400, "from 0 to 3"},
		"/tiles/trees/2/1/1.mvt?filter=x":                {400, "there is no parameter"},
		"/tiles/shrubs/2/1/1.mvt":                        {404, "there is no layer or group"},
		"/tiles/trees,shrubs/2/1/1.mvt":                  {404, "shrubs"},
		"/tiles/base,buildings/2/1/1.mvt":                {400, "both called \"buildings\""},
		"/tiles/" + strings.Repeat("x,", 3000) + ".json": {413, "longer than"},
		"/styles/neon.json":                              {400, "neon"},
		"/styles/day.json?lang=de":                       {400, "want one of ru, en, ky"},
		"/styles/day.json?layers=shrubs":                 {404, "shrubs"},
		"/identify?lon=x&lat=1&zoom=3&layers=trees":      {400, "want a number"},
		"/identify?lon=NaN&lat=1&zoom=3&layers=trees":    {400, "want a number"},
		"/identify?lon=1&lat=91&zoom=3&layers=trees":     {400, "lat"},
		"/transform?lon=1":                               {400, "lat"},
		"/fonts/Comic%20Sans/0-255.pbf":                  {404, "Comic Sans"},
		"/fonts/Noto%20Sans%20Regular/1-2.pbf":           {400, "1-2"},
		"/fonts/..%2f..%2fetc/0-255.pbf":                 {404, ""},
		"/ogc/collections/shrubs":                        {404, "shrubs"},
		"/ogc/collections/trees/items?limit=0":           {400, "limit"},
		"/ogc/collections/trees/items?limit=ten":         {400, "limit"},
		"/ogc/collections/trees/items?bbox=1,2,3":        {400, "west,south,east,north"},
		"/ogc/collections/trees/items?bbox=1,2,3,nan":    {400, "bbox"},
		"/ogc/collections/trees/items?bbox=1,9,3,4":      {400, "bbox"},
		"/ogc/collections/trees/items?colour=red":        {400, "there is no parameter"},
		"/ogc/collections/trees/items?next=x":            {400, "next"},
		"/ogc/collections/trees/items/4711":              {404, "no feature 4711"},
		"/ogc/collections/trees/items/oak":               {404, "whole numbers"},
		"/nothing":                                       {404, "/nothing"},
	} {
		r := c.get(t, path)
		text := body(t, r)
		var problem struct {
			Status        int
			Title, Detail string
		}
		if err := json.Unmarshal([]byte(text), &problem); err != nil || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("GET %.60s = %d %q of type %s, want problem+json", path, r.StatusCode, text, r.Header.Get("Content-Type"))
			continue
		}
		if r.StatusCode != want.status || problem.Status != want.status || !strings.Contains(problem.Detail, want.says) {
			t.Errorf("GET %.60s = %d %q, want %d with %q", path, r.StatusCode, problem.Detail, want.status, want.says)
		}
	}
}

func TestThePublicOnlyReads(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	const items = "/ogc/collections/trees/items"
	for request, code := range map[[2]string]int{
		{http.MethodPost, items}:         http.StatusForbidden,
		{http.MethodPut, items}:          http.StatusMethodNotAllowed,
		{http.MethodPost, items + "/1"}:  http.StatusMethodNotAllowed,
		{http.MethodPut, items + "/1"}:   http.StatusForbidden,
		{http.MethodPatch, items + "/1"}: http.StatusForbidden,
		{http.MethodDelete, items}:       http.StatusMethodNotAllowed,
		{http.MethodDelete, "/ogc"}:      http.StatusMethodNotAllowed,
		{http.MethodPost, "/search"}:     http.StatusMethodNotAllowed,
	} {
		r := httptest.NewRequestWithContext(t.Context(), request[0], request[1], strings.NewReader("{}"))
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, r)
		if w.Code != code {
			t.Errorf("%s %s = %d, want %d", request[0], request[1], w.Code, code)
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	for _, path := range []string{"/", "/catalogue.json", "/nothing", "/healthz"} {
		h := c.get(t, path).Header
		if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'self';") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Request-Id") == "" {
			t.Errorf("GET %s lacks security headers: %v", path, h)
		}
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	r := get(t, srv, "/assets/worker.mjs", nil)
	if got := r.Header.Get("Content-Type"); got != "text/javascript; charset=utf-8" {
		t.Errorf("type of .mjs = %q: browsers refuse module workers of another type", got)
	}
	r = get(t, srv, "/assets/app-1234.js", map[string]string{"Accept-Encoding": "gzip, br"})
	if r.Header.Get("Content-Encoding") != "br" || body(t, r) != "brotli" || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("asset = %v, want the brotli twin, immutable", r.Header)
	}
	r = get(t, srv, "/assets/app-1234.js", map[string]string{"Accept-Encoding": "br;q=0"})
	if r.Header.Get("Content-Encoding") != "" {
		t.Errorf("asset for a client that refuses brotli is encoded as %q", r.Header.Get("Content-Encoding"))
	}
	etag := r.Header.Get("ETag")
	if again := get(t, srv, "/assets/app-1234.js", map[string]string{"If-None-Match": etag}); again.StatusCode != http.StatusNotModified {
		t.Errorf("GET with ETag %s = %d, want 304", etag, again.StatusCode)
	}
}

func TestUnchangedTilesAreNotSentAgain(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	path := tilePath("buildings", maptile.At(orb.Point{-75.5298, 39.1603}, 14))
	for _, encoding := range []string{"identity", "gzip", "gzip, zstd"} {
		r := get(t, c.handler, path, map[string]string{"Accept-Encoding": encoding})
		if r.StatusCode != http.StatusOK || len(body(t, r)) == 0 || r.Header.Get("Cache-Control") != "no-cache" {
			t.Fatalf("GET %s = %d %v, want a tile to be checked each time", path, r.StatusCode, r.Header)
		}
		again := get(t, c.handler, path, map[string]string{"Accept-Encoding": encoding, "If-None-Match": r.Header.Get("ETag")})
		if again.StatusCode != http.StatusNotModified || body(t, again) != "" {
			t.Errorf("GET %s with its ETag %s (%s) = %d, want 304", path, r.Header.Get("ETag"), encoding, again.StatusCode)
		}
	}
}
