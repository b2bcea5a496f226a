package recorded_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"kvartal/live"
	"kvartal/live/recorded"
	"kvartal/live/recorder"
	"kvartal/postgres/pgtest"
)

var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// told are fixes of one device around midnight, some with clocks ahead.
func told(t *rapid.T) []live.Fix {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) live.Fix {
		at := noon.Add(12*time.Hour + time.Duration(rapid.IntRange(-60, 60).Draw(t, "second"))*time.Second)
		f := live.Fix{Device: "7", Source: "egts", Time: at, Received: at, Point: orb.Point{float64(rapid.IntRange(1, 3).Draw(t, "lon")), 42}}
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			f.Time = at.Add(5 * time.Hour)
		case 1:
			f.Flags = live.NoPosition
		}
		return f
	}), 0, 30).Draw(t, "fixes")
}

// TestThePastIsWhatTimelinesSay reads periods and steps of what was recorded.
func TestThePastIsWhatTimelinesSay(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	rapid.Check(t, func(rt *rapid.T) {
		if _, err := db.Pool.Exec(t.Context(), "DELETE FROM live.fix; DELETE FROM live.latest; DELETE FROM live.quarantine"); err != nil {
			rt.Fatal(err)
		}
		fixes := told(rt)
		if err := recorder.New(recorder.Config{Pool: db.Pool, Log: slog.New(slog.DiscardHandler)}).Write(t.Context(), fixes); err != nil {
			rt.Fatal(err)
		}
		timeline := live.NewTimeline(live.Legs{})
		for _, f := range fixes {
			timeline.Add(f)
		}
		from := noon.Add(12*time.Hour + time.Duration(rapid.IntRange(-60, 30).Draw(rt, "from"))*time.Second)
		to := from.Add(time.Duration(rapid.IntRange(1, 60).Draw(rt, "length")) * time.Second)
		const step = 10 * time.Second
		var want []time.Time
		last := map[time.Duration]live.Moment{}
		for _, m := range timeline.Track() {
			if !m.At.Before(from) && !m.At.After(to) {
				want = append(want, m.At)
			}
			if !m.At.Before(from) && m.At.Before(to) && m.HasPosition() {
				last[m.At.Sub(from)/step] = m
			}
		}
		moments, err := recorded.Moments(t.Context(), db.Pool, "7", from, to)
		var got []time.Time
		for _, m := range moments {
			got = append(got, m.At)
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			rt.Fatalf("Moments = %v (-timeline +recorded):\n%s", err, diff)
		}
		played := 0
		err = recorded.Fleet(t.Context(), db.Pool, []live.DeviceID{"7", "8"}, from, to, step, func(m recorded.Place) error {
			played++
			if w := last[m.At.Sub(from)/step]; !w.At.Equal(m.At) || w.Point != m.Point {
				rt.Errorf("Fleet = %v at %v, want %v at %v", m.Point, m.At, w.Point, w.At)
			}
			return nil
		})
		if err != nil || played != len(last) {
			rt.Fatalf("Fleet = %d places, %v, want %d", played, err, len(last))
		}
	})
}

// BenchmarkMoments reads a day of one device, a fix every ten seconds, among those
// of 100 devices.
func BenchmarkMoments(b *testing.B) {
	db := pgtest.New(b)
	if _, err := db.Pool.Exec(b.Context(), `SET statement_timeout = 0; SELECT live.ensure_day('2026-01-15');
		INSERT INTO live.fix (device, keyed, hash, at, mark, told, received, source, lon, lat, speed, course, flags, inputs)
		SELECT (860000000000000 + i)::text, t, i, t, 0, t, t, 'egts', 74.4, 42.7, 30, 90, 0, '[{"name": "din", "value": 5}]'
		FROM generate_series(0, 8639) AS s, generate_series(1, 100) AS i,
		LATERAL (SELECT timestamptz '2026-01-15T00:00:00Z' + s * interval '10 seconds' AS t) AS m; ANALYZE live.fix`); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		moments, err := recorded.Moments(b.Context(), db.Pool, "860000000000050", noon.Add(-12*time.Hour), noon.Add(12*time.Hour))
		if err != nil || len(moments) != 8640 {
			b.Fatalf("Moments = %d, %v, want 8640", len(moments), err)
		}
	}
}
