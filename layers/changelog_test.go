package layers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
)

// plain is a layer without geometry.
const plain = `id: notes
title: ` + title + `
group: furniture
geometry: none
history: rows
fields:
  - {name: text, type: text, title: ` + title + `}
rights: {public: [see, query]}
`

// logged returns the change log since the tables were made, a line an entry:
// operation, feature, whether there is an old and a new envelope.
func logged(t *testing.T, c city) []string {
	t.Helper()
	rows, err := c.db.Pool.Query(t.Context(), `
		SELECT operation || ' ' || coalesce(feature, 0)
		  || CASE WHEN old_box IS NULL THEN '' WHEN isfinite(old_box) THEN ' old' ELSE ' old anywhere' END
		  || CASE WHEN new_box IS NULL THEN '' WHEN isfinite(new_box) THEN ' new' ELSE ' new anywhere' END
		FROM kvartal.change_log WHERE seq > 1 ORDER BY seq`)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// openLogged returns benches with one row and a log that is empty but for the
// reload of the sync.
func openLogged(t *testing.T) city {
	t.Helper()
	c := openBenches(t)
	c.exec(t, `CREATE FUNCTION isfinite(box) RETURNS boolean LANGUAGE sql AS
		$$ SELECT NOT 'Infinity' IN (($1[0])[0], ($1[0])[1]) $$`)
	return c
}

func place(x int) string { return fmt.Sprintf("ST_SetSRID(ST_MakePoint(%d, 4300000), 32618)", x) }

func TestTheLogSeesEveryWayToWrite(t *testing.T) {
	t.Parallel()
	first := "INSERT INTO layer.benches (id, number, geom) VALUES (1, 'B-1', " + place(450000) + ");"
	for name, test := range map[string]struct {
		sql  string
		want string
	}{
		"insert":           {first, "insert 1 new"},
		"without a place":  {"INSERT INTO layer.benches (id, number) VALUES (1, 'B-1')", "insert 1"},
		"update":           {first + "UPDATE layer.benches SET seats = 3", "insert 1 new, update 1 old new"},
		"gain of a place":  {"INSERT INTO layer.benches (id, number) VALUES (1, 'B-1'); UPDATE layer.benches SET geom = " + place(450000), "insert 1, update 1 new"},
		"loss of a place":  {first + "UPDATE layer.benches SET geom = NULL", "insert 1 new, update 1 old"},
		"update of none":   {first + "UPDATE layer.benches SET seats = 3 WHERE id = 2", "insert 1 new"},
		"delete":           {first + "DELETE FROM layer.benches", "insert 1 new, delete 1 old"},
		"truncate":         {first + "TRUNCATE layer.benches", "insert 1 new, truncate 0 old anywhere"},
		"upsert":           {first + "INSERT INTO layer.benches (id, number) VALUES (1, 'B-1'), (2, 'B-2') ON CONFLICT (id) DO UPDATE SET seats = 4", "insert 1 new, update 1 old new, insert 2"},
		"upsert of none":   {first + "INSERT INTO layer.benches (id, number) VALUES (1, 'B-1') ON CONFLICT DO NOTHING", "insert 1 new"},
		"merge":            {first + "MERGE INTO layer.benches b USING (VALUES (1), (2)) AS v (id) ON b.id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, number) VALUES (v.id, 'B-2')", "insert 1 new, delete 1 old, insert 2"},
		"with":             {first + "WITH gone AS (DELETE FROM layer.benches RETURNING number) INSERT INTO layer.benches (id, number) SELECT 2, 'B-2' FROM gone", "insert 1 new, delete 1 old, insert 2"},
		"rollback":         {"BEGIN;" + first + "ROLLBACK", ""},
		"savepoint":        {"BEGIN;" + first + "SAVEPOINT s; DELETE FROM layer.benches; ROLLBACK TO s; UPDATE layer.benches SET seats = 2; COMMIT", "insert 1 new, update 1 old new"},
		"nowhere on a map": {"INSERT INTO layer.benches (id, number, geom) VALUES (1, 'B-1', " + place(1e9) + ")", "insert 1 new anywhere"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := openLogged(t)
			c.exec(t, test.sql)
			if got := strings.Join(logged(t, c), ", "); got != test.want {
				t.Errorf("log = %s, want %s", got, test.want)
			}
		})
	}
}

func TestTheLogSeesCopy(t *testing.T) {
	t.Parallel()
	c := openLogged(t)
	conn, err := c.db.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	_, err = conn.Conn().PgConn().CopyFrom(t.Context(),
		strings.NewReader("1\tB-1\tSRID=32618;POINT(450000 4300000)\n2\tB-2\t\\N\n"), "COPY layer.benches (id, number, geom) FROM STDIN")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := logged(t, c), []string{"insert 1 new", "insert 2"}; !slices.Equal(got, want) {
		t.Errorf("log = %q, want %q", got, want)
	}
}

func TestTheLogHoldsTheEnvelopesOfAMove(t *testing.T) {
	t.Parallel()
	c := openLogged(t)
	c.exec(t, "INSERT INTO layer.benches (id, number, geom) VALUES (1, 'B-1', "+place(450000)+")")
	c.exec(t, "UPDATE layer.benches SET geom = "+place(460000))
	got := query[string](t, c, "SELECT old_box || ' ' || new_box FROM kvartal.change_log WHERE operation = 'update'")
	want := query[string](t, c, "SELECT ST_Transform("+place(450000)+", 3857)::box || ' ' || ST_Transform("+place(460000)+", 3857)::box")
	if got != want {
		t.Errorf("envelopes = %s, want %s", got, want)
	}
}

func TestAHugeStatementLogsOneReload(t *testing.T) {
	t.Parallel()
	c := openLogged(t)
	c.exec(t, "ALTER TABLE layer.benches DISABLE TRIGGER kv_keep_updated")
	insert := `INSERT INTO layer.benches (id, number, geom)
		SELECT n, 'B-' || n, ST_SetSRID(ST_MakePoint(450000 + n / 10, 4300000 + n % 1000), 32618) FROM generate_series($1::int, $2::int) n`
	c.exec(t, insert, 1, 50_000)
	if got := len(logged(t, c)); got != 50_000 {
		t.Errorf("entries of an INSERT of 50,000 rows = %d, want one each", got)
	}
	c.exec(t, "TRUNCATE kvartal.change_log RESTART IDENTITY")
	c.exec(t, insert, 50_001, 50_001)
	c.exec(t, "UPDATE layer.benches SET geom = ST_Translate(geom, 20000, 0)")
	c.exec(t, "DELETE FROM layer.benches")
	if got, want := strings.Join(logged(t, c), ", "), "reload 0 new, reload 0 new"; got != want {
		t.Fatalf("log = %s, want %s", got, want)
	}
	if !query[bool](t, c, `SELECT new_box @> before AND new_box @> after AND area(new_box) < 1.5 * area(bound_box(before, after))
		FROM kvartal.change_log, (SELECT
		  ST_Extent(ST_Transform(ST_SetSRID(ST_MakePoint(450000 + n / 10, 4300000 + n % 1000), 32618), 3857))::geometry::box AS before,
		  ST_Extent(ST_Transform(ST_SetSRID(ST_MakePoint(470000 + n / 10, 4300000 + n % 1000), 32618), 3857))::geometry::box AS after
		  FROM generate_series(1, 50001) n) AS rows WHERE seq = 2`) {
		t.Error("the envelope of the reload does not cover rows before and after closely")
	}
}

// A plan that a session made for an update of one row must not serve thousands.
func TestABigUpdateAfterASmallOneIsQuick(t *testing.T) {
	t.Parallel()
	c := openLogged(t)
	tx, err := c.db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	exec := func(sql string) {
		t.Helper()
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s = %v", sql, err)
		}
	}
	exec("SET LOCAL statement_timeout = '20s'")
	exec("INSERT INTO layer.benches (id, number) SELECT n, 'B-' || n FROM generate_series(1, 40000) n")
	for range 10 {
		exec("UPDATE layer.benches SET seats = 1 WHERE id = 1")
	}
	exec("UPDATE layer.benches SET seats = 2")
}

func TestRolesAndTheLog(t *testing.T) {
	t.Parallel()
	c := openLogged(t)
	c.exec(t, "GRANT USAGE ON SCHEMA layer TO kvartal_audit; GRANT SELECT, INSERT, UPDATE ON layer.benches TO kvartal_audit")
	for _, test := range []struct {
		role postgres.Role
		sql  string
		may  bool
	}{
		{postgres.App, "INSERT INTO layer.benches (id, number) VALUES (1, 'B-1')", true},
		{postgres.Audit, "UPDATE layer.benches SET seats = 2", true}, // as a role of QGIS: no right but to the layer
		{postgres.App, "SELECT FROM kvartal.change_log", true},
		{postgres.App, "SELECT kvartal.open_change_log()", true},
		{postgres.App, "DELETE FROM kvartal.change_log", false},
		{postgres.App, "SELECT kvartal.log_reload('benches', NULL)", false},
		{postgres.App, "CREATE TEMP TABLE mine (id bigint); CREATE TRIGGER lie AFTER TRUNCATE ON mine EXECUTE FUNCTION kvartal.log_truncated()", false},
		{postgres.Audit, "SELECT FROM kvartal.change_log", false},
		{postgres.Reader, "SELECT FROM kvartal.change_log", false},
		{postgres.Reader, "SELECT kvartal.trim_change_log('0')", false},
		{postgres.Reader, "SELECT kvartal.open_change_log()", false},
	} {
		_, err := c.db.Connect(t, test.role).Exec(t.Context(), test.sql)
		if may := kvartal.KindOf(postgres.Translate(err, "test")) != kvartal.KindForbidden; may != test.may || may && err != nil {
			t.Errorf("%s as %s = %v, want it permitted: %v", test.sql, test.role, err, test.may)
		}
	}
	if got, want := logged(t, c), []string{"insert 1", "update 1"}; !slices.Equal(got, want) {
		t.Errorf("log = %q, want %q", got, want)
	}
}

func TestALayerWithoutGeometryIsLogged(t *testing.T) {
	t.Parallel()
	c := openCity(t, map[string]string{"notes": plain})
	c.sync(t)
	c.exec(t, "INSERT INTO layer.notes (id, text) VALUES (1, 'a'); UPDATE layer.notes SET text = 'b'; DELETE FROM layer.notes; TRUNCATE layer.notes")
	c.exec(t, "INSERT INTO layer.notes (text) SELECT 'c' FROM generate_series(1, 50001)")
	got := query[string](t, c, "SELECT string_agg(operation, ' ' ORDER BY seq) FROM kvartal.change_log")
	if want := "reload insert update delete truncate reload"; got != want {
		t.Errorf("log = %s, want %s", got, want)
	}
}

func TestARevisionAndWritesByHandLogReloads(t *testing.T) {
	t.Parallel()
	c, defs := openPonds(t)
	publish(t, c, defs, kvartal.Feature{ID: 1, Geometry: square(0, 10)})
	count := func() int {
		return query[int](t, c, "SELECT count(*) FROM kvartal.change_log WHERE layer = 'ponds' AND operation = 'reload'")
	}
	if got := count(); got != 2 {
		t.Errorf("reloads after sync and revision = %d, want 2", got)
	}
	c.exec(t, "UPDATE layer.ponds SET name = 'x'")
	if got := count(); got != 3 {
		t.Errorf("reloads after an UPDATE by hand = %d, want 3", got)
	}
}

func TestHistoryAndLogAgree(t *testing.T) {
	t.Parallel()
	c := openLogged(t)
	id := c.apply(t, create(bench("B-1", nil))).IDs[0]
	c.apply(t, update(id, 1, map[string]any{"seats": int64(5)}))
	c.apply(t, remove(id, 2))
	if got := query[int](t, c, "SELECT count(*) FROM history.benches"); got != 2 {
		t.Errorf("former rows = %d, want 2", got)
	}
	if got, want := strings.Join(logged(t, c), ", "), "insert 1 new, update 1 old new, delete 1 old"; got != want {
		t.Errorf("log = %s, want %s", got, want)
	}
}
