package postgres

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"kvartal"
)

// account is the operating system user that the database runs as. PostgreSQL
// refuses to run as root, so root hands it to an unprivileged user.
type account struct {
	name     string
	uid, gid int
	dropped  bool // we are root and it is not us
}

// accountFor returns the user for the cluster in dir: ourselves, unless we are
// root; then the owner of an existing cluster, else "postgres", else "nobody".
func accountFor(dir string) (account, error) {
	if os.Geteuid() != 0 {
		return lookUp(strconv.Itoa(os.Geteuid()))
	}
	if uid, ok := ownerOf(dir); ok && uid != 0 {
		return lookUp(strconv.Itoa(uid))
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			return accountOf(u)
		}
	}
	return account{}, kvartal.Errorf(kvartal.KindUnavailable,
		"PostgreSQL refuses to run as root and there is no user to run it as: start kvartal as an ordinary user, or make one named postgres")
}

func lookUp(uid string) (account, error) {
	u, err := user.LookupId(uid)
	if err != nil {
		return account{}, kvartal.Errorf(kvartal.KindUnavailable,
			"the operating system has no user with id %s, which PostgreSQL needs to log in: add it to /etc/passwd", uid).Because(err)
	}
	return accountOf(u)
}

func accountOf(u *user.User) (account, error) {
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return account{}, fmt.Errorf("user id of %s: %w", u.Username, err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return account{}, fmt.Errorf("group id of %s: %w", u.Username, err)
	}
	return account{u.Username, uid, gid, os.Geteuid() == 0 && uid != 0}, nil
}

// ownerOf returns the user id that owns path; ok is false if there is no path.
func ownerOf(path string) (uid int, ok bool) {
	info, err := os.Lstat(path)
	if err != nil {
		return 0, false
	}
	return int(info.Sys().(*syscall.Stat_t).Uid), true
}

// command prepares a program to run as the account in a session of its own,
// so that Ctrl-C reaches us alone, with nothing of our environment.
func (a account) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if a.dropped {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return cmd
}

// makeDir makes a folder that the account alone may use, unless it exists.
func (a account) makeDir(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil {
		if os.IsExist(err) {
			return nil
		}
		return err
	}
	if a.dropped {
		return os.Lchown(path, a.uid, a.gid)
	}
	return nil
}

// checkAccess tells whether the account may enter dir, and if not, which of its
// parents is in the way. The kernel answers, when a program is started there,
// so access lists count as well.
func (a account) checkAccess(dir, program string) error {
	if !a.dropped || a.canEnter(dir, program) {
		return nil
	}
	for _, parent := range parents(dir) {
		if !a.canEnter(parent, program) {
			return kvartal.Errorf(kvartal.KindUnavailable,
				"PostgreSQL runs as user %[1]s, which may not enter %[2]s: run `chmod o+x %[2]s`, or choose a data folder elsewhere with KVARTAL_DATA_DIR, such as /var/lib/kvartal", a.name, parent)
		}
	}
	return kvartal.Errorf(kvartal.KindUnavailable,
		"%s does not run as user %s in %s: check the rights of the program and of the folder", program, a.name, dir)
}

// canEnter starts a program in dir: the change of folder happens after the
// change of user.
func (a account) canEnter(dir, program string) bool {
	cmd := a.command(program, "--version")
	cmd.Dir = dir
	return cmd.Run() == nil
}

// parents returns the folders from "/" down to path.
func parents(path string) []string {
	all := []string{"/"}
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		all = append(all, filepath.Join(all[len(all)-1], part))
	}
	return all
}
