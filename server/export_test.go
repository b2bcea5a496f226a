package server_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// GDAL reads every format of an export, finds every feature and its type.
func TestExportsInEveryFormat(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	want := len(c.pages(t, "/ogc/collections/trees/items")[0].Features)
	for f, extension := range map[string]string{"json": "geojson", "geojsonseq": "geojsons", "jsonfg": "geojson", "csv": "csv", "fgb": "fgb", "gpkg": "gpkg", "xlsx": "xlsx"} {
		r := c.get(t, "/ogc/collections/trees/export?lang=ru&f="+f)
		content := body(t, r)
		if r.StatusCode != http.StatusOK || !strings.Contains(r.Header.Get("Content-Disposition"), `filename="trees.`+extension+`"`) {
			t.Fatalf("export as %s = %d %v %.300s", f, r.StatusCode, r.Header, content)
		}
		file := filepath.Join(t.TempDir(), "trees."+extension)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		out := gdal(t, "ogrinfo", "-ro", "-al", "-so", file)
		if !strings.Contains(out, "Feature Count: "+strconv.Itoa(want)) {
			t.Errorf("ogrinfo of the export as %s = %s, want %d features", f, out, want)
		}
		says := map[string]string{"fgb": "Geometry: Point", "gpkg": "planted", "xlsx": "Деревья"}[f]
		if !strings.Contains(out, says) {
			t.Errorf("ogrinfo of the export as %s = %s, want %q", f, out, says)
		}
	}
}

func TestExportsObeyTheRequest(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	lines := strings.Count(body(t, c.get(t, "/ogc/collections/trees/export?f=csv&filter=id%3D1")), "\n")
	if lines != 2 {
		t.Errorf("export of one tree has %d lines, want the header and it", lines)
	}
	out := body(t, c.get(t, "/ogc/collections/trees/export?f=gpkg&crs=http://www.opengis.net/def/crs/EPSG/0/32618"))
	file := filepath.Join(t.TempDir(), "trees.gpkg")
	if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	if info := gdal(t, "ogrinfo", "-ro", "-al", "-so", file); !strings.Contains(info, "UTM zone 18N") {
		t.Errorf("export in UTM = %s", info)
	}
	for path, want := range map[string]int{
		"/ogc/collections/trees/export?limit=1": 400, "/ogc/collections/trees/export?f=html": 400, "/ogc/collections/shrubs/export": 404,
		"/ogc/collections/trees/export?filter=x": 400,
	} {
		if r := c.get(t, path); r.StatusCode != want {
			t.Errorf("GET %s = %d, want %d", path, r.StatusCode, want)
		}
	}
}

// counter is a response that keeps nothing but its size and how much memory was
// held while it grew.
type counter struct {
	header http.Header
	size   int
	code   int
	next   int
	peak   uint64
}

func (w *counter) Header() http.Header { return w.header }
func (w *counter) WriteHeader(c int)   { w.code = c }
func (w *counter) Write(b []byte) (int, error) {
	w.size += len(b)
	if w.size > w.next {
		w.next = w.size + 32<<20
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.peak = max(w.peak, m.HeapInuse)
	}
	return len(b), nil
}

// BenchmarkExport exports a million trees and tells how much the heap grew.
func BenchmarkExport(b *testing.B) {
	const million = 1_000_000
	c := openCity(b)
	// Without triggers, so that nothing else learns of the trees.
	if _, err := c.db.Pool.Exec(b.Context(), `SET statement_timeout = 0;
		INSERT INTO layer.trees (inventory_number, species) VALUES ('T-0', 'birch');
		ALTER TABLE layer.trees DISABLE TRIGGER USER;
		INSERT INTO layer.trees (inventory_number, species, geom, version, valid_from, changeset)
		SELECT 'T-' || n, 'birch', ST_Transform(ST_SetSRID(ST_MakePoint(-75.6 + (n % 1000) * 1e-4, 39 + (n / 1000) * 1e-4), 4326), 32618), 1, now(),
		  (SELECT changeset FROM layer.trees) FROM generate_series(1, `+strconv.Itoa(million)+`) AS n`); err != nil {
		b.Fatal(err)
	}
	for _, f := range []string{"json", "csv", "geojsonseq"} {
		b.Run("format="+f, func(b *testing.B) {
			for b.Loop() {
				runtime.GC()
				var before runtime.MemStats
				runtime.ReadMemStats(&before)
				w := &counter{header: http.Header{}, code: http.StatusOK}
				c.handler.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/ogc/collections/trees/export?f="+f, nil))
				if w.code != http.StatusOK || w.size < million*50 {
					b.Fatalf("export = %d with %d bytes", w.code, w.size)
				}
				b.ReportMetric(float64(int64(w.peak)-int64(before.HeapInuse))/(1<<20), "MB-grown")
			}
		})
	}
}

// A client that leaves ends the export: nothing goes on for it.
func TestExportEndsWhenTheClientLeaves(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.fillBuildings(t, 20_000)
	web := httptest.NewServer(c.handler)
	t.Cleanup(web.Close)
	for range 6 { // more than may be under way at once
		r, err := http.Get(web.URL + "/ogc/collections/buildings/export")
		if err != nil {
			t.Fatal(err)
		}
		if r.StatusCode != http.StatusOK && r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("export = %d", r.StatusCode)
		}
		_, _ = io.CopyN(io.Discard, r.Body, 1000)
		r.Body.Close()
	}
	var out bytes.Buffer
	r, err := http.Get(web.URL + "/ogc/collections/trees/items")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if _, err := out.ReadFrom(r.Body); err != nil || r.StatusCode != http.StatusOK {
		t.Errorf("items after exports were left = %d, %v", r.StatusCode, err)
	}
}
