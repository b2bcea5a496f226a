package layers_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"kvartal"
	"kvartal/layers"
	"kvartal/postgres/pgtest"
)

// plots is a layer of polygons in a local CRS, as registers are.
const plots = `id: plots
title: ` + title + `
group: furniture
geometry: polygon
crs: EPSG:32618
history: rows
fields:
  - {name: owner, type: text, title: ` + title + `}
  - {name: year, type: integer, title: ` + title + `}
rights: {public: [see, query]}
`

// openPlots returns a database with n plots of 17 vertices.
func openPlots(b *testing.B, n int) (*layers.Store, *pgtest.DB) {
	b.Helper()
	registry, err := layers.Load(source(map[string]string{"plots": plots}))
	if err != nil {
		b.Fatal(err)
	}
	db := pgtest.New(b)
	store, err := layers.Open(b.Context(), db.Pool, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	if _, _, err := store.Sync(b.Context(), false); err != nil {
		b.Fatal(err)
	}
	if _, err := db.Pool.Exec(b.Context(), `INSERT INTO layer.plots (id, owner, year, geom)
		SELECT n, 'А. Үсөнов', 2020, ST_Buffer(ST_SetSRID(ST_MakePoint(450000 + n % 1000 * 30, 4300000 + n / 1000 * 30), 32618), 12, 4)
		FROM generate_series(1, $1::int) n`, n); err != nil {
		b.Fatal(err)
	}
	return store, db
}

// BenchmarkWrite measures what the triggers of the log cost: each write with
// them and without.
func BenchmarkWrite(b *testing.B) {
	for _, rows := range []int{1, 100, 10_000, 60_000} {
		for _, triggers := range []string{"ENABLE", "DISABLE"} {
			b.Run(fmt.Sprintf("rows=%d/log=%s", rows, triggers), func(b *testing.B) {
				_, db := openPlots(b, rows)
				for _, trigger := range []string{"kv_log_inserted", "kv_log_updated", "kv_log_deleted"} {
					if _, err := db.Pool.Exec(b.Context(), fmt.Sprintf("ALTER TABLE layer.plots %s TRIGGER %s", triggers, trigger)); err != nil {
						b.Fatal(err)
					}
				}
				for b.Loop() {
					if _, err := db.Pool.Exec(b.Context(), "UPDATE layer.plots SET year = year + 1, geom = ST_Translate(geom, 1, 0)"); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*rows), "µs/row")
			})
		}
	}
}

// BenchmarkStaleness measures on a server that nobody wakes how old changes are
// when they have been applied, at a thousand edits a second from eight writers.
func BenchmarkStaleness(b *testing.B) {
	const writers, rate = 8, 1000
	store, db := openPlots(b, 1000)
	f := layers.NewFollower(store, layers.FollowerConfig{})
	var ages []time.Duration // written by apply alone
	all := make(chan struct{})
	stop := run(b, f, func(_ context.Context, batch layers.Batch) error {
		for _, c := range batch.Changes {
			ages = append(ages, time.Since(c.At))
		}
		if len(ages) >= b.N*writers {
			close(all)
		}
		return nil
	})
	b.ResetTimer()
	var group errgroup.Group
	for w := range writers {
		group.Go(func() error {
			tick := time.NewTicker(time.Second * writers / rate)
			defer tick.Stop()
			for i := range b.N {
				<-tick.C
				if _, err := db.Pool.Exec(b.Context(), "UPDATE layer.plots SET year = year + 1 WHERE id = $1", w+1+i%100*writers); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	<-all
	stop()
	slices.Sort(ages)
	b.ReportMetric(float64(b.N*writers)/b.Elapsed().Seconds(), "edits/s")
	b.ReportMetric(float64(ages[len(ages)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(ages[len(ages)*95/100].Milliseconds()), "p95-ms")
}

// run runs a follower from a first batch on until the returned function is called.
func run(b *testing.B, f *layers.Follower, apply func(context.Context, layers.Batch) error) (stop func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	began, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- f.Run(ctx, layers.Cursor{}, func(ctx context.Context, batch layers.Batch) error {
			if batch.ReloadAll {
				close(began)
			}
			return apply(ctx, batch)
		})
	}()
	<-began
	return func() { cancel(); <-ended }
}

// BenchmarkAwait measures from the return of a write to the moment when the
// follower of the same server has applied it.
func BenchmarkAwait(b *testing.B) {
	store, _ := openPlots(b, 1000)
	f := layers.NewFollower(store, layers.FollowerConfig{})
	stop := run(b, f, func(context.Context, layers.Batch) error { return nil })
	defer stop()
	ctx := b.Context()
	i := 0
	for b.Loop() {
		b.StopTimer()
		i++
		applied, err := store.ApplyChangeset(ctx, "bench", kvartal.Changeset{Author: kvartal.System("bench"), Changes: []kvartal.Change{{
			Operation: kvartal.Update, Layer: "plots", Feature: kvartal.Feature{ID: kvartal.FeatureID(1 + i%1000), Properties: map[string]any{"year": int64(i)}},
		}}})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := f.Await(ctx, applied.Token); err != nil {
			b.Fatal(err)
		}
	}
}
