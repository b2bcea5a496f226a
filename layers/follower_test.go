package layers_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kvartal"
	"kvartal/layers"
	"kvartal/postgres"
)

func TestAFollowerSeesWhatItsOwnWritesDid(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	f, m := start(t, c)
	applied := c.apply(t, create(bench("B-1", nil)))
	await(t, f, applied.Token)
	m.wantMirror(t, c)
	await(t, f, c.apply(t, remove(applied.IDs[0], 1)).Token)
	m.wantMirror(t, c)
	wantSeen(t, m, "insert-1 delete-1")
}

func TestAFollowerStartsWithNothing(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	token := c.apply(t, create(bench("B-1", nil))).Token
	f, m := layers.NewFollower(c.Store, layers.FollowerConfig{}), newMirror()
	follow(t, f, layers.Cursor{}, m.apply)
	await(t, f, token)
	m.wantMirror(t, c)
	if got := m.reloaded(); got != 1 {
		t.Errorf("batches that reload all = %d, want 1", got)
	}
}

// A transaction that commits after younger ones is seen when it commits, and
// holds up nobody before.
func TestASlowTransactionStallsNobodyAndIsNotLost(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	slow, err := c.db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Rollback(context.Background()) }()
	if _, err := slow.Exec(t.Context(), "INSERT INTO layer.benches (id, number) VALUES (100, 'B-100')"); err != nil {
		t.Fatal(err)
	}
	f, m := start(t, c) // while it is open
	for range 3 {
		await(t, f, c.apply(t, create(bench("B-1", nil))).Token)
		await(t, f, c.apply(t, remove(query[kvartal.FeatureID](t, c, "SELECT max(id) FROM layer.benches"), 0)).Token)
	}
	if _, err := slow.Exec(t.Context(), "UPDATE layer.benches SET seats = 2 WHERE id = 100"); err != nil {
		t.Fatal(err)
	}
	wantSeen(t, m, "insert-1 delete-1 insert-2 delete-2 insert-3 delete-3")
	if err := slow.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, f, c.now(t))
	wantSeen(t, m, "insert-100 update-100")
	m.wantMirror(t, c)
}

func TestAFollowerGoesOnFromAStoredCursor(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	f, m := layers.NewFollower(c.Store, layers.FollowerConfig{}), newMirror()
	stop := follow(t, f, m.begin(t, c, f), m.apply)
	await(t, f, c.apply(t, create(bench("B-1", nil))).Token)
	stop()
	stored := f.Cursor().String()
	c.exec(t, "INSERT INTO layer.benches (id, number) VALUES (5, 'B-5')")

	cursor, err := layers.ParseCursor(stored)
	if err != nil {
		t.Fatal(err)
	}
	again := layers.NewFollower(c.Store, layers.FollowerConfig{})
	follow(t, again, cursor, m.apply)
	await(t, again, c.now(t))
	wantSeen(t, m, "insert-1 insert-5")
	m.wantMirror(t, c)
	if got := m.reloaded(); got != 0 {
		t.Errorf("batches that reload all = %d, want none", got)
	}
}

func TestAFollowerReloadsWhenTheLogDoesNotReachItsCursor(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(t *testing.T, c city, cursor string) string{
		"log trimmed": func(t *testing.T, c city, cursor string) string {
			trim(t, c)
			return cursor
		},
		"restored elsewhere by hand": func(t *testing.T, c city, cursor string) string {
			c.exec(t, "UPDATE kvartal.change_log_state SET system_identifier = 7; INSERT INTO kvartal.change_log (xid, layer, feature, operation) VALUES ('999999999', 'benches', 1, 'update')")
			return cursor
		},
		"restored": func(t *testing.T, c city, cursor string) string {
			c.exec(t, "SELECT kvartal.after_restore()")
			return cursor
		},
		"another cluster": func(_ *testing.T, _ city, cursor string) string { return "7" + cursor },
		"failed over": func(_ *testing.T, _ city, cursor string) string {
			return strings.Replace(cursor, ".00000001/", ".00000000/", 1)
		},
		"cluster set back": func(_ *testing.T, _ city, cursor string) string {
			return cursor[:strings.Index(cursor, "/")] + "/888888888:888888888:"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := openBenches(t)
			f, m := layers.NewFollower(c.Store, layers.FollowerConfig{}), newMirror()
			from := m.begin(t, c, f)
			c.apply(t, create(bench("B-1", nil)))
			cursor, err := layers.ParseCursor(forget(t, c, from.String()))
			if err != nil {
				t.Fatal(err)
			}
			follow(t, f, cursor, m.apply)
			await(t, f, c.apply(t, create(bench("B-2", nil))).Token)
			m.wantMirror(t, c)
			if got := m.reloaded(); got != 1 {
				t.Errorf("batches that reload all = %d, want 1", got)
			}
			if got := query[int](t, c, "SELECT count(*) FROM kvartal.changes_since(pg_current_snapshot())"); got != 0 {
				t.Errorf("%d changes are of transactions to come, want none", got)
			}
		})
	}
}

// trim forgets all changes committed so far. Transactions of other tests on the
// same cluster, if they are older, must have ended before.
func trim(t *testing.T, c city) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for query[int](t, c, "SELECT count(*) FROM kvartal.change_log") > 0 {
		if _, err := c.db.Pool.Exec(ctx, "SELECT kvartal.trim_change_log('0')"); err != nil {
			t.Fatalf("trim_change_log = %v", err)
		}
	}
}

func TestTrimmingKeepsWhatIsYoungOrUnderWay(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	app := c.db.Connect(t, postgres.App)
	trimmed := func(keep string) (n int) {
		t.Helper()
		if err := app.QueryRow(t.Context(), "SELECT kvartal.trim_change_log($1::text::interval)", keep).Scan(&n); err != nil {
			t.Fatalf("trim_change_log = %v", err)
		}
		return n
	}
	c.apply(t, create(bench("B-1", nil)))
	if got := trimmed("1 hour"); got != 0 {
		t.Errorf("trimmed at once = %d, want 0", got)
	}
	open, err := c.db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = open.Rollback(context.Background()) }()
	if _, err := open.Exec(t.Context(), "INSERT INTO layer.benches (id, number) VALUES (50, 'B-50')"); err != nil {
		t.Fatal(err)
	}
	xid := "SELECT pg_current_xact_id()::text::bigint"
	var oldest int64
	if err := open.QueryRow(t.Context(), xid).Scan(&oldest); err != nil {
		t.Fatal(err)
	}
	c.apply(t, create(bench("B-2", nil)))
	trimmed("0")
	if got := query[int](t, c, "SELECT count(*) FROM kvartal.change_log WHERE xid::text::bigint > $1", oldest); got != 1 {
		t.Errorf("entries younger than an open transaction = %d, want 1", got)
	}
	if got := query[int64](t, c, "SELECT trimmed::text::bigint FROM kvartal.change_log_state"); got > oldest {
		t.Errorf("trimmed up to %d, want no further than the open transaction %d", got, oldest)
	}
}

func TestAFollowerReconnects(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	f, m := start(t, c)
	for i := range 3 {
		await(t, f, c.apply(t, create(bench(fmt.Sprintf("B-%d", i), nil))).Token)
		m.mu.Lock()
		pid := m.pid
		m.mu.Unlock()
		if !query[bool](t, c, "SELECT pg_terminate_backend($1, 5000)", int32(pid)) {
			t.Fatalf("backend %d could not be ended", pid)
		}
	}
	await(t, f, c.apply(t, create(bench("B-9", nil))).Token)
	m.wantMirror(t, c)
	wantSeen(t, m, "insert-1 insert-2 insert-3 insert-4")
}

func TestAFollowerReloadsAfterARestoreUnderIt(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	c.apply(t, create(bench("B-1", nil)))
	path := filepath.Join(t.TempDir(), "kvartal.backup")
	if err := postgres.Backup(t.Context(), c.db.URL, path, nil); err != nil {
		t.Fatal(err)
	}
	f, m := start(t, c)
	await(t, f, c.apply(t, create(bench("B-2", nil))).Token)
	if err := postgres.Restore(t.Context(), c.db.URL, path, postgres.RestoreOptions{Replace: true}); err != nil {
		t.Fatal(err)
	}
	await(t, f, c.now(t))
	m.wantMirror(t, c)
	if got := m.reloaded(); got != 1 {
		t.Errorf("batches that reload all = %d, want 1", got)
	}
	await(t, f, c.apply(t, create(bench("B-3", nil))).Token)
	m.wantMirror(t, c)
}

func TestABatchThatFailedComesAgain(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	f, m := layers.NewFollower(c.Store, layers.FollowerConfig{}), newMirror()
	failures := 3
	follow(t, f, m.begin(t, c, f), func(ctx context.Context, b layers.Batch) error {
		if failures--; failures >= 0 {
			return errors.New("no memory")
		}
		return m.apply(ctx, b)
	})
	await(t, f, c.apply(t, create(bench("B-1", nil))).Token)
	wantSeen(t, m, "insert-1")
	if failures >= 0 {
		t.Error("the batch was taken for applied though it failed")
	}
}

func TestManyChangesOfALayerBecomeAReload(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	f, m := layers.NewFollower(c.Store, layers.FollowerConfig{}), newMirror()
	from := m.begin(t, c, f)
	for i := range 2 {
		c.exec(t, `INSERT INTO layer.benches (number, geom) SELECT 'B-' || n, ST_SetSRID(ST_MakePoint(450000 + n % 100, 4300000), 32618)
			FROM generate_series($1::int, $1::int + 25999) n`, i*26_000)
	}
	follow(t, f, from, m.apply)
	await(t, f, c.now(t))
	m.wantMirror(t, c)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.changes) != 1 || m.changes[0].Operation != layers.Reloaded || m.changes[0].New == nil {
		t.Fatalf("changes = %d, the first %+v; want one reload", len(m.changes), m.changes[0])
	}
	if got, want := m.changes[0].New.Right()-m.changes[0].New.Left(), 127.0; got < want-2 || got > want+2 {
		t.Errorf("width of the reload's envelope = %v m, want about %v", got, want)
	}
}

func TestAwait(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	f, _ := start(t, c)
	await(t, f, c.now(t))
	origin, _, _ := strings.Cut(f.Cursor().String(), "/")
	system, _, _ := strings.Cut(origin, ".")
	for name, test := range map[string]struct {
		token layers.Token
		kind  kvartal.Kind
	}{
		"no token":               {"", kvartal.KindInvalid},
		"nonsense":               {"x/y:z", kvartal.KindInvalid},
		"no number":              {layers.Token(origin + "/x"), kvartal.KindInvalid},
		"another database":       {"7.00000001/5", kvartal.KindInvalid},
		"transaction to come":    {layers.Token(origin + "/99999999"), kvartal.KindUnavailable},
		"snapshot to come":       {layers.Token(origin + "/99999999:99999999:"), kvartal.KindUnavailable},
		"timeline to come":       {layers.Token(system + ".00000002/5"), kvartal.KindUnavailable},
		"timeline that has been": {layers.Token(system + ".00000000/99999999"), -1},
		"its own cursor":         {f.Cursor().Token(), -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := patience
			if test.kind == kvartal.KindUnavailable {
				limit = 100 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			err := f.Await(ctx, test.token)
			if test.kind < 0 && err != nil || test.kind >= 0 && (err == nil || kvartal.KindOf(err) != test.kind) {
				t.Errorf("Await(%q) = %v, want %v", test.token, err, test.kind)
			}
		})
	}
}

// A batch's token stands for everything up to it, on any server.
func TestTheTokenOfABatchIsAwaitedOnAnotherServer(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	tokens := make(chan layers.Token, 10)
	one := layers.NewFollower(c.Store, layers.FollowerConfig{})
	follow(t, one, newMirror().begin(t, c, one), func(_ context.Context, b layers.Batch) error {
		tokens <- b.Token
		return nil
	})
	other, m := start(t, c)
	c.exec(t, "INSERT INTO layer.benches (id, number) VALUES (1, 'B-1')")
	await(t, other, <-tokens)
	wantSeen(t, m, "insert-1")
}

// A snapshot alone would not keep a revision from taking a table away under the
// reader, who would find it empty.
func TestABatchIsReadBeforeARevisionReplacesIt(t *testing.T) {
	t.Parallel()
	c, defs := openPonds(t)
	publish(t, c, defs, kvartal.Feature{ID: 1, Geometry: square(0, 10)})
	next, err := c.BeginRevision(t.Context(), defs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = next.Discard() })
	published := make(chan error, 1)
	sizes := make(chan int, 2)
	f := layers.NewFollower(c.Store, layers.FollowerConfig{})
	follow(t, f, layers.Cursor{}, func(ctx context.Context, b layers.Batch) error {
		if b.ReloadAll { // the first batch: a revision is published under it
			go func() { published <- next.Publish(context.WithoutCancel(ctx)) }()
			if err := awaitLock(ctx, c, "layer.ponds"); err != nil {
				return err
			}
		}
		var rows int
		err := b.Tx.QueryRow(ctx, "SELECT count(*) FROM layer.ponds").Scan(&rows)
		sizes <- rows
		return err
	})
	if got := <-sizes; got != 1 {
		t.Errorf("ponds while a revision without any is published = %d, want the 1 of before", got)
	}
	if err := <-published; err != nil {
		t.Fatalf("Publish = %v", err)
	}
	await(t, f, c.now(t))
	if got := <-sizes; got != 0 {
		t.Errorf("ponds after the revision = %d, want 0", got)
	}
}

// awaitLock waits until somebody waits for a lock on the table, or has replaced
// the table, which means that nobody need wait.
func awaitLock(ctx context.Context, c city, table string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for waits := false; !waits; {
		if err := c.db.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_locks WHERE relation = to_regclass($1) AND NOT granted)
			OR (SELECT revision FROM kvartal.layer WHERE id = 'ponds') > 1`, table).Scan(&waits); err != nil {
			return err
		}
	}
	return nil
}
