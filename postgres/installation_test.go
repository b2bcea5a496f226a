package postgres

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kvartal"
)

// machine lays out a root folder with PostgreSQL and PostGIS packages.
func machine(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, file := range files {
		path := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const (
	server14  = "usr/lib/postgresql/14/bin/postgres"
	server15  = "usr/lib/postgresql/15/bin/postgres"
	server16  = "usr/lib/postgresql/16/bin/postgres"
	client17  = "usr/lib/postgresql/17/bin/pg_dump"
	postgis15 = "usr/share/postgresql/15/extension/postgis.control"
	postgis16 = "usr/share/postgresql/16/extension/postgis.control"
	postgis17 = "usr/share/postgresql/17/extension/postgis.control"
)

func TestFindInstallation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		files  []string
		wanted int
		major  int
		says   string
	}{
		{"the only one", []string{server15, postgis15}, 0, 15, ""},
		{"the newest", []string{server15, postgis15, server16, postgis16}, 0, 16, ""},
		{"the newest with PostGIS", []string{server15, postgis15, server16}, 0, 15, ""},
		{"clients do not count", []string{server15, postgis15, client17, postgis17}, 0, 15, ""},
		{"the one of the data", []string{server15, postgis15, server16, postgis16}, 15, 15, ""},
		{"not the one of the data", []string{server16, postgis16}, 15, 0, "postgresql-15 postgresql-15-postgis-3"},
		{"nothing", nil, 0, 0, "postgresql-15 postgresql-15-postgis-3"},
		{"too old", []string{server14}, 0, 0, "postgresql-15 postgresql-15-postgis-3"},
		{"no PostGIS", []string{server16}, 0, 0, "apt-get install postgresql-16-postgis-3"},
	} {
		root := machine(t, c.files...)
		got, err := findInstallation(root, c.wanted)
		if c.says != "" {
			if kvartal.KindOf(err) != kvartal.KindUnavailable || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: findInstallation = %v, want it to say %q", c.name, err, c.says)
			}
			continue
		}
		if err != nil || got.major != c.major || got.program("postgres") != filepath.Join(binDir(root, c.major), "postgres") {
			t.Errorf("%s: findInstallation = %+v, %v; want major %d", c.name, got, err, c.major)
		}
	}
}
