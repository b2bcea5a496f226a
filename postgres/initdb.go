package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"kvartal"
)

// initdb makes a cluster in dir/data. It works in a folder of another name that
// is renamed when all is done, so that a crash leaves no half cluster behind.
func initdb(ctx context.Context, inst installation, a account, dir string, throwaway bool) error {
	if err := removeUnfinished(dir); err != nil {
		return err
	}
	fresh := filepath.Join(dir, fmt.Sprintf("%s%d", unfinishedPrefix, os.Getpid()))
	if err := a.makeDir(fresh); err != nil {
		return unwritable(dir, err)
	}
	args := []string{
		"--pgdata=" + fresh, "--username=" + string(superuser),
		// Under C, pg_trgm finds no trigrams in Cyrillic and ILIKE fails.
		"--encoding=UTF8", "--locale=C.UTF-8",
		"--data-checksums", "--auth-local=peer", "--auth-host=reject", "--no-instructions",
	}
	if throwaway {
		args = append(args, "--no-sync")
	}
	if err := run(ctx, a.command(inst.program("initdb"), args...), nil); err != nil {
		return errors.Join(kvartal.Errorf(kvartal.KindUnavailable,
			"cannot make a PostgreSQL cluster in %s: look at the cause, and whether the disk has 100 MB to spare", dir).Because(err),
			os.RemoveAll(fresh))
	}
	if err := os.Rename(fresh, filepath.Join(dir, dataName)); err != nil {
		return unwritable(dir, err)
	}
	return syncDir(dir)
}

// unfinishedPrefix begins the names of clusters being made.
const unfinishedPrefix = "new-"

func removeUnfinished(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return unwritable(dir, err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), unfinishedPrefix) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return unwritable(dir, err)
		}
	}
	return nil
}

// clusterMajor returns the major version that made the cluster in data, or 0 if
// there is none.
func clusterMajor(data string) (int, error) {
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, unwritable(filepath.Dir(data), err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, kvartal.Errorf(kvartal.KindUnavailable,
			"%s does not hold a PostgreSQL cluster (PG_VERSION says %.20q): restore a backup into a new data folder", data, text)
	}
	return major, nil
}

// installationFor returns the programs that can run the cluster in data. The
// files of a cluster belong to one major version.
func installationFor(data string) (installation, error) {
	major, err := clusterMajor(data)
	if err != nil {
		return installation{}, err
	}
	inst, err := findInstallation("/", major)
	if err == nil || major == 0 {
		return inst, err
	}
	found := "no usable PostgreSQL"
	if newest, err := findInstallation("/", 0); err == nil {
		found = "PostgreSQL " + strconv.Itoa(newest.major)
	}
	return installation{}, kvartal.Errorf(kvartal.KindUnavailable,
		"the data folder %s was made by PostgreSQL %d and this machine has %s: install `%s`; to move to another version, make a backup with `kvartal backup` there and `kvartal restore` it into a new data folder",
		data, major, found, packages(major))
}

// syncDir makes a rename in dir survive a power failure.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
