package server_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// qgisReads is what QGIS reads of a city.
type qgisReads struct {
	Trees, Paged, Near, Alike int
	Species, CRS              string
	Types                     map[string]string
	Features, Tiles           int // pixels painted
}

// QGIS reads features by OGC API Features, by pages, places and expressions, and
// draws them and vector tiles. The picture is kept in KVARTAL_QGIS_PICTURE, if that is set.
func TestQGISReadsTheCity(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // for which distributions make PyQGIS
	if exec.CommandContext(t.Context(), python, "-c", "import qgis.core").Run() != nil {
		t.Skip("PyQGIS is not installed: apt-get install python3-qgis qgis-providers")
	}
	c := openSampledCity(t)
	c.load(t)
	web := httptest.NewServer(c.handler)
	t.Cleanup(web.Close)
	picture := os.Getenv("KVARTAL_QGIS_PICTURE")
	if picture == "" {
		picture = filepath.Join(t.TempDir(), "qgis.png")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "testdata/read_city.py", web.URL, picture)
	cmd.Env = append(os.Environ(), "QT_QPA_PLATFORM=offscreen", "OGR_GEOJSON_DATE_AS_STRING=YES", "HOME="+t.TempDir(), "XDG_RUNTIME_DIR="+t.TempDir())
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.Output()
	var got qgisReads
	if wrong := json.Unmarshal(out, &got); err != nil || wrong != nil {
		t.Fatalf("read_city.py = %s, %v, %v\n%s", out, err, wrong, &errors)
	}
	all := c.pages(t, "/ogc/collections/trees/items")[0].Features
	alike := 0
	for _, f := range all {
		if f.Properties["species"] == got.Species {
			alike++
		}
	}
	if want := len(all); got.Trees != want || got.Paged != want || got.Near != 1 || got.Alike != alike || got.CRS != "EPSG:4326" {
		t.Errorf("QGIS reads %+v, want %d trees in all ways, 1 near, %d of one species", got, want, alike)
	}
	for name, want := range map[string]string{"cadastral_number": "String", "area": "Real", "cadastral_value": "Real"} {
		if got.Types[name] != want {
			t.Errorf("QGIS takes %s for %s, want %s", name, got.Types[name], want)
		}
	}
	if got.Features < 250 || got.Tiles < 250 {
		t.Errorf("QGIS paints %d pixels of parcels and %d of their tiles, want 250 and more", got.Features, got.Tiles)
	}
}
