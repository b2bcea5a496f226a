package postgres

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"github.com/jackc/pgx/v5"

	"kvartal"
)

// tools runs the client programs of PostgreSQL against one database.
type tools struct {
	inst     installation
	account  account
	conninfo string // without the password, which others would see in ps
	password string
}

// openTools connects once to learn the server's version, and finds the client
// programs for it.
func openTools(ctx context.Context, address string) (tools, *pgx.Conn, error) {
	pool, err := Config{URL: address}.parse()
	if err != nil {
		return tools{}, nil, err
	}
	cfg := pool.ConnConfig
	t := tools{password: cfg.Password}
	if t.conninfo, err = withoutSecrets(address); err != nil {
		return tools{}, nil, err
	}
	if t.account, err = accountReaching(cfg.Host); err != nil {
		return tools{}, nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return tools{}, nil, Translate(err, "connect to the database")
	}
	if t.inst, err = clientFor(ctx, conn); err != nil {
		_ = conn.Close(ctx)
		return tools{}, nil, err
	}
	return t, conn, nil
}

// withoutSecrets returns the address as libpq understands it, without the
// password.
func withoutSecrets(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return "", kvartal.Errorf(kvartal.KindInvalid,
			"backup and restore need the database address as a URL: postgresql://user:password@host:5432/database").In("KVARTAL_DATABASE_URL")
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	for name := range query {
		if !libpqKnows(name) {
			query.Del(name)
		}
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// libpqKnows tells whether a parameter of a URL is about the connection. The
// others are the password, settings of pgx, and settings of the session, which
// dump and restore do not want.
func libpqKnows(name string) bool {
	switch name {
	case "host", "hostaddr", "port", "user", "dbname", "passfile", "connect_timeout", "target_session_attrs", "channel_binding":
		return true
	}
	return strings.HasPrefix(name, "ssl") || strings.HasPrefix(name, "krb") || strings.HasPrefix(name, "gss") || strings.HasPrefix(name, "keepalives")
}

// accountReaching returns the user that may connect to host: for a socket that
// its owner keeps to itself, as our private cluster does, that owner; for other
// sockets, where the server may ask who we are, ourselves; and over the network
// anyone unprivileged.
func accountReaching(host string) (account, error) {
	if !strings.HasPrefix(host, "/") {
		return accountFor("")
	}
	info, err := os.Stat(host)
	if err == nil && info.Mode().Perm()&0o077 == 0 {
		return accountFor(host)
	}
	return account{}, nil
}

// clientFor finds the client programs for a server: its own version, else the
// next newer one, for an older pg_dump refuses a newer server.
func clientFor(ctx context.Context, conn *pgx.Conn) (installation, error) {
	var version int
	if err := conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::integer").Scan(&version); err != nil {
		return installation{}, Translate(err, "look at the version of the database")
	}
	server := version / 10000
	best := 0
	for _, major := range installedMajors("/", "pg_dump") {
		if major >= server {
			best = major // they come newest first
		}
	}
	if best == 0 {
		return installation{}, kvartal.Errorf(kvartal.KindUnavailable,
			"backup and restore of a PostgreSQL %[1]d need its client programs: run `apt-get install postgresql-client-%[1]d`", server)
	}
	return installation{best, binDir("/", best)}, nil
}

// command prepares a client program. Settings for libpq in our environment,
// such as certificates, are passed on.
func (t tools) command(name string, args ...string) *exec.Cmd {
	cmd := t.account.command(t.inst.program(name), args...)
	for _, setting := range os.Environ() {
		if strings.HasPrefix(setting, "PG") {
			cmd.Env = append(cmd.Env, setting)
		}
	}
	if t.password != "" {
		cmd.Env = append(cmd.Env, "PGPASSWORD="+t.password)
	}
	return cmd
}
