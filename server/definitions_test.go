package server_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/project"

	"kvartal"
	"kvartal/layers"
	"kvartal/styles"
	"kvartal/view"
)

// TestEveryDefinition walks each layer that comes with the program from its
// definition to the map: table, sample, what the API reads back, tile, style.
func TestEveryDefinition(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.loadRevisionSamples(t)
	for _, d := range c.store.Registry().Layers() {
		if d.Live != nil {
			continue // has no rows of its own
		}
		t.Run(string(d.ID), func(t *testing.T) {
			t.Parallel()
			sample, err := d.SampleFeatures()
			if err != nil {
				t.Fatal(err)
			}
			if len(sample) < 2 {
				t.Fatalf("sample.geojson has %d features: show at least two", len(sample))
			}
			checkSampleUsesEveryCode(t, d, sample)
			checkItems(t, c, d, sample)
			if !d.HasGeometry() {
				return
			}
			checkTile(t, c, d, sample)
			fields, err := styles.Fields(d)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range fields {
				if f, ok := d.Field(name); !ok || !f.Tile {
					t.Errorf("style.json refers to %q, which is not a field carried in tiles", name)
				}
			}
		})
	}
}

// loadRevisionSamples puts the samples of bulk layers in one revision.
func (c testCity) loadRevisionSamples(t *testing.T) {
	t.Helper()
	var defs []*layers.Definition
	for _, d := range c.store.Registry().Layers() {
		if d.History == layers.HistoryRevisions {
			defs = append(defs, d)
		}
	}
	revision, err := c.store.BeginRevision(t.Context(), defs)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range defs {
		sample, err := d.SampleFeatures()
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range sample {
			f.ID = kvartal.FeatureID(i + 1)
			f.Geometry = project.Geometry(orb.Clone(f.Geometry), project.WGS84.ToMercator)
			if err := revision.Put(t.Context(), d.ID, f); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := revision.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := revision.Discard(); err != nil {
		t.Fatal(err)
	}
}

// checkSampleUsesEveryCode makes sure that legends and cards of a register can
// be tried on its sample alone. The codes of the base map are OSM's, too many.
func checkSampleUsesEveryCode(t *testing.T, d *layers.Definition, sample []kvartal.Feature) {
	t.Helper()
	for _, f := range d.Fields {
		used := map[string]bool{}
		for _, feature := range sample {
			if v := feature.Properties[f.Name]; v != nil {
				used[fmt.Sprint(v)] = true
			}
		}
		if len(used) == 0 {
			t.Errorf("no feature of the sample has a value in %q", f.Name)
		}
		for _, code := range f.Codes {
			if !used[code.Value] && d.History == layers.HistoryRows {
				t.Errorf("no feature of the sample has %s = %q", f.Name, code.Value)
			}
		}
	}
}

// checkItems reads the sample back: all of it through a view of every field,
// and through the API if the public may.
func checkItems(t *testing.T, c testCity, d *layers.Definition, sample []kvartal.Feature) {
	t.Helper()
	var fields []string
	for _, f := range d.Fields {
		fields = append(fields, f.Name)
	}
	everything := view.New(d.ID, []view.Action{view.Query}, fields)
	page, err := c.store.Items(t.Context(), everything, layers.Query{Limit: 1000})
	if err != nil || len(page.Features) != len(sample) {
		t.Errorf("Items = %d features, %v, want the %d of the sample", len(page.Features), err, len(sample))
	}
	address := "/ogc/collections/" + string(d.ID) + "/items?limit=1000"
	if !d.View(kvartal.Public).May(view.Query) {
		if r := c.get(t, address); r.StatusCode < 400 {
			t.Errorf("GET %s = %d, although the public may not query", address, r.StatusCode)
		}
		return
	}
	if got := c.document(t, address)["numberReturned"]; got != float64(len(sample)) {
		t.Errorf("GET %s = %v features, want the %d of the sample", address, got, len(sample))
	}
}

// checkTile asks for the tile in the middle of a sample feature.
func checkTile(t *testing.T, c testCity, d *layers.Definition, sample []kvartal.Feature) {
	t.Helper()
	tile := maptile.At(sample[0].Geometry.Bound().Center(), maptile.Zoom(d.Tiles.MaxZoom))
	r := c.get(t, tilePath(string(d.ID), tile))
	bytes := body(t, r)
	if r.StatusCode != http.StatusOK {
		t.Fatalf("tile %v = %d %s", tile, r.StatusCode, bytes)
	}
	decoded, err := mvt.Unmarshal([]byte(bytes))
	if err != nil || len(decoded) != 1 || decoded[0].Name != d.Tiles.Layer || len(decoded[0].Features) == 0 {
		t.Fatalf("tile %v = %v, %v, want one layer %q with features", tile, decoded, err, d.Tiles.Layer)
	}
	for _, f := range decoded[0].Features {
		for name := range f.Properties {
			field, ok := d.Field(name)
			if !ok || !field.Tile || field.Personal {
				t.Errorf("tile carries %q, which is not a public field for tiles", name)
			}
		}
	}
}
