package server_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"kvartal/postgres"
	"kvartal/server"
)

// block locks a layer, so that what reads it waits, until the test ends or
// release is called.
func (c testCity) block(t *testing.T, layer string) (release func()) {
	t.Helper()
	c.awaitSearch(t) // which reads everything
	tx, err := c.db.Pool.Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), "LOCK TABLE layer."+layer+" IN ACCESS EXCLUSIVE MODE")
	}
	if err != nil {
		t.Fatal(err)
	}
	release = func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }
	t.Cleanup(release)
	return release
}

// awaitReaders returns when so many queries of a layer wait for a lock.
func (c testCity) awaitReaders(t *testing.T, layer string, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for got := -1; got != want; {
		err := c.db.Pool.QueryRow(ctx, `SELECT count(pid) FROM pg_sleep(0.01) LEFT JOIN (pg_locks JOIN pg_stat_activity USING (pid))
			ON datname = current_database() AND relation = to_regclass('layer.' || $1) AND NOT granted`, layer).Scan(&got)
		if err != nil {
			t.Fatalf("%d queries of %s are waiting, want %d: %v", got, layer, want, err)
		}
	}
}

// The database does not go on working for who has left.
func TestWhoLeavesEndsTheQuery(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	web := httptest.NewServer(c.handler)
	t.Cleanup(web.Close)
	c.block(t, "trees")
	for _, path := range []string{"/ogc/collections/trees/items?filter=id%3E0", "/ogc/collections/trees/export?f=csv", "/ogc/collections/trees/items/1"} {
		ctx, leave := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, web.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		left := make(chan error, 1)
		go func() {
			response, err := web.Client().Do(r)
			if err == nil {
				err = response.Body.Close()
			}
			left <- err
		}()
		c.awaitReaders(t, "trees", 1)
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("GET %s = %v, want it canceled", path, err)
		}
		c.awaitReaders(t, "trees", 0)
	}
}

// A query that takes longer than the database permits is told of as such.
func TestWhatTakesTooLongIsToldOfAsSuch(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	c.block(t, "trees")
	app := c.db.Connect(t, postgres.App)
	for _, path := range []string{"/ogc/collections/trees/items", "/table/trees"} {
		answered := make(chan *http.Response, 1)
		go func() { answered <- c.get(t, path) }()
		c.awaitReaders(t, "trees", 1)
		// This is what happens to a statement when its time is over.
		if _, err := app.Exec(t.Context(), `SELECT pg_cancel_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
			WHERE datname = current_database() AND relation = 'layer.trees'::regclass AND NOT granted`); err != nil {
			t.Fatal(err)
		}
		r := <-answered
		if text := body(t, r); r.StatusCode != http.StatusGatewayTimeout || !strings.Contains(text, "it took too long; ask for less") {
			t.Errorf("GET %s = %d %s, want 504 and what to do", path, r.StatusCode, text)
		}
	}
}

// Filters that would keep the database busy are refused before they run.
func TestDearFiltersAreRefused(t *testing.T) {
	t.Parallel()
	c := openCity(t, func(config *server.Config) { config.FilterBudget = 10 * time.Millisecond })
	c.fillBuildings(t, 1000)
	dear := strings.TrimSuffix(strings.Repeat("area(geometry) < 1 OR ", 50), " OR ")
	for path, want := range map[string]int{
		"/ogc/collections/buildings/items?":                             http.StatusBadRequest,
		"/ogc/collections/buildings/items?f=html&":                      http.StatusBadRequest,
		"/table/buildings?":                                             http.StatusBadRequest,
		"/ogc/collections/buildings/items?bbox=-75.6,39,-75.5999,39.1&": http.StatusOK,
		"/table/buildings?bbox=-75.6,39,-75.5999,39.1&":                 http.StatusOK,
		"/ogc/collections/buildings/export?f=csv&":                      http.StatusOK, // which may take longer
	} {
		r := c.get(t, path+"filter="+url.QueryEscape(dear))
		text := body(t, r)
		if r.StatusCode != want || want == http.StatusBadRequest && !strings.Contains(text, "give a smaller bbox") {
			t.Errorf("GET %s = %d %.300s, want %d", path, r.StatusCode, text, want)
		}
	}
}
