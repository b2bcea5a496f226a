package layers_test

import (
	"log/slog"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"kvartal"
	"kvartal/layers"
	"kvartal/postgres/pgtest"
)

// The order of axes is EPSG's, as PROJ knows it.
func TestAxisOrderIsThatOfEPSG(t *testing.T) {
	t.Parallel()
	gdalsrsinfo, err := exec.LookPath("gdalsrsinfo")
	if err != nil {
		t.Skip("gdalsrsinfo is not installed")
	}
	db := pgtest.New(t)
	registry := load(t, map[string]string{"benches": benches})
	first := regexp.MustCompile(`AXIS\["[^"]*",(\w+)`)
	for _, code := range []string{
		"EPSG:4326", "EPSG:3857", "EPSG:32618", "EPSG:32643", "EPSG:28404", "EPSG:28412", "EPSG:7683", "EPSG:4284",
		"EPSG:7692", "EPSG:2193", "EPSG:3067", "EPSG:3035", "EPSG:20008", "EPSG:5514", "EPSG:31370", "EPSG:2180", "EPSG:31467",
	} {
		out, err := exec.CommandContext(t.Context(), gdalsrsinfo, "-o", "wkt2", "--single-line", code).Output()
		if err != nil {
			t.Fatal(err)
		}
		axis := first.FindStringSubmatch(string(out))
		if axis == nil {
			t.Fatalf("gdalsrsinfo %s = %s, want axes", code, out)
		}
		if err := layers.SaveCity(t.Context(), db.Pool, layers.City{CRS: code}); err != nil {
			t.Fatal(err)
		}
		store, err := layers.Open(t.Context(), db.Pool, registry, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		for _, crs := range store.CRSs() {
			if crs.SRID.String() == code && crs.NorthFirst != (axis[1] == "north") {
				t.Errorf("%s (%s): north first = %v, want first axis %s", code, crs.Name, crs.NorthFirst, axis[1])
			}
		}
	}
}

func TestCRSsOfACity(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	own := "+proj=tmerc +lat_0=0 +lon_0=74.5 +k=1 +x_0=3300000 +y_0=14743.5 +ellps=krass +units=m +no_defs"
	if err := layers.SaveCity(t.Context(), db.Pool, layers.City{CRS: own, Center: [2]float64{74.6, 42.87}}); err != nil {
		t.Fatal(err)
	}
	c := reopen(t, db, map[string]string{"benches": benches})
	var got []string
	for _, crs := range c.CRSs() {
		got = append(got, crs.SRID.String())
		if crs.Own() != (crs.SRID == c.CitySRID()) || crs.Own() && (crs.NorthFirst || !strings.Contains(crs.Definition, "+lon_0=74.5")) {
			t.Errorf("CRS %+v", crs)
		}
	}
	want := []string{"EPSG:3857", "EPSG:4326", "EPSG:32618", "EPSG:32643", c.CitySRID().String()}
	if strings.Join(got, " ") != strings.Join(want, " ") || c.CRSs()[1].SRID != kvartal.WGS84 {
		t.Errorf("CRSs = %v, want %v", got, want)
	}
}
