package postgres_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

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
	if err := os.WriteFile(filepath.Join(dir, "postgres/local.conf"), []byte("work_mem = '7MB'\nport = 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := query1[string](t, startCluster(t, dir).URL(postgres.App), "SHOW work_mem"); got != "7MB" {
		t.Errorf("work_mem with local.conf = %s, want 7MB", got)
	}
}

func mustStart(t *testing.T, dir string) *postgres.Cluster {
	t.Helper()
	c, err := postgres.StartCluster(t.Context(), clusterConfig(dir))
	if err != nil {
		t.Fatal(err)
	}
	return c
}
