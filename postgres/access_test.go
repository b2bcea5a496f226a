package postgres_test

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kvartal"
	"kvartal/postgres"
)

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

func socketDir(t *testing.T, c *postgres.Cluster) string {
	t.Helper()
	u, err := url.Parse(c.URL(postgres.App))
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("host")
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
