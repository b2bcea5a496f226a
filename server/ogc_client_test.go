package server_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

// gdal runs a program of GDAL and returns what it prints.
func gdal(t *testing.T, program string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed", program)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s = %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// GDAL, and with it QGIS, reads the layers, pages, filters and knows their CRS.
func TestGDALReadsTheCity(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	web := httptest.NewServer(c.handler)
	t.Cleanup(web.Close)
	source := "OAPIF:" + web.URL + "/ogc"
	all := c.pages(t, "/ogc/collections/trees/items")[0]

	if list := gdal(t, "ogrinfo", "-ro", source); !strings.Contains(list, "trees") || !strings.Contains(list, "buildings") {
		t.Errorf("ogrinfo %s = %s, want the layers", source, list)
	}
	first, _ := all.Features[0].Properties["species"].(string)
	alike := 0
	for _, f := range all.Features {
		if f.Properties["species"] == first {
			alike++
		}
	}
	for name, test := range map[string]struct {
		args []string
		want int
	}{
		"all, by small pages": {[]string{"-oo", "PAGE_SIZE=2"}, len(all.Features)},
		"by attribute":        {[]string{"-where", "species='" + first + "'"}, alike},
		"elsewhere":           {[]string{"-spat", "10", "10", "11", "11"}, 0},
	} {
		args := append([]string{"-ro", "-al", "-so"}, test.args...)
		out := gdal(t, "ogrinfo", append(args, source, "trees")...)
		m := regexp.MustCompile(`Feature Count: (\d+)`).FindStringSubmatch(out)
		if m == nil || m[1] != strconv.Itoa(test.want) {
			t.Errorf("ogrinfo %s = %s, want %d features", name, out, test.want)
		}
	}
}

// GDAL reads each format that we write.
func TestGDALReadsEveryFormat(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	web := httptest.NewServer(c.handler)
	t.Cleanup(web.Close)
	want := len(c.pages(t, "/ogc/collections/trees/items")[0].Features)
	for _, f := range []string{"json", "geojsonseq", "csv"} {
		address := web.URL + "/ogc/collections/trees/items?f=" + f
		prefix := map[string]string{"json": "", "geojsonseq": "GeoJSONSeq:", "csv": "CSV:/vsicurl_streaming/"}[f]
		out := gdal(t, "ogrinfo", "-ro", "-al", "-so", prefix+address)
		if !strings.Contains(out, "Feature Count: "+strconv.Itoa(want)) || !slices.ContainsFunc([]string{"Geometry: Point", "Geometry: Unknown (any)"}, func(s string) bool { return strings.Contains(out, s) }) {
			t.Errorf("ogrinfo %s = %s, want %d points", address, out, want)
		}
	}
}

// GDAL reads a vector tile, in its place.
func TestGDALReadsTiles(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.load(t)
	at := maptile.At(orb.Point{-75.529, 39.1605}, 16)
	content := body(t, c.get(t, tilePath("parcels", at)))
	drawn, err := tileRows(content, "parcels")
	if err != nil || len(drawn) == 0 {
		t.Fatalf("the tile has %d parcels, %v", len(drawn), err)
	}
	file := filepath.Join(t.TempDir(), "tile.mvt")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	out := gdal(t, "ogrinfo", "-ro", "-al", "-so", "MVT:"+file, "-oo", fmt.Sprintf("X=%d", at.X), "-oo", fmt.Sprintf("Y=%d", at.Y), "-oo", fmt.Sprintf("Z=%d", at.Z))
	for _, want := range []string{"Layer name: parcels", fmt.Sprintf("Feature Count: %d\n", len(drawn)), "Pseudo-Mercator", "Extent: (-840"} {
		if !strings.Contains(out, want) {
			t.Errorf("ogrinfo of a tile = %s, want %q", out, want)
		}
	}
}
