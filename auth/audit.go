package auth

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"kvartal"
	"kvartal/postgres"
)

// Event is an entry of the audit log.
type Event struct {
	ID                                           int64
	At                                           time.Time
	Principal, Action, Subject, Address, Request string
	Detail                                       json.RawMessage
}

// querier is a pool or a transaction.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// appendEvent adds an event to the audit log.
func appendEvent(ctx context.Context, db querier, by Actor, action, subject string, detail any) error {
	if detail == nil {
		detail = struct{}{}
	}
	body, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, "SELECT audit.append($1, $2, $3, $4, $5, $6::jsonb)", by.Principal.Name, action, subject, by.Address, by.Request, string(body))
	return err
}

// Record adds what somebody did to the audit log.
func (s *Service) Record(ctx context.Context, by Actor, action, subject string, detail any) error {
	return postgres.Translate(appendEvent(ctx, s.pool, by, action, subject, detail), "write the audit log")
}

// Search is which events are wanted.
type Search struct {
	Principal, Action string    // "" stands for all; an action ends in "." for all that begin so
	Layer             string    // of a grant, a read or a change; "" stands for all
	Since, Until      time.Time // Until is not included; zero is no limit
	Before            int64     // only events numbered lower; 0: from the latest
	Limit             int
}

// MaxEvents is the most events one Events call returns.
const MaxEvents = 10_000

// Events returns events, the latest first.
func (s *Service) Events(ctx context.Context, q Search) ([]Event, error) {
	if q.Limit < 1 || q.Limit > MaxEvents {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "limit is %d: want 1 to %d", q.Limit, MaxEvents).In("limit")
	}
	rows, err := s.pool.Query(ctx, `SELECT id, at, principal, action, subject, address, request, detail FROM audit.event
		WHERE ($1 = '' OR principal = $1) AND ($2 = '' OR action = $2 OR right($2, 1) = '.' AND starts_with(action, $2))
		  AND at >= $3 AND ($4 = 0 OR id < $4) AND ($6 OR at < $7)
		  AND ($8 = '' OR detail ->> 'layer' = $8 OR jsonb_path_exists(detail, '$.layers[*] ? (@ == $layer)', jsonb_build_object('layer', $8::text)))
		ORDER BY id DESC LIMIT $5`, q.Principal, q.Action, q.Since, q.Before, q.Limit, q.Until.IsZero(), q.Until, q.Layer)
	if err != nil {
		return nil, postgres.Translate(err, "search the audit log")
	}
	events, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Event])
	return events, postgres.Translate(err, "search the audit log")
}

// Cut removes events that are older than keep, which is 90 days at least, and
// returns how many. The log keeps the number and hash of the last of them, which
// the first of the others follows, and tells that it was cut.
func (s *Service) Cut(ctx context.Context, by Actor, keep time.Duration) (n int64, err error) {
	err = s.pool.QueryRow(ctx, "SELECT audit.cut($1, $2)", keep, by.Principal.Name).Scan(&n)
	return n, postgres.Translate(err, "cut the audit log")
}

// Verify returns the number of the first event that is not as it was written or
// does not follow the one before it; 0 if the log is whole.
func (s *Service) Verify(ctx context.Context) (int64, error) {
	var broken *int64
	if err := s.pool.QueryRow(ctx, "SELECT audit.first_broken()").Scan(&broken); err != nil {
		return 0, postgres.Translate(err, "verify the audit log")
	}
	if broken == nil {
		return 0, nil
	}
	return *broken, nil
}
