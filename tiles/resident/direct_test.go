package resident_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/paulmach/orb/maptile"

	"kvartal"
	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/tiles/resident"
	"kvartal/view"
)

// Where a layer is kept makes no difference to its tiles.
func TestTilesMadeFromTheDatabaseAreTheSame(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.build(t, 1, 3000)
	c.exec(t, "INSERT INTO layer.dense (id, geom, name) SELECT id, geom, name FROM layer.things")
	c.exec(t, "INSERT INTO layer.local (id, geom, name, from_zoom) SELECT id, ST_Transform(geom, 32643), name, id % 20 FROM layer.things")
	direct := resident.New(resident.Config{Pool: c.db.Pool, Store: c.store, Log: slog.New(slog.DiscardHandler)})
	c.load(t)
	for _, id := range []kvartal.LayerID{"things", "local", "dense"} {
		d, v := c.layer(t, id)
		for z := maptile.Zoom(0); z <= 20; z++ {
			at := maptile.At(home(), z)
			got, report, err := direct.Now().Encode(t.Context(), d, v, at)
			if err != nil {
				t.Fatalf("Encode(%s, %v) from the database = %v", id, at, err)
			}
			want, wantReport, err := c.set.Now().Encode(t.Context(), d, v, at)
			if err != nil {
				t.Fatalf("Encode(%s, %v) from memory = %v", id, at, err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("tile %v of %s from the database has %d bytes, from memory %d, or others", at, id, len(got), len(want))
			}
			if report != wantReport {
				t.Errorf("report of tile %v of %s from the database = %+v, want %+v", at, id, report, wantReport)
			}
		}
	}
}

func TestALayerThatIsNotResidentSaysWhy(t *testing.T) {
	t.Parallel()
	c := open(t, func(cfg *resident.Config) { cfg.Budget = 50_000 })
	c.build(t, 1, 2500)
	follower, cursor := c.load(t)
	c.follow(t, follower, cursor)
	reasons := func() string {
		var out []string
		for _, s := range c.set.Snapshot().Stats() {
			if s.Reason != nil {
				out = append(out, string(s.Layer)+": "+s.Reason.Error())
			}
		}
		return strings.Join(out, "; ")
	}
	if got, want := reasons(), "away: the definition says resident: false; things: the layer is over its budget of memory"; got != want {
		t.Errorf("not resident = %q, want %q", got, want)
	}
	d, v := c.layer(t, "things")
	_, _, err := c.set.Now().Encode(t.Context(), d, v, maptile.At(home(), 14))
	var told *kvartal.Error
	if !errors.As(err, &told) || told.Kind != kvartal.KindTooLarge {
		t.Errorf("Encode of a tile over the budget = %v, want kind %v", err, kvartal.KindTooLarge)
	}
	if got := len(features(t, c.set.Now(), d, v, maptile.At(home(), 18))); got == 0 {
		t.Error("a tile within the budget is empty")
	}
	c.exec(t, "TRUNCATE layer.things")
	c.await(t, follower)
	if got, want := reasons(), "away: the definition says resident: false"; got != want {
		t.Errorf("not resident after TRUNCATE = %q, want %q", got, want)
	}
}

func TestCurvesAreDrawnAndSurfacesLeftOut(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.exec(t, `INSERT INTO layer.things (id, geom) SELECT id, ST_SetSRID(ST_Translate(g::geometry, $1, $2), 3857) FROM (VALUES
		(1, 'CIRCULARSTRING(0 0, 50 50, 100 0)'), (2, 'CURVEPOLYGON(CIRCULARSTRING(0 0, 50 50, 100 0, 50 -50, 0 0))'),
		(3, 'TIN(((0 0, 0 90, 90 0, 0 0)))'), (4, 'POINT(5 5)')) AS rows(id, g)`, bishkek[0], bishkek[1])
	c.load(t)
	d, v := c.layer(t, "things")
	drawn := features(t, c.set.Now(), d, v, maptile.At(home(), 16))
	for id, want := range map[uint64]bool{1: true, 2: true, 3: false, 4: true} {
		if _, got := drawn[id]; got != want {
			t.Errorf("feature %d is drawn = %t, want %t", id, got, want)
		}
	}
}

// The tiles of a moment are those that were made then, wherever its rows are now.
func TestTilesOfThePastAreThoseOfThen(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.build(t, 1, 500)
	c.exec(t, "INSERT INTO layer.local (id, geom, name, from_zoom) SELECT id, ST_Transform(geom, 32643), name, id % 20 FROM layer.things")
	direct := resident.New(resident.Config{Pool: c.db.Pool, Store: c.store, Log: slog.New(slog.DiscardHandler)})
	oracle := tiles.NewPostGIS(c.db.Pool, c.store)
	at, ids := maptile.At(home(), 15), []kvartal.LayerID{"things", "local"}
	encode := func(e tiles.Encoder, id kvartal.LayerID) []byte {
		d, public := c.layer(t, id)
		b, _, err := e.Encode(t.Context(), d, view.New(id, []view.Action{view.See, view.History}, public.Attributes), at)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var then [2][]byte
	for i, id := range ids {
		if then[i] = encode(direct.Now(), id); len(then[i]) == 0 {
			t.Fatalf("tile %v of %s is empty", at, id)
		}
	}
	var moment layers.Interval
	if err := c.db.Pool.QueryRow(t.Context(), "SELECT clock_timestamp()").Scan(&moment.Start); err != nil {
		t.Fatal(err)
	}
	moment.End = moment.Start
	for _, id := range ids {
		c.exec(t, "UPDATE layer."+string(id)+" SET geom = ST_Translate(geom, 500, 500), name = 'moved' WHERE id % 3 = 0")
		c.exec(t, "DELETE FROM layer."+string(id)+" WHERE id % 3 = 1")
	}
	for i, id := range ids {
		past := direct.During(moment)
		if got := encode(past, id); !bytes.Equal(got, then[i]) {
			t.Errorf("tile of %s as it was has %d bytes, then it had %d, or others", id, len(got), len(then[i]))
		}
		d, public := c.layer(t, id)
		v := view.New(id, []view.Action{view.See, view.History}, public.Attributes)
		want := features(t, oracle.During(moment), d, v, at)
		for n := range features(t, past, d, v, at) {
			if _, there := want[n]; !there {
				t.Errorf("tile of %s as it was has feature %d, that of PostGIS has not", id, n)
			}
		}
	}
}
