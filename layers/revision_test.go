package layers_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/layers"
)

// ponds is a layer that imports replace as a whole.
const ponds = `id: ponds
title: ` + title + `
group: furniture
geometry: multipolygon
crs: EPSG:3857
history: revisions
fields:
  - {name: name, type: text, title: ` + title + `}
rights: {public: [see, query]}
`

func openPonds(t *testing.T) (city, []*layers.Definition) {
	t.Helper()
	c := openCity(t, map[string]string{"ponds": ponds})
	c.sync(t)
	return c, c.Registry().Layers()
}

func square(x, size float64) orb.Polygon {
	return orb.Polygon{{{x, 0}, {x + size, 0}, {x + size, size}, {x, size}, {x, 0}}}
}

func publish(t *testing.T, c city, defs []*layers.Definition, features ...kvartal.Feature) {
	t.Helper()
	r, err := c.BeginRevision(t.Context(), defs)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range features {
		if err := r.Put(t.Context(), "ponds", f); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Discard(); err != nil {
		t.Fatal(err)
	}
}

func TestRevisionReplacesAllRows(t *testing.T) {
	t.Parallel()
	c, defs := openPonds(t)
	publish(t, c, defs, kvartal.Feature{ID: 1, Geometry: square(0, 10)}, kvartal.Feature{ID: 2, Geometry: square(20, 10)})
	publish(t, c, defs, kvartal.Feature{ID: 2, Geometry: square(20, 10), Properties: map[string]any{"name": "Lake"}})
	page, err := c.Items(t.Context(), c.all(t, "ponds"), layers.Query{Limit: 10})
	if err != nil || len(page.Features) != 1 || page.Features[0].ID != 2 || page.Features[0].Properties["name"] != "Lake" {
		t.Errorf("Items = %+v, %v, want feature 2 alone", page, err)
	}
	if again := c.sync(t); len(again) != 0 {
		t.Errorf("Sync after a revision did %v: the new table differs from the old one", again)
	}
	if got := query[int](t, c, "SELECT count(*) FROM pg_tables WHERE schemaname = 'staging'"); got != 0 {
		t.Errorf("%d staging tables are left", got)
	}
	if got := query[int](t, c, "SELECT revision FROM kvartal.layer WHERE id = 'ponds'"); got != 2 {
		t.Errorf("revision = %d, want 2", got)
	}
}

func TestRevisionRepairsGeometry(t *testing.T) {
	t.Parallel()
	c, defs := openPonds(t)
	bow := orb.Polygon{{{0, 0}, {10, 10}, {10, 0}, {0, 10}, {0, 0}}}
	flat := orb.Polygon{{{0, 0}, {10, 0}, {5, 0}, {0, 0}}}
	publish(t, c, defs, kvartal.Feature{ID: 1, Geometry: bow}, kvartal.Feature{ID: 2, Geometry: flat})
	if got := query[string](t, c, "SELECT string_agg(id || ' ' || ST_IsValid(geom) || ' ' || ST_Area(geom), ',') FROM layer.ponds"); got != "1 true 50" {
		t.Errorf("ponds = %q, want the bow tie as two triangles and nothing of the line", got)
	}
}

func TestDiscardedRevisionLeavesNothing(t *testing.T) {
	t.Parallel()
	c, defs := openPonds(t)
	publish(t, c, defs, kvartal.Feature{ID: 1, Geometry: square(0, 10)})
	r, err := c.BeginRevision(t.Context(), defs)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5000 {
		if err := r.Put(t.Context(), "ponds", kvartal.Feature{ID: kvartal.FeatureID(i + 10), Geometry: square(0, 10)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Discard(); err != nil {
		t.Fatal(err)
	}
	if got := query[int](t, c, "SELECT (SELECT count(*) FROM layer.ponds) + (SELECT count(*) FROM pg_tables WHERE schemaname = 'staging')"); got != 1 {
		t.Errorf("rows and staging tables = %d, want the 1 row of before", got)
	}
}

func TestRevisionFailsAsAWhole(t *testing.T) {
	t.Parallel()
	c, defs := openPonds(t)
	publish(t, c, defs, kvartal.Feature{ID: 1, Geometry: square(0, 10)})
	r, err := c.BeginRevision(t.Context(), defs)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Discard(); err != nil {
			t.Error(err)
		}
	}()
	same := kvartal.Feature{ID: 7, Geometry: square(0, 10)} // an id may not stand twice
	err = errors.Join(r.Put(t.Context(), "ponds", same), r.Put(t.Context(), "ponds", same))
	if err == nil {
		err = r.Publish(t.Context())
	}
	if kvartal.KindOf(err) != kvartal.KindConflict {
		t.Errorf("revision with an id twice = %v, want %v", err, kvartal.KindConflict)
	}
	if got := query[int](t, c, "SELECT id FROM layer.ponds"); got != 1 {
		t.Errorf("pond = %d, want the old one", got)
	}
}

func TestReadersNeverSeeHalfARevision(t *testing.T) {
	t.Parallel()
	c, defs := openPonds(t)
	const n = 300
	revision := func(name string) []kvartal.Feature {
		features := make([]kvartal.Feature, n)
		for i := range features {
			features[i] = kvartal.Feature{ID: kvartal.FeatureID(i + 1), Geometry: square(float64(i)*20, 10), Properties: map[string]any{"name": name}}
		}
		return features
	}
	publish(t, c, defs, revision("a")...)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				var rows, names int
				if err := c.db.Pool.QueryRow(t.Context(), "SELECT count(*), count(DISTINCT name) FROM layer.ponds").Scan(&rows, &names); err != nil || rows != n || names != 1 {
					t.Errorf("a reader saw %d rows of %d revisions, %v", rows, names, err)
					return
				}
			}
		})
	}
	for _, name := range strings.Split("bcdef", "") {
		publish(t, c, defs, revision(name)...)
	}
	close(stop)
	readers.Wait()
}
