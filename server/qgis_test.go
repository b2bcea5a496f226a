package server_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// QGIS reads features by OGC API Features and draws vector tiles. The picture is
// kept in KVARTAL_QGIS_PICTURE, if that is set.
func TestQGISReadsTheCity(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // for which distributions make PyQGIS
	if exec.CommandContext(t.Context(), python, "-c", "import qgis.core").Run() != nil {
		t.Skip("PyQGIS is not installed: apt-get install python3-qgis")
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
	cmd.Env = append(os.Environ(), "QT_QPA_PLATFORM=offscreen", "HOME="+t.TempDir(), "XDG_RUNTIME_DIR="+t.TempDir())
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.Output()
	var features, painted int
	var fields string
	if _, scanned := fmt.Sscanf(string(out), "features %d fields %s\npainted %d", &features, &fields, &painted); err != nil || scanned != nil {
		t.Fatalf("read_city.py = %s, %v, %v\n%s", out, err, scanned, &errors)
	}
	trees := len(c.pages(t, "/ogc/collections/trees/items")[0].Features)
	if features != trees || trees == 0 {
		t.Errorf("QGIS reads %d trees, want %d", features, trees)
	}
	if painted < 1000 {
		t.Errorf("QGIS paints %d pixels of the tiles of parcels, want 1000 and more", painted)
	}
}
