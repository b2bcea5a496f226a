package styles_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"kvartal"
	"kvartal/styles"
	"kvartal/view"
)

const origin = "https://map.example"

// sheetOf is a document that draws things, by style layers.
func sheetOf(styleLayers ...string) string {
	return `{"version": 8, "name": "Mine", "metadata": {"note": "drawn by owner"}, "sources": {
		"city": {"type": "vector", "url": "` + origin + `/tiles/things.json"},
		"photo": {"type": "raster", "tiles": ["https://photo.example/{z}/{x}/{y}.png"]}
	}, "layers": [` + strings.Join(styleLayers, ",\n") + `]}`
}

const (
	plainLayer  = `{"id": "things", "type": "circle", "source": "city", "source-layer": "things", "paint": {"circle-color": ["match", ["get", "kind"], "lamp", "#ff0000", "#00ff00"]}}`
	ownerLabel  = `{"id": "labels", "type": "symbol", "source": "city", "source-layer": "things", "layout": {"text-field": "{owner}"}}`
	ownerFilter = `{"id": "mine", "type": "circle", "source": "city", "source-layer": "things", "filter": ["==", "owner", "me"]}`
	photoLayer  = `{"id": "photo", "type": "raster", "source": "photo", "paint": {"raster-opacity": 0.5}}`
	elsewhere   = `{"id": "far", "type": "circle", "source": "photo", "source-layer": "things", "filter": ["has", "owner"]}`
)

func TestSheetsNeverNameWhatIsHidden(t *testing.T) {
	t.Parallel()
	s, registry := withFragment(t, "[]")
	sheet, err := s.Sheet([]byte(sheetOf(photoLayer, plainLayer, ownerLabel, ownerFilter, elsewhere)), origin)
	if err != nil {
		t.Fatal(err)
	}
	if got := sheet.Draws(); !slices.Equal(got, []kvartal.LayerID{"things"}) || sheet.Title() != "Mine" {
		t.Errorf("Draws, Title = %v, %q, want things, Mine", got, sheet.Title())
	}
	everything := view.New("things", []view.Action{view.See}, registry.Layers()[0].Personal())
	everything = view.New("things", []view.Action{view.See}, append(everything.Attributes, "kind"))
	for name, test := range map[string]struct {
		views []view.View
		ids   []string
		shown bool
	}{
		"all":     {[]view.View{everything}, []string{"photo", "things", "labels", "mine", "far"}, true},
		"public":  {public(registry), []string{"photo", "things"}, true},
		"nothing": {nil, []string{"photo"}, false},
		"no tile": {[]view.View{view.New("things", []view.Action{view.Query}, []string{"kind", "owner"})}, []string{"photo"}, false},
	} {
		b, shown, err := sheet.For(test.views)
		if err != nil {
			t.Fatal(err)
		}
		var d style
		if err := json.Unmarshal(b, &d); err != nil {
			t.Fatalf("%s: %v in %s", name, err, b)
		}
		var ids []string
		for _, l := range d.Layers {
			ids = append(ids, l.ID)
		}
		if !slices.Equal(ids, test.ids) || shown != test.shown {
			t.Errorf("%s: layers %v, shown %v, want %v, %v", name, ids, shown, test.ids, test.shown)
		}
		if strings.Contains(string(b), "owner") != (name == "all") {
			t.Errorf("%s: the document names the owner: %s", name, b)
		}
		if strings.Contains(string(b), "things") == (test.ids[len(test.ids)-1] == "photo") {
			t.Errorf("%s: the document and its sources = %s, want only what the reader may see", name, b)
		}
	}
}

// What the program draws itself passes the strict check of what people draw, and
// comes back as it was.
func TestOurOwnStylesAreGoodSheets(t *testing.T) {
	t.Parallel()
	s, registry := builtin(t, nil)
	for _, theme := range styles.Themes() {
		r := request(registry, theme, "ru")
		b, err := s.Document(r)
		if err != nil {
			t.Fatal(err)
		}
		sheet, err := s.Sheet(b, origin)
		if err != nil {
			t.Fatalf("Sheet(%s) = %v", theme, err)
		}
		if err := sheet.Check(); err != nil {
			t.Errorf("Check(%s) = %v", theme, err)
		}
		got, shown, err := sheet.For(r.Views)
		if err != nil || !shown || string(got) != string(b) {
			t.Errorf("For(%s) = %d bytes, %v, %v, want the %d as they were", theme, len(got), shown, err, len(b))
		}
	}
}

func TestWrongSheets(t *testing.T) {
	t.Parallel()
	s, _ := withFragment(t, "[]")
	circle := func(more string) string {
		return sheetOf(`{"id": "a", "type": "circle", "source": "city", "source-layer": "things", ` + more + `}`)
	}
	for document, complaint := range map[string]string{
		``:                                     "line 1",
		`[]`:                                   "want a style",
		`{"version": 7}`:                       `"version" must be 8`,
		`{"version": 8}`:                       `"sources"`,
		`{"version": 8, "sources": {}}`:        `"layers"`,
		sheetOf(`"x"`):                         "a style layer is an object",
		sheetOf(plainLayer, plainLayer):        "/layers/1/id",
		sheetOf(`{"id": "a", "type": "lawn"}`): "/layers/0/type",
		sheetOf(`{"id": "a", "type": "fill"}`): "/layers/0/source",
		strings.Replace(sheetOf(plainLayer), `"source-layer": "things"`, `"source-layer": "trees"`, 1): "which the tiles of source",
		strings.Replace(sheetOf(plainLayer), `"source-layer": "things", `, ``, 1):                      "source-layer: is missing",
		strings.Replace(sheetOf(plainLayer), `"type": "raster"`, `"type": "ruster"`, 1):                "/sources/photo/type",
		circle(`"paint": {"fill-color": "red"}`):                                                       "is no property",
		circle(`"paint": {"circle-radius": "five"}`):                                                   "does not take",
		circle(`"paint": {"circle-radius": [5]}`):                                                      "is no expression",
		circle(`"paint": {"circle-radius": ["got", "height"]}`):                                        "is no expression",
		circle(`"paint": {"circle-radius": ["get", "width"]}`):                                         `no attribute "width"`,
		circle(`"paint": {"circle-radius": ["abs", ["get", "height"], 1]}`):                            "2 arguments",
		circle(`"minzoom": 30`):              "/layers/0/minzoom",
		circle(`"minzoom": 9, "maxzoom": 5`): "above maxzoom",
		circle(`"filter": "all"`):            "/layers/0/filter",
		strings.Repeat(`[`, 5000):            "nested deeper",
	} {
		sheet, err := s.Sheet([]byte(document), origin)
		if err == nil {
			err = sheet.Check()
		}
		if kvartal.KindOf(err) != kvartal.KindInvalid || !strings.Contains(err.Error(), complaint) {
			t.Errorf("Check(%.120s) = %v, want %q", document, err, complaint)
		}
	}
	for _, more := range []string{
		`"filter": ["all", ["!has", "broken"], ["in", "kind", "lamp", "bin"]]`,
		`"paint": {"circle-radius": {"stops": [[10, 1], [16, 5]]}}`,
		`"paint": {"circle-radius": ["let", "r", ["get", "height"], ["*", 2, ["var", "r"]]], "circle-translate": [1, 2]}`,
		`"paint": {"circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 1, 16, ["get", "height"]], "circle-color-transition": {"duration": 0}}`,
	} {
		sheet, err := s.Sheet([]byte(circle(more)), origin)
		if err == nil {
			err = sheet.Check()
		}
		if err != nil {
			t.Errorf("Check(%s) = %v, want nil", more, err)
		}
	}
}

func FuzzSheet(f *testing.F) {
	f.Add(sheetOf(plainLayer, ownerLabel, photoLayer))
	f.Add(`{"version":8,"sources":{"a":{"tiles":["/tiles/things/{z}/{x}/{y}.mvt"]}},"layers":[{"id":1,"filter":[[]]}]}`)
	registry := load(f, "[]")
	s, err := styles.New(registry, styles.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, document string) {
		sheet, err := s.Sheet([]byte(document), origin)
		if err != nil {
			return
		}
		_ = sheet.Check()
		b, _, err := sheet.For(public(registry))
		if err != nil || !json.Valid(b) {
			t.Fatalf("For(%q) = %q, %v, want JSON", document, b, err)
		}
		again, err := s.Sheet(b, origin)
		if err != nil {
			t.Fatalf("Sheet(%q) = %v, want what For gave to be a style", b, err)
		}
		if twice, _, err := again.For(public(registry)); err != nil || string(twice) != string(b) {
			t.Fatalf("For(For(%q)) = %q, %v, want %q", document, twice, err, b)
		}
	})
}
