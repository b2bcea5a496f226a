package layers

import (
	"context"
	"log/slog"
	"testing"

	"kvartal/postgres/pgtest"
)

// BenchmarkPoll measures a look at the log that finds nothing, with a million
// changes in it that have been seen.
func BenchmarkPoll(b *testing.B) {
	registry, err := Load(Builtin())
	if err != nil {
		b.Fatal(err)
	}
	db := pgtest.New(b)
	store, err := Open(b.Context(), db.Pool, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	if _, _, err := store.Sync(b.Context(), false); err != nil {
		b.Fatal(err)
	}
	if _, err := db.Pool.Exec(b.Context(), `INSERT INTO kvartal.change_log (layer, feature, operation)
		SELECT 'trees', n, 'update' FROM generate_series(1, 1000000) n; ANALYZE kvartal.change_log`); err != nil {
		b.Fatal(err)
	}
	p, err := openPoller(b.Context(), store)
	if err != nil {
		b.Fatal(err)
	}
	defer p.close(b.Context())
	apply := func(context.Context, Batch) error { return nil }
	cursor, err := p.poll(b.Context(), Cursor{}, apply)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if cursor, err = p.poll(b.Context(), cursor, apply); err != nil {
			b.Fatal(err)
		}
	}
}
