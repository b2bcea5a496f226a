package auth

import (
	"context"
	"encoding/json"
	"errors"
	"maps"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
)

// Actor is who does something, from where, for the audit log.
type Actor struct {
	Principal kvartal.Principal
	Address   string // of the network, or "local" for a command
	Request   string // id of the request, or ""
}

// change is what alters rights, as the audit log tells it.
type change struct {
	by      Actor
	action  string
	subject string
	detail  map[string]any
	// state is SQL for the digest of what is changed, of key; "" for none.
	state string
	key   any
	// administrators says that the change may take away the last administrator,
	// which is refused.
	administrators bool
}

// States of what is changed, by their digests: passwords and secrets are in them
// as digests of digests.
const (
	stateAccount = "SELECT encode(sha256(convert_to((to_jsonb(a) - 'failures' - 'locked_until')::text, 'UTF8')), 'hex') FROM auth.account AS a WHERE name = $1"
	stateRole    = "SELECT encode(sha256(convert_to(to_jsonb(r)::text, 'UTF8')), 'hex') FROM auth.role AS r WHERE name = $1"
	stateGrant   = "SELECT encode(sha256(convert_to(to_jsonb(g)::text, 'UTF8')), 'hex') FROM auth.access AS g WHERE id = $1"
	stateKey     = "SELECT encode(sha256(convert_to(to_jsonb(k)::text, 'UTF8')), 'hex') FROM auth.key AS k WHERE id = $1"
)

// change does what alters rights and writes it into the audit log, with digests
// of the state before and after, both or neither, then lets it hold here.
func (s *Service) change(ctx context.Context, c *change, do func(pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		guarded, err := c.guard(ctx, tx)
		if err != nil {
			return err
		}
		old, err := c.digest(ctx, tx)
		if err != nil {
			return err
		}
		if err := do(tx); err != nil {
			return err
		}
		if guarded {
			if some, err := hasAdministrator(ctx, tx); err != nil || !some {
				return errors.Join(err, errLastAdministrator())
			}
		}
		digest, err := c.digest(ctx, tx)
		if err != nil {
			return err
		}
		detail := map[string]any{}
		maps.Copy(detail, c.detail)
		if c.state != "" {
			detail["old"], detail["new"] = old, digest
		}
		return appendEvent(ctx, tx, c.by, c.action, c.subject, detail)
	})
	if err != nil {
		return postgres.Translate(err, "change rights ("+c.action+")")
	}
	return s.Refresh(ctx)
}

// guard lets changes that may take away the last administrator wait for one
// another, and reports whether there is one to lose.
func (c *change) guard(ctx context.Context, tx pgx.Tx) (bool, error) {
	if !c.administrators {
		return false, nil
	}
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('auth.administrator', 0))"); err != nil {
		return false, err
	}
	return hasAdministrator(ctx, tx)
}

func (c *change) digest(ctx context.Context, tx pgx.Tx) (digest *string, err error) {
	if c.state == "" || c.key == nil {
		return nil, nil
	}
	err = tx.QueryRow(ctx, c.state, c.key).Scan(&digest)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return digest, err
}

func errLastAdministrator() error {
	return kvartal.Errorf(kvartal.KindConflict, "this would leave nobody who administers: make another administrator first")
}

// hasAdministrator reports whether an account that may sign in has the role.
func hasAdministrator(ctx context.Context, db rowQuerier) (some bool, err error) {
	err = db.QueryRow(ctx, "SELECT EXISTS (SELECT FROM auth.account WHERE $1 = ANY (roles) AND NOT disabled)", RoleAdministrator).Scan(&some)
	return some, err
}

// rowQuerier is a pool or a transaction.
type rowQuerier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// told is a value as the audit log tells it.
func told(v any) map[string]any {
	out := map[string]any{}
	if body, err := json.Marshal(v); err == nil {
		_ = json.Unmarshal(body, &out) // an object, by the types it is called with
	}
	return out
}

func unknown(what, name string) error {
	return kvartal.Errorf(kvartal.KindNotFound, "there is no %s %.60q", what, name)
}

// orUnknown says that there is no such thing where a statement found no row.
func orUnknown(err error, what, name string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return unknown(what, name)
	}
	return err
}

// found says that there is no such thing where a statement touched no row.
func found(ctx context.Context, tx pgx.Tx, what, name, sql string, args ...any) error {
	tag, err := tx.Exec(ctx, sql, args...)
	if err == nil && tag.RowsAffected() == 0 {
		err = unknown(what, name)
	}
	return err
}
