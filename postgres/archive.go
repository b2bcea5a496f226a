package postgres

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"kvartal"
)

// archive is a backup file whose list of contents has been read.
type archive struct {
	file   *os.File
	list   string // what to restore of it, as pg_restore reads it
	tables int    // how many tables have rows in it
}

// openArchive checks that a file is a backup of this program or an older one.
func (t tools) openArchive(ctx context.Context, file *os.File) (archive, error) {
	var listed bytes.Buffer
	if err := t.readArchive(ctx, file, &listed, "--list"); err != nil {
		return archive{}, notABackup(ctx, file, err)
	}
	a := archive{file: file}
	for entry := range strings.Lines(listed.String()) {
		if !wanted(entry) {
			continue
		}
		a.list += entry
		if strings.Contains(entry, " TABLE DATA ") {
			a.tables++
		}
	}
	if !strings.Contains(a.list, " TABLE DATA kvartal migration ") {
		return archive{}, notABackup(ctx, file, errors.New("it has no table kvartal.migration"))
	}
	return a, t.checkVersion(ctx, a)
}

func notABackup(ctx context.Context, file *os.File, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return kvartal.Errorf(kvartal.KindInvalid,
		"%s is not a backup made by `kvartal backup`, or it is damaged: choose another file", file.Name()).Because(err)
}

// wanted tells whether an entry of the list of contents is to be restored.
// Extensions, and schema public, are this database's own; only their owner may
// make or comment them.
func wanted(entry string) bool {
	if strings.HasPrefix(entry, ";") {
		return false
	}
	for _, own := range []string{" EXTENSION - ", " COMMENT - EXTENSION ", " SCHEMA - public ", " COMMENT - SCHEMA public "} {
		if strings.Contains(entry, own) {
			return false
		}
	}
	return true
}

// checkVersion refuses the backup of a newer program before anything is
// replaced by it.
func (t tools) checkVersion(ctx context.Context, a archive) error {
	var script bytes.Buffer
	if err := t.readArchive(ctx, a.file, &script, "--data-only", "--schema=kvartal", "--table=migration", "--file=-"); err != nil {
		return damaged(ctx, a.file, err)
	}
	known, err := readMigrations(migrationFiles)
	if err != nil {
		return err
	}
	if version := lastMigration(&script); version > len(known) {
		return kvartal.Errorf(kvartal.KindConflict,
			"the backup %s was made by a newer program (migration %d, this one knows %d): restore it with that program", a.file.Name(), version, len(known))
	}
	return nil
}

// lastMigration reads the highest version from the COPY of kvartal.migration,
// whose rows begin with it.
func lastMigration(script io.Reader) int {
	last, rows := 0, false
	for lines := bufio.NewScanner(script); lines.Scan(); {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "COPY kvartal.migration (version,"):
			rows = true
		case line == `\.`:
			rows = false
		case rows:
			version, _, _ := strings.Cut(line, "\t")
			if n, err := strconv.Atoi(version); err == nil {
				last = max(last, n)
			}
		}
	}
	return last
}

// readArchive runs pg_restore on a file from its beginning.
func (t tools) readArchive(ctx context.Context, file *os.File, out io.Writer, args ...string) error {
	cmd := t.command("pg_restore", args...)
	return runOn(ctx, cmd, file, out, nil)
}

// writeScript writes what is wanted of an archive as SQL.
func (t tools) writeScript(ctx context.Context, sql io.Writer, a archive, tables tableCounter) error {
	list, err := memoryFile("list of contents", a.list)
	if err != nil {
		return err
	}
	defer list.Close()
	cmd := t.command("pg_restore", "--verbose", "--no-owner", "--no-privileges",
		"--use-list=/proc/self/fd/3", "--file=-")
	cmd.ExtraFiles = []*os.File{list}
	return runOn(ctx, cmd, a.file, sql, tables.hear)
}

// runOn runs cmd with a file, from its beginning, as standard input: programs
// that run as another user may not open it themselves.
func runOn(ctx context.Context, cmd *exec.Cmd, file *os.File, out io.Writer, heard func(string)) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	cmd.Stdin, cmd.Stdout = file, out
	return run(ctx, cmd, heard)
}

// memoryFile returns a file without a name, which a program that runs as
// another user may open through its own descriptor.
func memoryFile(name, text string) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a file in memory: %w", err)
	}
	f := os.NewFile(uintptr(fd), name)
	if _, err := f.WriteString(text); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
