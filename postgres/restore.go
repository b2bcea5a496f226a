package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"

	"kvartal"
)

// RestoreOptions say how to restore.
type RestoreOptions struct {
	// Replace permits a database that is not empty: what the program keeps in
	// it is dropped first.
	Replace  bool
	Progress Progress
}

// Restore fills the database at address from a file that Backup made, in one
// transaction: either all of it is there, or the database is as it was. Owners
// and grants become those of this database, whoever owned the old one. Errors
// are of KindInvalid if the file is damaged, cut short or no backup of this
// program, of KindConflict if the database is not empty or the backup is of a
// newer program. Migrate brings an older backup up to date afterwards.
func Restore(ctx context.Context, address, path string, opts RestoreOptions) error {
	file, err := os.Open(path)
	if err != nil {
		return kvartal.Errorf(kvartal.KindInvalid, "cannot read the backup %s: check its name and that you may read it", path).Because(err)
	}
	defer file.Close()
	tools, conn, err := openTools(ctx, address)
	if err != nil {
		return err
	}
	err = checkEmpty(ctx, conn, opts.Replace)
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		return err
	}
	archive, err := tools.openArchive(ctx, file)
	if err != nil {
		return err
	}
	// Damage is better found before the old rows are locked and dropped.
	if err := tools.verify(ctx, file); err != nil {
		return damaged(ctx, file, err)
	}
	return tools.restore(ctx, archive, opts)
}

func checkEmpty(ctx context.Context, conn *pgx.Conn, replace bool) error {
	var empty bool
	if err := conn.QueryRow(ctx, "SELECT to_regnamespace('kvartal') IS NULL").Scan(&empty); err != nil {
		return Translate(err, "look at the database")
	}
	if !empty && !replace {
		return kvartal.Errorf(kvartal.KindConflict,
			"the database is not empty: restore into a new data folder, or add --force to replace what is there")
	}
	return nil
}

// restore pipes the backup as SQL into a session of psql that commits only when
// it is told to at the very end: if either program fails, nothing has happened.
func (t tools) restore(ctx context.Context, a archive, opts RestoreOptions) error {
	script, sql := io.Pipe()
	session := t.command("psql", "--no-psqlrc", "--quiet", "--no-password",
		"--set=ON_ERROR_STOP=1", "--file=-", "--dbname="+t.conninfo)
	session.Stdin = script
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, session, nil)
		_ = script.Close() // from now on writing fails
		ended <- err
	}()
	fed := t.feed(ctx, sql, a, opts)
	_ = sql.Close() // without a COMMIT before, this rolls back
	switch err := <-ended; {
	case err == nil && fed == nil: // committed, even if ctx has ended since
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return kvartal.Errorf(kvartal.KindUnavailable,
			"the backup %s could not be restored, the database is as it was: look at the cause", a.file.Name()).Because(err)
	}
	return damaged(ctx, a.file, fed)
}

// feed writes the whole transaction to sql.
func (t tools) feed(ctx context.Context, sql io.Writer, a archive, opts RestoreOptions) error {
	if _, err := io.WriteString(sql, beforeRestore(opts.Replace)); err != nil {
		return err
	}
	if err := t.writeScript(ctx, sql, a, newTableCounter(opts.Progress, a.tables)); err != nil {
		return err
	}
	_, err := io.WriteString(sql, afterRestore)
	return err
}

// beforeRestore opens the transaction and makes room. Other servers on the
// database would hold locks; they are given half a minute to let go.
func beforeRestore(replace bool) string {
	var b strings.Builder
	b.WriteString("SET client_min_messages = warning;\nBEGIN;\nSET LOCAL lock_timeout = '30s';\n")
	fmt.Fprintf(&b, "SELECT pg_advisory_xact_lock(%d);\n", migrationLock)
	if replace {
		b.WriteString("DROP SCHEMA IF EXISTS kvartal, layer, history, staging, auth, audit, live CASCADE;\n")
	}
	for _, extension := range []string{"postgis", "pg_trgm", "btree_gist", "unaccent"} {
		fmt.Fprintf(&b, "CREATE EXTENSION IF NOT EXISTS %s;\n", extension)
	}
	// The backup brings the city's own coordinate systems.
	b.WriteString("DELETE FROM public.spatial_ref_sys WHERE srid >= 990000;\n")
	return b.String()
}

// afterRestore makes the rows at home in this database and commits.
const afterRestore = "\nSELECT kvartal.after_restore();\nANALYZE;\nCOMMIT;\n"

func damaged(ctx context.Context, file *os.File, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return kvartal.Errorf(kvartal.KindInvalid,
		"the backup %s is damaged or cut short, the database is as it was: take another backup, or copy this one anew", file.Name()).Because(err)
}
