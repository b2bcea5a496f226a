package auth

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
)

// Account is a person who may sign in.
type Account struct {
	Name     string // lower case
	Title    string // for people
	Roles    []string
	Disabled bool
}

var accountName = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,99}$`)

// Accounts returns all accounts by name.
func (s *Service) Accounts(ctx context.Context) ([]Account, error) {
	rows, err := s.pool.Query(ctx, "SELECT name, title, roles, disabled FROM auth.account ORDER BY name")
	if err != nil {
		return nil, postgres.Translate(err, "list accounts")
	}
	accounts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Account])
	return accounts, postgres.Translate(err, "list accounts")
}

// AddAccount makes an account with a password.
func (s *Service) AddAccount(ctx context.Context, by Actor, a Account, password string) error {
	if !accountName.MatchString(a.Name) {
		return kvartal.Errorf(kvartal.KindInvalid, "%.60q is not the name of an account: use up to 100 of a-z, 0-9 and . _ @ -", a.Name).In("name")
	}
	hash, err := s.newHash(ctx, a.Name, password)
	if err != nil {
		return err
	}
	return s.change(ctx, by, "account.add", a.Name, a, func(tx pgx.Tx) error {
		if err := checkRoles(ctx, tx, a.Roles); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, "INSERT INTO auth.account (name, title, password, roles) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING", a.Name, a.Title, hash, list(a.Roles))
		if err == nil && tag.RowsAffected() == 0 {
			err = kvartal.Errorf(kvartal.KindConflict, "there is an account %q already", a.Name)
		}
		return err
	})
}

func (s *Service) newHash(ctx context.Context, account, password string) (string, error) {
	if err := checkPassword(account, password); err != nil {
		return "", err
	}
	return s.hash(ctx, password)
}

// SetPassword gives an account another password, ends its sessions and unlocks it.
func (s *Service) SetPassword(ctx context.Context, by Actor, name, password string) error {
	hash, err := s.newHash(ctx, name, password)
	if err != nil {
		return err
	}
	return s.change(ctx, by, "account.password", name, nil, func(tx pgx.Tx) error {
		return endingSessions(ctx, tx, name, "UPDATE auth.account SET password = $2, failures = 0, locked_until = NULL WHERE name = $1 RETURNING id", hash)
	})
}

// SetRoles gives an account other roles. They hold for its open sessions.
func (s *Service) SetRoles(ctx context.Context, by Actor, name string, roles []string) error {
	return s.change(ctx, by, "account.roles", name, map[string][]string{"roles": roles}, func(tx pgx.Tx) error {
		if err := checkRoles(ctx, tx, roles); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, "UPDATE auth.account SET roles = $2 WHERE name = $1", name, list(roles))
		if err == nil && tag.RowsAffected() == 0 {
			err = unknown("account", name)
		}
		return err
	})
}

// Disable lets an account sign in no more, or again, and ends its sessions.
func (s *Service) Disable(ctx context.Context, by Actor, name string, disabled bool) error {
	return s.change(ctx, by, "account.disable", name, map[string]bool{"disabled": disabled}, func(tx pgx.Tx) error {
		return endingSessions(ctx, tx, name, "UPDATE auth.account SET disabled = $2 WHERE name = $1 RETURNING id", disabled)
	})
}

// DeleteAccount removes an account and its sessions. The audit log keeps its name.
func (s *Service) DeleteAccount(ctx context.Context, by Actor, name string) error {
	return s.change(ctx, by, "account.delete", name, nil, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "DELETE FROM auth.account WHERE name = $1", name)
		if err == nil && tag.RowsAffected() == 0 {
			err = unknown("account", name)
		}
		return err
	})
}

// endingSessions runs a statement that alters an account $1 and returns its id,
// and ends the sessions of it.
func endingSessions(ctx context.Context, tx pgx.Tx, name, sql string, value any) error {
	var id int64
	if err := tx.QueryRow(ctx, sql, name, value).Scan(&id); err != nil {
		return orUnknown(err, "account", name)
	}
	_, err := tx.Exec(ctx, "DELETE FROM auth.session WHERE account = $1", id)
	return err
}

const (
	freeFailures = 5 // wrong passwords before an account is locked
	longestLock  = 15 * time.Minute
)

// lockAfter is how long an account is locked after its nth wrong password: twice
// as long each time.
func lockAfter(failures int) time.Duration {
	if failures < freeFailures {
		return 0
	}
	return min(time.Second<<min(failures-freeFailures, 20), longestLock)
}

// errWrong is the answer to every failed attempt to sign in: it does not tell
// whether there is such an account, nor whether it is locked.
func errWrong() error {
	return kvartal.Errorf(kvartal.KindForbidden, "the name or the password is wrong, or was so too often: try again, later if need be")
}

// verify checks a name and password and returns the id of the account.
func (s *Service) verify(ctx context.Context, by Actor, name, password string) (int64, error) {
	name = strings.ToLower(name)
	var id int64
	var hash string
	var failures int
	var shut bool
	err := s.pool.QueryRow(ctx, `SELECT id, coalesce(password, ''), failures, disabled OR coalesce(locked_until > clock_timestamp(), false)
		FROM auth.account WHERE name = $1`, name).Scan(&id, &hash, &failures, &shut)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, postgres.Translate(err, "find an account")
	}
	if shut {
		hash = ""
	}
	right, err := s.matches(ctx, password, hash)
	if err != nil {
		return 0, err
	}
	if right {
		return id, nil
	}
	if id != 0 && !shut {
		// Counted in the database, so that attempts at once all count.
		_, err = s.pool.Exec(ctx, `UPDATE auth.account SET failures = failures + 1, locked_until = clock_timestamp() + $2::interval WHERE id = $1`,
			id, lockAfter(failures+1))
	}
	if err == nil {
		err = appendEvent(ctx, s.pool, by, "session.refused", "", map[string]string{"name": clip(name)})
	}
	if err != nil {
		return 0, postgres.Translate(err, "note a failed sign-in")
	}
	return 0, errWrong()
}

// clip shortens what a stranger sent.
func clip(s string) string {
	if len(s) > 100 {
		return s[:100]
	}
	return s
}
