package layers_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"kvartal"
	"kvartal/postgres"
)

// However writers interleave, roll back, save and truncate: what batches bring
// is the table.
func TestBatchesGiveExactlyTheTable(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	f, m := start(t, c)
	var writers errgroup.Group
	for w := range 6 {
		writers.Go(func() error {
			random := rand.New(rand.NewPCG(uint64(w), 7))
			for range 40 {
				if err := scribble(t.Context(), c, random); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for range 20 { // while they write, each state is a state the table had
		await(t, f, c.now(t))
	}
	if err := writers.Wait(); err != nil {
		t.Fatal(err)
	}
	await(t, f, c.now(t))
	m.wantMirror(t, c)
	if got := m.reloaded(); got != 0 {
		t.Errorf("batches that reload all = %d, want none", got)
	}
}

// scribble makes one random transaction; that others stand in its way is fine.
func scribble(ctx context.Context, c city, random *rand.Rand) error {
	statements := []string{
		"INSERT INTO layer.benches (id, number, seats) VALUES ($1::bigint, 'B-' || $1::bigint, $2::bigint) ON CONFLICT (id) DO UPDATE SET seats = $2",
		"UPDATE layer.benches SET seats = $2 WHERE id = $1",
		"UPDATE layer.benches SET seats = $2::bigint, geom = ST_SetSRID(ST_MakePoint(450000 + $1::bigint, 4300000 + $2::bigint), 32618) WHERE id % 10 = $1::bigint % 10",
		"DELETE FROM layer.benches WHERE id BETWEEN $1::bigint AND $1::bigint + $2::bigint % 3",
	}
	errEnough := errors.New("rolled back on purpose")
	err := pgx.BeginFunc(ctx, c.db.Pool, func(tx pgx.Tx) error {
		if random.IntN(60) == 0 {
			_, err := tx.Exec(ctx, "TRUNCATE layer.benches")
			return err
		}
		for range 1 + random.IntN(4) {
			statement := func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, statements[random.IntN(len(statements))], 1+random.Int64N(50), 1+random.Int64N(12))
				if err == nil && random.IntN(4) == 0 {
					return errEnough
				}
				return err
			}
			// Every second statement stands in a savepoint of its own.
			if random.IntN(2) == 0 {
				if err := pgx.BeginFunc(ctx, tx, statement); err != nil && !errors.Is(err, errEnough) {
					return err
				}
			} else if err := statement(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errEnough) || kvartal.KindOf(postgres.Translate(err, "scribble")) == kvartal.KindConflict { // deadlock, unique value
		return nil
	}
	return err
}
