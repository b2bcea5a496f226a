package postgres

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kvartal"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrationLock is the advisory lock under which migrations run ("kvar").
const migrationLock = 0x6b766172

// migration is one embedded SQL file.
type migration struct {
	version  int
	name     string
	sql      string
	checksum string // SHA-256 of sql, hexadecimal
}

// Migrate brings the schema of the database up to this program: it runs the
// migrations the database does not have yet, each in a transaction of its own.
// Servers that start at once wait for each other. Errors are of KindConflict if
// the database belongs to a newer or a different build, and of KindForbidden if
// the database user may not make the extensions or schemas.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error {
	migrations, err := readMigrations(migrationFiles)
	if err != nil {
		return err
	}
	return migrate(ctx, pool, migrations)
}

func migrate(ctx context.Context, pool *pgxpool.Pool, migrations []migration) error {
	// A connection of its own, so that neither the lock nor the lifted timeout
	// can stay behind in the pool.
	conn, err := pgx.ConnectConfig(ctx, pool.Config().ConnConfig.Copy())
	if err != nil {
		return Translate(err, "connect to migrate the database")
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "SET statement_timeout = 0"); err != nil {
		return Translate(err, "lift the time limit for migrations")
	}
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		return Translate(err, "wait for another server's migrations")
	}
	return migrateLocked(ctx, conn, migrations)
}

func migrateLocked(ctx context.Context, conn *pgx.Conn, migrations []migration) error {
	applied, err := appliedMigrations(ctx, conn)
	if err != nil {
		return Translate(err, "read which migrations the database has")
	}
	if err := checkApplied(applied, migrations); err != nil {
		return err
	}
	for _, m := range migrations[len(applied):] {
		if err := m.apply(ctx, conn); err != nil {
			return m.failed(err, conn.Config())
		}
	}
	return nil
}

// appliedMigrations returns the checksums of the migrations the database has,
// in order of their versions, which count from 1 without gaps.
func appliedMigrations(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT to_regclass('kvartal.migration') IS NOT NULL").Scan(&exists); err != nil {
		return nil, err
	}
	if !exists {
		return nil, createMigrationTable(ctx, conn)
	}
	rows, err := conn.Query(ctx, "SELECT checksum FROM kvartal.migration ORDER BY version")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func createMigrationTable(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `
		BEGIN;
		CREATE SCHEMA IF NOT EXISTS kvartal;
		CREATE TABLE kvartal.migration (
		  version    integer PRIMARY KEY,
		  name       text NOT NULL,
		  checksum   text NOT NULL,
		  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
		);
		COMMENT ON TABLE kvartal.migration IS 'Migrations this database has had';
		COMMIT`)
	return err
}

func checkApplied(applied []string, migrations []migration) error {
	if len(applied) > len(migrations) {
		return kvartal.Errorf(kvartal.KindConflict,
			"the database is newer (migration %d) than this program, which knows %d: start the newer program, or restore a backup made by this one",
			len(applied), len(migrations))
	}
	for i, checksum := range applied {
		if m := migrations[i]; checksum != m.checksum {
			return kvartal.Errorf(kvartal.KindConflict,
				"the database was made by a different build of this program (migration %04d_%s differs): start that build, or begin with an empty database",
				m.version, m.name)
		}
	}
	return nil
}

func (m migration) apply(ctx context.Context, conn *pgx.Conn) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		// Without arguments, Exec sends the file as it is, with its many statements.
		if _, err := tx.Exec(ctx, m.sql); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "INSERT INTO kvartal.migration (version, name, checksum) VALUES ($1, $2, $3)",
			m.version, m.name, m.checksum)
		return err
	})
}

// failed says what to do about a migration that did not go through: most often
// the administrator of an external database has to prepare it.
func (m migration) failed(err error, cfg *pgx.ConnConfig) error {
	translated := Translate(err, fmt.Sprintf("migrate the database (%04d_%s)", m.version, m.name))
	if kvartal.KindOf(translated) != kvartal.KindForbidden {
		return translated
	}
	return kvartal.Errorf(kvartal.KindForbidden,
		"user %[1]q may not set up database %[2]q: let its administrator run there `CREATE EXTENSION postgis; GRANT INSERT, UPDATE, DELETE ON spatial_ref_sys TO %[3]s; GRANT CREATE ON DATABASE %[4]s TO %[3]s;`",
		cfg.User, cfg.Database, quote(cfg.User), quote(cfg.Database)).Because(err)
}

var migrationName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`)

// readMigrations returns the migrations of files in order. Their numbers must
// count from 1 without gaps.
func readMigrations(files fs.FS) ([]migration, error) {
	paths, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	migrations := make([]migration, 0, len(paths))
	for i, path := range paths {
		m, err := readMigration(files, path)
		if err != nil {
			return nil, err
		}
		if m.version != i+1 {
			return nil, fmt.Errorf("%s: want number %04d: migrations count from 1 without gaps", path, i+1)
		}
		migrations = append(migrations, m)
	}
	return migrations, nil
}

func readMigration(files fs.FS, path string) (migration, error) {
	parts := migrationName.FindStringSubmatch(path[len("migrations/"):])
	if parts == nil {
		return migration{}, fmt.Errorf("%s: want a name of the form 0001_what_it_makes.sql", path)
	}
	version, err := strconv.Atoi(parts[1])
	if err != nil {
		return migration{}, fmt.Errorf("%s: %w", path, err)
	}
	sql, err := fs.ReadFile(files, path)
	if err != nil {
		return migration{}, err
	}
	sum := sha256.Sum256(sql)
	return migration{version, parts[2], string(sql), hex.EncodeToString(sum[:])}, nil
}
