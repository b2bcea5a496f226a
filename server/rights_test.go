package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kvartal/auth"
	"kvartal/view"
)

// What the tests hide: none of these words may leave the server. The layer of
// contracts is hidden as a whole.
const (
	hiddenValue = "СЕКРЕТНОЕ ИСПОЛЬЗОВАНИЕ"
	hiddenRow   = "СКРЫТЫЙ ПЕРЕУЛОК"
	secretName  = "ТАЙНОВ ТАЙН"
)

// openGuarded opens a city in which the public sees parcels of settlements only,
// without their use; contracts are nobody's.
func openGuarded(t *testing.T) testCity {
	t.Helper()
	c := openSampledCity(t)
	for _, sql := range []string{
		"UPDATE layer.parcels SET permitted_use = '" + hiddenValue + "', holder = '" + secretName + "'",
		"UPDATE layer.parcels SET address = '" + hiddenRow + "' WHERE category IS DISTINCT FROM 'settlement'",
	} {
		if _, err := c.db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	c.load(t)
	c.awaitSearch(t)
	if err := c.auth.Close(t.Context(), auth.Actor{}, "parcels", true); err != nil {
		t.Fatal(err)
	}
	c.give(t, view.Grant{
		Role: "public", Layer: "parcels", Actions: []view.Action{view.See, view.Identify, view.Query},
		Attributes: []string{"cadastral_number", "address", "category"}, Filter: "category = 'settlement'",
	})
	return c
}

func (c testCity) give(t testing.TB, g view.Grant) {
	t.Helper()
	d, err := c.store.Registry().Layer(g.Layer)
	if err != nil {
		t.Fatal(err)
	}
	resolved, err := c.store.Resolve(t.Context(), g, "somebody")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.store.Rule(d, resolved); err != nil {
		t.Fatal(err)
	}
	if _, err := c.auth.Give(t.Context(), auth.Actor{}, g); err != nil {
		t.Fatal(err)
	}
}

func (c testCity) count(t *testing.T, where string) (n int) {
	t.Helper()
	if err := c.db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM layer.parcels WHERE "+where).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// outlets are addresses of all that gives out data of a layer.
func outlets(layer string) []string {
	return []string{
		"/tiles/" + layer + "/14/4754/6252.mvt", "/tiles/" + layer + ".json",
		"/styles/day.json?layers=" + layer, "/legends.json?layers=" + layer,
		"/identify?lon=-75.5297&lat=39.1604&zoom=12&layers=" + layer, "/search?q=99&layers=" + layer,
		"/table/" + layer, "/table/" + layer + "/position?id=1", "/related?layer=" + layer + "&id=1",
		"/ogc/collections/" + layer, "/ogc/collections/" + layer + "/queryables", "/ogc/collections/" + layer + "/schema",
		"/ogc/collections/" + layer + "/items", "/ogc/collections/" + layer + "/items/1",
	}
}

func TestHiddenLayersAreAsNone(t *testing.T) {
	t.Parallel()
	c := openGuarded(t)
	none := outlets("kontrakts")
	for i, path := range outlets("contracts") {
		hidden, absent := c.get(t, path), c.get(t, none[i])
		got := strings.ReplaceAll(withoutID(body(t, hidden)), "contracts", "kontrakts")
		if want := withoutID(body(t, absent)); hidden.StatusCode != absent.StatusCode || got != want {
			t.Errorf("%s of a hidden layer = %d %s, of none %d %s: want the same", path, hidden.StatusCode, got, absent.StatusCode, want)
		}
		if absent.StatusCode == http.StatusOK && !strings.HasPrefix(path, "/search") {
			t.Errorf("%s = 200 of a layer that is not there", none[i])
		}
	}
}

// withoutID is a problem without the id of its request.
func withoutID(text string) string {
	var problem map[string]any
	if json.Unmarshal([]byte(text), &problem) != nil {
		return text
	}
	for _, key := range []string{"instance", "request", "request_id", "requestId"} {
		delete(problem, key)
	}
	out, _ := json.Marshal(problem)
	return string(out)
}

func TestNoOutletTellsWhatIsHidden(t *testing.T) {
	t.Parallel()
	c := openGuarded(t)
	var hiddenID int64
	if err := c.db.Pool.QueryRow(t.Context(), "SELECT min(id) FROM layer.parcels WHERE category <> 'settlement'").Scan(&hiddenID); err != nil {
		t.Fatal(err)
	}
	var hiddenNumber string
	if err := c.db.Pool.QueryRow(t.Context(), "SELECT cadastral_number FROM layer.parcels WHERE id = $1", hiddenID).Scan(&hiddenNumber); err != nil {
		t.Fatal(err)
	}
	paths := append(outlets("parcels"),
		"/catalogue.json", "/catalogue.json?lang=ru", "/styles/day.json", "/styles/night.json", "/legends.json", "/ogc/collections",
		"/search?q=ПЕРЕУЛОК", "/search?q=ТАЙНОВ", "/search?q=СЕКРЕТНОЕ", "/search?q="+hiddenNumber, "/metrics",
		fmt.Sprintf("/ogc/collections/parcels/items/%d", hiddenID), fmt.Sprintf("/table/parcels?ids=%d", hiddenID),
		fmt.Sprintf("/table/parcels/position?id=%d", hiddenID), fmt.Sprintf("/related?layer=parcels&id=%d", hiddenID),
		"/ogc/collections/parcels/items?limit=1000", "/ogc/collections/parcels/items?category=agricultural",
		"/table/parcels?sortby=-address", "/table/parcels?filter=category%20%3C%3E%20'settlement'")
	for _, path := range paths {
		text := body(t, c.get(t, path))
		for _, word := range []string{hiddenValue, hiddenRow, secretName, "cadastral_value"} {
			if strings.Contains(text, word) {
				t.Errorf("%s tells %q", path, word)
			}
		}
		if !strings.Contains(path, hiddenNumber) && strings.Contains(text, hiddenNumber) {
			t.Errorf("%s tells of a hidden row: %q", path, hiddenNumber)
		}
	}
}

func TestCountsAreOfWhatIsSeen(t *testing.T) {
	t.Parallel()
	c := openGuarded(t)
	want := c.count(t, "category = 'settlement'")
	if all := c.count(t, "true"); want == 0 || want == all {
		t.Fatalf("%d of %d parcels are of settlements: the sample does not fit the test", want, all)
	}
	var items struct{ NumberMatched, NumberReturned int }
	decode(t, body(t, c.get(t, "/ogc/collections/parcels/items?f=json")), &items)
	var table struct{ Total int }
	decode(t, body(t, c.get(t, "/table/parcels")), &table)
	if items.NumberMatched != want || items.NumberReturned != want || table.Total != want {
		t.Errorf("numberMatched, numberReturned, total = %d, %d, %d, want %d", items.NumberMatched, items.NumberReturned, table.Total, want)
	}
}

// A hidden attribute cannot be probed: whatever asks by it hears what it would
// of one that does not exist.
func TestHiddenAttributesCannotBeProbed(t *testing.T) {
	t.Parallel()
	c := openGuarded(t)
	for _, form := range []string{
		"/table/parcels?filter=%s%%20IS%%20NULL", "/table/parcels?sortby=%s", "/table/parcels?columns=%s",
		"/ogc/collections/parcels/items?filter=%s%%20IS%%20NULL", "/ogc/collections/parcels/items?sortby=%s",
		"/ogc/collections/parcels/items?properties=%s", "/ogc/collections/parcels/items?%s=1",
	} {
		hidden, absent := c.get(t, fmt.Sprintf(form, "holder")), c.get(t, fmt.Sprintf(form, "molder"))
		got := strings.ReplaceAll(withoutID(body(t, hidden)), "holder", "molder")
		if want := withoutID(body(t, absent)); hidden.StatusCode != http.StatusBadRequest || got != want {
			t.Errorf(form+" = %d %s, want as of no attribute: %s", "holder", hidden.StatusCode, got, want)
		}
	}
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%.200s: %v", text, err)
	}
}

func TestRightsChangeAtOnce(t *testing.T) {
	t.Parallel()
	c := openGuarded(t)
	c.addClerk(t)
	browser := c.signIn(t)
	const path = "/table/parcels"
	if text := body(t, browser.get(t, path)); strings.Contains(text, hiddenRow) {
		t.Fatal("a role without grants sees more than the public")
	}
	c.give(t, view.Grant{Role: "clerk", Layer: "parcels", Actions: []view.Action{view.Query}, Attributes: []string{"*", "holder"}})
	r := browser.get(t, path)
	if text := body(t, r); !strings.Contains(text, hiddenRow) || !strings.Contains(text, secretName) {
		t.Errorf("%s does not show what has just been granted", path)
	}
	if got := r.Header.Get("Cache-Control"); !strings.HasPrefix(got, "private") {
		t.Errorf("Cache-Control of an answer to somebody = %q, want private", got)
	}
	if text := body(t, c.get(t, path)); strings.Contains(text, hiddenRow) {
		t.Error("a grant to a role shows to the public")
	}
	events, err := c.auth.Events(t.Context(), auth.Search{Action: "personal.read", Limit: 10})
	if err != nil || len(events) != 1 || events[0].Principal != "ann" || events[0].Subject != path {
		t.Errorf("events of reading personal data = %+v, %v, want one of ann", events, err)
	}
	if err := c.auth.SetRoles(t.Context(), auth.Actor{}, "ann", nil); err != nil {
		t.Fatal(err)
	}
	if text := body(t, browser.get(t, path)); strings.Contains(text, hiddenRow) {
		t.Error("an open session keeps the rights of a role that is gone")
	}
}

func TestExportsOfPersonalDataAreLogged(t *testing.T) {
	t.Parallel()
	c := openGuarded(t)
	c.addClerk(t)
	c.give(t, view.Grant{Role: "clerk", Layer: "parcels", Actions: view.Actions(), Attributes: []string{"*", "holder"}})
	const path = "/ogc/collections/parcels/export"
	r := c.signIn(t).get(t, path+"?f=csv")
	if text := body(t, r); r.StatusCode != http.StatusOK || !strings.Contains(text, secretName) {
		t.Fatalf("%s = %d %.300s, want the names that were granted", path, r.StatusCode, text)
	}
	events, err := c.auth.Events(t.Context(), auth.Search{Action: "personal.read", Limit: 10})
	if err != nil || len(events) != 1 || events[0].Subject != path {
		t.Errorf("events of reading personal data = %+v, %v, want one of %s", events, err, path)
	}
}

// Personal data is never in tiles, whoever asks for them.
func TestPersonalDataIsNotInTiles(t *testing.T) {
	t.Parallel()
	c := openGuarded(t)
	c.addClerk(t)
	c.give(t, view.Grant{Role: "clerk", Layer: "contracts", Actions: view.Actions(), Attributes: []string{"*", "party"}})
	browser := c.signIn(t)
	if text := body(t, browser.get(t, "/tiles/contracts.json")); strings.Contains(text, "\"party\"") {
		t.Error("TileJSON lists personal data")
	}
	if text := body(t, browser.get(t, "/ogc/collections/contracts/queryables")); !strings.Contains(text, "\"party\"") {
		t.Error("queryables lack what was granted")
	}
}

func TestKeysOpenWhatTheirRolesMay(t *testing.T) {
	t.Parallel()
	c := openGuarded(t)
	c.addClerk(t)
	c.give(t, view.Grant{Role: "clerk", Layer: "parcels", Actions: []view.Action{view.Query}, Attributes: []string{"*"}})
	key, err := c.auth.AddKey(t.Context(), auth.Actor{}, "meters", []string{"clerk"}, 1e12)
	if err != nil {
		t.Fatal(err)
	}
	if text := body(t, get(t, c.handler, "/table/parcels", map[string]string{"Authorization": "Bearer " + key})); !strings.Contains(text, hiddenRow) {
		t.Errorf("a key shows %.200s, want what its role may see", text)
	}
	if got := get(t, c.handler, "/table/parcels", map[string]string{"Authorization": "Bearer kvartal_x_y"}).StatusCode; got != http.StatusForbidden {
		t.Errorf("a wrong key = %d, want %d", got, http.StatusForbidden)
	}
}

func TestGrantsThatDoNotFitGiveNothing(t *testing.T) {
	t.Parallel()
	c := openGuarded(t)
	if _, err := c.auth.Give(t.Context(), auth.Actor{}, view.Grant{Role: "public", Layer: "contracts", Actions: []view.Action{view.Query}, Attributes: []string{"gone"}}); err != nil {
		t.Fatal(err)
	}
	if got := c.get(t, "/table/contracts").StatusCode; got != http.StatusNotFound {
		t.Errorf("a grant of an attribute that is gone opens its layer: %d, want %d", got, http.StatusNotFound)
	}
}
