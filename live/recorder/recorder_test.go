package recorder_test

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"kvartal/live"
	"kvartal/live/bus"
	"kvartal/live/recorder"
	"kvartal/postgres"
	"kvartal/postgres/pgtest"
)

var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

func openBus(t testing.TB) *bus.Bus {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Options{Dir: t.TempDir(), MaxBytes: 256 << 20, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// record runs a recorder until the test ends.
func record(t testing.TB, pool *pgxpool.Pool, b *bus.Bus) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r := recorder.New(recorder.Config{Pool: pool, Bus: b, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

// publish waits until the batches are recorded.
func publish(t interface {
	Helper()
	Fatal(...any)
	Context() context.Context
}, b *bus.Bus, batches ...[]live.Fix,
) {
	t.Helper()
	for _, batch := range batches {
		if err := b.Publish(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		size, err := b.Size(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if done, err := b.Passed(t.Context(), recorder.Name); err != nil || done == size.Last {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the recorder did not write all within a minute")
		}
	}
}

// arrivals are fixes of some devices, some with wrong clocks, shuffled, copied
// and divided into batches.
func arrivals(t *rapid.T) (fixes []live.Fix, batches [][]live.Fix) {
	n := rapid.IntRange(1, 40).Draw(t, "fixes")
	for range n {
		told := noon.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "second")) * time.Second)
		f := live.Fix{
			Device: live.DeviceID(rapid.SampledFrom([]string{"7", "860000000000001"}).Draw(t, "device")), Source: "egts",
			Time: told, Received: told.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "delay")) * time.Second),
			Point: orb.Point{float64(rapid.IntRange(-3, 3).Draw(t, "lon")), 42.5}, Speed: live.Some(float64(rapid.IntRange(0, 2).Draw(t, "speed"))),
			Inputs: []live.Input{{Name: "din", Value: float64(rapid.IntRange(0, 1).Draw(t, "din"))}},
		}
		switch rapid.IntRange(0, 9).Draw(t, "clock") {
		case 0:
			f.Time = time.Time{}
		case 1:
			f.Time = told.Add(2 * time.Hour)
		case 2:
			f.Time = told.AddDate(0, 0, -1024*7)
		case 3:
			f.Time = told.AddDate(-40, 0, 0)
		case 4:
			f.Flags = live.NoPosition
		}
		fixes = append(fixes, f)
		if rapid.Bool().Draw(t, "again") {
			f.Received = f.Received.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "sooner")) * time.Millisecond)
			f.Flags |= live.Late
			fixes = append(fixes, f)
		}
	}
	shuffled := rapid.Permutation(fixes).Draw(t, "order")
	for len(shuffled) > 0 {
		size := rapid.IntRange(1, len(shuffled)).Draw(t, "batch")
		batches = append(batches, shuffled[:size])
		shuffled = shuffled[size:]
	}
	return fixes, batches
}

// TestWhatIsRecordedIsWhatTheTimelineSays compares the database, after any order
// and division of arrivals, with live.Timeline.
func TestWhatIsRecordedIsWhatTheTimelineSays(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	b := openBus(t)
	record(t, db.Connect(t, postgres.App), b)
	rapid.Check(t, func(rt *rapid.T) {
		if _, err := db.Pool.Exec(t.Context(), "DELETE FROM live.fix; DELETE FROM live.latest; DELETE FROM live.quarantine"); err != nil {
			rt.Fatal(err)
		}
		fixes, batches := arrivals(rt)
		publish(rt, b, batches...)
		for device, timeline := range timelines(fixes) {
			want := []moment{}
			for _, m := range timeline.Track() {
				want = append(want, moment{m.At, m.Mark, m.Received, m.Flags})
			}
			if diff := cmp.Diff(want, track(rt, db, device)); diff != "" {
				rt.Fatalf("track of %s (-timeline +database):\n%s", device, diff)
			}
			latest, ok := timeline.Latest()
			var at time.Time
			err := db.Pool.QueryRow(t.Context(), "SELECT at FROM live.latest WHERE device = $1 ORDER BY at DESC LIMIT 1", string(device)).Scan(&at)
			if ok && (err != nil || !at.Equal(latest.At)) || !ok && !errors.Is(err, pgx.ErrNoRows) {
				rt.Fatalf("latest of %s = %v, %v, want %v", device, at, err, latest.At)
			}
		}
	})
}

func timelines(fixes []live.Fix) map[live.DeviceID]*live.Timeline {
	all := map[live.DeviceID]*live.Timeline{}
	for _, f := range fixes {
		if all[f.Device] == nil {
			all[f.Device] = live.NewTimeline(live.Legs{})
		}
		all[f.Device].Add(f)
	}
	return all
}

type moment struct {
	At       time.Time
	Mark     live.Mark
	Received time.Time
	Flags    live.Flags
}

func track(t *rapid.T, db *pgtest.DB, device live.DeviceID) []moment {
	rows, err := db.Pool.Query(context.Background(), "SELECT at, mark, received, flags FROM live.fix WHERE device = $1 ORDER BY at, hash", string(device))
	if err != nil {
		t.Fatal(err)
	}
	moments, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m moment, err error) {
		var mark, flags int16
		err = row.Scan(&m.At, &mark, &m.Received, &flags)
		m.At, m.Received, m.Mark, m.Flags = m.At.UTC(), m.Received.UTC(), live.Mark(mark), live.Flags(flags)
		return m, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return append([]moment{}, moments...)
}

func TestWhatCannotBeKeptDoesNotHoldTheRest(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	good := live.Fix{Device: "7", Source: "egts", Time: noon, Received: noon, Point: orb.Point{74.6, 42.87}}
	bad := good
	bad.Device = "7\x00"
	b := openBus(t)
	record(t, db.Connect(t, postgres.App), b)
	publish(t, b, []live.Fix{bad, good})
	var n int
	if err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM live.fix").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d fixes were recorded, %v, want the one that can be", n, err)
	}
}

func TestOldDaysAreDropped(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	app, b := db.Connect(t, postgres.App), openBus(t)
	record(t, app, b)
	now := time.Now().UTC()
	var fixes []live.Fix
	for _, days := range []int{0, 5, 40} {
		at := now.AddDate(0, 0, -days)
		fixes = append(fixes, live.Fix{Device: "7", Source: "egts", Time: at, Received: now, Point: orb.Point{74.6, 42.87}})
	}
	publish(t, b, fixes)
	if err := packer(app).Pack(t.Context(), now.Add(2*time.Hour)); err != nil { // all but the youngest
		t.Fatal(err)
	}
	var n int
	if err := app.QueryRow(t.Context(), "SELECT live.drop_before($1)", now.AddDate(0, 0, -30)).Scan(&n); err != nil || n != 1 {
		t.Fatalf("live.drop_before = %d, %v, want 1 day", n, err)
	}
	if err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM live.every_fix").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d fixes are left, %v, want those of the last 30 days", n, err)
	}
}

// BenchmarkRecord measures fixes from the bus into the database.
func BenchmarkRecord(b *testing.B) {
	db := pgtest.New(b)
	opened := openBus(b)
	app, ctx := db.Connect(b, postgres.App), b.Context()
	const devices = 2000
	second := 0
	for b.Loop() {
		for from := 0; from < devices; from += bus.MaxBatch {
			batch := make([]live.Fix, bus.MaxBatch)
			for i := range batch {
				at := noon.Add(time.Duration(second) * time.Second)
				batch[i] = live.Fix{
					Device: live.DeviceID(strconv.Itoa(from + i)), Source: "egts", Time: at, Received: at, Point: orb.Point{74.6, 42.87},
					Speed: live.Some(30), Course: live.Some(90), Inputs: []live.Input{{Name: "din", Value: 5}},
				}
			}
			if err := opened.Publish(ctx, batch); err != nil {
				b.Fatal(err)
			}
		}
		second++
	}
	begun := time.Now()
	record(b, app, opened)
	for {
		size, _ := opened.Size(ctx)
		if done, _ := opened.Passed(ctx, recorder.Name); done == size.Last {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	b.ReportMetric(float64(second*devices)/time.Since(begun).Seconds(), "recorded/s")
}
