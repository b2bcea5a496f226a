package pgtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// folderPrefix begins the names of the folders of test clusters.
const folderPrefix = "kvartal-test-"

// makeFolder makes the folder of this process's cluster, which goes when the
// process ends, and removes those that others had to leave behind.
func makeFolder() (string, error) {
	parent := os.TempDir()
	if len(parent) > 40 {
		parent = "/tmp" // keep the path of the socket short
	}
	removeAbandoned(parent)
	dir, err := os.MkdirTemp(parent, folderPrefix)
	if err != nil {
		return "", err
	}
	// The database may run as another user, who must pass through.
	if err := os.Chmod(dir, 0o711); err != nil {
		return "", err
	}
	return dir, removeAfterUs(dir)
}

// removeScript waits for the end of its standard input, then for that of the
// database, and removes the folder. A dead process may stay in the table of
// processes for long where nobody collects it, so the wait is bounded.
const removeScript = `
cat
pid=$(head -n 1 "$1/postgres/data/postmaster.pid")
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	[ -e "$1/postgres/data/postmaster.pid" ] && kill -0 "$pid" || break
	sleep 0.1
done
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }`

// removeAfterUs starts a process that removes dir when this one has ended, in
// whatever way: only then does the other end of its standard input close. The
// kernel ends the database at the same moment.
func removeAfterUs(dir string) error {
	cmd := exec.Command("/bin/sh", "-c", removeScript, "sh", dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if _, err := cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	// Waiting keeps our end of the pipe alive: left to the garbage collector, it
	// would be closed, and the folder removed, in the middle of the tests.
	go func() { _ = cmd.Wait() }()
	return nil
}

// removeAbandoned removes the folders of processes that were killed together
// with their removers.
func removeAbandoned(parent string) {
	dirs, err := filepath.Glob(filepath.Join(parent, folderPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		if abandoned(dir) {
			os.RemoveAll(dir) // if it fails, the next run tries again
		}
	}
}

// abandoned tells whether nobody holds the lock of a folder any more. A young
// one may be just being made.
func abandoned(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil || time.Since(info.ModTime()) < time.Minute {
		return false
	}
	f, err := os.Open(filepath.Join(dir, "kvartal.lock"))
	if err != nil {
		return os.IsNotExist(err)
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
