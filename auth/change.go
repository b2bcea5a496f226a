package auth

import (
	"context"
	"errors"

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

// change does what alters rights and writes it into the audit log, both or
// neither, then lets it hold here.
func (s *Service) change(ctx context.Context, by Actor, action, subject string, detail any, do func(pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return appendEvent(ctx, tx, by, action, subject, detail)
	})
	if err != nil {
		return postgres.Translate(err, "change rights ("+action+")")
	}
	return s.Refresh(ctx)
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
