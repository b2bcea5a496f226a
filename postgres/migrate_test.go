package postgres

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files []string
		want  string
	}{
		"in order":    {[]string{"0001_a.sql", "0002_b.sql"}, ""},
		"a gap":       {[]string{"0001_a.sql", "0003_b.sql"}, "want number 0002"},
		"a duplicate": {[]string{"0001_a.sql", "0001_b.sql"}, "want number 0002"},
		"from zero":   {[]string{"0000_a.sql"}, "want number 0001"},
		"a bad name":  {[]string{"0001-a.sql"}, "want a name of the form"},
	} {
		files := fstest.MapFS{}
		for _, file := range c.files {
			files["migrations/"+file] = &fstest.MapFile{Data: []byte("SELECT 1")}
		}
		migrations, err := readMigrations(files)
		switch {
		case c.want == "" && (err != nil || len(migrations) != len(c.files)):
			t.Errorf("%s: readMigrations = %v, %v; want %d migrations", name, migrations, err, len(c.files))
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: readMigrations = %v, want an error that says %q", name, err, c.want)
		}
	}
}

func TestEmbeddedMigrationsAreInOrder(t *testing.T) {
	t.Parallel()
	if migrations, err := readMigrations(migrationFiles); err != nil || len(migrations) == 0 {
		t.Errorf("readMigrations = %d, %v", len(migrations), err)
	}
}
