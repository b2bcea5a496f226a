package pgtest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kvartal/postgres/pgtest"
)

// endsAs is set for a copy of this program that ends in a certain way.
const endsAs = "KVARTAL_TEST_ENDS_AS"

// TestEnding is what the copy runs; by itself it does nothing.
func TestEnding(t *testing.T) {
	end := os.Getenv(endsAs)
	if end == "" {
		t.Skip("runs in a process of its own only")
	}
	pgtest.New(t)
	fmt.Println("ready")
	switch end {
	case "kill":
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	case "panic":
		panic("on purpose")
	case "exit":
		os.Exit(3)
	}
}

// However a test program ends, neither database nor folder stay behind.
func TestNothingStaysBehind(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"normally", "kill", "panic", "exit"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			dir := shortDir(t)
			cmd := exec.Command(os.Args[0], "-test.run=^TestEnding$")
			cmd.Env = append(os.Environ(), endsAs+"="+end, "TMPDIR="+dir)
			out, err := cmd.CombinedOutput()
			if !strings.Contains(string(out), "ready") {
				t.Fatalf("the test program did not come to its end: %v: %s", err, out)
			}
			waitUntilEmpty(t, dir)
		})
	}
}

// waitUntilEmpty waits until a folder is empty and nothing runs in it.
func waitUntilEmpty(t *testing.T, dir string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		left, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		running := processesIn(dir)
		if len(left) == 0 && len(running) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left behind: folders %v, processes %v", left, running)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// processesIn returns the command lines of processes that mention or work in dir.
func processesIn(dir string) []string {
	var found []string
	paths, _ := filepath.Glob("/proc/[0-9]*")
	for _, path := range paths {
		cwd, _ := os.Readlink(filepath.Join(path, "cwd")) // may have ended
		cmdline, _ := os.ReadFile(filepath.Join(path, "cmdline"))
		if strings.HasPrefix(cwd, dir) || strings.Contains(string(cmdline), dir) {
			found = append(found, string(cmdline))
		}
	}
	return found
}

func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "kv-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}
