package demo_test

import (
	"os"
	"path/filepath"
	"testing"

	"kvartal"
	"kvartal/importers/basemap/demo"
)

func TestFindTakesTheFileGiven(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "city.osm.pbf")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := demo.Find(path); got != path || err != nil {
		t.Errorf("Find(%s) = %q, %v; want that path", path, got, err)
	}
	if _, err := demo.Find(path + ".gone"); kvartal.KindOf(err) != kvartal.KindNotFound {
		t.Errorf("Find of a file that is not there = %v, want an error of KindNotFound", err)
	}
}

func TestFindInTheModuleCache(t *testing.T) {
	t.Parallel()
	path, err := demo.Find("")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 7812234 {
		t.Errorf("Find() = %s, which is not the extract of the module", path)
	}
}
