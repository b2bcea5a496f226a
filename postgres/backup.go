package postgres

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"

	"kvartal"
)

// Progress hears of every table that a backup or restore begins with: done
// tables are finished, of total. It must return quickly. May be nil.
type Progress func(table string, done, total int)

// Backup writes the whole database, except revisions being loaded and PostgreSQL's
// large objects, which the program does not use, to a file
// that Restore reads: PostgreSQL's custom format, compressed, the state of one
// moment, while everybody goes on working. The file appears under its name when
// it is complete, read back and safe on disk; only its owner may read it. The
// address is Cluster.URL(Owner) or that of an external database.
func Backup(ctx context.Context, address, path string, progress Progress) error {
	tools, conn, err := openTools(ctx, address)
	if err != nil {
		return err
	}
	total, err := countTables(ctx, conn)
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		return Translate(err, "look at the tables to back up")
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".kvartal-backup-*")
	if err != nil {
		return cannotWrite(path, err)
	}
	defer os.Remove(file.Name()) // has moved if all went well
	defer file.Close()
	if err := tools.dump(ctx, file, newTableCounter(progress, total)); err != nil {
		return notWhole(ctx, path, err)
	}
	if err := tools.verify(ctx, file); err != nil {
		return notWhole(ctx, path, err)
	}
	if err := publish(file, path); err != nil {
		return cannotWrite(path, err)
	}
	return nil
}

// countTables counts the tables that pg_dump will name.
func countTables(ctx context.Context, conn *pgx.Conn) (total int, err error) {
	err = conn.QueryRow(ctx, `
		SELECT count(*) FROM pg_class c
		JOIN pg_namespace n ON n.oid = relnamespace
		WHERE relkind = 'r' AND nspname <> 'staging' AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\_%'
		  AND (NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
		    OR EXISTS (SELECT FROM pg_extension WHERE c.oid = ANY (extconfig)))`).Scan(&total)
	return total, err
}

func (t tools) dump(ctx context.Context, file *os.File, tables tableCounter) error {
	cmd := t.command("pg_dump", "--format=custom", "--verbose", "--no-password",
		"--no-blobs", "--exclude-table=staging.*", "--dbname="+t.conninfo)
	cmd.Stdout = file
	return run(ctx, cmd, tables.hear)
}

// verify reads a backup to its end: the list of contents at its beginning says
// nothing about a disk that lost the rest.
func (t tools) verify(ctx context.Context, file *os.File) error {
	return t.readArchive(ctx, file, nil, "--file=/dev/null")
}

// publish gives a finished file its name, safely on disk.
func publish(file *os.File, path string) error {
	if err := file.Sync(); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func notWhole(ctx context.Context, path string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return kvartal.Errorf(kvartal.KindUnavailable,
		"the backup %s was not made: check the disk's free space and the cause, then try again", path).Because(err)
}

func cannotWrite(path string, err error) error {
	sentence := "check the path and its disk"
	switch {
	case errors.Is(err, os.ErrNotExist):
		sentence = "its folder does not exist; make it first"
	case errors.Is(err, os.ErrPermission):
		sentence = "you may not write there; choose another place"
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		sentence = "the disk is full; free some space"
	}
	return kvartal.Errorf(kvartal.KindInvalid, "cannot write the backup %s: %s", path, sentence).Because(err)
}

// tableCounter turns what pg_dump and pg_restore say into Progress.
type tableCounter struct {
	progress Progress
	total    int
	done     *int
}

func newTableCounter(progress Progress, total int) tableCounter {
	return tableCounter{progress, total, new(int)}
}

// hear understands the lines
//
//	pg_dump: dumping contents of table "layer.trees"
//	pg_restore: processing data for table "layer.trees"
func (c tableCounter) hear(line string) {
	if c.progress == nil {
		return
	}
	for _, beginning := range []string{"dumping contents of table ", "processing data for table "} {
		_, quoted, ok := strings.Cut(line, beginning)
		if !ok {
			continue
		}
		c.progress(strings.Trim(quoted, `"`), min(*c.done, c.total), c.total)
		*c.done++
	}
}
