// Package pgtest gives tests a real PostGIS database each. All tests of a
// process share one throw-away cluster, started by the first of them; each test
// gets a clone of a database that has been migrated once. It needs no set-up in
// the tests and is for tests only.
package pgtest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"kvartal"
	"kvartal/postgres"
)

// DB is a migrated, empty database of one test.
type DB struct {
	// Pool connects as the owner.
	Pool *pgxpool.Pool
	// URL is the connection string of the owner.
	URL string

	name    string
	cluster *postgres.Cluster
}

// New returns a database that lives until the test ends.
func New(t testing.TB) *DB {
	t.Helper()
	cluster, err := shared()
	if err != nil {
		t.Fatal(explain(err))
	}
	return clone(t, cluster, template)
}

// Prepared is what many tests begin with: a database that is made once and
// cloned for each of them.
type Prepared struct {
	database func() (string, error)
}

// Prepare returns a database that prepare will have filled, as its owner, when
// the first test asks for it.
func Prepare(prepare func(context.Context, *pgxpool.Pool) error) *Prepared {
	return &Prepared{database: sync.OnceValues(func() (string, error) { return makePrepared(prepare) })}
}

// New returns a clone that lives until the test ends.
func (p *Prepared) New(t testing.TB) *DB {
	t.Helper()
	cluster, err := shared()
	if err != nil {
		t.Fatal(explain(err))
	}
	name, err := p.database()
	if err != nil {
		t.Fatalf("prepare the database of the tests: %v", err)
	}
	return clone(t, cluster, name)
}

func makePrepared(prepare func(context.Context, *pgxpool.Pool) error) (string, error) {
	cluster, err := shared()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	name := fmt.Sprintf("prepared_%d", clones.Add(1))
	if err := cluster.CreateDatabase(ctx, name, template); err != nil {
		return "", err
	}
	pool, err := postgres.Connect(ctx, postgres.Config{URL: cluster.DatabaseURL(postgres.Owner, name)})
	if err != nil {
		return "", err
	}
	defer pool.Close() // nobody may be connected when it is cloned
	return name, prepare(ctx, pool)
}

func clone(t testing.TB, cluster *postgres.Cluster, of string) *DB {
	t.Helper()
	db := &DB{cluster: cluster, name: fmt.Sprintf("test_%d", clones.Add(1))}
	if err := cluster.CreateDatabase(t.Context(), db.name, of); err != nil {
		t.Fatalf("clone database %s: %v", of, err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		if err := cluster.DropDatabase(context.Background(), db.name); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	db.URL = db.URLFor(postgres.Owner)
	db.Pool = db.Connect(t, postgres.Owner)
	return db
}

// URLFor returns the connection string of a role.
func (db *DB) URLFor(role postgres.Role) string { return db.cluster.DatabaseURL(role, db.name) }

// Connect returns a pool of connections of a role, closed when the test ends.
func (db *DB) Connect(t testing.TB, role postgres.Role) *pgxpool.Pool {
	t.Helper()
	pool, err := postgres.Connect(t.Context(), postgres.Config{URL: db.URLFor(role), ApplicationName: t.Name(), MaxConns: 8})
	if err != nil {
		t.Fatalf("connect as %s: %v", role, err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// template is the database that tests get clones of: the program's own, which
// they leave alone.
const template = "kvartal"

// The cluster of this process and the number of databases cloned from it. They
// change once, respectively only grow; tests have no main function to own them.
var (
	shared = sync.OnceValues(startShared)
	clones atomic.Int64
)

func startShared() (*postgres.Cluster, error) {
	dir, err := makeFolder()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cluster, err := postgres.StartCluster(ctx, postgres.ClusterConfig{DataDir: dir, Throwaway: true})
	if err != nil {
		return nil, err
	}
	return cluster, makeTemplate(ctx, cluster)
}

func makeTemplate(ctx context.Context, cluster *postgres.Cluster) error {
	pool, err := postgres.Connect(ctx, postgres.Config{URL: cluster.URL(postgres.Owner)})
	if err != nil {
		return err
	}
	defer pool.Close() // nobody may be connected to a template
	return postgres.Migrate(ctx, pool)
}

// explain turns the error of a machine that lacks PostGIS into what to do here.
func explain(err error) string {
	if kvartal.KindOf(err) == kvartal.KindUnavailable {
		return fmt.Sprintf("tests need a PostgreSQL with PostGIS; `make deps` installs it: %v", err)
	}
	return fmt.Sprintf("start the test database: %v", err)
}
