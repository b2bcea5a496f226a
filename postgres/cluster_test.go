package postgres_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kvartal"
	"kvartal/postgres"
)

func TestClusterKeepsItsDataFromStartToStart(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	first, err := postgres.StartCluster(t.Context(), clusterConfig(dir))
	if err != nil {
		t.Fatal(err)
	}
	execute(t, first.URL(postgres.Owner), "CREATE TABLE mark AS SELECT 7 AS n")
	stopCluster(t, first)
	second := startCluster(t, dir)
	if got := query1[int](t, second.URL(postgres.Owner), "SELECT n FROM mark"); got != 7 {
		t.Errorf("row after a restart = %d, want 7", got)
	}
}

func TestClusterIsMadeForOurData(t *testing.T) {
	t.Parallel()
	c, err := postgres.StartCluster(t.Context(), serverConfig(dataDir(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer stopCluster(t, c)
	url := c.URL(postgres.Owner)
	for setting, want := range map[string]string{
		"server_encoding": "UTF8", "lc_ctype": "C.UTF-8", "data_checksums": "on", "jit": "off",
		"listen_addresses": "", "synchronous_commit": "on", "TimeZone": "UTC", "unix_socket_permissions": "0700",
	} {
		if got := query1[string](t, url, "SELECT current_setting($1)", setting); got != want {
			t.Errorf("%s = %q, want %q", setting, got, want)
		}
	}
	if !query1[bool](t, url, "SELECT 'СНЕГОУБОРКА' ILIKE '%снего%'") {
		t.Errorf("ILIKE does not fold Cyrillic case")
	}
	for _, role := range postgres.Roles() {
		if got := query1[string](t, c.URL(role), "SELECT session_user::text"); got != string(role) {
			t.Errorf("user of URL(%s) = %s", role, got)
		}
	}
	if query1[bool](t, url, "SELECT rolsuper FROM pg_roles WHERE rolname = session_user") {
		t.Errorf("the owner is a superuser")
	}
}

func TestSecondInstanceIsRefused(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	startCluster(t, dir)
	_, err := postgres.StartCluster(t.Context(), clusterConfig(dir))
	wantError(t, "StartCluster in a folder in use", err, kvartal.KindConflict,
		fmt.Sprintf("process %d", os.Getpid()), dir, "KVARTAL_DATA_DIR")
}

func TestJoinClusterUsesTheRunningOne(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	running := startCluster(t, dir)
	joined, err := postgres.JoinCluster(t.Context(), clusterConfig(dir))
	if err != nil {
		t.Fatalf("JoinCluster: %v", err)
	}
	if got, want := joined.URL(postgres.App), running.URL(postgres.App); got != want {
		t.Errorf("URL of the joined cluster = %s, want %s", got, want)
	}
	stopCluster(t, joined)
	query1[int](t, running.URL(postgres.App), "SELECT 1")
}

func TestJoinClusterStartsOneIfNoneRuns(t *testing.T) {
	t.Parallel()
	c, err := postgres.JoinCluster(t.Context(), clusterConfig(usedDir(t)))
	if err != nil {
		t.Fatalf("JoinCluster: %v", err)
	}
	defer stopCluster(t, c)
	query1[int](t, c.URL(postgres.App), "SELECT 1")
}

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
	server, said := startServer(t, dir, nil)
	if said != "ready" {
		t.Fatalf("the server said %q", said)
	}
	pid := postmaster(t, dir)
	kill(t, server.Process.Pid)
	_ = server.Wait() // killed, as it should be
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
	server, said := startServer(t, dir, nil)
	if said != "ready" {
		t.Fatalf("the server said %q", said)
	}
	kill(t, server.Process.Pid)
	_ = server.Wait()
	c := startCluster(t, dir)
	kill(t, postmaster(t, dir))
	pool, err := postgres.Connect(t.Context(), postgres.Config{URL: c.URL(postgres.App)})
	if err != nil {
		t.Fatalf("Connect after kill -9 of an adopted database: %v", err)
	}
	pool.Close()
}

func TestServerAndDatabaseKilledTogether(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	server, said := startServer(t, dir, nil)
	if said != "ready" {
		t.Fatalf("the server said %q", said)
	}
	kill(t, server.Process.Pid)
	kill(t, postmaster(t, dir))
	_ = server.Wait()
	c := startCluster(t, dir)
	query1[int](t, c.URL(postgres.App), "SELECT 1")
}

// After a restart of the machine the number in postmaster.pid may be that of
// any process.
func TestStaleProcessIDOfAStranger(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	data := filepath.Join(dir, "postgres/data")
	file := fmt.Sprintf("%d\n%s\n1700000000\n5432\n%s\n\n", os.Getppid(), data, dir)
	for _, path := range []string{"postgres/data/postmaster.pid", "postgres/socket/.s.PGSQL.5432.lock"} {
		if err := os.WriteFile(filepath.Join(dir, path), []byte(file), 0o644); err != nil {
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

func TestForeignMajorVersionIsRefused(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	data := filepath.Join(dir, "postgres/data")
	if err := os.MkdirAll(data, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte("42\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := postgres.StartCluster(t.Context(), clusterConfig(dir))
	wantError(t, "StartCluster on the files of PostgreSQL 42", err, kvartal.KindUnavailable,
		"PostgreSQL 42", "postgresql-42-postgis-3", "kvartal backup", "kvartal restore")
}

func TestBrokenSettingIsReported(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	if err := os.WriteFile(filepath.Join(dir, "postgres/local.conf"), []byte("work_mem = 'plenty'\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := postgres.StartCluster(t.Context(), clusterConfig(dir))
	wantError(t, "StartCluster with a broken local.conf", err, kvartal.KindUnavailable, "start.log", "work_mem")
}

func TestLocalSettingsCount(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	if err := os.WriteFile(filepath.Join(dir, "postgres/local.conf"), []byte("work_mem = '7MB'\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := query1[string](t, startCluster(t, dir).URL(postgres.App), "SHOW work_mem"); got != "7MB" {
		t.Errorf("work_mem with local.conf = %s, want 7MB", got)
	}
}

func TestFolderClosedToTheDatabaseUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("an ordinary user runs the database itself")
	}
	closed := filepath.Join(dataDir(t), "home")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := postgres.StartCluster(t.Context(), clusterConfig(filepath.Join(closed, "var")))
	wantError(t, "StartCluster in a closed folder", err, kvartal.KindUnavailable, "chmod o+x "+closed+"`", "KVARTAL_DATA_DIR")
}

func TestFileInPlaceOfTheDataFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(dataDir(t), "var")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		_, err := postgres.StartCluster(t.Context(), clusterConfig(dir))
		wantError(t, "StartCluster("+dir+")", err, kvartal.KindUnavailable, dir, "KVARTAL_DATA_DIR")
	}
}

func TestSocketOfALongPathIsElsewhere(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(dataDir(t), strings.Repeat("long/", 25))
	c := startCluster(t, dir)
	socket := socketDir(t, c)
	t.Cleanup(func() { os.Remove(socket) })
	if strings.HasPrefix(socket, dir) || len(socket) > 80 {
		t.Errorf("socket folder = %s, want a short one", socket)
	}
	info, err := os.Stat(socket)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("socket folder %s has mode %v, want 0700", socket, info.Mode().Perm())
	}
}

func TestSquattedSocketFolderIsRefused(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	if err := os.MkdirAll(filepath.Join(dir, "postgres/socket"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := postgres.StartCluster(t.Context(), clusterConfig(dir))
	wantError(t, "StartCluster with a socket folder open to all", err, kvartal.KindUnavailable, "postgres/socket", "remove it")
}

func TestStrangersCannotConnect(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root to become somebody else")
	}
	c := startCluster(t, usedDir(t))
	socket := socketDir(t, c)
	// Even through an open folder and an open socket the map of users holds.
	if err := os.Chmod(socket, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(socket, ".s.PGSQL.5432"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, role := range append(postgres.Roles(), "postgres") {
		psql := exec.Command("/usr/bin/psql", "-c", "SELECT 1", c.URL(role))
		psql.SysProcAttr = &syscall.SysProcAttr{Credential: nobody(t)}
		out, err := psql.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "Peer authentication failed") {
			t.Errorf("psql of user nobody as %s: %v, said %s; want a refusal", role, err, out)
		}
	}
}

func TestOrdinaryUserRunsACluster(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("all other tests show it")
	}
	dir := dataDir(t)
	asNobody := copyOfThisProgram(t, dir)
	_, said := startServer(t, filepath.Join(dir, "var"), asNobody)
	for _, words := range []string{"cannot write to the data folder", "chown", "KVARTAL_DATA_DIR"} {
		if !strings.Contains(said, words) {
			t.Errorf("in a folder of root the server of user nobody said %q, want %q", said, words)
		}
	}
	own := filepath.Join(dir, "own")
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(own, int(nobody(t).Uid), int(nobody(t).Gid)); err != nil {
		t.Fatal(err)
	}
	server, said := startServer(t, own, asNobody)
	if said != "ready" {
		t.Fatalf("the server of user nobody said %q, want ready", said)
	}
	kill(t, server.Process.Pid)
	_ = server.Wait()
	// Root takes the cluster over as what it is: that of user nobody.
	query1[int](t, startCluster(t, own).URL(postgres.App), "SELECT 1")
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

func mustStart(t *testing.T, dir string) *postgres.Cluster {
	t.Helper()
	c, err := postgres.StartCluster(t.Context(), clusterConfig(dir))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func socketDir(t *testing.T, c *postgres.Cluster) string {
	t.Helper()
	u, err := url.Parse(c.URL(postgres.App))
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("host")
}

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

func nobody(t *testing.T) *syscall.Credential {
	t.Helper()
	const id = 65534 // nobody and nogroup, since Unix has them
	return &syscall.Credential{Uid: id, Gid: id}
}

// copyOfThisProgram puts this test program where anybody can run it and returns
// what makes a command run it as user nobody.
func copyOfThisProgram(t *testing.T, dir string) func(*exec.Cmd) {
	t.Helper()
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "program")
	if err := os.WriteFile(path, program, 0o755); err != nil {
		t.Fatal(err)
	}
	return func(cmd *exec.Cmd) {
		cmd.Path = path
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: nobody(t)}
	}
}
