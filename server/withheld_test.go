package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"kvartal/auth"
	"kvartal/view"
)

// openClosed opens the city of the leak test without any rights.
func openClosed(t *testing.T) testCity {
	t.Helper()
	c := openLeakCity(t)
	for _, l := range leakLayers() {
		if err := c.auth.Close(t.Context(), auth.Actor{}, c.layer(t, l.id).ID, true); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// tileAttributes are the attributes of a layer's features in the tile that has all.
func (c testCity) tileAttributes(t *testing.T, layer string) []string {
	t.Helper()
	rows, err := tileRows(want(t, c.get(t, tilePath(layer, leakTile)), http.StatusOK), layer)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, row := range rows {
		for name := range row.values {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// Tiles can be put together to a whole layer: of one that may not be downloaded
// they carry what is drawn, and its administrator is told what they do not.
func TestTilesCarryNoMoreThanMayBeDownloaded(t *testing.T) {
	t.Parallel()
	c := openClosed(t)
	c.give(t, view.Grant{Role: "public", Layer: "plots", Actions: []view.Action{view.See, view.Identify}, Attributes: []string{"*"}})
	c.give(t, view.Grant{Role: "public", Layer: "poles", Actions: []view.Action{view.See, view.Export}, Attributes: []string{"*"}})
	if got, want := c.tileAttributes(t, "plots"), []string{"plots_kind", "plots_of", "plots_sum"}; !slices.Equal(got, want) {
		t.Errorf("attributes in tiles of what may not be exported = %v, want %v", got, want)
	}
	if got, want := c.tileAttributes(t, "poles"), []string{"poles_code", "poles_kind", "poles_of", "poles_sum"}; !slices.Equal(got, want) {
		t.Errorf("attributes in tiles of what may be exported = %v, want %v", got, want)
	}
	if text := body(t, c.get(t, "/tiles/plots.json")); strings.Contains(text, "plots_code") {
		t.Errorf("TileJSON = %s, want it without plots_code", text)
	}
	_, call := c.administrator(t)
	run(t, call, []step{
		{"GET", "/admin/roles/public/grants", "", 200, `"heldBack":["plots_code"]`},
		{"GET", "/admin/layers", "", 200, `"name":"plots_code","title":"The plots_code","type":"text","personal":false,"codes":[],"tiles":"exported"`},
		{"GET", "/admin/layers", "", 200, `"personal":true,"codes":[],"tiles":"never"`},
	})
}
