package layers_test

import (
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/layers"
	"kvartal/postgres/pgtest"
	"kvartal/view"
)

// city is a database with the layers of some definitions.
type city struct {
	*layers.Store
	db *pgtest.DB
}

func openCity(t *testing.T, definitions map[string]string) city {
	t.Helper()
	return reopen(t, pgtest.New(t), definitions)
}

func reopen(t *testing.T, db *pgtest.DB, definitions map[string]string) city {
	t.Helper()
	store, err := layers.Open(t.Context(), db.Pool, load(t, definitions), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("Open = %v", err)
	}
	return city{store, db}
}

func openBenches(t *testing.T) city {
	t.Helper()
	c := openCity(t, map[string]string{"benches": benches})
	c.sync(t)
	return c
}

func (c city) sync(t *testing.T) []layers.Step {
	t.Helper()
	done, left, err := c.Sync(t.Context(), false)
	if err != nil || len(left) > 0 {
		t.Fatalf("Sync = left %v, %v", left, err)
	}
	return done
}

func (c city) apply(t *testing.T, changes ...kvartal.Change) layers.Applied {
	t.Helper()
	applied, err := c.tryApply(t, changes...)
	if err != nil {
		t.Fatalf("ApplyChangeset = %v", err)
	}
	return applied
}

func (c city) tryApply(t *testing.T, changes ...kvartal.Change) (layers.Applied, error) {
	t.Helper()
	return c.ApplyChangeset(t.Context(), "test", kvartal.Changeset{Author: kvartal.System("test"), CRS: kvartal.WGS84, Changes: changes})
}

// everything is a view that permits all of the benches.
func (c city) everything() view.View {
	d := c.Registry().Layers()[0]
	names := make([]string, 0, len(d.Fields))
	for _, f := range d.Fields {
		names = append(names, f.Name)
	}
	return view.New(d.ID, []view.Action{view.See, view.Identify, view.Query}, names)
}

// all is a view that permits everything of a layer.
func (c city) all(t *testing.T, id kvartal.LayerID) view.View {
	t.Helper()
	d, err := c.Registry().Layer(id)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range d.Fields {
		names = append(names, f.Name)
	}
	return view.New(id, []view.Action{view.See, view.Identify, view.Query}, names)
}

func (c city) item(t *testing.T, id kvartal.FeatureID) kvartal.Feature {
	t.Helper()
	f, err := c.Item(t.Context(), c.all(t, "benches"), id)
	if err != nil {
		t.Fatalf("Item(%d) = %v", id, err)
	}
	return f
}

// query reads one value from the database.
func query[T any](t *testing.T, c city, sql string, args ...any) T {
	t.Helper()
	var v T
	if err := c.db.Pool.QueryRow(t.Context(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s = %v", sql, err)
	}
	return v
}

func (c city) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := c.db.Pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s = %v", sql, err)
	}
}

func bench(number string, more map[string]any) kvartal.Feature {
	properties := map[string]any{"number": number, "seats": int64(3)}
	maps.Copy(properties, more)
	return kvartal.Feature{Geometry: orb.Point{-75.52, 39.16}, Properties: properties}
}

func create(f kvartal.Feature) kvartal.Change {
	return kvartal.Change{Operation: kvartal.Create, Layer: "benches", Feature: f}
}

func update(id kvartal.FeatureID, version int64, properties map[string]any) kvartal.Change {
	return kvartal.Change{Operation: kvartal.Update, Layer: "benches", Feature: kvartal.Feature{ID: id, Version: version, Properties: properties}}
}

func remove(id kvartal.FeatureID, version int64) kvartal.Change {
	return kvartal.Change{Operation: kvartal.Delete, Layer: "benches", Feature: kvartal.Feature{ID: id, Version: version}}
}

func TestValuesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	properties := map[string]any{
		"number": "B-1", "seats": int64(4), "length": 1.75, "price": kvartal.Decimal("1234567890123456789.05"), "roofed": true,
		"made_on": time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), "checked_at": time.Date(2026, 5, 1, 3, 30, 0, 123000, time.UTC),
		"material": "wood", "donor": "Ө. Үсөнов",
	}
	id := c.apply(t, create(kvartal.Feature{Geometry: orb.Point{-75.52, 39.16}, Properties: properties})).IDs[0]
	got := c.item(t, id)
	for name, want := range properties {
		if moment, ok := want.(time.Time); ok {
			if back, _ := got.Properties[name].(time.Time); !back.Equal(moment) {
				t.Errorf("%s = %v, want %v", name, got.Properties[name], want)
			}
		} else if got.Properties[name] != want {
			t.Errorf("%s = %v, want %v", name, got.Properties[name], want)
		}
	}
	point, ok := got.Geometry.(orb.Point)
	if !ok || abs(point[0]+75.52) > 1e-9 || abs(point[1]-39.16) > 1e-9 {
		t.Errorf("geometry = %v, want the point within a nanodegree after two transformations", got.Geometry)
	}
	empty := c.item(t, c.apply(t, create(kvartal.Feature{Properties: map[string]any{"number": "B-2"}})).IDs[0])
	if empty.Geometry != nil || empty.Properties["price"] != nil {
		t.Errorf("feature without values = %+v, want nil geometry and price", empty)
	}
}

func abs(x float64) float64 { return max(x, -x) }

func TestHistoryKeepsEachFormerRow(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	id := c.apply(t, create(bench("B-1", nil))).IDs[0]
	applied := c.apply(t, update(id, 1, map[string]any{"seats": int64(5)}))
	if applied.Versions[0] != 2 {
		t.Errorf("version after an update = %d, want 2", applied.Versions[0])
	}
	c.apply(t, remove(id, 2))
	type former struct {
		seats, version int64
		joined         bool
	}
	rows, err := c.db.Pool.Query(t.Context(), `
		SELECT seats, version, valid_from = lag(valid_to, 1, valid_from) OVER (ORDER BY valid_from)
		FROM history.benches WHERE id = $1 ORDER BY valid_from`, id)
	if err != nil {
		t.Fatal(err)
	}
	var got []former
	for rows.Next() {
		var f former
		if err := rows.Scan(&f.seats, &f.version, &f.joined); err != nil {
			t.Fatal(err)
		}
		got = append(got, f)
	}
	want := []former{{3, 1, true}, {5, 2, true}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("history = %v, want %v: rows that follow one another without a gap", got, want)
	}
	if author := query[string](t, c, "SELECT author FROM kvartal.changeset WHERE id = $1", applied.Changeset); author != "system:test" {
		t.Errorf("author = %q, want system:test", author)
	}
}

func TestHistorySeesWritesThatAreNotOurs(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	c.apply(t, create(bench("B-1", nil)), create(bench("B-2", nil)), create(bench("B-3", nil)))
	c.exec(t, "UPDATE layer.benches SET seats = 7 WHERE number = 'B-1'")
	c.exec(t, "DELETE FROM layer.benches WHERE number = 'B-2'")
	c.exec(t, "TRUNCATE layer.benches")
	if got := query[int](t, c, "SELECT count(*) FROM history.benches"); got != 4 {
		t.Errorf("former rows after UPDATE, DELETE and TRUNCATE of 2 = %d, want 4", got)
	}
	if got := query[int](t, c, "SELECT count(*) FROM history.benches WHERE closed_by = changeset"); got != 0 {
		t.Errorf("%d former rows were ended by the changeset that made them, want 0", got)
	}
}

func TestTimesOfARowNeverOverlap(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	id := c.apply(t, create(bench("B-1", nil))).IDs[0]
	// An older transaction that writes later, and writes twice.
	older, err := c.db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = older.Rollback(t.Context()) }()
	if _, err := older.Exec(t.Context(), "SELECT kvartal.begin_changeset('older', 'test', '')"); err != nil {
		t.Fatal(err)
	}
	c.apply(t, update(id, 1, map[string]any{"seats": int64(5)}))
	for range 2 {
		if _, err := older.Exec(t.Context(), "UPDATE layer.benches SET seats = seats + 1 WHERE id = $1", id); err != nil {
			t.Fatal(err)
		}
	}
	if err := older.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := query[int](t, c, `
		SELECT count(*) FROM history.benches a JOIN history.benches b ON a.id = b.id AND a.version < b.version
		AND tstzrange(a.valid_from, a.valid_to) && tstzrange(b.valid_from, b.valid_to)`); got != 0 {
		t.Errorf("%d pairs of former rows overlap in time, want 0", got)
	}
	if got := query[int](t, c, "SELECT count(*) FROM history.benches"); got != 3 {
		t.Errorf("former rows = %d, want 3", got)
	}
}

func TestChangesetIsAllOrNothing(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	id := c.apply(t, create(bench("B-1", nil))).IDs[0]
	cases := map[string]struct {
		changes []kvartal.Change
		kind    kvartal.Kind
		says    string
	}{
		"stale version":       {[]kvartal.Change{create(bench("B-9", nil)), update(id, 7, map[string]any{"seats": int64(1)})}, kvartal.KindConflict, "change 2: feature 1 of layer \"benches\" has version 1 now"},
		"unknown feature":     {[]kvartal.Change{create(bench("B-9", nil)), remove(4711, 0)}, kvartal.KindNotFound, "change 2: "},
		"taken key":           {[]kvartal.Change{create(bench("B-9", nil)), create(bench("B-1", nil))}, kvartal.KindConflict, ""},
		"missing value":       {[]kvartal.Change{create(kvartal.Feature{})}, kvartal.KindInvalid, "change 1: number: is required"},
		"not in the codelist": {[]kvartal.Change{create(bench("B-9", map[string]any{"material": "gold"}))}, kvartal.KindInvalid, "material"},
		"wrong form":          {[]kvartal.Change{create(bench("bench", nil))}, kvartal.KindInvalid, "number"},
		"too many":            {[]kvartal.Change{create(bench("B-9", map[string]any{"seats": int64(13)}))}, kvartal.KindInvalid, "seats"},
		"too long":            {[]kvartal.Change{create(bench("B-9", map[string]any{"donor": strings.Repeat("ө", 21)}))}, kvartal.KindInvalid, "donor"},
		"wrong type":          {[]kvartal.Change{create(bench("B-9", map[string]any{"roofed": "yes"}))}, kvartal.KindInvalid, "roofed"},
		"unknown field":       {[]kvartal.Change{create(bench("B-9", map[string]any{"colour": "red"}))}, kvartal.KindInvalid, "colour"},
		"no number":           {[]kvartal.Change{create(bench("B-9", map[string]any{"length": "NaN"}))}, kvartal.KindInvalid, "length"},
		"same feature twice":  {[]kvartal.Change{update(id, 0, map[string]any{"seats": int64(1)}), remove(id, 0)}, kvartal.KindInvalid, "twice"},
		"wrong geometry":      {[]kvartal.Change{create(kvartal.Feature{Geometry: orb.LineString{{0, 0}, {1, 1}}, Properties: map[string]any{"number": "B-9"}})}, kvartal.KindInvalid, ""},
		"unknown layer":       {[]kvartal.Change{{Operation: kvartal.Create, Layer: "sofas"}}, kvartal.KindNotFound, "sofas"},
		"unknown operation":   {[]kvartal.Change{{Operation: "paint", Layer: "benches"}}, kvartal.KindInvalid, "paint"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := c.tryApply(t, test.changes...)
			if kvartal.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.says) {
				t.Errorf("ApplyChangeset = %v (%v), want %v with %q", err, kvartal.KindOf(err), test.kind, test.says)
			}
			if got := query[int](t, c, "SELECT count(*) FROM layer.benches"); got != 1 {
				t.Errorf("benches after a failed changeset = %d, want 1", got)
			}
		})
	}
}

func TestAKeyPassesFromOneFeatureToAnother(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	id := c.apply(t, create(bench("B-1", nil))).IDs[0]
	applied := c.apply(t, create(bench("B-1", nil)), remove(id, 1))
	if applied.IDs[0] == id || applied.IDs[1] != id || applied.Versions[1] != 0 {
		t.Errorf("applied = %+v, want a new id, then the old one", applied)
	}
}

func TestManyChangesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	var changes []kvartal.Change
	for i := range 12_000 {
		changes = append(changes, create(bench("B-"+strconv.Itoa(i), map[string]any{"length": float64(i)})))
	}
	applied := c.apply(t, changes...)
	for _, i := range []int{0, 4999, 5000, 11_999} {
		if got := c.item(t, applied.IDs[i]).Properties["length"]; got != float64(i) {
			t.Errorf("feature %d has length %v: ids are not in the order of the changes", i, got)
		}
	}
}
