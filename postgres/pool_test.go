package postgres_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"kvartal"
	"kvartal/postgres"
	"kvartal/postgres/pgtest"
)

func TestSessionsOfThePool(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	pool, err := postgres.Connect(t.Context(), postgres.Config{URL: db.URL, ApplicationName: "tiles", StatementTimeout: 50 * time.Millisecond, MaxConns: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var got string
	if err := pool.QueryRow(t.Context(), "SELECT concat_ws(' ', current_setting('timezone'), current_setting('application_name'), current_setting('statement_timeout'))").Scan(&got); err != nil {
		t.Fatal(err)
	}
	if want := "UTC tiles 50ms"; got != want {
		t.Errorf("time zone, name and time limit = %q, want %q", got, want)
	}
	_, err = pool.Exec(t.Context(), "SELECT pg_sleep(10)")
	wantError(t, "a slow statement", postgres.Translate(err, "read trees"), kvartal.KindTimeout, "cannot read trees")
	if got := pool.Config().MaxConns; got != 3 {
		t.Errorf("MaxConns = %d, want 3", got)
	}
}

func TestSettingsInTheURLCount(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t).URL + "&statement_timeout=7000&application_name=mine&pool_max_conns=2"
	pool, err := postgres.Connect(t.Context(), postgres.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var got string
	if err := pool.QueryRow(t.Context(), "SELECT current_setting('statement_timeout') || current_setting('application_name')").Scan(&got); err != nil {
		t.Fatal(err)
	}
	if got != "7smine" || pool.Config().MaxConns != 2 {
		t.Errorf("time limit and name = %s, MaxConns = %d; want 7smine, 2", got, pool.Config().MaxConns)
	}
}

func TestConnectSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	c := startCluster(t, usedDir(t))
	postgresURL := c.DatabaseURL("postgres", "postgres")
	execute(t, postgresURL, "CREATE DATABASE closed")
	execute(t, postgresURL, "REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
	elsewhere := strings.ReplaceAll(c.URL(postgres.App), "kvartal_app", "stranger")
	for _, bad := range []struct {
		name, url string
		wait      time.Duration
		kind      kvartal.Kind
		words     []string
	}{
		{"no URL", "postgresql://user:s3cret@host:port/x", 0, kvartal.KindInvalid, []string{"postgresql://user:password@host:5432/database"}},
		{"nobody listens", "postgresql://anna:s3cret@127.0.0.1:" + unusedPort(t) + "/kvartal", 300 * time.Millisecond, kvartal.KindUnavailable, []string{"127.0.0.1", "KVARTAL_DATABASE_URL"}},
		{"no such database", c.DatabaseURL(postgres.App, "missing"), 0, kvartal.KindUnavailable, []string{`"missing"`, "createdb"}},
		{"no such user", elsewhere, 0, kvartal.KindForbidden, []string{`"stranger"`, "pg_hba.conf"}},
		{"no right to connect", c.DatabaseURL(postgres.App, "closed"), 0, kvartal.KindForbidden, []string{"GRANT CONNECT"}},
	} {
		t.Run(bad.name, func(t *testing.T) {
			_, err := postgres.Connect(t.Context(), postgres.Config{URL: bad.url, StartTimeout: bad.wait})
			wantError(t, "Connect", err, bad.kind, bad.words...)
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("Connect = %v, which holds the password", err)
			}
		})
	}
}

// unusedPort returns a TCP port that nobody listens at.
func unusedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
