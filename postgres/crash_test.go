package postgres_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kvartal"
	"kvartal/postgres"
)

func TestKilledDatabaseIsRestarted(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	// Committed is committed: a throw-away cluster would not promise that.
	c, err := postgres.StartCluster(t.Context(), serverConfig(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer stopCluster(t, c)
	execute(t, c.URL(postgres.Owner), "CREATE TABLE mark AS SELECT 7 AS n")
	killed := postmaster(t, dir)
	kill(t, killed)
	pool, err := postgres.Connect(t.Context(), postgres.Config{URL: c.URL(postgres.Owner)})
	if err != nil {
		t.Fatalf("Connect after kill -9 of the database: %v", err)
	}
	defer pool.Close()
	var n int
	if err := pool.QueryRow(t.Context(), "SELECT n FROM mark").Scan(&n); err != nil || n != 7 {
		t.Errorf("row after kill -9 of the database = %d, %v; want 7", n, err)
	}
	if pid := postmaster(t, dir); pid == killed {
		t.Errorf("process id after the restart is still %d", pid)
	}
}

func TestOrphanIsTakenOver(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	pid := orphan(t, dir)
	c, err := postgres.StartCluster(t.Context(), clusterConfig(dir))
	if err != nil {
		t.Fatalf("StartCluster after kill -9 of the server: %v", err)
	}
	query1[int](t, c.URL(postgres.App), "SELECT 1")
	if got := postmaster(t, dir); got != pid {
		t.Errorf("database process = %d, want the orphan %d", got, pid)
	}
	stopCluster(t, c)
	if _, err := os.Stat(filepath.Join(dir, "postgres/data/postmaster.pid")); !os.IsNotExist(err) {
		t.Errorf("after Stop of an adopted database postmaster.pid: %v, want none", err)
	}
}

func TestKilledOrphanIsRestarted(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	pid := orphan(t, dir)
	c := startCluster(t, dir)
	kill(t, pid)
	pool, err := postgres.Connect(t.Context(), postgres.Config{URL: c.URL(postgres.App)})
	if err != nil {
		t.Fatalf("Connect after kill -9 of an adopted database: %v", err)
	}
	pool.Close()
}

func TestServerAndDatabaseKilledTogether(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	kill(t, orphan(t, dir))
	c := startCluster(t, dir)
	query1[int](t, c.URL(postgres.App), "SELECT 1")
}

// After a restart of the machine the number in the lock files may be that of
// any process.
func TestLockFilesThatNameAStranger(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	kill(t, orphan(t, dir))
	for _, name := range []string{"data/postmaster.pid", "socket/.s.PGSQL.5432.lock"} {
		path := filepath.Join(dir, "postgres", name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), "\n")
		if err := os.WriteFile(path, fmt.Appendf(nil, "%d\n%s", os.Getppid(), rest), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := startCluster(t, dir)
	query1[int](t, c.URL(postgres.App), "SELECT 1")
}

func TestUnfinishedClusterIsMadeAnew(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	half := filepath.Join(dir, "postgres/new-1/base")
	if err := os.MkdirAll(half, 0o755); err != nil {
		t.Fatal(err)
	}
	startCluster(t, dir)
	if _, err := os.Stat(half); !os.IsNotExist(err) {
		t.Errorf("the half cluster of a crashed start: %v, want it removed", err)
	}
}

func TestStopThatMayNotWaitKills(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	c := mustStart(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantError(t, "Stop without time", c.Stop(ctx), kvartal.KindTimeout, "recovers")
	query1[int](t, startCluster(t, dir).URL(postgres.App), "SELECT 1")
}

func TestCanceledStartLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := postgres.StartCluster(ctx, clusterConfig(dir)); err == nil {
		t.Fatal("StartCluster with 10 ms = nil, want an error")
	}
	startCluster(t, dir) // neither locked nor running
}

// orphan runs a server in dir, kills it and returns the process id of the
// database it leaves behind.
func orphan(t *testing.T, dir string) int {
	t.Helper()
	server, said := startServer(t, dir, nil)
	if said != "ready" {
		t.Fatalf("the server said %q, want ready", said)
	}
	kill(t, server.Process.Pid)
	_ = server.Wait() // killed, as it should be
	return postmaster(t, dir)
}

// postmaster returns the process id of the database in dir.
func postmaster(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "postgres/data/postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}
