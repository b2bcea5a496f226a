package cql2_test

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"kvartal"
	"kvartal/cql2"
	"kvartal/postgres/pgtest"
)

// conformance is the test data set of the standard (21-065r2, Annex A) in a
// database and in memory.
type conformance map[string]*rows

func newConformance(t *testing.T) conformance {
	t.Helper()
	file := standard(t, "data", "ne110m4cql2.gpkg")
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		t.Skip("ogr2ogr, which reads the data set, is not installed")
	}
	db := pgtest.New(t)
	dump, err := exec.CommandContext(t.Context(), "ogr2ogr", "-f", "PGDump", "/vsistdout/", file,
		"-lco", "LAUNDER=NO", "-lco", "CREATE_SCHEMA=OFF", "--config", "PG_USE_COPY", "NO").Output()
	if err != nil {
		t.Fatalf("ogr2ogr = %v", err)
	}
	conn, err := db.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Conn().PgConn().Exec(t.Context(), string(dump)+"; RESET ALL").ReadAll(); err != nil {
		t.Fatalf("load the data set: %v", err)
	}
	conn.Release()
	c := conformance{}
	for _, table := range []string{"ne_110m_admin_0_countries", "ne_110m_populated_places_simple", "ne_110m_rivers_lake_centerlines"} {
		c[table] = loadRows(t, db.Pool, table, "fid", tableSchema(t, db.Pool, table))
	}
	return c
}

// tableSchema derives the queryables of a table from its columns.
func tableSchema(t *testing.T, pool *pgxpool.Pool, table string) cql2.Schema {
	t.Helper()
	types := map[string]cql2.Type{
		"character varying": cql2.TypeText, "text": cql2.TypeText, "bigint": cql2.TypeInteger, "integer": cql2.TypeInteger,
		"double precision": cql2.TypeNumber, "numeric": cql2.TypeDecimal, "boolean": cql2.TypeBoolean, "date": cql2.TypeDate,
		"timestamp with time zone": cql2.TypeTimestamp, "USER-DEFINED": cql2.TypeGeometry,
	}
	found, err := pool.Query(t.Context(), "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = $1", table)
	if err != nil {
		t.Fatal(err)
	}
	schema := cql2.Schema{}
	for found.Next() {
		var name, dataType string
		if err := found.Scan(&name, &dataType); err != nil {
			t.Fatal(err)
		}
		schema[name] = cql2.Queryable{Type: types[dataType], SRID: kvartal.WGS84}
		if types[dataType] == "" {
			t.Fatalf("column %s has type %s", name, dataType)
		}
	}
	return schema
}

// run runs a filter by both encodings and both executions.
func (c conformance) run(t *testing.T, table, text string) []int64 {
	t.Helper()
	r := c[table]
	e := parseText(t, text)
	f := check(t, e, cql2.Scope{Schema: r.schema})
	ids, err := r.query(t.Context(), "fid", f)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	twin := check(t, parseJSON(t, string(cql2.JSON(e))), cql2.Scope{Schema: r.schema})
	again, err := r.query(t.Context(), "fid", twin)
	if err != nil || len(again) != len(ids) {
		t.Errorf("%s: %d features, %v by way of JSON, want %d", text, len(again), err, len(ids))
	}
	r.assertAgreement(t, f, text, ids)
	return ids
}

// dataLines reads a file of testdata without comments, cut into fields.
func dataLines(t *testing.T, path string) [][]string {
	t.Helper()
	var lines [][]string
	for line := range strings.Lines(readFile(t, path)) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.Split(strings.TrimSpace(line), " | "))
		}
	}
	return lines
}

// TestAnnexATestData is /conf/*/test-data of every conformance class.
func TestAnnexATestData(t *testing.T) {
	t.Parallel()
	c := newConformance(t)
	for _, fields := range dataLines(t, "testdata/annex_a.txt") {
		class, table, predicate := fields[0], fields[1], fields[2]
		want, err := strconv.Atoi(fields[3])
		if err != nil {
			t.Fatal(err)
		}
		if got := len(c.run(t, table, predicate)); got != want {
			t.Errorf("%s: %s takes %d features, want %d", class, predicate, got, want)
		}
	}
}

// TestAnnexALogical is /conf/basic-cql2/logical with its expected results.
func TestAnnexALogical(t *testing.T) {
	t.Parallel()
	c := newConformance(t)
	for _, p := range dataLines(t, "testdata/annex_a_logical.txt") {
		filter := "(NOT (" + p[1] + ") AND " + p[0] + ") OR (" + p[2] + " and " + p[3] + ") or not (" + p[0] + " OR " + p[3] + ")"
		want, err := strconv.Atoi(p[4])
		if err != nil {
			t.Fatal(err)
		}
		if got := len(c.run(t, "ne_110m_populated_places_simple", filter)); got != want {
			t.Errorf("%s takes %d features, want %d", filter, got, want)
		}
	}
}
