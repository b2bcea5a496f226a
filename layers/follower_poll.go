package layers

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
)

// lookTimeout bounds a look at the log: a primary that vanished without a word
// is noticed by it.
const lookTimeout = 10 * time.Second

// poller looks at the change log on a connection of its own.
type poller struct {
	store *Store
	conn  *pgx.Conn
}

func openPoller(ctx context.Context, store *Store) (*poller, error) {
	conn, err := pgx.ConnectConfig(ctx, store.pool.Config().ConnConfig)
	if err != nil {
		return nil, postgres.Translate(err, "connect to follow the change log")
	}
	p := &poller{store, conn}
	if _, err := conn.Exec(ctx, "SELECT kvartal.open_change_log()"); err != nil {
		p.close(ctx)
		return nil, postgres.Translate(err, "open the change log")
	}
	return p, nil
}

func (p *poller) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = p.conn.Close(ctx) // it may be broken already
}

// poll applies what is new since the cursor and returns the next cursor. While
// nothing is new it takes one statement.
func (p *poller) poll(ctx context.Context, from Cursor, apply func(context.Context, Batch) error) (Cursor, error) {
	now, err := look(ctx, p.conn, from)
	if err != nil {
		return from, err
	}
	for err == nil && now.news() {
		var applied bool
		if applied, now, err = p.apply(ctx, from, now, apply); applied && err == nil {
			break
		}
	}
	return now.cursor, err
}

// apply hands what is new to the caller in one snapshot. The tables of the
// layers seen to have changed are locked before, because a snapshot does not
// protect from a table being replaced. If further layers have changed since,
// nothing is applied and the new sight returned.
func (p *poller) apply(ctx context.Context, from Cursor, before sight, apply func(context.Context, Batch) error) (applied bool, now sight, err error) {
	err = pgx.BeginTxFunc(ctx, p.conn, readSnapshot(), func(tx pgx.Tx) error {
		if err := lockTables(ctx, tx, p.store.named(before)); err != nil {
			return err
		}
		if now, err = look(ctx, tx, from); err != nil {
			return err
		}
		if !before.includes(now) {
			return nil
		}
		batch := Batch{Tx: tx, ReloadAll: now.reloadAll, Cursor: now.cursor, Token: now.cursor.Token()}
		if !now.reloadAll {
			if batch.Changes, err = readChanges(ctx, tx, from); err != nil {
				return err
			}
		}
		applied = true
		return apply(ctx, batch)
	})
	return applied, now, err
}

// readSnapshot is a transaction whose statements all see the same.
func readSnapshot() pgx.TxOptions {
	return pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
}

// lockTables keeps tables from being replaced or rewritten while tx reads them.
// It comes first in tx: a lock takes no snapshot, so the one taken next sees
// what the tables hold. From then on tx may take its time.
func lockTables(ctx context.Context, tx pgx.Tx, tables []table) error {
	var sql strings.Builder
	if len(tables) > 0 {
		names := make([]string, len(tables))
		for i, t := range tables {
			names[i] = t.name().Sanitize()
		}
		sql.WriteString("LOCK TABLE " + strings.Join(names, ", ") + " IN ACCESS SHARE MODE; ")
	}
	sql.WriteString("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
	_, err := tx.Exec(ctx, sql.String())
	return err
}

// sight is what a look at the log sees.
type sight struct {
	cursor    Cursor
	reloadAll bool
	layers    []string // that changed
}

func (s sight) news() bool { return s.reloadAll || len(s.layers) > 0 }

// includes tells whether all that changed in other has changed in s.
func (s sight) includes(other sight) bool {
	if s.reloadAll || other.reloadAll {
		return s.reloadAll
	}
	return !slices.ContainsFunc(other.layers, func(l string) bool { return !slices.Contains(s.layers, l) })
}

// named returns the tables that a sight names.
func (s *Store) named(seen sight) []table {
	return slices.DeleteFunc(s.tables(), func(t table) bool {
		return !seen.reloadAll && !slices.Contains(seen.layers, string(t.def.ID))
	})
}

// look takes a snapshot and sees in the same statement what is new in it.
func look(ctx context.Context, db querier, from Cursor) (sight, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	var since, origin *string
	if !from.IsZero() {
		text := from.seen.String()
		since = &text
	}
	var text string
	var trimmed uint64
	var seen sight
	// The empty name stands for every layer.
	if err := db.QueryRow(ctx, `
		SELECT pg_current_snapshot()::text, kvartal.change_log_origin(), trimmed::text::bigint,
		  ARRAY(SELECT DISTINCT coalesce(layer, '') FROM kvartal.changes_since($1))
		FROM kvartal.change_log_state`, since).Scan(&text, &origin, &trimmed, &seen.layers); err != nil {
		return seen, err
	}
	if origin == nil {
		return seen, kvartal.Errorf(kvartal.KindUnavailable, "the database is a standby: the change log is followed on the primary")
	}
	now, err := parseSnapshot(text)
	seen.cursor = Cursor{*origin, now}
	seen.reloadAll = from.origin != *origin || from.seen.xmax > now.xmax || from.seen.xmin < trimmed || slices.Contains(seen.layers, "")
	return seen, err
}
