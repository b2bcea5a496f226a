package recorder_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"kvartal"
	"kvartal/live"
	"kvartal/live/recorded"
	"kvartal/live/recorder"
	"kvartal/postgres"
	"kvartal/postgres/pgtest"
)

// longAfter is when every day of the tests is over and quiet.
var longAfter = noon.AddDate(5, 0, 0)

func packer(pool *pgxpool.Pool) *recorder.Packer {
	return recorder.NewPacker(recorder.PackerConfig{Pool: pool, Days: 1, Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler)})
}

func writer(pool *pgxpool.Pool) *recorder.Recorder {
	return recorder.New(recorder.Config{Pool: pool, Log: slog.New(slog.DiscardHandler)})
}

// drawTold draws fixes of two devices over three days, few enough times and places
// that copies, equal times and equal contents are among them.
func drawTold(t *rapid.T) []live.Fix {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) live.Fix {
		at := noon.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "hour")) * time.Hour)
		f := live.Fix{
			Device: live.DeviceID(rapid.SampledFrom([]string{"7", "8"}).Draw(t, "device")), Source: "egts", Time: at,
			Received: at.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "delay")) * 3123456 * time.Microsecond),
			Point:    orb.Point{74.6 + float64(rapid.IntRange(0, 1).Draw(t, "lon"))/3, 42.87},
		}
		switch rapid.IntRange(0, 7).Draw(t, "kind") {
		case 0:
			f.Flags = live.Late
		case 1:
			f.Time = at.Add(time.Hour)
		case 2:
			f.Time = time.Time{}
		case 3:
			f.Time = at.AddDate(0, 0, -1024*7)
		case 4:
			f.Flags = live.NoPosition
		case 5:
			f.Speed, f.Course, f.Altitude, f.Odometer = live.Some(1.0/3), live.Some(359.9), live.Some(-1), live.Some(1e9/7)
			f.Inputs = []live.Input{{Name: "din", Value: 5}, {Name: "ibutton", Text: "ё"}}
		}
		return f
	}), 1, 24).Draw(t, "fixes")
}

// past is all that is told of two devices.
type past struct {
	Fixes   []string
	Latest  []string
	States  []string
	Track   []live.Moment
	Places  []recorded.Place
	Unknown []recorded.Unknown
}

func readPast(t *rapid.T, pool *pgxpool.Pool) (p past) {
	ctx := context.Background()
	p.Fixes = texts(t, pool, "SELECT f::text FROM live.every_fix AS f ORDER BY device, keyed, hash")
	p.Latest = texts(t, pool, "SELECT l::text FROM live.latest AS l ORDER BY device, placed")
	p.States = texts(t, pool, `SELECT coalesce(p::text, '-') || coalesce(u::text, '-') FROM generate_series(-1, 15) AS h
		CROSS JOIN LATERAL (SELECT $1::timestamptz + (h * interval '170 minutes') AS moment) AS m CROSS JOIN unnest('{7,8}'::text[]) AS d (device)
		LEFT JOIN LATERAL live.placed_at(d.device, moment) AS p ON true
		LEFT JOIN LATERAL live.unplaced_at(d.device, moment, p.at, p.hash) AS u ON true ORDER BY d.device, h`, noon)
	from, to := noon.Add(5*time.Hour), noon.Add(30*time.Hour)
	var err error
	if p.Track, err = recorded.Moments(ctx, pool, "7", from, to); err != nil {
		t.Fatal(err)
	}
	err = recorded.Fleet(ctx, pool, []live.DeviceID{"7", "8"}, from, to, 90*time.Minute, func(at recorded.Place) error {
		p.Places = append(p.Places, at)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if p.Unknown, err = recorded.Unknowns(ctx, pool); err != nil {
		t.Fatal(err)
	}
	return p
}

func texts(t *rapid.T, pool *pgxpool.Pool, sql string, args ...any) []string {
	rows, err := pool.Query(context.Background(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestPackingChangesNothing writes the same fixes into two databases, packs one of
// them now and then, and compares all that is told of the past.
func TestPackingChangesNothing(t *testing.T) {
	t.Parallel()
	plain, packed := pgtest.New(t), pgtest.New(t)
	for _, db := range []*pgtest.DB{plain, packed} {
		// A register that knows none of them.
		if _, err := db.Pool.Exec(t.Context(), "CREATE TABLE layer.devices (device text)"); err != nil {
			t.Fatal(err)
		}
	}
	appOfPlain, appOfPacked := plain.Connect(t, postgres.App), packed.Connect(t, postgres.App)
	rapid.Check(t, func(rt *rapid.T) {
		for _, db := range []*pgtest.DB{plain, packed} {
			// For so few rows TRUNCATE takes ten times as long.
			if _, err := db.Pool.Exec(t.Context(), "DELETE FROM live.fix; DELETE FROM live.packed; DELETE FROM live.latest; DELETE FROM live.quarantine"); err != nil {
				rt.Fatal(err)
			}
		}
		for fixes := drawTold(rt); len(fixes) > 0; {
			n := rapid.IntRange(min(8, len(fixes)), len(fixes)).Draw(rt, "lot")
			for _, pool := range []*pgxpool.Pool{appOfPlain, appOfPacked} {
				if err := writer(pool).Write(t.Context(), fixes[:n]); err != nil {
					rt.Fatal(err)
				}
			}
			fixes = fixes[n:]
			if rapid.Bool().Draw(rt, "pack") {
				if err := packer(appOfPacked).Pack(t.Context(), longAfter); err != nil {
					rt.Fatalf("Pack = %v", err)
				}
			}
		}
		if diff := cmp.Diff(readPast(rt, appOfPlain), readPast(rt, appOfPacked), cmp.AllowUnexported(live.Moment{})); diff != "" {
			rt.Fatalf("the past (-plain +packed):\n%s", diff)
		}
	})
}

// killer cuts off what a context is used for as the statement of a number begins.
type killer struct {
	cancel context.CancelFunc
	left   int
}

func (k *killer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	if k.left--; k.left == 0 {
		k.cancel()
	}
	return ctx
}

func (k *killer) TraceQueryEnd(_ context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	if k.left--; k.left == 0 {
		k.cancel()
	}
}

// TestPackingMayBeCutOffAnywhere cuts packing off before and after each of its
// statements, and goes on with another packer.
func TestPackingMayBeCutOffAnywhere(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	app := db.Connect(t, postgres.App)
	var fixes []live.Fix
	for i := range 1000 {
		at := noon.Add(time.Duration(i) * 97 * time.Second)
		f := live.Fix{Device: live.DeviceID("789"[i%3 : i%3+1]), Source: "egts", Time: at, Received: at.Add(time.Second), Point: orb.Point{74.6, 42.87}}
		if i%50 == 0 {
			f.Time = at.Add(2 * time.Hour) // a clock ahead, which is not packed
		}
		fixes = append(fixes, f)
	}
	if err := writer(app).Write(t.Context(), fixes); err != nil {
		t.Fatal(err)
	}
	const digest = "SELECT count(*) || md5(string_agg(f::text, ',' ORDER BY device, keyed, hash)) FROM live.every_fix AS f"
	read := func(sql string) (s string) {
		if err := db.Pool.QueryRow(t.Context(), sql).Scan(&s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	want := read(digest)
	for n := 1; ; n++ {
		ctx, cancel := context.WithCancel(t.Context())
		config := app.Config()
		config.ConnConfig.Tracer = &killer{cancel, n}
		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		whole := packer(pool).Pack(ctx, longAfter) == nil
		cancel()
		pool.Close()
		if got := read(digest); got != want {
			t.Fatalf("after Pack was cut off at step %d, the fixes are %s, want %s", n, got, want)
		}
		if whole {
			break
		}
	}
	if left := read("SELECT count(*)::text FROM live.fix WHERE mark <> 2"); left != "0" {
		t.Errorf("%s fixes are not packed, want none", left)
	}
}

// TestOnePackerWorksAtATime holds the lock of another.
func TestOnePackerWorksAtATime(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	app := db.Connect(t, postgres.App)
	if err := writer(app).Write(t.Context(), []live.Fix{{Device: "7", Source: "egts", Time: noon, Received: noon, Point: orb.Point{74.6, 42.87}}}); err != nil {
		t.Fatal(err)
	}
	other, err := db.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Release()
	for _, step := range []struct {
		lock string
		want int
	}{{"SELECT pg_advisory_lock(1885430635)", 0}, {"SELECT pg_advisory_unlock(1885430635)", 1}} {
		if _, err := other.Exec(t.Context(), step.lock); err != nil {
			t.Fatal(err)
		}
		err := packer(app).Pack(t.Context(), longAfter)
		var n int
		if err := errors.Join(err, db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM live.packed").Scan(&n)); err != nil || n != step.want {
			t.Errorf("after %s, Pack = %v and packed %d rows, want %d", step.lock, err, n, step.want)
		}
	}
}

// TestDaysAreLeftWhileTheyAreYoungOrFixesCome packs at moments at which a day may
// still change.
func TestDaysAreLeftWhileTheyAreYoungOrFixesCome(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	app := db.Connect(t, postgres.App)
	uploaded := noon.AddDate(0, 0, 4)
	if err := writer(app).Write(t.Context(), []live.Fix{
		{Device: "7", Source: "egts", Time: noon, Received: noon, Point: orb.Point{74.6, 42.87}},
		{Device: "8", Source: "egts", Time: noon, Received: uploaded, Flags: live.Late, Point: orb.Point{74.6, 42.87}},
	}); err != nil {
		t.Fatal(err)
	}
	midnight := noon.Add(36 * time.Hour) // ends the one day that is left as it is
	for _, step := range []struct {
		now  time.Time
		want []string
	}{
		{midnight.Add(-time.Second), nil},
		{midnight, []string{"7"}},
		{uploaded.Add(59 * time.Minute), []string{"7"}},
		{uploaded.Add(61 * time.Minute), []string{"7", "8"}},
	} {
		if err := packer(app).Pack(t.Context(), step.now); err != nil {
			t.Fatal(err)
		}
		var got []string
		if err := db.Pool.QueryRow(t.Context(), "SELECT array_agg(device ORDER BY device) FROM live.packed").Scan(&got); err != nil || !slices.Equal(got, step.want) {
			t.Errorf("at %v devices %v are packed, %v, want %v", step.now, got, err, step.want)
		}
	}
}

// TestRoomComesBackARoundLater packs a day of a megabyte twice.
func TestRoomComesBackARoundLater(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	app := db.Connect(t, postgres.App)
	if _, err := db.Pool.Exec(t.Context(), `SELECT live.ensure_day('2026-01-15');
		INSERT INTO live.fix (device, keyed, hash, at, mark, told, received, source, lon, lat, flags)
		SELECT '7', t, i, t, CASE i WHEN 1 THEN 2 ELSE 0 END, t, t, 'egts', 74.4, 42.7, 0
		FROM generate_series(1, 8640) AS i, LATERAL (SELECT timestamptz '2026-01-15' + i * interval '9 seconds' AS t) AS m`); err != nil {
		t.Fatal(err)
	}
	p := packer(app)
	for round, full := range []bool{true, true, false} {
		if err := p.Pack(t.Context(), longAfter); err != nil {
			t.Fatal(err)
		}
		var size, n, left int
		err := db.Pool.QueryRow(t.Context(), "SELECT pg_relation_size('live.fix_20260115'), (SELECT count(*) FROM live.every_fix), (SELECT count(*) FROM live.fix)").Scan(&size, &n, &left)
		if err != nil || n != 8640 || left != 1 || full != (size > 1<<20) {
			t.Errorf("after round %d the day has %d bytes, %d fixes, %d of them not packed, %v; want 8640, 1 not packed, more than 1 MiB: %t", round+1, size, n, left, err, full)
		}
	}
}

// TestRecordersAndPackersMayCross records copies of the same fixes at once, in
// several orders, while their days are packed again and again.
func TestRecordersAndPackersMayCross(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	app := db.Connect(t, postgres.App)
	var fixes []live.Fix
	for i := range 300 {
		at := noon.Add(time.Duration(i) * 7 * time.Minute)
		fixes = append(fixes, live.Fix{Device: live.DeviceID("789"[i%3 : i%3+1]), Source: "egts", Time: at, Received: at.Add(time.Minute), Flags: live.Late, Point: orb.Point{74.6, 42.87}})
	}
	writers, ctx := errgroup.WithContext(t.Context())
	for w := range 3 {
		copies := slices.Clone(fixes)
		for i := range copies {
			copies[i].Received = copies[i].Received.Add(-time.Duration((i+w)%3) * time.Second)
			if (i+w)%5 == 0 {
				copies[i].Flags = 0
			}
		}
		rand.Shuffle(len(copies), func(i, j int) { copies[i], copies[j] = copies[j], copies[i] })
		writers.Go(func() error {
			for lot := range slices.Chunk(copies, 10) {
				// One whom a deadlock ends tries again, as with the bus.
				for err := writer(app).Write(ctx, lot); err != nil; err = writer(app).Write(ctx, lot) {
					if kvartal.KindOf(err) != kvartal.KindUnavailable && kvartal.KindOf(err) != kvartal.KindConflict {
						return err
					}
				}
			}
			return nil
		})
	}
	written := make(chan error, 1)
	go func() { written <- writers.Wait() }()
	for ended := false; !ended; {
		select {
		case err := <-written:
			if err != nil {
				t.Fatalf("Write = %v", err)
			}
			ended = true
		default:
		}
		if err := packer(app).Pack(t.Context(), longAfter); err != nil {
			t.Fatalf("Pack = %v", err)
		}
	}
	var n, once, early, inTime int
	err := db.Pool.QueryRow(t.Context(), `SELECT count(*), count(DISTINCT (device, keyed, hash)), count(*) FILTER (WHERE received = keyed + interval '58 seconds'), count(*) FILTER (WHERE flags = 0) FROM live.every_fix`).
		Scan(&n, &once, &early, &inTime)
	if err != nil || n != 300 || once != 300 || early != 300 || inTime != 180 {
		t.Errorf("%d fixes, %d different, %d as received first, %d in time, %v; want 300, 300, 300, 180", n, once, early, inTime, err)
	}
}
