package server_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"kvartal"
	"kvartal/layers"
	"kvartal/search"
)

// startSearch returns an index that follows the store's database.
func startSearch(t testing.TB, store *layers.Store) (*search.Index, *layers.Follower) {
	t.Helper()
	index := search.New(store, slog.New(slog.DiscardHandler))
	follower := layers.NewFollower(store, layers.FollowerConfig{})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = index.Follow(ctx, follower) })
	t.Cleanup(func() { cancel(); running.Wait() })
	return index, follower
}

// awaitSearch waits until the search knows all that has been committed.
func (c testCity) awaitSearch(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var token layers.Token
	if err := c.db.Pool.QueryRow(ctx, "SELECT kvartal.change_log_origin() || '/' || pg_current_snapshot()").Scan(&token); err != nil {
		t.Fatal(err)
	}
	if err := c.following.Await(ctx, token); err != nil {
		t.Fatal(err)
	}
}

type found struct {
	Kind, Layer, Title, Subtitle string
	ID                           int64
	Point                        []float64
	BBox                         []float64
}

// search returns what /search finds, and the layers that failed.
func (c testCity) search(t *testing.T, text, more string) ([]found, []string) {
	t.Helper()
	path := "/search?lang=ru&q=" + url.QueryEscape(text) + more
	r := c.get(t, path)
	b := body(t, r)
	var answer struct {
		Results []found
		Errors  []struct{ Layer string }
	}
	if err := json.Unmarshal([]byte(b), &answer); r.StatusCode != http.StatusOK || err != nil {
		t.Fatalf("GET %s = %d %s", path, r.StatusCode, b)
	}
	var failed []string
	for _, e := range answer.Errors {
		failed = append(failed, e.Layer)
	}
	return answer.Results, failed
}

func TestSearchFindsEverySampleByItsLabel(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.loadRevisionSamples(t)
	c.awaitSearch(t)
	for _, d := range c.store.Registry().Layers() {
		label, ok := d.Field(d.Label)
		if !ok || d.Live != nil || !label.Search || !d.View(kvartal.Public).Readable(label.Name) || !d.View(kvartal.Public).May("query") {
			continue
		}
		sample, err := d.SampleFeatures()
		if err != nil {
			t.Fatal(err)
		}
		text, _ := sample[0].Properties[label.Name].(string)
		if text == "" {
			continue
		}
		results, failed := c.search(t, text, "&limit=50&layers="+string(d.ID))
		if len(failed) > 0 || len(results) == 0 || results[0].Layer != string(d.ID) {
			t.Errorf("search %q in %s = %+v, failed %v, want the sample first", text, d.ID, results, failed)
		} else if !strings.HasPrefix(results[0].Subtitle, d.Title.Ru) {
			t.Errorf("search %q = %+v, want the subtitle %q", text, results[0], d.Title.Ru)
		}
	}
}

func TestSearchDoesNotShowWhatMayNotBeSeen(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.awaitSearch(t)
	for _, layer := range []kvartal.LayerID{"contracts", "parcels"} {
		d, err := c.store.Registry().Layer(layer)
		if err != nil {
			t.Fatal(err)
		}
		sample, err := d.SampleFeatures()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range d.Fields {
			text, ok := sample[0].Properties[f.Name].(string)
			if !ok || !f.Search || layer == "parcels" && !f.Personal {
				continue
			}
			results, _ := c.search(t, text, "")
			for _, r := range results {
				if r.Layer == string(layer) {
					t.Errorf("the public finds %+v by %s = %q", r, f.Name, text)
				}
			}
		}
	}
	if r := c.get(t, "/search?q=x&layers=contracts"); r.StatusCode != http.StatusNotFound {
		t.Errorf("search in contracts = %d, want 404: the public may not know the layer", r.StatusCode)
	}
}

func TestSearchForCoordinates(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	for _, text := range []string{"39.16 -75.52", "39°9'36\"N 75°31'12\"W", "-75.52, 39.16"} {
		results, _ := c.search(t, text, "")
		if len(results) != 1 || results[0].Kind != "coordinates" || results[0].Title != "39.16000° N, 75.52000° W" {
			t.Errorf("search %q = %+v, want the place", text, results)
		}
	}
	results, _ := c.search(t, "455064 4334550", "")
	if len(results) != 1 || results[0].Kind != "coordinates" || !strings.HasPrefix(results[0].Subtitle, "WGS 84 / UTM zone 18N") {
		t.Errorf("search for metres of the city's CRS = %+v, want the place", results)
	}
}

func TestSearchMistakes(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	for path, want := range map[string]int{
		"/search?q=x&limit=0":                   http.StatusBadRequest,
		"/search?q=x&limit=51":                  http.StatusBadRequest,
		"/search?q=x&lon=1":                     http.StatusBadRequest,
		"/search?q=x&near=1":                    http.StatusBadRequest,
		"/search?q=x&layers=shrubs":             http.StatusNotFound,
		"/search?q=" + strings.Repeat("x", 201): http.StatusBadRequest,
		"/search?q=":                            http.StatusOK,
		"/search?q=%25%27%22%3b--%00%ff":        http.StatusOK,
		"/search?q=...":                         http.StatusOK,
	} {
		if r := c.get(t, path); r.StatusCode != want {
			t.Errorf("GET %.60s = %d %s, want %d", path, r.StatusCode, body(t, r), want)
		}
	}
}
