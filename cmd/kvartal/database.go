package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"kvartal/layers"
	"kvartal/postgres"
)

const (
	stopTimeout = time.Minute
	// ownerTimeout bounds one statement of an import or a sync.
	ownerTimeout = 2 * time.Hour
	// serveConns is how many connections serving may use.
	serveConns = 16
)

// database is the database of an instance, private or external, as a command
// uses it.
type database struct {
	log     *slog.Logger
	cluster *postgres.Cluster // nil for an external database
	url     func(postgres.Role) string
	owner   *pgxpool.Pool // makes and alters tables
	app     *pgxpool.Pool // reads and writes rows; nil until serveStore
}

// openInstance opens the database for a server, which must have the data folder
// to itself, and migrates it.
func openInstance(ctx context.Context, g *globals, log *slog.Logger) (*database, error) {
	return open(ctx, g, log, postgres.StartCluster)
}

// openDatabase opens the database for a command, beside a server if one runs on
// the same data folder, and migrates it.
func openDatabase(ctx context.Context, g *globals, log *slog.Logger) (*database, error) {
	return open(ctx, g, log, postgres.JoinCluster)
}

type startCluster func(context.Context, postgres.ClusterConfig) (*postgres.Cluster, error)

func open(ctx context.Context, g *globals, log *slog.Logger, start startCluster) (*database, error) {
	db, err := reach(ctx, g, log, start)
	if err != nil {
		return nil, err
	}
	return db.connect(ctx)
}

// reach finds the database without connecting to it.
func reach(ctx context.Context, g *globals, log *slog.Logger, start startCluster) (*database, error) {
	if g.DatabaseURL != "" {
		return &database{log: log, url: func(postgres.Role) string { return g.DatabaseURL }}, nil
	}
	cluster, err := start(ctx, postgres.ClusterConfig{DataDir: g.DataDir, Logger: log})
	if err != nil {
		return nil, err
	}
	return &database{log: log, cluster: cluster, url: cluster.URL}, nil
}

func (db *database) connect(ctx context.Context) (*database, error) {
	pool, err := postgres.Connect(ctx, postgres.Config{URL: db.url(postgres.Owner), MaxConns: 8, StatementTimeout: ownerTimeout})
	if err != nil {
		return nil, errors.Join(err, db.stop())
	}
	db.owner = pool
	if err := postgres.Migrate(ctx, pool); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// openStore opens the layers as the owner of their tables. A CRS of the city
// given in the settings is kept first.
func (db *database) openStore(ctx context.Context, g *globals) (*layers.Store, error) {
	registry, err := g.registry()
	if err != nil {
		return nil, err
	}
	if g.CityCRS != "" {
		city, err := layers.LoadCity(ctx, db.owner)
		if err != nil {
			return nil, err
		}
		city.CRS = g.CityCRS
		if err := layers.SaveCity(ctx, db.owner, city); err != nil {
			return nil, err
		}
	}
	return layers.Open(ctx, db.owner, registry, db.log)
}

// openSynced opens the layers as openStore does, their tables in line with the
// definitions but for what would lose data.
func (db *database) openSynced(ctx context.Context, g *globals) (*layers.Store, error) {
	store, err := db.openStore(ctx, g)
	if err != nil {
		return nil, err
	}
	done, left, err := store.Sync(ctx, false)
	if err != nil {
		return nil, err
	}
	if len(done) > 0 {
		db.log.InfoContext(ctx, "layer tables synced", "steps", len(done))
	}
	for _, step := range left {
		db.log.WarnContext(ctx, "a table differs from its definition: kvartal layers sync --destructive would mend it", "layer", step.Layer, "step", step.Summary)
	}
	return store, nil
}

// serveStore opens the layers again with the few rights that serving needs.
func (db *database) serveStore(ctx context.Context, owned *layers.Store) (*layers.Store, error) {
	pool, err := postgres.Connect(ctx, postgres.Config{URL: db.url(postgres.App), MaxConns: serveConns})
	if err != nil {
		return nil, err
	}
	db.app = pool
	return layers.Open(ctx, pool, owned.Registry(), db.log)
}

// check returns nil while the database answers.
func (db *database) check(ctx context.Context) error {
	return postgres.Translate(db.app.Ping(ctx), "reach the database")
}

// Close closes the pools and stops a private cluster.
func (db *database) Close() {
	for _, pool := range []*pgxpool.Pool{db.app, db.owner} {
		if pool != nil {
			pool.Close()
		}
	}
	if err := db.stop(); err != nil {
		db.log.Error("the database did not stop as it should", "error", err)
	}
}

func (db *database) stop() error {
	if db.cluster == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return db.cluster.Stop(ctx)
}
