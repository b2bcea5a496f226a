package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
)

// sessionLife is how long a session lasts, used or not: a working day.
const sessionLife = 12 * time.Hour

// Session is somebody who has signed in.
type Session struct {
	Principal kvartal.Principal
	Title     string // of the person
	CSRF      string // what requests that change something must carry
	Expires   time.Time
	// Preview is the role whose rights the principal has for a while, to read
	// only; "" is none.
	Preview string
	// Temporary says that the password was given by somebody else: until another
	// is chosen the principal has the rights of the public.
	Temporary bool
	Local     bool // has a password of ours
	// Own are the roles of the account, whatever holds now.
	Own []string
}

// SignIn checks a password and begins a session with a new token, which is kept
// nowhere. A wrong name or password is an error of KindForbidden.
func (s *Service) SignIn(ctx context.Context, by Actor, name, password string) (token string, err error) {
	id, err := s.verify(ctx, by, name, password)
	if err != nil {
		return "", err
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// Who was disabled or deleted in between does not get in.
		err := tx.QueryRow(ctx, "UPDATE auth.account SET failures = 0, locked_until = NULL WHERE id = $1 AND NOT disabled RETURNING name", id).Scan(&by.Principal.Name)
		if errors.Is(err, pgx.ErrNoRows) {
			return errWrong()
		}
		if err != nil {
			return err
		}
		token, err = beginSession(ctx, tx, by, id)
		return err
	})
	return token, postgres.Translate(err, "begin a session")
}

// beginSession makes a session of an account with a token of its own; the actor
// is the account.
func beginSession(ctx context.Context, tx pgx.Tx, by Actor, account int64) (token string, err error) {
	token = rand.Text() + rand.Text() // 260 bits
	digest := sha256.Sum256([]byte(token))
	if _, err := tx.Exec(ctx, "DELETE FROM auth.session WHERE account = $1 AND expires_at < clock_timestamp()", account); err != nil {
		return "", err
	}
	if _, err := tx.Exec(ctx, "INSERT INTO auth.session (digest, account, csrf, expires_at) VALUES ($1, $2, $3, clock_timestamp() + $4::interval)",
		digest[:], account, rand.Text(), sessionLife); err != nil {
		return "", err
	}
	return token, appendEvent(ctx, tx, by, "session.begin", by.Principal.Name, nil)
}

// Session returns the session of a token; false if there is none any more.
func (s *Service) Session(ctx context.Context, token string) (Session, bool, error) {
	digest := sha256.Sum256([]byte(token))
	s.mu.Lock()
	session, kept := s.sessions[digest]
	s.mu.Unlock()
	if kept {
		return session, time.Now().Before(session.Expires), nil
	}
	version := s.Policy().Version()
	err := s.pool.QueryRow(ctx, `SELECT a.name, a.title, a.roles, s.csrf, s.expires_at, coalesce(s.preview, ''), a.temporary, a.password IS NOT NULL FROM auth.session AS s JOIN auth.account AS a ON a.id = s.account
		WHERE s.digest = $1 AND s.expires_at > clock_timestamp() AND NOT a.disabled`, digest[:]).
		Scan(&session.Principal.Name, &session.Title, &session.Own, &session.CSRF, &session.Expires, &session.Preview, &session.Temporary, &session.Local)
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, false, nil
	}
	if err != nil {
		return Session{}, false, postgres.Translate(err, "find a session")
	}
	session.Principal.Roles = session.roles()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Policy().Version() == version && len(s.sessions) < maxKept {
		s.sessions[digest] = session
	}
	return session, true, nil
}

// roles are those that hold now.
func (s Session) roles() []string {
	switch {
	case s.Temporary || s.Preview == RolePublic:
		return []string{RolePublic}
	case s.Preview != "":
		return []string{s.Preview, RolePublic}
	}
	return append(slices.Clone(s.Own), RolePublic)
}

// Preview lets the session of a token have the rights of a role, to read only;
// "" ends that.
func (s *Service) Preview(ctx context.Context, by Actor, token, role string) error {
	digest := sha256.Sum256([]byte(token))
	return s.change(ctx, &change{by: by, action: "session.preview", subject: role}, func(tx pgx.Tx) error {
		if role != "" {
			return found(ctx, tx, "role", role, "UPDATE auth.session SET preview = r.name FROM auth.role AS r WHERE digest = $1 AND r.name = $2", digest[:], role)
		}
		_, err := tx.Exec(ctx, "UPDATE auth.session SET preview = NULL WHERE digest = $1", digest[:])
		return err
	})
}

// ChangePassword lets the owner of a session choose another password. All
// sessions of the account end and one with a new token begins.
func (s *Service) ChangePassword(ctx context.Context, by Actor, current, password string) (token string, err error) {
	name := by.Principal.Name
	id, err := s.verify(ctx, by, name, current)
	if err != nil {
		return "", err
	}
	hash, err := s.newHash(ctx, name, password)
	if err != nil {
		return "", err
	}
	if current == password {
		return "", kvartal.Errorf(kvartal.KindInvalid, "the new password is the old one: choose another").In("password")
	}
	err = s.change(ctx, accountChange(by, "account.password", name, map[string]any{"own": true}), func(tx pgx.Tx) error {
		err := endingSessions(ctx, tx, name, "UPDATE auth.account SET password = $2, temporary = false, failures = 0, locked_until = NULL WHERE name = $1 AND NOT disabled RETURNING id", hash)
		if err != nil {
			return err
		}
		token, err = beginSession(ctx, tx, by, id)
		return err
	})
	return token, err
}

// SignOut ends the session of a token; everywhere ends all sessions of its account.
func (s *Service) SignOut(ctx context.Context, by Actor, token string, everywhere bool) error {
	digest := sha256.Sum256([]byte(token))
	return s.change(ctx, &change{by: by, action: "session.end", subject: by.Principal.Name, detail: map[string]any{"everywhere": everywhere}}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM auth.session WHERE digest = $1
			OR $2 AND account = (SELECT account FROM auth.session WHERE digest = $1)`, digest[:], everywhere)
		return err
	})
}
