package bus

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"kvartal"
)

// lock takes the folder of the embedded server for this process: two servers
// that write into one would break it. The kernel frees it however we end.
func lock(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, kvartal.Errorf(kvartal.KindForbidden, "cannot make the folder %s for the bus of live objects", dir).Because(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindForbidden, "cannot write into the folder %s of the bus of live objects", dir).Because(err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.Join(err, f.Close())
		}
		return nil, errors.Join(kvartal.Errorf(kvartal.KindConflict,
			"another kvartal keeps live objects in %s: give each server a data folder of its own, and one bus to all with KVARTAL_BUS_URL", dir), f.Close())
	}
	return f, nil
}
