package layers_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"kvartal/layers"
	"kvartal/view"
)

// BenchmarkTableOfAMillion reads pages of a table of a million rows, and finds
// the row of a feature, while rows are edited.
func BenchmarkTableOfAMillion(b *testing.B) {
	store, db := openPlots(b, 1)
	if _, err := db.Pool.Exec(b.Context(), `SET statement_timeout = 0; ALTER TABLE layer.plots DISABLE TRIGGER USER;
		INSERT INTO layer.plots (id, owner, year, version, valid_from, changeset)
		SELECT n, 'Владелец ' || md5(n::text), 1900 + n % 125, 1, now(), 1 FROM generate_series(2, 1000000) AS n;
		ALTER TABLE layer.plots ENABLE TRIGGER USER; ANALYZE layer.plots`); err != nil {
		b.Fatal(err)
	}
	v := view.New("plots", []view.Action{view.Query}, []string{"owner", "year"})
	l := layers.NewListings(store, 64<<20)
	q := layers.Query{Limit: 100, Sort: []layers.SortKey{{Property: "year", Descending: true}, {Property: "owner"}}}
	began := time.Now()
	if _, err := l.Rows(b.Context(), v, q, 0); err != nil {
		b.Fatal(err)
	}
	b.Logf("first page, which sorts: %v", time.Since(began))
	for _, offset := range []int{0, 500_000, 999_000} {
		b.Run(fmt.Sprintf("offset=%d", offset), func(b *testing.B) {
			measure(b, func() error { _, err := l.Rows(b.Context(), v, q, offset); return err })
		})
	}
	b.Run("position", func(b *testing.B) {
		measure(b, func() error { _, err := l.Position(b.Context(), v, q, 999_999); return err })
	})
	b.Run("after an edit", func(b *testing.B) {
		n := 0
		measure(b, func() error {
			n++
			b.StopTimer()
			_, err := db.Pool.Exec(b.Context(), "UPDATE layer.plots SET year = $1 WHERE id = $2", n, 1000+n)
			b.StartTimer()
			if err != nil {
				return err
			}
			_, err = l.Rows(b.Context(), v, q, 0)
			return err
		})
	})
}

// measure reports the median and the 95th percentile of what do takes.
func measure(b *testing.B, do func() error) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		if err := do(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}
