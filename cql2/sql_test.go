package cql2_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kvartal"
	"kvartal/cql2"
	"kvartal/postgres/pgtest"
)

// TestSQLText reads filters and the SQL they become. Geometry parameters are
// left out: they are binary.
func TestSQLText(t *testing.T) {
	t.Parallel()
	for i, example := range strings.Split(readFile(t, "testdata/sql.txt"), "\n\n") {
		if strings.HasPrefix(example, "#") {
			continue
		}
		source, want, ok := strings.Cut(example, "\n=> ")
		if !ok {
			t.Fatalf("example %d has no =>: %s", i, example)
		}
		text, args := check(t, parseText(t, source), cityScope()).SQL(3, "t")
		if got := text + describeArgs(args); got != strings.TrimSpace(want) {
			t.Errorf("SQL(%s)\n got %s\nwant %s", source, got, want)
		}
	}
}

func describeArgs(args []any) string {
	var b strings.Builder
	for _, a := range args {
		if _, ok := a.([]byte); !ok {
			fmt.Fprintf(&b, " | %v", a)
		}
	}
	return b.String()
}

// TestSQLIsStable: filters that differ in values only give the same text, so
// that the database prepares it once.
func TestSQLIsStable(t *testing.T) {
	t.Parallel()
	for one, other := range map[string]string{
		"floors > 5 AND name = 'a'":                "floors > 17 AND name = 'Ленина'",
		"floors IN (1, 2, 3)":                      "floors IN (7, 8)",
		"name IN ('a', 'b')":                       "name IN ('c', 'd', 'e', 'f')",
		"lit = TRUE":                               "lit = FALSE",
		"height BETWEEN 1 AND 2":                   "height BETWEEN 0.5 AND 70",
		"S_INTERSECTS(geom, BBOX(74, 42, 75, 43))": "S_INTERSECTS(geom, POLYGON((0 0, 1 0, 1 1, 0 0)))",
		"T_DURING(INTERVAL(seen, gone), INTERVAL('2020-01-01', '2020-02-01'))": "T_DURING(INTERVAL(seen, gone), INTERVAL('2021-01-01T00:00:00Z', '2022-02-01'))",
		"CASEI(name) LIKE CASEI('ул%')":                                        "CASEI(name) LIKE CASEI('%просп_кт')",
	} {
		a, _ := check(t, parseText(t, one), cityScope()).SQL(1, "")
		b, _ := check(t, parseText(t, other), cityScope()).SQL(1, "")
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("SQL of %s and %s (-first +second):\n%s", one, other, diff)
		}
	}
}

func TestNamesAreQuoted(t *testing.T) {
	t.Parallel()
	evil := `x" = 1 OR ""="`
	schema := cql2.Schema{evil: {Type: cql2.TypeInteger}}
	text, _ := check(t, &cql2.Op{Name: cql2.Equal, Args: []cql2.Expr{&cql2.Property{Name: evil}, &cql2.Number{Digits: "1"}}},
		cql2.Scope{Schema: schema}).SQL(1, `t"`)
	if want := `("t"""."x"" = 1 OR """"=""" = $1::bigint)`; text != want {
		t.Errorf("SQL = %s, want %s", text, want)
	}
}

// TestAxesAndCRS: literals in the CRS of the filter, in its order of axes, mean
// the same place.
func TestAxesAndCRS(t *testing.T) {
	t.Parallel()
	city := newCity(t, 200)
	want, err := city.query(t.Context(), "id", check(t, parseText(t, "S_INTERSECTS(geom, POLYGON((74.553 42.823, 74.647 42.823, 74.647 42.907, 74.553 42.823)))"), cityScope()))
	if err != nil || len(want) == 0 {
		t.Fatalf("query = %d features, %v", len(want), err)
	}
	swapped := cityScope()
	swapped.NorthFirst = true
	mercator := cityScope()
	mercator.CRS = kvartal.WebMercator
	for source, scope := range map[string]cql2.Scope{
		"S_INTERSECTS(geom, POLYGON((42.823 74.553, 42.823 74.647, 42.907 74.647, 42.823 74.553)))":                                         swapped,
		"S_INTERSECTS(geom, POLYGON((8299201.997 5285069.331, 8309666.029 5285069.331, 8309666.029 5297826.995, 8299201.997 5285069.331)))": mercator,
	} {
		got, err := city.query(t.Context(), "id", check(t, parseText(t, source), scope))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", source, err, diff)
		}
	}
}

// TestNorthFirst: every kind of literal has its axes exchanged.
func TestNorthFirst(t *testing.T) {
	t.Parallel()
	northFirst := cityScope()
	northFirst.NorthFirst = true
	for source, twin := range map[string]string{
		"POINT(42 74)":                                               "POINT(74 42)",
		"LINESTRING(42 74, 43 75)":                                   "LINESTRING(74 42, 75 43)",
		"MULTIPOINT(42 74, 43 75)":                                   "MULTIPOINT(74 42, 75 43)",
		"MULTILINESTRING((42 74, 43 75))":                            "MULTILINESTRING((74 42, 75 43))",
		"POLYGON((42 74, 43 75, 42 75, 42 74))":                      "POLYGON((74 42, 75 43, 75 42, 74 42))",
		"MULTIPOLYGON(((42 74, 43 75, 42 75, 42 74)))":               "MULTIPOLYGON(((74 42, 75 43, 75 42, 74 42)))",
		"BBOX(42, 74, 43, 75)":                                       "BBOX(74, 42, 75, 43)",
		"GEOMETRYCOLLECTION(POINT(42 74), LINESTRING(42 74, 43 75))": "GEOMETRYCOLLECTION(POINT(74 42), LINESTRING(74 42, 75 43))",
	} {
		_, got := check(t, parseText(t, "S_INTERSECTS(place, "+source+")"), northFirst).SQL(1, "")
		_, want := check(t, parseText(t, "S_INTERSECTS(place, "+twin+")"), cityScope()).SQL(1, "")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s north first is not %s (-want +got):\n%s", source, twin, diff)
		}
	}
}

// TestIndexesAreUsed asks PostgreSQL how it would run filters on a table of
// some size with the indexes that layers have.
func TestIndexesAreUsed(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	folding := cql2.Folding{YoAsYe: true}
	fold := folding.SQL(cql2.AccentI, folding.SQL(cql2.CaseI, "street"))
	for _, statement := range []string{
		`CREATE TABLE house AS SELECT n AS id, n % 5000 AS floors, 'дом ' || md5(n::text) AS name, 'Улица ' || md5((n * 7)::text) AS street,
			timestamptz '2020-01-01' + n * interval '1 minute' AS seen,
			ST_Transform(ST_SetSRID(ST_MakePoint(74 + random(), 42 + random()), 4326), 32643)::geometry(Point, 32643) AS geom
			FROM generate_series(1, 20000) AS n`,
		"CREATE INDEX house_geom ON house USING gist (geom)",
		"CREATE INDEX house_floors ON house (floors)",
		"CREATE INDEX house_seen ON house (seen)",
		"CREATE UNIQUE INDEX house_name ON house (name)",
		`CREATE INDEX house_order ON house (name COLLATE "C")`,
		"CREATE INDEX house_trigrams ON house USING gin (name gin_trgm_ops)",
		"CREATE INDEX house_folded ON house USING gin ((" + fold + ") gin_trgm_ops)",
		"ANALYZE house",
	} {
		if _, err := db.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	schema := cql2.Schema{
		"floors": {Type: cql2.TypeInteger}, "name": {Type: cql2.TypeText}, "street": {Type: cql2.TypeText},
		"seen": {Type: cql2.TypeTimestamp}, "geom": {Type: cql2.TypeGeometry, SRID: utm43},
	}
	for source, index := range map[string]string{
		"S_INTERSECTS(geom, BBOX(74.5, 42.5, 74.51, 42.51))":                       "house_geom",
		"S_WITHIN(geom, POLYGON((74.5 42.5, 74.51 42.5, 74.51 42.51, 74.5 42.5)))": "house_geom",
		"S_EQUALS(POINT(74.5 42.5), geom)":                                         "house_geom",
		"floors = 17":                                                              "house_floors",
		"floors BETWEEN 16.5 AND 20":                                               "house_floors",
		"floors IN (1, 2, 3)":                                                      "house_floors",
		"floors > 2000 + 2990":                                                     "house_floors",
		"seen = DATE('2020-01-02')":                                                "house_seen",
		"T_DURING(INTERVAL(seen, seen), INTERVAL('2020-01-02T00:00:00Z', '2020-01-02T01:00:00Z'))": "house_seen",
		"name = 'дом x'":                                       "house_name",
		"name IN ('дом x', 'дом y')":                           "house_name",
		"name >= 'дом a' AND name < 'дом a1'":                  "house_order",
		"name LIKE '%abcd%'":                                   "house_trigrams",
		"ACCENTI(CASEI(street)) LIKE ACCENTI(CASEI('%ABCD%'))": "house_folded",
	} {
		text, args := check(t, parseText(t, source), cql2.Scope{Schema: schema, Folding: folding}).SQL(1, "h")
		var plan strings.Builder
		found, err := db.Pool.Query(t.Context(), "EXPLAIN SELECT id FROM house AS h WHERE "+text, args...)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for found.Next() {
			var line string
			if err := found.Scan(&line); err != nil {
				t.Fatal(err)
			}
			plan.WriteString(line + "\n")
		}
		if err := found.Err(); err != nil || !strings.Contains(plan.String(), index) {
			t.Errorf("%s does not use index %s, %v:\n%s", source, index, err, plan.String())
		}
	}
}
