package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
)

// keyPrefix begins every key, so that one that was published by mistake is
// found by those who search for such.
const keyPrefix = "kvartal_"

// longestKey is how long a key may be good for.
const longestKey = 2 * 366 * 24 * time.Hour

// Key lets another system in.
type Key struct {
	ID, Title string
	Roles     []string
	Expires   time.Time
}

// Keys returns all keys, without their secrets, which are not kept.
func (s *Service) Keys(ctx context.Context) ([]Key, error) {
	rows, err := s.pool.Query(ctx, "SELECT id, title, roles, expires_at FROM auth.key ORDER BY created_at, id")
	if err != nil {
		return nil, postgres.Translate(err, "list keys")
	}
	keys, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Key])
	return keys, postgres.Translate(err, "list keys")
}

// AddKey makes a key and returns the text that the system has to send: it is
// seen once.
func (s *Service) AddKey(ctx context.Context, by Actor, title string, roles []string, life time.Duration) (string, error) {
	if err := checkTitle(title); err != nil {
		return "", err
	}
	if title == "" || life <= 0 || life > longestKey {
		return "", kvartal.Errorf(kvartal.KindInvalid, "a key needs a title and a life of at most two years")
	}
	id, secret := strings.ToLower(rand.Text()[:10]), rand.Text()+rand.Text()
	digest := sha256.Sum256([]byte(secret))
	err := s.change(ctx, keyChange(by, "key.add", id, map[string]any{"title": title, "roles": roles, "life": life.String()}), func(tx pgx.Tx) error {
		if err := checkRoles(ctx, tx, roles); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "INSERT INTO auth.key (id, digest, title, roles, expires_at) VALUES ($1, $2, $3, $4, clock_timestamp() + $5::interval)",
			id, digest[:], title, list(roles), life)
		return err
	})
	return keyPrefix + id + "_" + secret, err
}

// DeleteKey makes a key good for nothing.
func (s *Service) DeleteKey(ctx context.Context, by Actor, id string) error {
	return s.change(ctx, keyChange(by, "key.delete", id, nil), func(tx pgx.Tx) error {
		return found(ctx, tx, "key", id, "DELETE FROM auth.key WHERE id = $1", id)
	})
}

func keyChange(by Actor, action, id string, detail map[string]any) *change {
	return &change{by: by, action: action, subject: id, detail: detail, state: stateKey, key: id}
}

// Key returns the principal that a key stands for; an error of KindForbidden if
// it is none, or has expired.
func (s *Service) Key(ctx context.Context, text string) (kvartal.Principal, error) {
	wrong := kvartal.Errorf(kvartal.KindForbidden, "the key is wrong or has expired: ask an administrator for another")
	whole := sha256.Sum256([]byte(text))
	s.mu.Lock()
	k, kept := s.keys[whole]
	s.mu.Unlock()
	if kept && time.Now().Before(k.expires) {
		return k.principal, nil
	}
	rest, prefixed := strings.CutPrefix(text, keyPrefix)
	id, secret, both := strings.Cut(rest, "_")
	if kept || !prefixed || !both {
		return kvartal.Principal{}, wrong
	}
	version := s.Policy().Version()
	var digest []byte
	err := s.pool.QueryRow(ctx, "SELECT digest, roles, expires_at FROM auth.key WHERE id = $1 AND expires_at > clock_timestamp()", id).
		Scan(&digest, &k.principal.Roles, &k.expires)
	if errors.Is(err, pgx.ErrNoRows) {
		return kvartal.Principal{}, wrong
	}
	if err != nil {
		return kvartal.Principal{}, postgres.Translate(err, "find a key")
	}
	if sum := sha256.Sum256([]byte(secret)); subtle.ConstantTimeCompare(sum[:], digest) != 1 {
		return kvartal.Principal{}, wrong
	}
	k.principal.Name, k.principal.Roles = "key:"+id, append(k.principal.Roles, RolePublic)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Policy().Version() == version && len(s.keys) < maxKept {
		s.keys[whole] = k
	}
	return k.principal, nil
}
