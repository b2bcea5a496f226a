package basemap_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/planar"
	"github.com/paulmach/orb/project"
	"github.com/peterstace/simplefeatures/geom"

	"kvartal"
	"kvartal/importers/basemap"
	"kvartal/importers/basemap/demo"
	"kvartal/layers"
)

// collector is a sink that keeps everything.
type collector map[kvartal.LayerID][]kvartal.Feature

func (c collector) Put(_ context.Context, layer kvartal.LayerID, f kvartal.Feature) error {
	c[layer] = append(c[layer], f)
	return nil
}

// covers reports whether an area of a layer is at a longitude and latitude.
func (c collector) covers(layer kvartal.LayerID, lon, lat float64) bool {
	p := project.WGS84.ToMercator(orb.Point{lon, lat})
	for _, f := range c[layer] {
		switch g := f.Geometry.(type) {
		case orb.Polygon:
			if planar.PolygonContains(g, p) {
				return true
			}
		case orb.MultiPolygon:
			if planar.MultiPolygonContains(g, p) {
				return true
			}
		}
	}
	return false
}

// named returns the features of a layer with a name.
func (c collector) named(layer kvartal.LayerID, name string) []kvartal.Feature {
	var out []kvartal.Feature
	for _, f := range c[layer] {
		if f.Properties["name"] == name {
			out = append(out, f)
		}
	}
	return out
}

// digests returns a digest of the features of each layer, in their order.
func (c collector) digests(t *testing.T) map[kvartal.LayerID]string {
	t.Helper()
	out := map[kvartal.LayerID]string{}
	for layer, features := range c {
		sum := sha256.New()
		for _, f := range features {
			g, err := wkb.Marshal(f.Geometry)
			if err != nil {
				t.Fatal(err)
			}
			properties, err := json.Marshal(f.Properties)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(sum, "%d %d %d\n", f.ID, len(g), len(properties))
			sum.Write(g)
			sum.Write(properties)
		}
		out[layer] = hex.EncodeToString(sum.Sum(nil))
	}
	return out
}

func delaware(t testing.TB) string {
	t.Helper()
	path, err := demo.Find("")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func importFile(t testing.TB, path string) (collector, basemap.Report) {
	t.Helper()
	c := collector{}
	report, err := basemap.Import(t.Context(), path, c, basemap.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatalf("Import(%s) = %v, want no error", path, err)
	}
	return c, report
}

func TestDelaware(t *testing.T) {
	t.Parallel()
	var seen []basemap.Progress
	got := collector{}
	report, err := basemap.Import(t.Context(), delaware(t), got, basemap.Options{
		TempDir:  t.TempDir(),
		Workers:  5,
		Progress: func(p basemap.Progress) { seen = append(seen, p) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("same file, same features, however many work", func(t *testing.T) {
		t.Parallel()
		again := collector{}
		if _, err := basemap.Import(t.Context(), delaware(t), again, basemap.Options{TempDir: t.TempDir(), Workers: 1}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got.digests(t), again.digests(t)); diff != "" {
			t.Errorf("digests of the features with many workers and with one, -many +one:\n%s", diff)
		}
	})
	t.Run("progress", func(t *testing.T) { t.Parallel(); wantProgress(t, seen) })
	t.Run("counts", func(t *testing.T) {
		t.Parallel()
		want := map[kvartal.LayerID]int{
			"base_addresses": 1128, "base_boundaries": 52, "base_boundary_labels": 1, "base_bridges": 1,
			"base_buildings": 8260, "base_dam_lines": 5, "base_dam_polygons": 1, "base_ferries": 5,
			"base_land": 1571, "base_ocean": 16, "base_pier_lines": 57, "base_pier_polygons": 43,
			"base_place_labels": 1631, "base_pois": 2081, "base_public_transport": 105, "base_sites": 1780,
			"base_street_labels": 30599, "base_street_labels_points": 102, "base_street_polygons": 35,
			"base_streets": 53781, "base_water_lines": 2007, "base_water_lines_labels": 512,
			"base_water_polygons": 876, "base_water_polygons_labels": 49,
		}
		if diff := cmp.Diff(want, report.Features); diff != "" {
			t.Errorf("features of Delaware, -want +got:\n%s", diff)
		}
		for layer, n := range report.Features {
			if len(got[layer]) != n {
				t.Errorf("the sink has %d features of %s, the report says %d", len(got[layer]), layer, n)
			}
		}
	})
	t.Run("sea", func(t *testing.T) {
		t.Parallel()
		for _, place := range []struct {
			name     string
			lon, lat float64
			want     bool
		}{
			{"Delaware Bay", -75.2, 39.1, true},
			{"mouth of the bay", -75.1, 38.9, true},
			{"Atlantic", -75.04, 38.7, true},
			{"Delaware River off New Castle", -75.545, 39.655, true},
			{"Dover", -75.524, 39.158, false},
			{"Wilmington", -75.55, 39.745, false},
			{"Rehoboth Beach", -75.09, 38.72, false},
			{"Pea Patch Island", -75.5695, 39.588, false},
			{"Salem, New Jersey", -75.467, 39.572, false},
		} {
			if got := got.covers("base_ocean", place.lon, place.lat); got != place.want {
				t.Errorf("%s (%v, %v) is sea: %v, want %v", place.name, place.lon, place.lat, got, place.want)
			}
		}
	})
	t.Run("well known features", func(t *testing.T) {
		t.Parallel()
		if !got.covers("base_water_polygons", -75.12, 38.68) {
			t.Error("Rehoboth Bay is not water")
		}
		dover := got.named("base_place_labels", "Dover")
		if len(dover) != 1 || dover[0].Properties["kind"] != "state_capital" {
			t.Errorf("places called Dover = %v, want one state_capital", dover)
		}
		state := got.named("base_boundary_labels", "Delaware")
		if len(state) != 1 {
			t.Fatalf("labels of the state = %v, want one", state)
		}
		// 6,446 km² with its waters, by the Census Bureau.
		if ha := state[0].Properties["way_area"].(float64); ha < 630_000 || ha > 660_000 {
			t.Errorf("area of Delaware = %.0f ha, want about 644,600", ha)
		}
	})
	t.Run("validity", func(t *testing.T) { t.Parallel(); wantValid(t, got) })
	t.Run("definitions", func(t *testing.T) { t.Parallel(); wantDefined(t, got) })
}

// wantProgress checks that progress grows to its end.
func wantProgress(t *testing.T, seen []basemap.Progress) {
	t.Helper()
	for i := 1; i < len(seen); i++ {
		if seen[i].Done < seen[i-1].Done || seen[i].Done > seen[i].Total || seen[i].Total != seen[0].Total {
			t.Errorf("progress went from %+v to %+v", seen[i-1], seen[i])
		}
	}
	last := seen[len(seen)-1]
	if last.Phase != basemap.PhaseSea || last.Done != last.Total {
		t.Errorf("last progress = %+v, want all bytes done in phase %q", last, basemap.PhaseSea)
	}
}

// wantValid checks that areas are valid and that no id occurs twice.
func wantValid(t *testing.T, got collector) {
	t.Helper()
	for layer, features := range got {
		ids := map[kvartal.FeatureID]bool{}
		for _, f := range features {
			if f.ID <= 0 || ids[f.ID] {
				t.Errorf("%s: id %d is not positive or occurs twice", layer, f.ID)
			}
			ids[f.ID] = true
			b, err := wkb.Marshal(f.Geometry)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := geom.UnmarshalWKB(b); err != nil {
				t.Errorf("%s %d is not valid: %v", layer, f.ID, err)
			}
		}
	}
}

// definitions are those that come with the program.
var definitions = sync.OnceValues(func() (*layers.Registry, error) { return layers.Load(layers.Builtin()) })

// wantDefined checks that features are what their layers' definitions say.
func wantDefined(t *testing.T, got collector) {
	t.Helper()
	registry, err := definitions()
	if err != nil {
		t.Fatal(err)
	}
	for id, features := range got {
		d, err := registry.Layer(id)
		if err != nil {
			t.Errorf("features of a layer without definition: %v", err)
			continue
		}
		for _, f := range features {
			for name := range f.Properties {
				if _, ok := d.Field(name); !ok {
					t.Fatalf("%s %d has the property %q, which is no field", id, f.ID, name)
				}
			}
			for _, field := range d.Fields {
				if _, err := field.Value(f.Properties[field.Name]); err != nil {
					t.Fatalf("%s %d: %v", id, f.ID, err)
				}
			}
			kind := strings.ToLower(f.Geometry.GeoJSONType())
			if want := string(d.Geometry); kind != want && "multi"+kind != want {
				t.Fatalf("%s %d is a %s, want a %s", id, f.ID, kind, want)
			}
		}
	}
}

// Set KVARTAL_TEST_EXTRACTS to a folder with more extracts to try them too.
func TestMoreExtracts(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("KVARTAL_TEST_EXTRACTS")
	files, err := filepath.Glob(filepath.Join(folder, "*.osm.pbf"))
	if err != nil {
		t.Fatal(err)
	}
	if folder == "" || len(files) == 0 {
		t.Skip("KVARTAL_TEST_EXTRACTS names no folder with extracts")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			got, report := importFile(t, file)
			t.Log(report)
			wantValid(t, got)
			wantDefined(t, got)
			if strings.HasPrefix(filepath.Base(file), "astana") {
				wantAstana(t, got)
			}
			if strings.HasPrefix(filepath.Base(file), "monaco") && (!got.covers("base_ocean", 7.435, 43.733) || got.covers("base_ocean", 7.4197, 43.7311)) {
				t.Error("Monaco is under water, or its sea is not")
			}
		})
	}
}

func wantAstana(t *testing.T, got collector) {
	t.Helper()
	if len(got.named("base_place_labels", "Астана")) != 1 {
		t.Error(`no place is called "Астана"`)
	}
	if !got.covers("base_water_polygons", 71.4505, 51.128) {
		t.Error("the Ishim in the middle of Astana is not water")
	}
	if n := len(got["base_buildings"]); n < 32000 {
		t.Errorf("Astana has %d buildings, want more than 32,000", n)
	}
	if n := len(got["base_ocean"]); n != 0 {
		t.Errorf("Astana has %d pieces of sea, want none", n)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for _, phase := range []basemap.Phase{basemap.PhaseNodes, basemap.PhaseWays} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := basemap.Import(ctx, delaware(t), collector{}, basemap.Options{
			TempDir: t.TempDir(),
			Progress: func(p basemap.Progress) {
				if p.Phase == phase {
					cancel()
				}
			},
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Import cancelled among the %s = %v, want %v", phase, err, context.Canceled)
		}
		cancel()
	}
}

// failing is a sink that fails at a feature.
type failing struct{ after int }

var errSink = errors.New("the table is gone")

func (f *failing) Put(context.Context, kvartal.LayerID, kvartal.Feature) error {
	if f.after--; f.after < 0 {
		return errSink
	}
	return nil
}

func TestSinkFails(t *testing.T) {
	t.Parallel()
	for _, after := range []int{0, 6000} {
		if _, err := basemap.Import(t.Context(), delaware(t), &failing{after}, basemap.Options{TempDir: t.TempDir()}); !errors.Is(err, errSink) {
			t.Errorf("Import into a sink that fails after %d = %v, want %v", after, err, errSink)
		}
	}
}

func TestTruncatedDelaware(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile(delaware(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, length := range []int{len(whole) - 1, len(whole) / 2, 100_000} {
		path := filepath.Join(t.TempDir(), "cut.osm.pbf")
		if err := os.WriteFile(path, whole[:length], 0o600); err != nil {
			t.Fatal(err)
		}
		got := collector{}
		_, err := basemap.Import(t.Context(), path, got, basemap.Options{TempDir: t.TempDir()})
		if kvartal.KindOf(err) != kvartal.KindInvalid || !strings.Contains(err.Error(), "breaks off at byte") {
			t.Errorf("Import of the first %d bytes = %v, want an error that says where it breaks off", length, err)
		}
		if len(got) > 0 {
			t.Errorf("Import of the first %d bytes put features of %d layers, want none", length, len(got))
		}
	}
}

func TestNoSuchFile(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]kvartal.Kind{
		filepath.Join(t.TempDir(), "no.osm.pbf"): kvartal.KindNotFound,
		t.TempDir():                              kvartal.KindInvalid,
	} {
		if _, err := basemap.Import(t.Context(), path, collector{}, basemap.Options{}); kvartal.KindOf(err) != want {
			t.Errorf("Import(%s) = %v, want an error of kind %v", path, err, want)
		}
	}
}

// nothing is a sink that keeps nothing.
type nothing struct{}

func (nothing) Put(context.Context, kvartal.LayerID, kvartal.Feature) error { return nil }

func BenchmarkImportDelaware(b *testing.B) {
	path := delaware(b)
	for b.Loop() {
		if _, err := basemap.Import(b.Context(), path, nothing{}, basemap.Options{TempDir: b.TempDir()}); err != nil {
			b.Fatal(err)
		}
	}
}
