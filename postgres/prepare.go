package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal"
)

// pollInterval is how often a starting database is tried.
const pollInterval = 20 * time.Millisecond

// awaitReady waits until the database takes connections.
func (c *Cluster) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.StartTimeout)
	defer cancel()
	for {
		err := c.tryDatabase(ctx, "postgres")
		if err == nil {
			return nil
		}
		if c.process.ended() {
			return c.diedEarly()
		}
		if !sleep(ctx, pollInterval) {
			return c.notReady(ctx, err)
		}
	}
}

// tryDatabase connects once, if the database says that it is ready: trying
// before would fill its log with refusals.
func (c *Cluster) tryDatabase(ctx context.Context, name string) error {
	if status := pidFileLine(c.data, pidFileStatus); status != "ready" {
		return fmt.Errorf("the database is %q", status)
	}
	conn, err := c.connect(ctx, name)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

func (c *Cluster) notReady(ctx context.Context, last error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return kvartal.Errorf(kvartal.KindTimeout,
		"the database is still starting after %s: after a crash of a large database that may be right, so try again; else look into %s",
		c.cfg.StartTimeout, c.dir).Because(last)
}

// connect opens a connection of the superuser.
func (c *Cluster) connect(ctx context.Context, database string) (*pgx.Conn, error) {
	return pgx.Connect(ctx, c.DatabaseURL(superuser, database))
}

// prepare makes what the owner may not make itself: roles, the database and
// PostGIS. Each step is skipped if it has been done, so that a crash in between
// is mended by the next start.
func (c *Cluster) prepare(ctx context.Context) error {
	err := c.asSuperuser(ctx, "postgres", func(conn *pgx.Conn) error { return makeRoles(ctx, conn) })
	if err == nil {
		err = c.makeDatabase(ctx)
	}
	return Translate(err, "prepare the database")
}

func (c *Cluster) makeDatabase(ctx context.Context) error {
	known := false
	err := c.asSuperuser(ctx, "postgres", func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database).Scan(&known)
	})
	if err == nil && !known {
		err = c.CreateDatabase(ctx, database, "template0")
	}
	if err != nil {
		return err
	}
	return c.asSuperuser(ctx, database, func(conn *pgx.Conn) error {
		// The owner registers the city's own coordinate system, and restores it.
		_, err := conn.Exec(ctx, `
			CREATE EXTENSION IF NOT EXISTS postgis;
			GRANT INSERT, UPDATE, DELETE ON spatial_ref_sys TO `+string(Owner))
		return err
	})
}

// CreateDatabase makes a database that Owner owns, as a copy of template, which
// nobody may be connected to.
func (c *Cluster) CreateDatabase(ctx context.Context, name, template string) error {
	return c.asSuperuser(ctx, "postgres", func(conn *pgx.Conn) error {
		// Copying files takes half the time of logging every page.
		_, err := conn.Exec(ctx, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s OWNER %s STRATEGY FILE_COPY",
			quote(name), quote(template), quote(string(Owner))))
		return err
	})
}

// DropDatabase removes a database and ends the connections to it.
func (c *Cluster) DropDatabase(ctx context.Context, name string) error {
	return c.asSuperuser(ctx, "postgres", func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "DROP DATABASE "+quote(name)+" WITH (FORCE)")
		return err
	})
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

func (c *Cluster) asSuperuser(ctx context.Context, database string, do func(*pgx.Conn) error) error {
	conn, err := c.connect(ctx, database)
	if err != nil {
		return err
	}
	return errors.Join(do(conn), conn.Close(context.WithoutCancel(ctx)))
}

func makeRoles(ctx context.Context, conn *pgx.Conn) error {
	for _, role := range Roles() {
		var known bool
		if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role).Scan(&known); err != nil {
			return err
		}
		if known {
			continue
		}
		if _, err := conn.Exec(ctx, "CREATE ROLE "+quote(string(role))+" LOGIN"); err != nil {
			return err
		}
	}
	return nil
}
