package resident_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"

	"github.com/paulmach/orb/maptile"
	"pgregory.net/rapid"

	"kvartal"
	"kvartal/layers"
	"kvartal/tiles/mvt"
	"kvartal/tiles/resident"
	"kvartal/view"
)

// viewOf is the view of a layer that grants to see make up.
func (c city) viewOf(t fataler, d *layers.Definition, grants ...view.Grant) view.View {
	t.Helper()
	var rules []view.Rule
	for _, g := range grants {
		g.Role, g.Layer, g.Actions = "clerk", d.ID, []view.Action{view.See}
		rule, err := c.store.Rule(d, g)
		if err != nil {
			t.Fatalf("Rule(%+v) = %v", g, err)
		}
		rules = append(rules, rule)
	}
	return view.Of(d.ID, rules...)
}

// conditions limit grants to rows: by what is resident, what is not, by place.
func conditions() []view.Grant {
	const west = "POLYGON((74.5 42.8, 74.601 42.8, 74.605 42.9, 74.5 42.9, 74.5 42.8))"
	return []view.Grant{
		{},
		{Filter: "name LIKE '%1%'"},
		{Filter: "CASEI(name) = CASEI('HOUSE 17')"},
		{Filter: "id > 1500 OR name IS NULL"},
		{Filter: "name < 'house 2'"},
		{Area: west},
		{Filter: "name LIKE '%2%'", Area: west},
	}
}

func TestRulesInMemoryAreThoseOfTheDatabase(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.build(t, 1, 3000)
	c.exec(t, "INSERT INTO layer.dense (id, geom, name) SELECT id, geom, name FROM layer.things")
	c.exec(t, "INSERT INTO layer.clusters (id, geom, name) SELECT id, ST_Centroid(geom), name FROM layer.things")
	c.exec(t, "INSERT INTO layer.local (id, geom, name, from_zoom) SELECT id, ST_Transform(geom, 32643), name, 9 + id % 9 FROM layer.things")
	direct := resident.New(resident.Config{Pool: c.db.Pool, Store: c.store, Log: slog.New(slog.DiscardHandler)})
	follower, cursor := c.load(t)
	c.follow(t, follower, cursor)
	changes := 0
	rapid.Check(t, func(r *rapid.T) {
		d, _ := c.layer(t, rapid.SampledFrom([]kvartal.LayerID{"things", "dense", "clusters", "local"}).Draw(r, "layer"))
		var grants []view.Grant
		for range rapid.IntRange(1, 3).Draw(r, "grants") {
			g := rapid.SampledFrom(conditions()).Draw(r, "condition")
			if d.ID == "things" && rapid.Bool().Draw(r, "by what is not resident") {
				g.Filter = "note = 'seen' OR count = 3"
			}
			g.Attributes = rapid.SampledFrom([][]string{{"*"}, {"name"}, {}}).Draw(r, "attributes")
			grants = append(grants, g)
		}
		v := c.viewOf(r, d, grants...)
		if rapid.IntRange(0, 7).Draw(r, "change") == 0 {
			changes++
			c.exec(t, fmt.Sprintf("UPDATE layer.%s SET name = 'house ' || (id * 7 + %d) %% 3000 WHERE id %% 3 = %d", d.ID, changes, changes%3))
			c.await(t, follower)
		}
		at := maptile.At(home(), maptile.Zoom(rapid.IntRange(8, 18).Draw(r, "zoom")))
		got, report, err := c.set.Now().Encode(t.Context(), d, v, at)
		if err != nil {
			r.Fatalf("Encode(%v) from memory = %v", at, err)
		}
		want, wantReport, err := direct.Now().Encode(t.Context(), d, v, at)
		if err != nil {
			r.Fatalf("Encode(%v) from the database = %v", at, err)
		}
		if report != wantReport {
			r.Fatalf("report of tile %v of %s = %+v, want %+v", at, d.ID, report, wantReport)
		}
		if !bytes.Equal(got, want) {
			r.Fatalf("tile %v of %s has %d bytes, from the database %d, or others", at, d.ID, len(got), len(want))
		}
	})
}

// A row is shown by the values for which a rule is known to be true, or not at
// all: neither the old values of one that has come to be covered, nor those of
// one that no longer is.
func TestRulesAreNotAppliedToOtherVersionsOfRows(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.build(t, 1, 10)
	c.exec(t, "UPDATE layer.things SET name = 'open' WHERE id <= 5")
	follower, cursor := c.load(t)
	d, _ := c.layer(t, "things")
	v := c.viewOf(t, d, view.Grant{Filter: "name = 'open'", Attributes: []string{"*"}})
	c.exec(t, "UPDATE layer.things SET name = 'closed' WHERE id = 1")
	c.exec(t, "UPDATE layer.things SET name = 'open' WHERE id = 9")
	at := maptile.At(home(), 16)
	if got, want := ids(features(t, c.set.Now(), d, v, at)), "[2 3 4 5]"; got != want {
		t.Errorf("features before the changes are followed = %s, want %s", got, want)
	}
	c.follow(t, follower, cursor)
	c.await(t, follower)
	if got, want := ids(features(t, c.set.Now(), d, v, at)), "[2 3 4 5 9]"; got != want {
		t.Errorf("features after the changes are followed = %s, want %s", got, want)
	}
}

func TestClustersCountWhatIsShown(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.exec(t, "INSERT INTO layer.clusters (id, geom, name) SELECT n, ST_SetSRID(ST_MakePoint($1 + n, $2), 3857), n % 4 FROM generate_series(1, 100) n", bishkek[0], bishkek[1])
	c.load(t)
	d, _ := c.layer(t, "clusters")
	v := c.viewOf(t, d, view.Grant{Filter: "name = '1'", Attributes: []string{"*"}})
	counted := int64(0)
	for _, f := range features(t, c.set.Now(), d, v, maptile.At(home(), 10)) {
		n, _ := f.Properties["point_count"].(int64)
		counted += n
	}
	if counted != 25 {
		t.Errorf("clusters stand for %d features, want the 25 that are shown", counted)
	}
}

// ids lists the features of a tile.
func ids(in map[uint64]mvt.DecodedFeature) string { return fmt.Sprint(slices.Sorted(maps.Keys(in))) }
