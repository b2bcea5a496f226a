package layers_test

import (
	"slices"
	"strings"
	"testing"

	"kvartal"
	"kvartal/layers"
	"kvartal/postgres"
)

func TestSyncTwiceDoesNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	if again := c.sync(t); len(again) != 0 {
		t.Errorf("second Sync did %v, want nothing", again)
	}
}

func TestSyncAddsWhatADefinitionAdds(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	id := c.apply(t, create(bench("B-1", nil))).IDs[0]
	more := strings.Replace(benches, "rights:", "  - {name: colour, type: text, title: "+title+", unique: true}\nrights:", 1)
	c = reopen(t, c.db, map[string]string{"benches": strings.Replace(more, "max: 12", "max: 20", 1)})
	done := c.sync(t)
	summaries := make([]string, len(done))
	for i, step := range done {
		summaries[i] = step.Summary
	}
	want := []string{"add column colour", "add rule seats_max", "create index benches_colour_unique"}
	if !slices.Equal(summaries, want) {
		t.Errorf("Sync did %q, want %q", summaries, want)
	}
	c.apply(t, update(id, 1, map[string]any{"colour": "red", "seats": int64(15)}))
	c.apply(t, update(id, 2, map[string]any{"colour": "blue"}))
	if got := query[string](t, c, "SELECT colour FROM history.benches WHERE version = 2"); got != "red" {
		t.Errorf("history of the new column = %q, want red", got)
	}
}

func TestSyncLeavesWhatWouldLoseData(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	id := c.apply(t, create(bench("B-1", map[string]any{"donor": "x", "length": 1.5}))).IDs[0]
	without := func(field string) string {
		start := strings.Index(benches, "  - {name: "+field)
		return benches[:start] + benches[start+strings.Index(benches[start:], "\n")+1:]
	}
	changed := strings.Replace(without("donor"), "name: length, type: number", "name: length, type: decimal", 1)
	c = reopen(t, c.db, map[string]string{"benches": changed})
	_, left, err := c.Sync(t.Context(), false)
	if err != nil || len(left) != 2 {
		t.Fatalf("Sync = left %v, %v, want two steps left", left, err)
	}
	// While the column is there, its values go into history.
	c.exec(t, "UPDATE layer.benches SET donor = 'y'")
	if got := query[string](t, c, "SELECT donor FROM history.benches"); got != "x" {
		t.Errorf("history of a column without definition = %q, want x", got)
	}
	if _, left, err = c.Sync(t.Context(), true); err != nil || len(left) != 0 {
		t.Fatalf("destructive Sync = left %v, %v", left, err)
	}
	c.apply(t, update(id, 0, map[string]any{"seats": int64(1)}))
	if got := c.item(t, id).Properties["length"]; got != kvartal.Decimal("1.5") {
		t.Errorf("converted value = %v, want 1.5", got)
	}
}

func TestSyncSaysWhichRowsStandInTheWay(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	c.apply(t, create(bench("B-1", nil)))
	c = reopen(t, c.db, map[string]string{"benches": strings.Replace(benches, "max: 12", "max: 2", 1)})
	_, _, err := c.Sync(t.Context(), false)
	if kvartal.KindOf(err) != kvartal.KindConflict || !strings.Contains(err.Error(), "add rule seats_max") {
		t.Errorf("Sync = %v, want %v that names the rule", err, kvartal.KindConflict)
	}
}

func TestSyncMovesEmptyTablesToTheCitysCRS(t *testing.T) {
	t.Parallel()
	inCity := map[string]string{"benches": strings.Replace(benches, "EPSG:32618", "city", 1)}
	c := openCity(t, inCity)
	c.sync(t)
	const local = "+proj=tmerc +lat_0=0 +lon_0=-75.5 +k=1 +x_0=4500000 +y_0=-4000000 +ellps=krass +units=m +no_defs"
	if err := layers.SaveCity(t.Context(), c.db.Pool, layers.City{CRS: local}); err != nil {
		t.Fatal(err)
	}
	c = reopen(t, c.db, inCity)
	c.sync(t)
	id := c.apply(t, create(bench("B-1", nil))).IDs[0]
	if x := query[float64](t, c, "SELECT ST_X(geom) FROM layer.benches"); x < 4_490_000 || x > 4_510_000 {
		t.Errorf("x in the city's CRS = %v, want about 4,498,000", x)
	}
	if c.item(t, id).Geometry == nil {
		t.Error("the feature has no geometry")
	}
	if again := reopen(t, c.db, inCity); again.CitySRID() != c.CitySRID() {
		t.Errorf("SRID of the same PROJ string = %v, then %v", c.CitySRID(), again.CitySRID())
	}
}

func TestOpenRefusesAnUnknownCRS(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	for _, crs := range []string{"EPSG:999999", "+proj=nonsense", "MSK-24", ""} {
		if err := layers.SaveCity(t.Context(), c.db.Pool, layers.City{CRS: crs}); err != nil {
			t.Fatal(err)
		}
		_, err := layers.Open(t.Context(), c.db.Pool, load(t, map[string]string{"benches": benches}), nil)
		if kvartal.KindOf(err) != kvartal.KindInvalid {
			t.Errorf("Open with city CRS %q = %v, want %v", crs, err, kvartal.KindInvalid)
		}
	}
}

func TestTheAppRoleMayWriteLayersAndNotHistory(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	app := c.db.Connect(t, postgres.App)
	if _, err := app.Exec(t.Context(), "INSERT INTO layer.benches (number) VALUES ('B-1'); UPDATE layer.benches SET seats = 2"); err != nil {
		t.Errorf("write as app = %v, want nil", err)
	}
	for _, sql := range []string{"DELETE FROM history.benches", "DROP TABLE layer.benches", "DELETE FROM kvartal.changeset"} {
		_, err := app.Exec(t.Context(), sql)
		if kvartal.KindOf(postgres.Translate(err, "test")) != kvartal.KindForbidden {
			t.Errorf("%s as app = %v, want it forbidden", sql, err)
		}
	}
}
