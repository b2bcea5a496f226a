// Package recorder writes the fixes of the bus into PostGIS: each once, by day,
// with the newest of each device beside them.
package recorder

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"kvartal/live"
	"kvartal/live/bus"
	"kvartal/postgres"
)

// Name is what the recorder is called on the bus.
const Name = "recorder"

const (
	// tidyEvery is how often old days and what is recorded are dropped.
	tidyEvery = time.Minute
	// kept is how long the bus keeps batches after they are recorded, for servers
	// that have read the state before and follow from there.
	kept = 10 * time.Minute
)

// Config of a Recorder.
type Config struct {
	Pool *pgxpool.Pool
	Bus  *bus.Bus
	// Days is how many days of fixes are kept; 0 keeps all.
	Days int
	Log  *slog.Logger
}

// Recorder records. Several may run at once, on one server or on many.
type Recorder struct {
	config Config
	days   map[time.Time]bool // that have a partition
	passed []passed           // oldest first
}

// passed is what was recorded when.
type passed struct {
	at       time.Time
	sequence uint64
}

// New returns a recorder over a migrated database.
func New(c Config) *Recorder { return &Recorder{config: c, days: map[time.Time]bool{}} }

// Run records until the context ends. Fixes wait on the bus while the database
// is away.
func (r *Recorder) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { r.keepTidy(ctx); return nil })
	group.Go(func() error {
		for {
			err := r.config.Bus.Consume(ctx, Name, r.record)
			if ctx.Err() != nil {
				return nil //nolint:nilerr // it was to end
			}
			r.config.Log.WarnContext(ctx, "recording is interrupted; it goes on in a moment", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	})
	return group.Wait()
}

// Write records fixes in one transaction, without the bus.
func (r *Recorder) Write(ctx context.Context, fixes []live.Fix) error {
	return r.record(ctx, []bus.Batch{{Fixes: fixes}})
}

// record writes batches in one transaction.
func (r *Recorder) record(ctx context.Context, batches []bus.Batch) error {
	l := newLot()
	for _, batch := range batches {
		for i := range batch.Fixes {
			if err := batch.Fixes[i].Sound(); err != nil {
				// Waiting would not mend it, and would hold all that comes behind.
				r.config.Log.ErrorContext(ctx, "a fix that cannot be kept is passed over", "sequence", batch.Sequence, "error", err)
				continue
			}
			l.add(&batch.Fixes[i])
		}
	}
	fresh := r.withoutPartition(l.days())
	err := pgx.BeginFunc(ctx, r.config.Pool, func(tx pgx.Tx) error {
		// Before any table is locked: who packs a day locks in this order, too.
		if err := l.hold(ctx, tx); err != nil {
			return err
		}
		for _, day := range fresh {
			if _, err := tx.Exec(ctx, "SELECT live.ensure_day($1)", day); err != nil {
				return err
			}
		}
		return l.write(ctx, tx)
	})
	if err != nil {
		return postgres.Translate(err, "record fixes")
	}
	for _, day := range fresh {
		r.days[day] = true
	}
	return nil
}

func (r *Recorder) withoutPartition(days []time.Time) []time.Time {
	return slices.DeleteFunc(days, func(day time.Time) bool { return r.days[day] })
}

// keepTidy drops what is not needed any more, until the context ends.
func (r *Recorder) keepTidy(ctx context.Context) {
	ticker := time.NewTicker(tidyEvery)
	defer ticker.Stop()
	for {
		if err := r.tidy(ctx, time.Now()); err != nil && ctx.Err() == nil {
			r.config.Log.WarnContext(ctx, "old fixes were not dropped; they will be later", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (r *Recorder) tidy(ctx context.Context, now time.Time) error {
	sequence, err := r.config.Bus.Passed(ctx, Name)
	if err != nil {
		return err
	}
	r.passed = append(r.passed, passed{now, sequence})
	old := uint64(0)
	for len(r.passed) > 0 && now.Sub(r.passed[0].at) >= kept {
		old = r.passed[0].sequence
		r.passed = r.passed[1:]
	}
	if old > 0 {
		if err := r.config.Bus.Forget(ctx, old); err != nil {
			return err
		}
	}
	if r.config.Days == 0 {
		return nil
	}
	var dropped int
	oldest := now.UTC().AddDate(0, 0, -r.config.Days)
	if err := r.config.Pool.QueryRow(ctx, "SELECT live.drop_before($1)", oldest).Scan(&dropped); err != nil {
		return postgres.Translate(err, "drop old fixes")
	}
	if dropped > 0 {
		r.config.Log.InfoContext(ctx, "old fixes are dropped", "days", dropped, "before", oldest.Format(time.DateOnly))
	}
	return nil
}
