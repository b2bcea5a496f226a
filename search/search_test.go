package search_test

import (
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/search"
	"kvartal/view"
)

// fill puts some of a city into its registers.
func (c city) fill(t testing.TB) {
	t.Helper()
	for i, address := range []string{
		"г. Бишкек, улица Ленина, 12", "г. Бишкек, улица Ленина, 12а", "г. Бишкек, улица Ленина, 12/3", "г. Бишкек, улица Ленина, 12 корп. 2",
		"г. Бишкек, улица Ленина, 120", "г. Бишкек, проспект Ленина, 12", "г. Бишкек, улица Ленинградская, 7", "г. Бишкек, переулок Цветочный, 5 к1 стр 2",
		"г. Бишкек, улица Шевченко, 40", "г. Бишкек, бульвар Эркиндик, 1", "г. Бишкек, Жибек-Жолу көчөсү, 301",
	} {
		parts := strings.SplitN(strings.TrimPrefix(address, "г. Бишкек, "), ", ", 2)
		c.exec(t, `INSERT INTO layer.addresses (register_number, address, street, house_number, object_kind, status, geom)
			VALUES ($1, $2, $3, $4, 'building', 'assigned', ST_SetSRID(ST_MakePoint($5, 4747000), 32643))`,
			fmt.Sprint("АР-", i+1), address, parts[0], parts[1], 465000+1000*i)
	}
	for i := range 20 {
		c.exec(t, `INSERT INTO layer.base_street_labels (id, kind, name, name_en, min_zoom, geom) VALUES ($1, 'residential', 'улица Ленина', 'Lenin Street', 12,
			ST_Transform(ST_SetSRID(ST_MakeLine(ST_MakePoint($2, 4747000), ST_MakePoint($2 + 90, 4747000)), 32643), 3857))`, i+1, 465000.0+100*float64(i))
	}
	c.exec(t, `INSERT INTO layer.base_street_labels (id, kind, name, min_zoom, geom) VALUES (99, 'residential', 'улица Токтогула', 12, ST_GeomFromText('LINESTRING(0 0, 1 1)', 3857))`)
	c.exec(t, `INSERT INTO layer.parcels (cadastral_number, address, holder, geom) VALUES
		('01:02:0000301:15', 'улица Киевская, 77', 'Мамбетов Чынгыз', ST_SetSRID(ST_Multi(ST_MakeEnvelope(465000, 4747000, 465100, 4747100)), 32643)),
		('01:02:0000301:151', 'улица Киевская, 79', NULL, ST_SetSRID(ST_Multi(ST_MakeEnvelope(465200, 4747000, 465300, 4747100)), 32643))`)
	c.exec(t, `INSERT INTO layer.contracts (contract_number, kind, cadastral_number, property_kind, status, signed_on, party_kind, party)
		VALUES ('А-117/2021', 'lease', '01:02:0000301:15', 'parcel', 'in_force', '2021-03-04', 'person', 'Асанова Гүлнара')`)
	c.await(t)
}

func openFilled(t *testing.T) city {
	t.Helper()
	c := openCity(t, nil)
	c.fill(t)
	return c
}

func TestTheBestComesFirst(t *testing.T) {
	t.Parallel()
	c := openFilled(t)
	for text, want := range map[string]string{
		// streets, whatever they are called
		"ленина":        "base_street_labels: улица Ленина",
		"Ленина улица":  "base_street_labels: улица Ленина",
		"ул. Ленина":    "base_street_labels: улица Ленина",
		"ul. Lenina":    "base_street_labels: улица Ленина",
		"Lenin Street":  "base_street_labels: улица Ленина",
		"LENINA STR":    "base_street_labels: улица Ленина",
		"Ленина көчөсү": "base_street_labels: улица Ленина",
		"токт":          "base_street_labels: улица Токтогула",
		"то":            "base_street_labels: улица Токтогула",
		// with mistakes
		"леннина":        "base_street_labels: улица Ленина",
		"лнеина":         "base_street_labels: улица Ленина",
		"ул ленена":      "base_street_labels: улица Ленина",
		"тоткогула":      "base_street_labels: улица Токтогула",
		"Токтоггла":      "base_street_labels: улица Токтогула",
		"шевчинко 40":    "addresses: г. Бишкек, улица Шевченко, 40",
		"shevchenko":     "addresses: г. Бишкек, улица Шевченко, 40",
		"ерkindik":       "addresses: г. Бишкек, бульвар Эркиндик, 1",
		"jibek jolu 301": "addresses: г. Бишкек, Жибек-Жолу көчөсү, 301",
		// houses
		"Ленина 12":          "addresses: г. Бишкек, улица Ленина, 12",
		"ул Ленина д. 12":    "addresses: г. Бишкек, улица Ленина, 12",
		"проспект Ленина 12": "addresses: г. Бишкек, проспект Ленина, 12",
		"пр. Ленина, 12":     "addresses: г. Бишкек, проспект Ленина, 12",
		"Ленина 12а":         "addresses: г. Бишкек, улица Ленина, 12а",
		"Ленина 12 А":        "addresses: г. Бишкек, улица Ленина, 12а",
		"lenina 12a":         "addresses: г. Бишкек, улица Ленина, 12а",
		"Ленина 12/3":        "addresses: г. Бишкек, улица Ленина, 12/3",
		"Ленина 12 корпус 2": "addresses: г. Бишкек, улица Ленина, 12 корп. 2",
		"Ленина 12к2":        "addresses: г. Бишкек, улица Ленина, 12 корп. 2",
		"Ленина 120":         "addresses: г. Бишкек, улица Ленина, 120",
		"цветочный 5к1с2":    "addresses: г. Бишкек, переулок Цветочный, 5 к1 стр 2",
		"пер Цветочный 5 корп. 1 строение 2": "addresses: г. Бишкек, переулок Цветочный, 5 к1 стр 2",
		// numbers
		"01:02:0000301:15":          "parcels: 01:02:0000301:15",
		"01:02:0000301:151":         "parcels: 01:02:0000301:151",
		"0000301:151":               "parcels: 01:02:0000301:151",
		"01:02:0000301":             "parcels: 01:02:0000301:15",
		"участок 01:02:0000301:151": "",
		"А-117/2021":                "contracts: А-117/2021",
		"а117 2021":                 "contracts: А-117/2021",
		"АР-7":                      "addresses: г. Бишкек, улица Ленинградская, 7",
		"асанова":                   "contracts: А-117/2021",
		"Gulnara Asanova":           "contracts: А-117/2021",
		"киевская 77":               "parcels: 01:02:0000301:15",
		"АР-3":                      "addresses: г. Бишкек, улица Ленина, 12/3",
		// nothing
		"Ленина 13": "base_street_labels: улица Ленина", // no such house: the street
		"xyzzy":     "",
		"...":       "",
	} {
		got := ""
		if found := c.find(t, search.Request{Text: text}); len(found) > 0 {
			got = found[0]
		}
		if got != want {
			t.Errorf("Search(%q) = %q first, want %q; all: %q", text, got, want, c.find(t, search.Request{Text: text}))
		}
	}
}

func TestPiecesOfAStreetAreOneResult(t *testing.T) {
	t.Parallel()
	c := openFilled(t)
	results, _, err := c.Search(t.Context(), search.Request{Text: "улица Ленина", Lang: "en", Limit: 20, Layers: c.everything()})
	if err != nil {
		t.Fatal(err)
	}
	streets := slices.DeleteFunc(results, func(r search.Result) bool { return r.Layer.ID != "base_street_labels" })
	if len(streets) != 1 || streets[0].Title != "Lenin Street" {
		t.Fatalf("streets found = %+v, want one, called in the language of the request", streets)
	}
	if b := streets[0].Bound; b == nil || b.Max[0]-b.Min[0] < 0.02 {
		t.Errorf("extent of the street = %v, want that of all its pieces, about 2 km", b)
	}
}

func TestWhatIsCloseComesFirst(t *testing.T) {
	t.Parallel()
	c := openFilled(t)
	c.exec(t, `INSERT INTO layer.addresses (register_number, address, object_kind, status, geom)
		SELECT 'МИ-' || n, 'улица Мира, 5', 'building', 'assigned', ST_Transform(ST_SetSRID(ST_MakePoint(74 + n / 10.0, 42.9), 4326), 32643) FROM generate_series(1, 9) AS n`)
	c.await(t)
	for n := range 9 {
		p := orb.Point{74 + float64(n+1)/10, 42.91}
		results, _, err := c.Search(t.Context(), search.Request{Text: "мира 5", Lang: "ru", Limit: 1, Near: &p, Layers: c.everything()})
		if err != nil || len(results) != 1 || math.Abs(results[0].Point[0]-p[0]) > 0.001 {
			t.Errorf("Search near %v = %+v, %v, want the house there", p, results, err)
		}
	}
	p := orb.Point{74.575, 42.877} // of 12/3
	if found := c.find(t, search.Request{Text: "ленина 12", Near: &p}); len(found) == 0 || found[0] != "addresses: г. Бишкек, улица Ленина, 12" {
		t.Errorf("Search near another = %v, want the house itself", found)
	}
}

func TestHiddenAttributesAreNotSearched(t *testing.T) {
	t.Parallel()
	c := openFilled(t)
	for _, text := range []string{"мамбетов", "Чынгыз", "mambetov", "асанова", "А-117/2021"} {
		if found := c.find(t, search.Request{Text: text, Layers: c.public()}); len(found) > 0 {
			t.Errorf("the public finds %q by %q", found, text)
		}
	}
	d, err := c.store.Registry().Layer("contracts")
	if err != nil {
		t.Fatal(err)
	}
	number := view.New("contracts", []view.Action{view.Query}, []string{"contract_number"})
	only := []search.Layer{{Definition: d, View: number}}
	if found := c.find(t, search.Request{Text: "А-117", Layers: only}); len(found) != 1 {
		t.Errorf("Search by a readable attribute = %v, want the contract", found)
	}
	for _, text := range []string{"асанова", "А-117 асанова", "01:02:0000301:15"} {
		if found := c.find(t, search.Request{Text: text, Layers: only}); len(found) > 0 {
			t.Errorf("Search(%q) by a hidden attribute = %v", text, found)
		}
	}
	see := []search.Layer{{Definition: d, View: view.New("contracts", []view.Action{view.See}, []string{"contract_number"})}}
	if found := c.find(t, search.Request{Text: "А-117", Layers: see}); len(found) > 0 {
		t.Errorf("Search without Query = %v", found)
	}
}

func TestChangesAreFoundWhoeverMadeThem(t *testing.T) {
	t.Parallel()
	c := openFilled(t)
	addresses := func(text string) []string {
		return c.find(t, search.Request{Text: text, Layers: c.only(t, "addresses")})
	}
	c.exec(t, `UPDATE layer.addresses SET address = 'улица Абая, 1', street = 'улица Абая', house_number = '1' WHERE register_number = 'АР-9'`)
	c.exec(t, `DELETE FROM layer.addresses WHERE register_number = 'АР-10'`)
	// Before the index knows, what it finds is looked at again.
	if found := addresses("эркиндик"); len(found) > 0 {
		t.Errorf("what has been deleted is found: %v", found)
	}
	if found := addresses("шевченко"); len(found) > 0 {
		t.Errorf("what has another name now is found by the old one: %v", found)
	}
	c.await(t)
	if found := addresses("абая 1"); len(found) != 1 {
		t.Errorf("the new name finds %v, want one", found)
	}
	c.exec(t, `INSERT INTO layer.addresses (register_number, address, object_kind, status, geom)
		SELECT 'МН-' || n, 'микрорайон Джал, ' || n, 'building', 'assigned', ST_SetSRID(ST_MakePoint(465000, 4747000), 32643) FROM generate_series(1, 9000) AS n`)
	c.await(t)
	if found := addresses("джал 8999"); len(found) != 1 || found[0] != "addresses: микрорайон Джал, 8999" {
		t.Errorf("many new rows: %v, want the one", found)
	}
	c.exec(t, `TRUNCATE layer.addresses`)
	c.await(t)
	if found := addresses("джал"); len(found) > 0 {
		t.Errorf("after TRUNCATE %v is found", found)
	}
}

// only is one layer with a view that permits all.
func (c city) only(t testing.TB, id kvartal.LayerID) []search.Layer {
	t.Helper()
	all := c.everything()
	i := slices.IndexFunc(all, func(l search.Layer) bool { return l.Definition.ID == id })
	if i < 0 {
		t.Fatalf("no layer %s", id)
	}
	return all[i : i+1]
}

func TestALayerNotIndexedIsNamed(t *testing.T) {
	t.Parallel()
	c := openCity(t, nil)
	fresh := search.New(c.store, slog.New(slog.DiscardHandler))
	_, failures, err := fresh.Search(t.Context(), search.Request{Text: "x", Lang: "ru", Limit: 1, Layers: c.only(t, "addresses")})
	if err != nil || len(failures) != 1 || failures[0].Layer.ID != "addresses" || kvartal.KindOf(failures[0].Err) != kvartal.KindUnavailable {
		t.Errorf("Search before Follow = %v, %v, want the layer named", failures, err)
	}
}

// TestAnIndexThatFollowsEqualsOneMadeAnew edits rows at random and compares.
func TestAnIndexThatFollowsEqualsOneMadeAnew(t *testing.T) {
	t.Parallel()
	c := openFilled(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		number := random.IntN(40)
		switch random.IntN(4) {
		case 0:
			c.exec(t, `DELETE FROM layer.addresses WHERE register_number = $1`, fmt.Sprint("АР-", number))
		case 1:
			c.exec(t, `UPDATE layer.addresses SET address = address || 'а' WHERE register_number = $1`, fmt.Sprint("АР-", number))
		default:
			c.exec(t, `INSERT INTO layer.addresses (register_number, address, object_kind, status, geom)
				VALUES ($1, $2, 'building', 'assigned', ST_SetSRID(ST_MakePoint(465000, 4747000), 32643))
				ON CONFLICT (register_number) DO UPDATE SET address = excluded.address`,
				fmt.Sprint("АР-", number), fmt.Sprintf("улица %s, %d", []string{"Ленина", "Мира", "Абая"}[random.IntN(3)], random.IntN(30)))
		}
	}
	c.await(t)
	anew := c.again(t)
	for _, text := range []string{"ле", "ленина", "мира 1", "абая 12а", "лнеина", "АР-3", "улица", "бишкек"} {
		got, want := c.find(t, search.Request{Text: text, Limit: 50}), anew.find(t, search.Request{Text: text, Limit: 50})
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("Search(%q) = %q, an index made anew finds %q", text, got, want)
		}
	}
}

func TestRowsThatMayNotBeSeenAreNotFound(t *testing.T) {
	t.Parallel()
	c := openFilled(t)
	c.exec(t, `INSERT INTO layer.addresses (register_number, address, object_kind, status, geom)
		SELECT 'СВ-' || n, 'Светлая, ' || n, 'building', CASE n WHEN 900 THEN 'reserved' ELSE 'assigned' END, ST_SetSRID(ST_MakePoint(465000, 4747000), 32643)
		FROM generate_series(1, 900) AS n`)
	c.await(t)
	whole := c.only(t, "addresses")[0]
	rule, err := c.store.Rule(whole.Definition, view.Grant{
		Role: "clerk", Layer: "addresses", Actions: []view.Action{view.Query}, Filter: "status = 'reserved'",
		Attributes: []string{"address"}, Masked: []string{"register_number"},
	})
	if err != nil {
		t.Fatal(err)
	}
	part := []search.Layer{{Definition: whole.Definition, View: view.Of("addresses", rule)}}
	if found := c.find(t, search.Request{Text: "светлая", Layers: part}); len(found) != 1 || found[0] != "addresses: Светлая, 900" {
		t.Errorf("Search = %v, want the only row that may be seen", found)
	}
	for _, text := range []string{"ленина", "светлая 5", "СВ-900"} {
		if found := c.find(t, search.Request{Text: text, Layers: part}); slices.ContainsFunc(found, func(f string) bool { return f != "addresses: Светлая, 900" }) {
			t.Errorf("Search(%q) = %v, want nothing of hidden rows", text, found)
		}
	}
	if found := c.find(t, search.Request{Text: "СВ-900", Layers: part}); len(found) > 0 {
		t.Errorf("Search by a masked number = %v, want nothing", found)
	}
}
