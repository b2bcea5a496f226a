package postgres

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a running postmaster: our child, or one that an earlier instance
// left behind.
type process struct {
	pid    int
	done   chan struct{} // closed when it has ended
	signal func(syscall.Signal) error
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// launch starts cmd. With dieWithUs the kernel sends it SIGQUIT when this
// process ends: strictly, when the thread that started it ends, so that thread
// is kept for as long.
func launch(cmd *exec.Cmd, dieWithUs bool) (*process, error) {
	if dieWithUs {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	}
	p := &process{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	p.pid = cmd.Process.Pid
	p.signal = func(s syscall.Signal) error { return cmd.Process.Signal(s) }
	return p, nil
}

// adopt watches a process that is not our child.
func adopt(pid int) (*process, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil, fmt.Errorf("watch process %d: %w", pid, err)
	}
	found, err := os.FindProcess(pid)
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("watch process %d: %w", pid, err)
	}
	p := &process{pid: pid, done: make(chan struct{})}
	p.signal = func(s syscall.Signal) error { return found.Signal(s) }
	go func() {
		defer close(p.done)
		defer func() { _ = unix.Close(fd) }()
		awaitEnd(fd)
	}()
	return p, nil
}

// awaitEnd returns when the process behind a pidfd has ended.
func awaitEnd(pidfd int) {
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, -1)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// postmasterPID returns the process id that postmaster.pid of a cluster names,
// if that process is alive and really is a postmaster of this cluster: after a
// restart of the machine the number may be anybody's.
func postmasterPID(data string) (int, bool) {
	pid, err := strconv.Atoi(pidFileLine(data, pidFilePID))
	if err != nil || !isServerOf(pid, data) {
		return 0, false
	}
	return pid, true
}

// Lines of postmaster.pid (src/include/utils/pidfile.h of PostgreSQL).
const (
	pidFilePID    = 1
	pidFileSocket = 5 // folder of the socket
	pidFileStatus = 8 // starting, stopping, ready, standby
)

// pidFileLine returns a line of postmaster.pid, "" if there is none.
func pidFileLine(data string, n int) string {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return ""
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < n {
		return ""
	}
	return strings.TrimSpace(lines[n-1])
}

// isServerOf tells whether a process is a postmaster or a backend of the
// cluster in data: both work in its folder.
func isServerOf(pid int, data string) bool {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	name, err := os.ReadFile(filepath.Join(proc, "comm"))
	if err != nil || !bytes.Equal(bytes.TrimSpace(name), []byte("postgres")) {
		return false
	}
	dir, err := os.Readlink(filepath.Join(proc, "cwd"))
	return err == nil && dir == data
}

// serversOf returns all processes of the cluster in data.
func serversOf(data string) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && isServerOf(pid, data) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// clearAfterCrash makes way for a new postmaster after one was killed, or after
// the machine was: its backends, which would keep the shared memory and could
// still write, are told to quit at once and awaited. Then its lock files mean
// nothing, but PostgreSQL would believe them if their number now belongs to
// some other process, so they are removed.
func clearAfterCrash(data, socketDir string) error {
	if err := endBackends(data); err != nil {
		return err
	}
	socket := filepath.Join(socketDir, socketName)
	for _, path := range []string{filepath.Join(data, "postmaster.pid"), socket, socket + ".lock"} {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

func endBackends(data string) error {
	deadline := time.Now().Add(10 * time.Second)
	signal := syscall.SIGQUIT
	for left := serversOf(data); len(left) > 0; left = serversOf(data) {
		if time.Now().After(deadline) {
			return fmt.Errorf("processes %v of a killed PostgreSQL do not end", left)
		}
		if time.Until(deadline) < 5*time.Second {
			signal = syscall.SIGKILL
		}
		for _, pid := range left {
			_ = syscall.Kill(pid, signal) // it may have ended just now
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}
