package resident_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb/maptile"
)

// GDAL, and with it QGIS, reads the tiles.
func TestGDALReadsTiles(t *testing.T) {
	t.Parallel()
	ogrinfo, err := exec.LookPath("ogrinfo")
	if err != nil {
		t.Skip("ogrinfo is not installed")
	}
	c := open(t)
	c.build(t, 1, 100)
	c.load(t)
	d, v := c.layer(t, "things")
	file := filepath.Join(t.TempDir(), "tile.mvt")
	if err := os.WriteFile(file, encode(t, c.set.Now(), d, v, maptile.At(home(), 12)), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.CommandContext(t.Context(), ogrinfo, "-ro", "-al", file).CombinedOutput()
	if err != nil {
		t.Fatalf("ogrinfo = %v: %s", err, text)
	}
	for _, want := range []string{"Layer name: things", "Feature Count: 100", "name (String) = house 42", "count: Integer"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("ogrinfo does not tell %q:\n%.2000s", want, text)
		}
	}
	if strings.Contains(string(text), "Warning") || strings.Contains(string(text), "ERROR") {
		t.Errorf("ogrinfo complains: %.2000s", text)
	}
}
