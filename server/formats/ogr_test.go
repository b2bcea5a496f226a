package formats_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kvartal/server/formats"
)

// ogr2ogr gets the features that a View showed, in a file, and nothing by which
// it could reach the database around the View.
func TestTheConverterCannotReachTheDatabase(t *testing.T) {
	for name, value := range map[string]string{"KVARTAL_DATABASE_URL": "postgres://secret", "PGHOST": "secret", "PGPASSWORD": "secret"} {
		t.Setenv(name, value)
	}
	bin := t.TempDir()
	script := "#!/bin/sh\n{ env; echo \"args: $*\"; ls; } > \"$4\"\n"
	if err := os.WriteFile(filepath.Join(bin, "ogr2ogr"), []byte(script), 0o700); err != nil { //nolint:gosec // is to be run
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	var out strings.Builder
	err := formats.FlatGeobuf().Write(t.Context(), formats.Layer{Name: "trees", Geometry: "point", CRS: "EPSG:4326"}, func(io.Writer) error { return nil }, &out)
	if err != nil {
		t.Fatal(err)
	}
	got := out.String()
	if strings.Contains(got, "secret") || strings.Contains(got, "PG:") || !strings.Contains(got, "args: -q -f FlatGeobuf out.fgb data.vrt") || !strings.Contains(got, "data.geojsonl") {
		t.Errorf("ogr2ogr is run with\n%s\nwant two files of our making and no word of the database", got)
	}
}
