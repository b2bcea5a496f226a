package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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
	// What only lists of accounts tell.
	Temporary   bool       `json:"-"` // the password is for one time
	LockedUntil *time.Time `json:"-"`
	Created     time.Time  `json:"-"`
	Sessions    int        `json:"-"` // open ones
	Logins      []string   `json:"-"` // "local" and the ids of OpenID providers
}

// LoginLocal is the way to sign in by a password of ours.
const LoginLocal = "local"

var accountName = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,99}$`)

// maxTitle bounds titles, in bytes.
const maxTitle = 300

func checkTitle(title string) error {
	if len(title) > maxTitle || !utf8.ValidString(title) || strings.ContainsFunc(title, unicode.IsControl) {
		return kvartal.Errorf(kvartal.KindInvalid, "the title is longer than %d bytes or has control characters", maxTitle).In("title")
	}
	return nil
}

// Accounts returns all accounts by name.
func (s *Service) Accounts(ctx context.Context) ([]Account, error) {
	rows, err := s.pool.Query(ctx, `SELECT name, title, roles, disabled, temporary,
		CASE WHEN locked_until > clock_timestamp() THEN locked_until END, created_at,
		(SELECT count(*) FROM auth.session AS s WHERE s.account = a.id AND s.expires_at > clock_timestamp()),
		CASE WHEN password IS NULL THEN '{}' ELSE ARRAY[$1] END || ARRAY(SELECT provider FROM auth.identity AS i WHERE i.account = a.id ORDER BY provider)
		FROM auth.account AS a ORDER BY name`, LoginLocal)
	if err != nil {
		return nil, postgres.Translate(err, "list accounts")
	}
	accounts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Account])
	return accounts, postgres.Translate(err, "list accounts")
}

// AddAccount makes an account with a password.
func (s *Service) AddAccount(ctx context.Context, by Actor, a Account, password string) error {
	if err := a.check(); err != nil {
		return err
	}
	hash, err := s.newHash(ctx, a.Name, password)
	if err != nil {
		return err
	}
	c := accountChange(by, "account.add", a.Name, told(a))
	return s.change(ctx, c, func(tx pgx.Tx) error { return a.insert(ctx, tx, hash) })
}

// AddAccountFor makes an account with a password that lets its owner in to
// choose another, and returns it.
func (s *Service) AddAccountFor(ctx context.Context, by Actor, a Account) (password string, err error) {
	password, a.Temporary = rand.Text(), true
	return password, s.AddAccount(ctx, by, a, password)
}

func (a Account) check() error {
	if !accountName.MatchString(a.Name) {
		return kvartal.Errorf(kvartal.KindInvalid, "%.60q is not the name of an account: use up to 100 of a-z, 0-9 and . _ @ -", a.Name).In("name")
	}
	return checkTitle(a.Title)
}

// insert adds the account; hash is nil for one without password.
func (a Account) insert(ctx context.Context, tx pgx.Tx, hash any) error {
	if err := checkRoles(ctx, tx, a.Roles); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, "INSERT INTO auth.account (name, title, password, roles, temporary) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING",
		a.Name, a.Title, hash, list(a.Roles), a.Temporary)
	if err == nil && tag.RowsAffected() == 0 {
		err = kvartal.Errorf(kvartal.KindConflict, "there is an account %q already", a.Name).In("name")
	}
	return err
}

func accountChange(by Actor, action, name string, detail map[string]any) *change {
	return &change{by: by, action: action, subject: name, detail: detail, state: stateAccount, key: name, administrators: true}
}

func (s *Service) newHash(ctx context.Context, account, password string) (string, error) {
	if err := checkPassword(account, password); err != nil {
		return "", err
	}
	return s.hash(ctx, password)
}

// SetPassword gives an account another password, ends its sessions and unlocks it.
func (s *Service) SetPassword(ctx context.Context, by Actor, name, password string) error {
	return s.setPassword(ctx, by, name, password, false)
}

// ResetPassword gives an account a password that lets its owner in to choose
// another, and returns it; it ends its sessions and unlocks it.
func (s *Service) ResetPassword(ctx context.Context, by Actor, name string) (password string, err error) {
	password = rand.Text()
	return password, s.setPassword(ctx, by, name, password, true)
}

func (s *Service) setPassword(ctx context.Context, by Actor, name, password string, temporary bool) error {
	hash, err := s.newHash(ctx, name, password)
	if err != nil {
		return err
	}
	return s.change(ctx, accountChange(by, "account.password", name, map[string]any{"temporary": temporary}), func(tx pgx.Tx) error {
		return endingSessions(ctx, tx, name, "UPDATE auth.account SET password = $2, temporary = $3, failures = 0, locked_until = NULL WHERE name = $1 RETURNING id", hash, temporary)
	})
}

// AccountChange is what to alter of an account; what is nil stays.
type AccountChange struct {
	Title    *string   `json:"title,omitempty"`
	Roles    *[]string `json:"roles,omitempty"`
	Disabled *bool     `json:"disabled,omitempty"`
}

// ChangeAccount alters an account. Its roles hold for its open sessions; to
// disable it ends them. The last administrator stays one: KindConflict.
func (s *Service) ChangeAccount(ctx context.Context, by Actor, name string, to AccountChange) error {
	if to.Title != nil {
		if err := checkTitle(*to.Title); err != nil {
			return err
		}
	}
	return s.change(ctx, accountChange(by, "account.change", name, told(to)), func(tx pgx.Tx) error {
		if to.Roles != nil {
			if err := checkRoles(ctx, tx, *to.Roles); err != nil {
				return err
			}
			*to.Roles = list(*to.Roles)
		}
		const sql = "UPDATE auth.account SET title = coalesce($2, title), roles = coalesce($3, roles), disabled = coalesce($4, disabled) WHERE name = $1 RETURNING id"
		if to.Disabled != nil && *to.Disabled {
			return endingSessions(ctx, tx, name, sql, to.Title, to.Roles, to.Disabled)
		}
		return found(ctx, tx, "account", name, sql, name, to.Title, to.Roles, to.Disabled)
	})
}

// SetRoles gives an account other roles. They hold for its open sessions.
func (s *Service) SetRoles(ctx context.Context, by Actor, name string, roles []string) error {
	roles = list(roles)
	return s.ChangeAccount(ctx, by, name, AccountChange{Roles: &roles})
}

// Disable lets an account sign in no more, or again, and ends its sessions.
func (s *Service) Disable(ctx context.Context, by Actor, name string, disabled bool) error {
	return s.ChangeAccount(ctx, by, name, AccountChange{Disabled: &disabled})
}

// DeleteAccount removes an account and its sessions. The audit log keeps its name.
func (s *Service) DeleteAccount(ctx context.Context, by Actor, name string) error {
	return s.change(ctx, accountChange(by, "account.delete", name, nil), func(tx pgx.Tx) error {
		return found(ctx, tx, "account", name, "DELETE FROM auth.account WHERE name = $1", name)
	})
}

// EndSessions signs an account out everywhere.
func (s *Service) EndSessions(ctx context.Context, by Actor, name string) error {
	return s.change(ctx, &change{by: by, action: "session.end", subject: name, detail: map[string]any{"everywhere": true}}, func(tx pgx.Tx) error {
		return endingSessions(ctx, tx, name, "SELECT id FROM auth.account WHERE name = $1")
	})
}

// endingSessions runs a statement that alters an account $1 and returns its id,
// and ends the sessions of it.
func endingSessions(ctx context.Context, tx pgx.Tx, name, sql string, values ...any) error {
	var id int64
	if err := tx.QueryRow(ctx, sql, append([]any{name}, values...)...).Scan(&id); err != nil {
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
