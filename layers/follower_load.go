package layers

import (
	"context"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kvartal"
	"kvartal/postgres"
)

// InitialLoad is a snapshot of all layers from which rows are read before Follower.Run
// brings what happened since.
type InitialLoad struct {
	// Snapshot is to be given to SET TRANSACTION SNAPSHOT by each connection that
	// reads, to the same database that Begin was given.
	Snapshot string
	// Cursor is where Run has to begin.
	Cursor Cursor

	done func()
}

// Done ends the snapshot; connections that read in it already go on. It may be
// called more than once.
func (l *InitialLoad) Done() { l.done() }

// Begin opens a snapshot of all layers in db: the primary, if db is nil, or a
// streaming replica of it. Their tables are locked against being replaced until
// Done. A replica does not know which transactions were under way, so that some
// rows it has shown come again by Run.
func (f *Follower) Begin(ctx context.Context, db *pgxpool.Pool) (*InitialLoad, error) {
	load, err := f.begin(ctx, db)
	return load, postgres.Translate(err, "begin to load the layers")
}

func (f *Follower) begin(ctx context.Context, db *pgxpool.Pool) (*InitialLoad, error) {
	if db == nil {
		db = f.store.pool
	}
	// Asked before: should a failover come between, Run sees that the origin is
	// another one and has everything read anew.
	var origin *string
	if err := f.store.pool.QueryRow(ctx, "SELECT kvartal.change_log_origin() FROM kvartal.open_change_log()").Scan(&origin); err != nil {
		return nil, err
	}
	if origin == nil {
		return nil, kvartal.Errorf(kvartal.KindUnavailable, "the database is a standby: the change log is followed on the primary")
	}
	tx, err := db.BeginTx(ctx, readSnapshot())
	if err != nil {
		return nil, err
	}
	end := sync.OnceFunc(func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }) // it has written nothing
	load, err := f.export(ctx, tx, *origin)
	if err != nil {
		end()
		return nil, err
	}
	load.done = end
	return load, nil
}

func (f *Follower) export(ctx context.Context, tx pgx.Tx, origin string) (*InitialLoad, error) {
	if err := lockTables(ctx, tx, f.store.tables()); err != nil {
		return nil, err
	}
	load := &InitialLoad{Cursor: Cursor{origin: origin}}
	var seen, system string
	var standby bool
	err := tx.QueryRow(ctx, `SELECT pg_export_snapshot(), pg_current_snapshot()::text, pg_is_in_recovery(), system_identifier::text
		FROM pg_control_system()`).Scan(&load.Snapshot, &seen, &standby, &system)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(origin, system+".") {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "the database to load from is no replica of the one that is written to: check both addresses")
	}
	if load.Cursor.seen, err = parseSnapshot(seen); err != nil {
		return nil, err
	}
	if standby { // it lists nothing as under way: whatever might have been comes again
		oldest := load.Cursor.seen.xmin
		load.Cursor.seen = snapshot{xmin: oldest, xmax: oldest}
	}
	return load, nil
}
