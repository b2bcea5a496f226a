package postgres_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
)

// serverDir is set for a copy of this program that plays the server.
const serverDir = "KVARTAL_TEST_SERVER_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(serverDir); dir != "" {
		playServer(dir)
	}
	code := m.Run()
	os.RemoveAll(preparedDir())
	os.Exit(code)
}

// playServer runs a cluster until it is killed. It says "ready" or why not.
func playServer(dir string) {
	if _, err := postgres.StartCluster(context.Background(), serverConfig(dir)); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ready")
	select {}
}

// startServer starts a process of this program that runs a cluster in dir.
func startServer(t *testing.T, dir string, configure func(*exec.Cmd)) (server *exec.Cmd, said string) {
	t.Helper()
	server = exec.Command(os.Args[0])
	server.Env = append(os.Environ(), serverDir+"="+dir)
	if configure != nil {
		configure(server)
	}
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill() // it may be dead already
		_ = server.Wait()
	})
	said, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server process said %q, then %v", said, err)
	}
	return server, strings.TrimSpace(said)
}

// clusterConfig is that of a cluster which the kernel ends together with this
// program, should a test fail to.
func clusterConfig(dir string) postgres.ClusterConfig {
	return postgres.ClusterConfig{DataDir: dir, StartTimeout: time.Minute, Throwaway: true}
}

// serverConfig is that of a real cluster, which outlives its server.
func serverConfig(dir string) postgres.ClusterConfig {
	return postgres.ClusterConfig{DataDir: dir, StartTimeout: time.Minute}
}

// dataDir returns an empty folder that the database user can pass through, as
// t.TempDir is not for root.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kvartal-cluster-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

// prepare makes one cluster and stops it, so that most tests need not wait for
// initdb and PostGIS.
var prepare = sync.OnceValue(func() error {
	c, err := postgres.StartCluster(context.Background(), clusterConfig(preparedDir()))
	if err != nil {
		return err
	}
	return c.Stop(context.Background())
})

func preparedDir() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("kvartal-cluster-%d", os.Getpid()))
}

// usedDir returns a data folder in which a cluster has run before.
func usedDir(t *testing.T) string {
	t.Helper()
	if err := prepare(); err != nil {
		t.Fatal(err)
	}
	dir := dataDir(t)
	if out, err := exec.Command("cp", "-a", preparedDir()+"/.", dir).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}
	return dir
}

// startCluster starts a cluster in dir that the end of the test stops.
func startCluster(t *testing.T, dir string) *postgres.Cluster {
	t.Helper()
	c, err := postgres.StartCluster(t.Context(), clusterConfig(dir))
	if err != nil {
		t.Fatalf("StartCluster(%s): %v", dir, err)
	}
	t.Cleanup(func() { stopCluster(t, c) })
	return c
}

func stopCluster(t *testing.T, c *postgres.Cluster) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := c.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

// query1 returns the one value of a query that runs on a connection of its own.
func query1[T any](t *testing.T, url, sql string, args ...any) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var value T
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

// execute runs SQL on a connection of its own.
func execute(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// wantError checks the kind of an error and that its message says certain words.
func wantError(t *testing.T, call string, err error, kind kvartal.Kind, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("%s = nil, want an error of kind %s", call, kind)
	}
	if got := kvartal.KindOf(err); got != kind {
		t.Errorf("%s = %v (%s), want kind %s", call, err, got, kind)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%s = %v, want it to say %q", call, err, word)
		}
	}
}
