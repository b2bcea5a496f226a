package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
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
}

// SignIn checks a password and begins a session with a new token, which is kept
// nowhere. A wrong name or password is an error of KindForbidden.
func (s *Service) SignIn(ctx context.Context, by Actor, name, password string) (token string, err error) {
	id, err := s.verify(ctx, by, name, password)
	if err != nil {
		return "", err
	}
	token = rand.Text() + rand.Text() // 260 bits
	digest := sha256.Sum256([]byte(token))
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// Who was disabled or deleted in between does not get in.
		err := tx.QueryRow(ctx, "UPDATE auth.account SET failures = 0, locked_until = NULL WHERE id = $1 AND NOT disabled RETURNING name", id).Scan(&by.Principal.Name)
		if errors.Is(err, pgx.ErrNoRows) {
			return errWrong()
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM auth.session WHERE account = $1 AND expires_at < clock_timestamp()", id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO auth.session (digest, account, csrf, expires_at) VALUES ($1, $2, $3, clock_timestamp() + $4::interval)",
			digest[:], id, rand.Text(), sessionLife); err != nil {
			return err
		}
		return appendEvent(ctx, tx, by, "session.begin", by.Principal.Name, nil)
	})
	return token, postgres.Translate(err, "begin a session")
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
	err := s.pool.QueryRow(ctx, `SELECT a.name, a.title, a.roles, s.csrf, s.expires_at FROM auth.session AS s JOIN auth.account AS a ON a.id = s.account
		WHERE s.digest = $1 AND s.expires_at > clock_timestamp() AND NOT a.disabled`, digest[:]).
		Scan(&session.Principal.Name, &session.Title, &session.Principal.Roles, &session.CSRF, &session.Expires)
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, false, nil
	}
	if err != nil {
		return Session{}, false, postgres.Translate(err, "find a session")
	}
	session.Principal.Roles = append(session.Principal.Roles, RolePublic)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Policy().Version() == version && len(s.sessions) < maxKept {
		s.sessions[digest] = session
	}
	return session, true, nil
}

// SignOut ends the session of a token; everywhere ends all sessions of its account.
func (s *Service) SignOut(ctx context.Context, by Actor, token string, everywhere bool) error {
	digest := sha256.Sum256([]byte(token))
	return s.change(ctx, by, "session.end", by.Principal.Name, map[string]bool{"everywhere": everywhere}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM auth.session WHERE digest = $1
			OR $2 AND account = (SELECT account FROM auth.session WHERE digest = $1)`, digest[:], everywhere)
		return err
	})
}
