package server_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/paulmach/orb/project"

	"kvartal"
	"kvartal/auth"
	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/view"
)

// What is easily forgotten when rights are thought of: each of these told, in
// some system, what its rows and attributes did not.

func (c testCity) layer(t *testing.T, id string) *layers.Definition {
	t.Helper()
	d, err := c.store.Registry().Layer(kvartal.LayerID(id))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// key lets a system in that has a role of its own with these grants.
func (c testCity) key(t *testing.T, role string, grants ...view.Grant) writer {
	t.Helper()
	if err := c.auth.AddRole(t.Context(), auth.Actor{}, auth.Role{Name: role}); err != nil {
		t.Fatal(err)
	}
	for _, g := range grants {
		g.Role = role
		c.give(t, g)
	}
	key, err := c.auth.AddKey(t.Context(), auth.Actor{}, role, []string{role}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return writer{c.handler, key}
}

// some is a grant to read some rows of a layer, all but personal attributes.
func some(layer, filter string, actions ...view.Action) view.Grant {
	return view.Grant{Role: "public", Layer: kvartal.LayerID(layer), Actions: actions, Attributes: []string{"*"}, Filter: filter}
}

// Where a hidden row changed is not told to maps that may not see it.
func TestChangesTellNoPlaceOfHiddenRows(t *testing.T) {
	t.Parallel()
	c := openClosed(t)
	c.give(t, some("plots", "plots_kind = 'plots_kind_a'", view.See))
	c.give(t, some("poles", "", view.See))
	live := httptest.NewServer(c.handler)
	t.Cleanup(live.Close)
	t.Cleanup(c.server.Stop) // first, or Close waits for the stream
	next := events(t, live.URL, "")
	if name, _, _ := next(); name != "hello" {
		t.Fatalf("first event = %q, want hello", name)
	}
	place := project.Bound(leakCell(3), project.WGS84.ToMercator)
	c.tiles.Changed([]tiles.Area{{Layer: "plots", Bound: place}, {Layer: "deeds", Bound: place}, {Layer: "poles", Bound: place}})
	_, _, data := next()
	if !strings.Contains(data, `"plots":[[-180,`) || strings.Contains(data, "deeds") || !strings.Contains(data, `"poles":[[-75.5`) {
		t.Errorf("event = %s, want plots everywhere, poles where they changed and no deeds", data)
	}
}

// The extent of a layer would tell where its outermost rows are.
func TestExtentsAreOfWhatIsSeen(t *testing.T) {
	t.Parallel()
	c := openClosed(t)
	c.give(t, some("plots", "plots_kind = 'plots_kind_a'", view.See, view.Query))
	c.give(t, some("poles", "", view.See, view.Query))
	if _, err := c.db.Pool.Exec(t.Context(), "ANALYZE layer.plots, layer.poles"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/ogc/collections/%s", "/tiles/%s.json", "/ogc/records/%s", "/ogc/collections/%s/tiles/WebMercatorQuad"} {
		tells := func(layer string) bool {
			text := want(t, c.get(t, fmt.Sprintf(path, layer)), http.StatusOK)
			return strings.Contains(text, "-75.53") || strings.Contains(text, fmt.Sprintf(`"minTileRow":%d`, leakTile.Y))
		}
		if tells("plots") || !tells("poles") {
			t.Errorf(path+" tells where the features are: of plots %v, of poles %v, want false and true", "…", tells("plots"), tells("poles"))
		}
	}
}

// A page's link to the next carries values of the last row: only such as may be
// read. And whoever makes a link up gets rows that may be read.
func TestPagesAreNoWayToHiddenRows(t *testing.T) {
	t.Parallel()
	c := openClosed(t)
	c.give(t, some("plots", "plots_kind = 'plots_kind_a'", view.Query))
	items := "/ogc/collections/plots/items?f=json&limit=1"
	var hidden int64
	if err := c.db.Pool.QueryRow(t.Context(), "SELECT min(id) FROM layer.plots WHERE plots_kind <> 'plots_kind_a'").Scan(&hidden); err != nil {
		t.Fatal(err)
	}
	madeUp := base64.RawURLEncoding.EncodeToString([]byte(`["zq"]`))
	for _, path := range []string{
		fmt.Sprintf("%s&next=%d", items, hidden-1), fmt.Sprintf("%s&next=%d", items, hidden),
		fmt.Sprintf("%s&sortby=plots_code&next=%d.%s", items, hidden, madeUp),
	} {
		text := want(t, c.get(t, path), http.StatusOK)
		if strings.Contains(text, "plots_kind_b") || strings.Contains(text, "plots_kind_c") || strings.Contains(text, fmt.Sprintf(`"id":%d,`, hidden)) {
			t.Errorf("GET %s = %s, want no row that is hidden", path, text)
		}
	}
	link := want(t, c.get(t, items+"&sortby=-plots_sum"), http.StatusOK)
	_, after, found := strings.Cut(link, "next=")
	id, values, sorted := strings.Cut(after[:strings.IndexAny(after, `"&`)], ".")
	decoded, err := base64.RawURLEncoding.DecodeString(values)
	if !found || !sorted || err != nil || strings.Count(string(decoded), ",") != 0 {
		t.Errorf("next = %s.%s (%s, %v), want the one value sorted by", id, values, decoded, err)
	}
	for _, next := range []string{"1." + madeUp, id + "." + values} { // of an order by what is hidden
		r := c.get(t, items+"&sortby=plots_owner&next="+url.QueryEscape(next))
		if text := want(t, r, http.StatusBadRequest); strings.Contains(text, "zq") {
			t.Errorf("an order by a hidden attribute = %s", text)
		}
	}
}

// Whoever may change some rows hears of the others what there is to hear of rows
// that do not exist, whichever version is asked for.
func TestHiddenRowsAreAsNoneToWriters(t *testing.T) {
	t.Parallel()
	c := openClosed(t)
	g := some("plots", "plots_kind = 'plots_kind_a'", view.Query, view.Change, view.Delete)
	g.Writable, g.Attributes = []string{"*"}, nil
	w := c.key(t, "editor", g)
	var hidden int64
	if err := c.db.Pool.QueryRow(t.Context(), "SELECT min(id) FROM layer.plots WHERE plots_kind <> 'plots_kind_a'").Scan(&hidden); err != nil {
		t.Fatal(err)
	}
	const none = 999999
	feature := `{"type":"Feature","properties":{"plots_code":"x","plots_kind":"plots_kind_a"},"geometry":` +
		`{"type":"Polygon","coordinates":[[[-75.5,39.1],[-75.49,39.1],[-75.49,39.11],[-75.5,39.1]]]}}`
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
		for _, tag := range []string{"", "*", `"v1-00"`, `"v99-00"`, `W/"v1"`} {
			answer := func(id int64) (int, string) {
				text, header := feature, []string{}
				if method == http.MethodPatch {
					text = `{"properties":{"plots_sum":1}}`
				}
				if tag != "" {
					header = []string{"If-Match", tag}
				}
				r := w.do(t, method, fmt.Sprintf("/ogc/collections/plots/items/%d", id), text, header...)
				return r.StatusCode, strings.ReplaceAll(withoutID(body(t, r)), fmt.Sprint(id), "N")
			}
			code, text := answer(hidden)
			wantCode, wantText := answer(none)
			if code != wantCode || text != wantText || code < 400 {
				t.Errorf("%s If-Match %s of a hidden row = %d %s, of none %d %s", method, tag, code, text, wantCode, wantText)
			}
		}
	}
}

// That a value is taken must be told, or nobody could write. By whom, and the
// names and values of the database, must not.
func TestTakenValuesTellNothingMore(t *testing.T) {
	t.Parallel()
	c := openClosed(t)
	g := some("plots", "plots_kind = 'plots_kind_a'", view.Query, view.Create)
	g.Writable, g.Attributes = []string{"*"}, nil
	w := c.key(t, "editor", g)
	var taken string
	if err := c.db.Pool.QueryRow(t.Context(), "SELECT min(plots_code) FROM layer.plots WHERE plots_kind <> 'plots_kind_a'").Scan(&taken); err != nil {
		t.Fatal(err)
	}
	r := w.do(t, http.MethodPost, "/ogc/collections/plots/items", `{"type":"Feature","properties":{"plots_code":"`+taken+`","plots_kind":"plots_kind_a"},`+
		`"geometry":{"type":"Polygon","coordinates":[[[-75.5,39.1],[-75.49,39.1],[-75.49,39.11],[-75.5,39.1]]]}}`)
	text := want(t, r, http.StatusConflict)
	for _, word := range []string{taken, "layer.plots", "plots_key", "constraint", "index"} {
		if strings.Contains(text, word) || !strings.Contains(text, `"field":"plots_code"`) {
			t.Errorf("a value that is taken = %s, want the attribute that was written and no %q", text, word)
		}
	}
	// Who may not write what every feature must have does not hear what that is.
	g = some("deeds", "", view.Query, view.Create)
	g.Attributes, g.Writable, g.Hidden = nil, []string{"*"}, []string{"deeds_code"}
	r = c.key(t, "clerk", g).do(t, http.MethodPost, "/ogc/collections/deeds/items", `{"type":"Feature","properties":{"deeds_kind":"deeds_kind_a"},"geometry":null}`)
	if text := want(t, r, http.StatusForbidden); strings.Contains(text, "deeds_code") {
		t.Errorf("a required attribute that is hidden = %s", text)
	}
}

// The codes of a hidden attribute are hidden with it, in styles and legends too.
func TestCodesOfHiddenAttributesAreHidden(t *testing.T) {
	t.Parallel()
	c := openClosed(t)
	g := some("plots", "", view.See, view.Query, view.Identify, view.Export)
	g.Hidden = []string{"plots_kind"}
	c.give(t, g)
	for _, path := range []string{
		"/catalogue.json", "/ogc/collections/plots/queryables", "/ogc/collections/plots/schema", "/ogc/api", "/legends.json",
		"/styles/day.json", "/ogc/styles/day", "/tiles/plots.json", "/ogc/collections/plots/export?f=json", "/table/plots",
	} {
		if text := want(t, c.get(t, path), http.StatusOK); strings.Contains(text, "plots_kind") {
			t.Errorf("GET %s = %.500s, want nothing of their kind", path, text)
		}
	}
}

// A row that moves across the border of an area goes from those who may see the
// one side to those who may see the other, in tiles as in items.
func TestRowsMoveAcrossTheBordersOfAreas(t *testing.T) {
	t.Parallel()
	c := openClosed(t)
	c.followTiles(t)
	sides := map[string]writer{}
	for role, cell := range map[string]orb.Bound{"west": leakCell(0).Union(leakCell(21)), "east": leakCell(3).Union(leakCell(24))} {
		g := some("poles", "", view.See, view.Query, view.Export)
		g.Area = wkt.MarshalString(cell.ToPolygon())
		sides[role] = c.key(t, role, g)
	}
	const id = 1 // lies in the first cell
	sees := func(role string) (tile, items bool) {
		rows, err := tileRows(want(t, sides[role].do(t, http.MethodGet, tilePath("poles", leakTile), ""), http.StatusOK), "poles")
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			tile = tile || row.id == id
		}
		return tile, sides[role].do(t, http.MethodGet, fmt.Sprintf("/ogc/collections/poles/items/%d", id), "").StatusCode == http.StatusOK
	}
	check := func(where string, west, east bool) {
		t.Helper()
		for role, want := range map[string]bool{"west": west, "east": east} {
			if tile, items := sees(role); tile != want || items != want {
				t.Errorf("%s: %s sees it in tiles, items = %v, %v, want %v", where, role, tile, items, want)
			}
		}
	}
	check("in the west", true, false)
	c.move(t, id, leakCell(24).Center())
	check("moved to the east", false, true)
	c.move(t, id, leakCell(2).Center())
	check("between the two", false, false)
}

// move puts a pole elsewhere and waits until tiles know.
func (c testCity) move(t *testing.T, id int64, to orb.Point) {
	t.Helper()
	applied, err := c.store.ApplyChangeset(t.Context(), "test", kvartal.Changeset{Author: kvartal.System("test"), CRS: kvartal.WGS84, Changes: []kvartal.Change{{
		Operation: kvartal.Update, Layer: "poles", Feature: kvartal.Feature{ID: kvartal.FeatureID(id), Geometry: to},
	}}})
	if err == nil {
		err = c.follower.Await(t.Context(), applied.Token)
	}
	if err != nil {
		t.Fatal(err)
	}
}
