package postgres

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"kvartal"
)

// Config says how to connect to a database, private or external.
type Config struct {
	// URL is a connection string, as Cluster.URL gives or KVARTAL_DATABASE_URL
	// holds: postgresql://user:password@host:5432/database.
	URL string
	// ApplicationName is shown in pg_stat_activity; "" means "kvartal".
	ApplicationName string
	// MaxConns bounds the pool; 0 means 10, or pool_max_conns in URL.
	MaxConns int32
	// StatementTimeout bounds every statement; 0 means 30 s, negative none. Bulk
	// work lifts it for its transaction: SET LOCAL statement_timeout = 0.
	StatementTimeout time.Duration
	// StartTimeout bounds the wait for a database that is not up yet; 0 means
	// 30 s.
	StartTimeout time.Duration
}

// Connect opens a pool of connections, waiting for a database that is still
// starting, and checks that it is PostgreSQL 15 or later with PostGIS 3.3 or
// later, installed or ready to be. Sessions use the time zone UTC. Errors are
// of KindInvalid (the URL), KindForbidden (user or password) or
// KindUnavailable, and never hold a password.
func Connect(ctx context.Context, cfg Config) (*pgxpool.Pool, error) {
	poolConfig, err := cfg.parse()
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, poolConfig)
	if err != nil {
		return nil, Translate(err, "connect to the database")
	}
	if err := awaitDatabase(ctx, pool, orDefault(cfg.StartTimeout, 30*time.Second)); err != nil {
		pool.Close()
		return nil, err
	}
	if err := checkRequirements(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

func (cfg Config) parse() (*pgxpool.Config, error) {
	parsed, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		// pgx leaves the password out of its error.
		return nil, kvartal.Errorf(kvartal.KindInvalid,
			"the database address is not understood: write it as postgresql://user:password@host:5432/database").
			In("KVARTAL_DATABASE_URL").Because(err)
	}
	switch {
	case cfg.MaxConns > 0:
		parsed.MaxConns = cfg.MaxConns
	case !strings.Contains(cfg.URL, "pool_max_conns"):
		parsed.MaxConns = 10
	}
	params := parsed.ConnConfig.RuntimeParams
	params["timezone"] = "UTC"
	// What the administrator writes into the URL counts.
	params["application_name"] = orDefault(params["application_name"], orDefault(cfg.ApplicationName, "kvartal"))
	params["statement_timeout"] = orDefault(params["statement_timeout"], milliseconds(orDefault(cfg.StatementTimeout, 30*time.Second)))
	parsed.ConnConfig.ConnectTimeout = orDefault(parsed.ConnConfig.ConnectTimeout, 10*time.Second)
	return parsed, nil
}

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// milliseconds writes a limit as PostgreSQL reads it: 0 is none.
func milliseconds(d time.Duration) string {
	return strconv.FormatInt(max(0, d.Milliseconds()), 10)
}

// awaitDatabase pings until the database answers, or refuses in a way that
// waiting does not change.
func awaitDatabase(ctx context.Context, pool *pgxpool.Pool, limit time.Duration) error {
	waiting, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var last error
	for {
		err := pool.Ping(waiting)
		if err == nil {
			return nil
		}
		if refusal := refused(err, pool.Config().ConnConfig); refusal != nil {
			return refusal
		}
		if last == nil || waiting.Err() == nil { // that time is up explains nothing
			last = err
		}
		if !sleep(waiting, 100*time.Millisecond) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return unreachable(pool.Config().ConnConfig, limit, last)
		}
	}
}

// refused says what is wrong if the server answered and said no.
func refused(err error, cfg *pgx.ConnConfig) error {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) {
		return nil
	}
	switch pgErr.Code {
	case "28P01", "28000": // invalid_password, invalid_authorization_specification
		return kvartal.Errorf(kvartal.KindForbidden,
			"the database at %s refuses user %q: check user and password in KVARTAL_DATABASE_URL, and pg_hba.conf of the server", cfg.Host, cfg.User).Because(err)
	case "3D000": // invalid_catalog_name
		return kvartal.Errorf(kvartal.KindUnavailable,
			"the server at %s has no database %q: make it with `createdb -h %s %s`, or correct KVARTAL_DATABASE_URL", cfg.Host, cfg.Database, cfg.Host, cfg.Database).Because(err)
	case "42501": // insufficient_privilege
		return kvartal.Errorf(kvartal.KindForbidden,
			"user %q may not connect to database %q: the administrator of the database grants it with GRANT CONNECT", cfg.User, cfg.Database).Because(err)
	}
	return nil
}

func unreachable(cfg *pgx.ConnConfig, waited time.Duration, err error) error {
	return kvartal.Errorf(kvartal.KindUnavailable,
		"the database at %s:%d does not answer (waited %s): check that it runs and that KVARTAL_DATABASE_URL is right", cfg.Host, cfg.Port, waited).Because(err)
}
