package server_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/auth"
	"kvartal/layers"
	"kvartal/view"
)

// ids are those of the features that items list, and of those in the tile.
func (w writer) ids(t *testing.T, layer string) (items, tile []int64) {
	t.Helper()
	var got collectionAnswer
	decode(t, want(t, w.do(t, http.MethodGet, "/ogc/collections/"+layer+"/items?f=json", ""), http.StatusOK), &got)
	for _, f := range got.Features {
		items = append(items, f.ID)
	}
	rows, err := tileRows(want(t, w.do(t, http.MethodGet, tilePath(layer, leakTile), ""), http.StatusOK), layer)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		tile = append(tile, row.id)
	}
	return items, tile
}

// A right for a district is one for what lies in it, not for what touches its
// border; it goes with the district when that is drawn anew.
func TestRightsFollowTheFeatureThatIsTheirArea(t *testing.T) {
	t.Parallel()
	c := openClosed(t)
	c.followTiles(t)
	g := some("plots", "", view.See, view.Query)
	g.Area = "wards/1"
	w := c.key(t, "clerk", g)
	check := func(when string, want ...int64) {
		t.Helper()
		if items, tile := w.ids(t, "plots"); !slices.Equal(items, want) || !slices.Equal(tile, want) {
			t.Errorf("%s: items, tile = %v, %v, want %v", when, items, tile, want)
		}
	}
	check("two cells", 1, 8)
	c.alter(t, kvartal.Update, "wards", kvartal.Feature{ID: 1, Geometry: orb.MultiPolygon{leakCell(24).ToPolygon()}})
	check("another cell", 25)
	c.alter(t, kvartal.Update, "wards", kvartal.Feature{ID: 1, Geometry: orb.MultiPolygon{leakCell(3).Union(leakCell(4)).ToPolygon()}})
	check("two cells in a row", 4, 5)
	c.alter(t, kvartal.Delete, "wards", kvartal.Feature{ID: 1})
	want(t, w.do(t, http.MethodGet, "/ogc/collections/plots/items", ""), http.StatusNotFound)
}

// alter makes a change and waits until the server knows.
func (c testCity) alter(t *testing.T, o kvartal.Operation, layer kvartal.LayerID, f kvartal.Feature) {
	t.Helper()
	applied, err := c.store.ApplyChangeset(t.Context(), "test", kvartal.Changeset{
		Author: kvartal.System("test"), CRS: kvartal.WGS84, Changes: []kvartal.Change{{Operation: o, Layer: layer, Feature: f}},
	})
	if err == nil {
		err = c.follower.Await(t.Context(), applied.Token)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Each contractor sees rows of its own, by one grant.
func TestFiltersKnowWhoAsks(t *testing.T) {
	t.Parallel()
	c := openClosed(t)
	c.followTiles(t)
	c.addClerk(t)
	if err := c.auth.AddAccount(t.Context(), auth.Actor{}, auth.Account{Name: "o'hara", Roles: []string{"clerk"}}, passphrase); kvartal.KindOf(err) != kvartal.KindInvalid {
		t.Errorf("AddAccount(o'hara) = %v, want no such names", err)
	}
	if err := c.auth.AddAccount(t.Context(), auth.Actor{}, auth.Account{Name: "bob", Roles: []string{"clerk"}}, passphrase); err != nil {
		t.Fatal(err)
	}
	c.alter(t, kvartal.Update, "poles", kvartal.Feature{ID: 3, Properties: map[string]any{"poles_of": "ann"}})
	c.alter(t, kvartal.Update, "poles", kvartal.Feature{ID: 4, Properties: map[string]any{"poles_of": "bob"}})
	g := some("poles", layers.PrincipalName+" = poles_of OR (poles_sum < 0 AND NOT poles_of IN ('x', "+layers.PrincipalName+"))", view.See, view.Query)
	g.Role = "clerk"
	if _, err := c.auth.Give(t.Context(), auth.Actor{}, g); err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]int64{"ann": 3, "bob": 4} {
		b := c.signInAs(t, name, passphrase)
		var got collectionAnswer
		decode(t, want(t, b.get(t, "/ogc/collections/poles/items?f=json"), http.StatusOK), &got)
		rows, err := tileRows(want(t, b.get(t, tilePath("poles", leakTile)), http.StatusOK), "poles")
		if err != nil || len(got.Features) != 1 || got.Features[0].ID != id || len(rows) != 1 || rows[0].id != id {
			t.Errorf("%s sees items %v, tile %v (%v), want %d alone", name, got.Features, rows, err, id)
		}
	}
}

func TestAdministeringAreasAndNames(t *testing.T) {
	t.Parallel()
	c := openClosed(t)
	_, call := c.administrator(t)
	const path = "/admin/roles/clerk/grants"
	run(t, call, []step{
		{"POST", path, `{"layer":"plots","actions":["query"],"filter":"plots_of = principal.name","area":{"layer":"wards","feature":3}}`, 201, `"id":`},
		{"GET", path, "", 200, `"filter":"plots_of = principal.name","area":{"layer":"wards","feature":3}`},
		{"GET", path, "", 200, `"problem":null`},
		{"POST", path, `{"layer":"plots","actions":["query"],"area":{"layer":"wards","feature":333}}`, 400, `"field":"area"`},
		{"POST", path, `{"layer":"plots","actions":["query"],"area":{"layer":"poles","feature":3}}`, 400, `"field":"area"`},
		{"POST", path, `{"layer":"plots","actions":["query"],"area":{"layer":"wards"}}`, 400, `"field":"area"`},
		{"POST", path, `{"layer":"plots","actions":["query"],"area":{"layer":"wards; DROP TABLE x","feature":3}}`, 400, `"field":"area"`},
		{"POST", path, `{"layer":"deeds","actions":["query"],"area":{"layer":"wards","feature":3}}`, 400, ""},
		{"POST", "/admin/roles/public/grants", `{"layer":"plots","actions":["query"],"filter":"plots_of = principal.name"}`, 400, `"field":"filter"`},
		{"POST", path, `{"layer":"plots","actions":["query"],"filter":"plots_of = principal.roles"}`, 400, `"field":"`},
	})
}
