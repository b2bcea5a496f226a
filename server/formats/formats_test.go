package formats_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
	"pgregory.net/rapid"

	"kvartal/layers"
	"kvartal/postgres/pgtest"
	"kvartal/server/formats"
	"kvartal/view"
)

const thingsYAML = `
id: things
title: {ru: Вещи, en: Things, ky: Буюмдар}
group: all
geometry: geometry
crs: EPSG:4326
fields:
  - {name: word, type: text, title: {ru: Слово, en: Word, ky: Сөз}}
  - {name: whole, type: integer, title: {ru: Целое, en: Whole, ky: Бүтүн}}
  - {name: ratio, type: number, title: {ru: Доля, en: Ratio, ky: Үлүш}}
  - {name: price, type: decimal, title: {ru: Цена, en: Price, ky: Баасы}}
  - {name: done, type: boolean, title: {ru: Готово, en: Done, ky: Даяр}}
  - {name: day, type: date, title: {ru: День, en: Day, ky: Күн}}
  - {name: moment, type: timestamp, title: {ru: Миг, en: Moment, ky: Учур}}
rights: {public: [query]}
`

// things is a layer with values of every type and geometries of every kind.
type things struct {
	store *layers.Store
	def   *layers.Definition
	view  view.View
	db    *pgtest.DB
}

func openThings(t testing.TB) things {
	t.Helper()
	registry, err := layers.Load(layers.Source{Name: "defs", FS: fstest.MapFS{
		"groups.yaml":       {Data: []byte("[{id: all, title: {ru: Все, en: All, ky: Баары}}]")},
		"things/layer.yaml": {Data: []byte(thingsYAML)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.New(t)
	store, err := layers.Open(t.Context(), db.Pool, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Sync(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	d := registry.Layers()[0]
	var names []string
	for _, f := range d.Fields {
		names = append(names, f.Name)
	}
	return things{store, d, view.New("things", []view.Action{view.Query}, names), db}
}

func (th things) insert(t testing.TB) {
	t.Helper()
	_, err := th.db.Pool.Exec(t.Context(), `INSERT INTO layer.things (word, whole, ratio, price, done, day, moment, geom)
		SELECT word, whole, ratio, price, done, day, moment, ST_GeomFromText(place, 4326) FROM (VALUES
		('plain', 1::bigint, 0.5::float8, 1.10, true, '2024-02-29'::date, '2026-05-01 03:30:00.000123+00'::timestamptz, 'POINT(-75.5 39.123456789123)'),
		(E'qu"ote, \\ \n\r\t \x01 </script>', -9223372036854775808, -1e-9, -0.001, false, '0001-01-01', '1969-12-31 23:59:59.999999+00', 'POINT(1e-9 -89.999999999)'),
		('Өмүр ё 𝄞', 9223372036854775807, 1e300, 12345678901234567890.123456789, NULL, '9999-12-31', '2300-01-01+00', 'LINESTRING(0 0, 180 -90, -180 90)'),
		(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
		('', 0, 'NaN', 'NaN', NULL, 'infinity', '-infinity', 'POLYGON((0 0, 1 0, 1 1, 0 0), (0.1 0.05, 0.2 0.1, 0.2 0.05, 0.1 0.05))'),
		('m', 0, 'Infinity', '-Infinity', NULL, '-infinity', 'infinity', 'MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))'),
		('n', 0, 123456.789, 5, NULL, NULL, NULL, 'MULTIPOINT(1 2, 3 4)'),
		('o', 0, 1e21, 5, NULL, NULL, NULL, 'MULTILINESTRING((1 2, 3 4), (5 6, 7 8))'),
		('p', 0, 0, 5, NULL, NULL, NULL, 'GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(1 2, 3 4), POINT(0.000000001 -0.000000002))'),
		('q', 0, 0, 5, NULL, NULL, NULL, 'POINT(0 0)')
		) AS v (word, whole, ratio, price, done, day, moment, place)`)
	if err != nil {
		t.Fatal(err)
	}
}

// write writes all things with an encoder.
func (th things) write(t testing.TB, newEncoder func(*bytes.Buffer, formats.Options) formats.Encoder, opts formats.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	opts.Fields = th.def.Fields
	encoder := newEncoder(&out, opts)
	if err := encoder.Begin(); err != nil {
		t.Fatal(err)
	}
	if _, err := th.store.Scan(context.Background(), th.view, layers.Query{Limit: layers.MaxItems}, encoder.Feature); err != nil {
		t.Fatal(err)
	}
	if err := encoder.End([]byte(`"numberReturned":10`)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func decode(t testing.TB, b []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return v
}

// GeoJSON is what PostGIS makes of the same rows.
func TestGeoJSONIsThatOfPostGIS(t *testing.T) {
	t.Parallel()
	th := openThings(t)
	th.insert(t)
	got := decode(t, th.write(t, func(w *bytes.Buffer, o formats.Options) formats.Encoder { return formats.NewGeoJSON(w, o) }, formats.Options{Digits: 9}))
	var text string
	if err := th.db.Pool.QueryRow(t.Context(), `SELECT json_build_object('type', 'FeatureCollection', 'numberReturned', 10, 'features', json_agg(json_build_object(
		'type', 'Feature', 'id', id, 'geometry', ST_AsGeoJSON(geom, 9)::json, 'properties', json_build_object(
		  'word', word, 'whole', whole, 'ratio', CASE WHEN ratio < 'Infinity' THEN ratio END,
		  'price', CASE WHEN price < 'Infinity' AND price > '-Infinity' THEN price END, 'done', done,
		  'day', CASE WHEN isfinite(day) THEN to_char(day, 'YYYY-MM-DD') END,
		  'moment', CASE WHEN isfinite(moment) THEN rtrim(rtrim(to_char(moment, 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.') || 'Z' END
		)) ORDER BY id))::text FROM layer.things`).Scan(&text); err != nil {
		t.Fatal(err)
	}
	want := decode(t, []byte(text))
	if diff := cmp.Diff(want, got, cmp.Comparer(sameNumber)); diff != "" {
		t.Errorf("GeoJSON (-PostGIS +ours):\n%s", diff)
	}
}

// A number that may have a fraction is written with one, a whole number without,
// so that who takes the type from the first feature takes the right one.
func TestNumbersTellTheirType(t *testing.T) {
	t.Parallel()
	th := openThings(t)
	th.insert(t)
	out := string(th.write(t, func(w *bytes.Buffer, o formats.Options) formats.Encoder { return formats.NewGeoJSONSeq(w, o) }, formats.Options{Digits: 9}))
	for _, want := range []string{`"whole":1,"ratio":0.5,"price":1.10`, `"whole":0,"ratio":0.0,"price":5.0`, `"ratio":1e+21,"price":5.0`} {
		if !strings.Contains(out, want) {
			t.Errorf("GeoJSON = %s, want %s in it", out, want)
		}
	}
}

func sameNumber(a, b json.Number) bool {
	x, _ := a.Float64()
	y, _ := b.Float64()
	return a == b || x == y
}

func TestEverySequenceElementIsAFeature(t *testing.T) {
	t.Parallel()
	th := openThings(t)
	th.insert(t)
	out := th.write(t, func(w *bytes.Buffer, o formats.Options) formats.Encoder { return formats.NewGeoJSONSeq(w, o) }, formats.Options{Digits: 9})
	elements := strings.Split(string(out), "\x1e")
	if len(elements) != 11 || elements[0] != "" {
		t.Fatalf("sequence has %d elements, want 10", len(elements)-1)
	}
	for _, e := range elements[1:] {
		f, _ := decode(t, []byte(e)).(map[string]any)
		if f["type"] != "Feature" || !strings.HasSuffix(e, "}\n") {
			t.Errorf("element %q is no feature", e)
		}
	}
}

func TestCSVComesBackAsItWas(t *testing.T) {
	t.Parallel()
	th := openThings(t)
	th.insert(t)
	out := th.write(t, func(w *bytes.Buffer, o formats.Options) formats.Encoder { return formats.NewCSV(w, o) }, formats.Options{Digits: 9})
	rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil || len(rows) != 11 {
		t.Fatalf("CSV = %d rows, %v", len(rows), err)
	}
	if want := "id,word,whole,ratio,price,done,day,moment,WKT"; strings.Join(rows[0], ",") != want {
		t.Errorf("header = %v, want %s", rows[0], want)
	}
	// The reader of the standard library joins \r\n to \n.
	if want := "qu\"ote, \\ \n\r\t \x01 </script>"; rows[2][1] != want {
		t.Errorf("word = %q, want %q", rows[2][1], want)
	}
	for _, row := range rows[1:] {
		text := row[8]
		var id int64
		if id, err = strconv.ParseInt(row[0], 10, 64); err != nil {
			t.Fatal(err)
		}
		var same bool
		if err := th.db.Pool.QueryRow(t.Context(), `SELECT CASE WHEN geom IS NULL OR ST_IsEmpty(geom) THEN true ELSE
			ST_OrderingEquals(ST_SnapToGrid(geom, 1e-9), ST_SnapToGrid(ST_GeomFromText(nullif($2, ''), 4326), 1e-9)) END FROM layer.things WHERE id = $1`,
			id, strings.ReplaceAll(text, "NaN NaN", "0 0")).Scan(&same); err != nil || !same {
			t.Errorf("geometry of %d = %s, %v: not that of the database", id, text, err)
		}
	}
}

func TestAxesAreInTheOrderOfTheSystem(t *testing.T) {
	t.Parallel()
	th := openThings(t)
	th.insert(t)
	uri := "http://www.opengis.net/def/crs/EPSG/0/4326"
	doc, _ := decode(t, th.write(t, func(w *bytes.Buffer, o formats.Options) formats.Encoder { return formats.NewJSONFG(w, o) },
		formats.Options{Digits: 3, NorthFirst: true, CRS: uri, FeatureType: "things", Dimension: -1})).(map[string]any)
	first, _ := doc["features"].([]any)[0].(map[string]any)
	place, _ := first["place"].(map[string]any)
	want := []any{json.Number("39.123"), json.Number("-75.5")}
	if diff := cmp.Diff(want, place["coordinates"]); diff != "" || first["geometry"] != nil || doc["coordRefSys"] != uri || doc["featureType"] != "things" {
		t.Errorf("JSON-FG in %s = %v, %v:\n%s", uri, doc["coordRefSys"], first, diff)
	}
}

// Coordinates are rounded as they should be, whatever they are.
func TestCoordinatesAreRounded(t *testing.T) {
	t.Parallel()
	th := openThings(t)
	rapid.Check(t, func(rt *rapid.T) {
		p := orb.Point{rapid.Float64Range(-180, 180).Draw(rt, "x"), rapid.Float64Range(-90, 90).Draw(rt, "y")}
		digits := rapid.IntRange(0, 9).Draw(rt, "digits")
		if _, err := th.db.Pool.Exec(t.Context(), "TRUNCATE layer.things"); err != nil {
			rt.Fatal(err)
		}
		if _, err := th.db.Pool.Exec(t.Context(), "INSERT INTO layer.things (geom) VALUES (ST_SetSRID(ST_MakePoint($1, $2), 4326))", p[0], p[1]); err != nil {
			rt.Fatal(err)
		}
		out := th.write(t, func(w *bytes.Buffer, o formats.Options) formats.Encoder { return formats.NewCSV(w, o) }, formats.Options{Digits: digits})
		text := strings.TrimSpace(string(out[bytes.LastIndex(out, []byte("POINT")):]))
		got, err := wkt.UnmarshalPoint(text)
		if half := 0.5000001 * math.Pow10(-digits); err != nil || math.Abs(got[0]-p[0]) > half || math.Abs(got[1]-p[1]) > half {
			rt.Fatalf("%v with %d digits = %s, %v", p, digits, text, err)
		}
	})
}
