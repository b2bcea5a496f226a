package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
)

// firstLife is how long the token for the first administrator is good for.
const firstLife = 24 * time.Hour

// Administered reports whether an account that may sign in administers.
func (s *Service) Administered(ctx context.Context) (bool, error) {
	some, err := hasAdministrator(ctx, s.pool)
	return some, postgres.Translate(err, "look for an administrator")
}

// FirstToken makes the token by which the first administrator is made, in place
// of one made before; "" where somebody administers already.
func (s *Service) FirstToken(ctx context.Context) (token string, err error) {
	token = rand.Text()
	digest := sha256.Sum256([]byte(token))
	tag, err := s.pool.Exec(ctx, `INSERT INTO auth.first (digest, expires_at)
		SELECT $1, clock_timestamp() + $2::interval WHERE NOT EXISTS (SELECT FROM auth.account WHERE $3 = ANY (roles) AND NOT disabled)
		ON CONFLICT (single) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at`, digest[:], firstLife, RoleAdministrator)
	if err != nil {
		return "", postgres.Translate(err, "make the token of the first administrator")
	}
	if tag.RowsAffected() == 0 {
		return "", nil
	}
	return token, nil
}

// First makes the first administrator by its token, which is good once, and
// begins a session. A token that is wrong, used or too old is an error of
// KindForbidden.
func (s *Service) First(ctx context.Context, by Actor, token string, a Account, password string) (session string, err error) {
	a.Roles = []string{RoleAdministrator}
	if err := a.check(); err != nil {
		return "", err
	}
	digest := sha256.Sum256([]byte(token))
	wrong := kvartal.Errorf(kvartal.KindForbidden, "the token is wrong, was used, or is older than a day: the server prints another when it starts")
	// Looked up before the password is hashed, which strangers shall not cause.
	var good bool
	if err := s.pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM auth.first WHERE digest = $1)", digest[:]).Scan(&good); err != nil {
		return "", postgres.Translate(err, "check the token of the first administrator")
	}
	if !good {
		return "", wrong
	}
	hash, err := s.newHash(ctx, a.Name, password)
	if err != nil {
		return "", err
	}
	by.Principal = kvartal.Principal{Name: a.Name, Roles: a.Roles}
	err = s.change(ctx, accountChange(by, "account.first", a.Name, told(a)), func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "DELETE FROM auth.first WHERE digest = $1 AND expires_at > clock_timestamp()", digest[:])
		if err != nil {
			return err
		}
		if some, err := hasAdministrator(ctx, tx); err != nil || some || tag.RowsAffected() == 0 {
			if err == nil {
				err = wrong
			}
			return err
		}
		if err := a.insert(ctx, tx, hash); err != nil {
			return err
		}
		var id int64
		if err := tx.QueryRow(ctx, "SELECT id FROM auth.account WHERE name = $1", a.Name).Scan(&id); err != nil {
			return err
		}
		session, err = beginSession(ctx, tx, by, id)
		return err
	})
	return session, err
}
