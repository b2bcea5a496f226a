package postgres

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"kvartal"
)

// lockName is the file in the data folder that the one instance holds locked.
const lockName = "kvartal.lock"

// errInUse is why a data folder cannot be locked.
var errInUse = errors.New("the lock is held")

// lockDataDir takes the lock of a data folder for this process. The kernel
// frees it when the process ends, however it ends. The error is of
// KindConflict, naming the holder, if another instance has it.
func lockDataDir(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o644)
	if err != nil {
		return nil, unwritable(dir, err)
	}
	if err := lockFile(f); err != nil {
		holder := lockHolder(f)
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, kvartal.Errorf(kvartal.KindConflict,
				"another kvartal%s uses the data folder %s: stop it first, or choose another folder with KVARTAL_DATA_DIR", holder, dir).Because(errInUse)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if err := writePID(f); err != nil {
		f.Close()
		return nil, unwritable(dir, err)
	}
	return f, nil
}

func lockFile(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	return err
}

// lockHolder returns " (process 123)", or "" if the file does not say.
func lockHolder(f *os.File) string {
	pid := make([]byte, 20)
	n, _ := f.ReadAt(pid, 0) // io.EOF is expected: the file is shorter
	if text := strings.TrimSpace(string(pid[:n])); text != "" {
		return " (process " + text + ")"
	}
	return ""
}

// unwritable says that the data folder cannot be written and what to do.
func unwritable(dir string, err error) error {
	sentence := fmt.Sprintf("cannot write to the data folder %s: ", dir)
	switch {
	case errors.Is(err, os.ErrPermission):
		sentence += "give it to the user that runs kvartal (`chown`), or choose another folder with KVARTAL_DATA_DIR"
	case errors.Is(err, unix.EROFS):
		sentence += "its file system is read-only; choose another folder with KVARTAL_DATA_DIR"
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		sentence += "the disk is full; free some space"
	case errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.EEXIST):
		sentence += "a file is in its place; choose another folder with KVARTAL_DATA_DIR"
	default:
		sentence += "look at the cause"
	}
	return kvartal.Errorf(kvartal.KindUnavailable, "%s", sentence).Because(err)
}
