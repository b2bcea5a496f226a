package postgres_test

import (
	"testing"

	"golang.org/x/sync/errgroup"

	"kvartal"
	"kvartal/postgres"
	"kvartal/postgres/pgtest"
)

func TestServersThatStartAtOnceMigrateOnce(t *testing.T) {
	t.Parallel()
	c := startCluster(t, usedDir(t))
	var servers errgroup.Group
	for range 4 {
		servers.Go(func() error {
			pool, err := postgres.Connect(t.Context(), postgres.Config{URL: c.URL(postgres.Owner)})
			if err != nil {
				return err
			}
			defer pool.Close()
			return postgres.Migrate(t.Context(), pool)
		})
	}
	if err := servers.Wait(); err != nil {
		t.Fatalf("Migrate of four at once: %v", err)
	}
	if !query1[bool](t, c.URL(postgres.Owner), "SELECT count(*) = max(version) AND min(version) = 1 FROM kvartal.migration") {
		t.Errorf("kvartal.migration does not hold each migration once")
	}
}

func TestMigrateRefusesANewerDatabase(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	execute(t, db.URL, "INSERT INTO kvartal.migration SELECT max(version) + 1, 'from_the_future', '' FROM kvartal.migration")
	wantError(t, "Migrate of a newer database", postgres.Migrate(t.Context(), db.Pool), kvartal.KindConflict, "newer")
}

func TestMigrateRefusesTheDatabaseOfAnotherBuild(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	execute(t, db.URL, "UPDATE kvartal.migration SET checksum = 'other' WHERE version = 1")
	wantError(t, "Migrate of another build's database", postgres.Migrate(t.Context(), db.Pool), kvartal.KindConflict, "0001_foundation", "different build")
}

// The superuser of an external database may have none of our roles.
func TestMigrateWithoutOurRoles(t *testing.T) {
	t.Parallel()
	c := startCluster(t, usedDir(t))
	execute(t, c.DatabaseURL("postgres", "postgres"), "CREATE DATABASE external")
	for _, role := range []string{"kvartal_app", "kvartal_audit", "kvartal_reader"} {
		execute(t, c.DatabaseURL("postgres", "postgres"), "DROP ROLE "+role)
	}
	pool, err := postgres.Connect(t.Context(), postgres.Config{URL: c.DatabaseURL("postgres", "external")})
	if err != nil {
		t.Fatalf("Connect to a database whose PostGIS is not made yet: %v", err)
	}
	defer pool.Close()
	if err := postgres.Migrate(t.Context(), pool); err != nil {
		t.Errorf("Migrate without our roles: %v", err)
	}
}

func TestMigrateWithoutTheRightToMakePostGIS(t *testing.T) {
	t.Parallel()
	c := startCluster(t, usedDir(t))
	if err := c.CreateDatabase(t.Context(), "external", "template0"); err != nil {
		t.Fatal(err)
	}
	pool, err := postgres.Connect(t.Context(), postgres.Config{URL: c.DatabaseURL(postgres.Owner, "external")})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	wantError(t, "Migrate as an ordinary user without PostGIS", postgres.Migrate(t.Context(), pool), kvartal.KindForbidden, "CREATE EXTENSION postgis")
}
