package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"kvartal"
)

// maxSocketPath is the longest path of a Unix socket in bytes: sun_path holds
// 108 with the final zero (unix(7)).
const maxSocketPath = 107

// socketName is the file PostgreSQL makes in its socket folder.
const socketName = ".s.PGSQL.5432"

// makeSocketDir returns a folder for the socket that the account alone may
// enter: beside the data, or if that path is too long for a socket, in a
// folder for such things under a name derived from the data folder.
func makeSocketDir(a account, dir string) (string, error) {
	path := filepath.Join(dir, "socket")
	if len(path)+1+len(socketName) > maxSocketPath {
		path = filepath.Join(runtimeDir(), shortSocketName(a, dir))
	}
	if err := a.makeDir(path); err != nil {
		return "", unwritable(filepath.Dir(path), err)
	}
	return path, checkSocketDir(a, path)
}

func shortSocketName(a account, dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return fmt.Sprintf("kvartal-%d-%s", a.uid, hex.EncodeToString(sum[:8]))
}

// runtimeDir is where short-lived files of this user belong.
func runtimeDir() string {
	if os.Geteuid() == 0 {
		return "/run"
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if uid, ok := ownerOf(dir); ok && uid == os.Geteuid() && len(dir) < 40 {
		return dir
	}
	return "/tmp"
}

// checkSocketDir refuses a socket folder that another user made or may enter:
// in /tmp anybody can take a name before us and listen in our stead.
func checkSocketDir(a account, path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("socket folder: %w", err)
	}
	owner := int(info.Sys().(*syscall.Stat_t).Uid)
	if !info.IsDir() || owner != a.uid || info.Mode().Perm()&0o077 != 0 {
		return kvartal.Errorf(kvartal.KindUnavailable,
			"the socket folder %s must be a folder that only user %s may enter: remove it and start again", path, a.name)
	}
	return nil
}
