package layers_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/layers"
)

// patience bounds every wait of these tests; none of them takes as long.
const patience = 30 * time.Second

// mirror keeps the benches in memory as a follower brings them.
type mirror struct {
	mu      sync.Mutex
	rows    map[kvartal.FeatureID]string
	changes []layers.LoggedChange
	reloads int    // batches that said ReloadAll
	pid     uint32 // of the follower's backend
}

func newMirror() *mirror { return &mirror{rows: map[kvartal.FeatureID]string{}} }

const benchText = "SELECT id, version || ' ' || coalesce(seats, 0) || coalesce(ST_AsText(geom), '') FROM layer.benches"

func (m *mirror) apply(ctx context.Context, b layers.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changes = append(m.changes, b.Changes...)
	m.pid = b.Tx.Conn().PgConn().PID()
	if b.ReloadAll {
		m.reloads++
		return m.load(ctx, b.Tx)
	}
	changed := map[kvartal.FeatureID]bool{}
	for _, c := range b.Changes {
		if c.ID == 0 {
			return m.load(ctx, b.Tx)
		}
		changed[c.ID] = true
	}
	for id := range changed {
		delete(m.rows, id)
	}
	return m.read(ctx, b.Tx, benchText+" WHERE id = ANY ($1)", ids(changed))
}

func ids(set map[kvartal.FeatureID]bool) []int64 {
	var out []int64
	for id := range set {
		out = append(out, int64(id))
	}
	return out
}

func (m *mirror) load(ctx context.Context, tx pgx.Tx) error {
	clear(m.rows)
	return m.read(ctx, tx, benchText)
}

func (m *mirror) read(ctx context.Context, tx pgx.Tx, sql string, args ...any) error {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	var id kvartal.FeatureID
	var text string
	_, err = pgx.ForEachRow(rows, []any{&id, &text}, func() error {
		m.rows[id] = text
		return nil
	})
	return err
}

// seen returns what changes say, a word each, and forgets them.
func (m *mirror) seen() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	words := make([]string, len(m.changes))
	for i, c := range m.changes {
		words[i] = fmt.Sprintf("%s-%d", c.Operation, c.ID)
	}
	m.changes = nil
	return strings.Join(words, " ")
}

func (m *mirror) reloaded() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reloads
}

// follow runs a follower until the returned function is called.
func follow(t *testing.T, f *layers.Follower, from layers.Cursor, apply func(context.Context, layers.Batch) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx, from, apply) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v, want %v", err, context.Canceled)
		}
	})
	t.Cleanup(stop)
	return stop
}

// start follows benches from an initial load.
func start(t *testing.T, c city) (*layers.Follower, *mirror) {
	t.Helper()
	f, m := layers.NewFollower(c.Store, layers.FollowerConfig{}), newMirror()
	follow(t, f, m.begin(t, c, f), m.apply)
	return f, m
}

// begin loads the benches in the snapshot that the cursor begins with.
func (m *mirror) begin(t *testing.T, c city, f *layers.Follower) layers.Cursor {
	t.Helper()
	load, err := f.Begin(t.Context(), nil)
	if err != nil {
		t.Fatalf("Begin = %v", err)
	}
	defer load.Done()
	err = pgx.BeginTxFunc(t.Context(), c.db.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "SET TRANSACTION SNAPSHOT '"+load.Snapshot+"'"); err != nil {
			return err
		}
		return m.load(t.Context(), tx)
	})
	if err != nil {
		t.Fatalf("load = %v", err)
	}
	return load.Cursor
}

// now is a token of everything that has been committed.
func (c city) now(t *testing.T) layers.Token {
	t.Helper()
	return query[layers.Token](t, c, "SELECT kvartal.change_log_origin() || '/' || pg_current_snapshot()")
}

func await(t *testing.T, f *layers.Follower, token layers.Token) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := f.Await(ctx, token); err != nil {
		t.Fatalf("Await(%s) = %v, the follower is at %s", token, err, f.Cursor())
	}
}

// wantMirror compares the mirror with the table.
func (m *mirror) wantMirror(t *testing.T, c city) {
	t.Helper()
	table := newMirror()
	if err := pgx.BeginFunc(t.Context(), c.db.Pool, func(tx pgx.Tx) error { return table.load(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !maps.Equal(m.rows, table.rows) {
		t.Errorf("the mirror has %d rows, the table %d, or they differ:\n got %.500v\nwant %.500v", len(m.rows), len(table.rows), m.rows, table.rows)
	}
}

func wantSeen(t *testing.T, m *mirror, want string) {
	t.Helper()
	if got := m.seen(); got != want {
		t.Errorf("changes = %q, want %q", got, want)
	}
}
