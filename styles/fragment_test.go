package styles_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"kvartal"
	"kvartal/layers"
	"kvartal/styles"
)

// layerWith is a fragment of one circle layer with more members.
func layerWith(members string) string {
	return fmt.Sprintf(`[{"id": "things", "type": "circle", "metadata": {"kvartal:order": 700}, %s}]`, members)
}

// symbolWith is a fragment of one symbol layer with a layout.
func symbolWith(layout string) string {
	return fmt.Sprintf(`[{"id": "things", "type": "symbol", "metadata": {"kvartal:order": 700}, "layout": {%s}}]`, layout)
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ fragment, want string }{
		"half a document":           {"[\n{\"id\": \"things\",", "test/things/style.json:2: the JSON ends"},
		"no JSON":                   {"[\n{id: 1}]", "test/things/style.json:2: invalid character 'i'"},
		"something after the end":   {"[]\n[]", "style.json:2: there is something after"},
		"no array":                  {`{}`, "style.json:1: want an array of style layers"},
		"a member twice":            {"[{\"id\": \"things\",\n\"id\": \"things\"}]", `style.json:2: "id" stands twice`},
		"too deep":                  {strings.Repeat("[", 100), "nested deeper than"},
		"no object":                 {`[1]`, "/0: want a style layer"},
		"an id of another layer":    {`[{"id": "trees", "type": "fill", "metadata": {"kvartal:order": 1}}]`, `/0/id: is "trees": want "things"`},
		"an id twice":               {`[{"id": "things", "type": "fill", "metadata": {"kvartal:order": 1}}, {"id": "things", "type": "fill", "metadata": {"kvartal:order": 1}}]`, `/1/id: "things" stands twice`},
		"an unknown type":           {`[{"id": "things", "type": "raster", "metadata": {"kvartal:order": 1}}]`, `/0/type: is "raster"`},
		"no order":                  {`[{"id": "things", "type": "fill"}]`, `"kvartal:order" is missing`},
		"an order out of range":     {`[{"id": "things", "type": "fill", "metadata": {"kvartal:order": 1000}}]`, "/0/metadata/kvartal:order: is 1000"},
		"an order of half":          {`[{"id": "things", "type": "fill", "metadata": {"kvartal:order": 1.5}}]`, "/0/metadata/kvartal:order: is 1.5"},
		"unknown metadata":          {`[{"id": "things", "type": "fill", "metadata": {"kvartal:order": 1, "x": 1}}]`, "/0/metadata/x: is unknown"},
		"a legend in two tongues":   {`[{"id": "things", "type": "fill", "metadata": {"kvartal:order": 1, "kvartal:legend": {"ru": "а", "en": "b"}}}]`, "kvartal:legend: want a title in each of ru, en, ky"},
		"a legend by no field":      {`[{"id": "things", "type": "fill", "metadata": {"kvartal:order": 1, "kvartal:legend": {"ru": "а", "en": "b", "ky": "в"}, "kvartal:legend-by": "x"}}]`, `has no field "x"`},
		"a legend of text":          {`[{"id": "things", "type": "symbol", "metadata": {"kvartal:order": 1, "kvartal:legend": {"ru": "а", "en": "b", "ky": "в"}}}]`, "without icon-image has no legend"},
		"a source":                  {layerWith(`"source": "base"`), "/0/source: is filled in"},
		"an unknown member":         {layerWith(`"ref": "x"`), "/0/ref: is no member"},
		"zooms the wrong way":       {layerWith(`"minzoom": 12, "maxzoom": 12`), "minzoom 12 is not below maxzoom 12"},
		"a zoom of text":            {layerWith(`"minzoom": "12"`), `/0/minzoom: is "12"`},
		"an unknown property":       {layerWith(`"paint": {"circle-width": 1}`), "/0/paint/circle-width: is no paint property of a circle layer"},
		"a property of layout":      {layerWith(`"paint": {"visibility": "none"}`), "/0/paint/visibility: is no paint property"},
		"paint that is a list":      {layerWith(`"paint": []`), "/0/paint: is an array: want an object"},
		"an unknown token":          {layerWith("\n\"paint\": {\n\"circle-color\": \"@watr\"}"), `test/things/style.json:3: /0/paint/circle-color: there is no colour token "@watr"`},
		"a token in a branch":       {layerWith(`"paint": {"circle-color": ["match", ["get", "kind"], "lamp", "@nope", "@water"]}`), `no colour token "@nope"`},
		"a token in formatted text": {symbolWith(`"text-field": ["format", "{label}", {"text-color": "@nope"}]`), `no colour token "@nope"`},
		"a colour by name":          {layerWith(`"paint": {"circle-color": "red"}`), `is "red": want "@token"`},
		"a radius of text":          {layerWith(`"paint": {"circle-radius": "5"}`), `is "5": want a number`},
		"an old function":           {layerWith(`"paint": {"circle-radius": {"stops": [[1, 2]]}}`), "is an object: want a number"},
		"an unknown field":          {layerWith(`"filter": ["has", "knid"]`), `/0/filter/1: layer "things" has no field "knid": it has kind, grade, height, broken, owner, name, name_ru, name_ky`},
		"a field not in tiles":      {layerWith(`"filter": ["has", "note"]`), `field "note" is not carried in tiles`},
		"a computed field":          {layerWith(`"filter": ["has", ["get", "kind"]]`), "a computed name could not be checked"},
		"all properties":            {layerWith(`"filter": ["==", ["properties"], 1]`), `"properties" is no expression operator`},
		"an unknown operator":       {layerWith(`"filter": ["gte", ["get", "height"], 1]`), `"gte" is no expression operator`},
		"an old filter":             {layerWith(`"filter": ["==", "kind", "lamp"]`), `compares two constants: to compare a field write ["get", "kind"]`},
		"an old negation":           {layerWith(`"filter": ["!in", "kind", "lamp"]`), `write ["!", …]`},
		"too many arguments":        {layerWith(`"filter": ["has", "kind", "name"]`), `"has" has 2 arguments: want 1`},
		"an unknown code":           {layerWith(`"filter": ["==", ["get", "kind"], "lampp"]`), `the codelist of field "kind" has no "lampp"`},
		"an unknown code in a list": {
			layerWith(`"filter": ["in", ["get", "kind"], ["literal", ["lamp", "post"]]]`), `has no "post"`,
		},
		"an unknown code in a match":  {layerWith(`"filter": ["match", ["get", "kind"], ["lamp", "post"], true, false]`), `has no "post"`},
		"a label twice":               {layerWith(`"filter": ["match", ["get", "kind"], ["lamp", "lamp"], true, false]`), `label "lamp" stands twice`},
		"a label that is a boolean":   {layerWith(`"filter": ["match", ["get", "broken"], true, true, false]`), "want strings or numbers"},
		"text against a number":       {layerWith(`"filter": ["==", ["get", "grade"], "1"]`), `"1" is never equal to field "grade", which is of type integer`},
		"a number against a boolean":  {layerWith(`"filter": ["==", ["get", "broken"], 1]`), "of type boolean"},
		"no default":                  {layerWith(`"filter": ["match", ["get", "kind"], "lamp", true, "bench", true]`), `lacks its last argument`},
		"stops out of order":          {layerWith(`"paint": {"circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 1, 10, 2]}`), "want numbers in rising order"},
		"an unknown interpolation":    {layerWith(`"paint": {"circle-radius": ["interpolate", ["quadratic"], ["zoom"], 12, 1]}`), `want ["linear"]`},
		"zoom in an inner expression": {layerWith(`"paint": {"circle-radius": ["+", 1, ["zoom"]]}`), "may only be the input of the outermost"},
		"an unknown font":             {symbolWith(`"text-font": ["Open Sans"]`), "want an array of the fonts Noto Sans Regular"},
		"an anchor that is none":      {symbolWith(`"text-anchor": "middle"`), `is "middle": want center, left`},
		"an old label":                {symbolWith(`"text-field": "{name}"`), `want exactly "{label}"`},
		"a label of no field":         {symbolWith(`"text-field": "{label:nme}"`), `has no field "nme"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := styles.New(load(t, c.fragment), styles.Options{})
			if err == nil || strings.Count(err.Error(), c.want) != 1 {
				t.Errorf("New(%s) = %v, want an error with %q once", c.fragment, err, c.want)
			}
			if err != nil && kvartal.KindOf(err) != kvartal.KindInvalid {
				t.Errorf("New(%s) is of kind %v, want %v", c.fragment, kvartal.KindOf(err), kvartal.KindInvalid)
			}
		})
	}
}

func TestNewReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	_, err := styles.New(load(t, layerWith(`"filter": ["has", "x"], "paint": {"circle-color": "@y"}`)), styles.Options{})
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("New = %v, want two complaints on two lines", err)
	}
}

func TestNewAccepts(t *testing.T) {
	t.Parallel()
	for name, fragment := range map[string]string{
		"no style layers":         `[]`,
		"a colour of its own":     layerWith(`"paint": {"circle-color": "#12ab9f"}`),
		"zoom outermost":          layerWith(`"paint": {"circle-radius": ["step", ["zoom"], 1, 14, ["get", "height"]]}`),
		"zoom in a filter":        layerWith(`"filter": [">", ["zoom"], ["get", "grade"]]`),
		"a number of a codelist":  layerWith(`"filter": ["==", ["get", "grade"], 2]`),
		"a dash":                  `[{"id": "things-x", "type": "line", "metadata": {"kvartal:order": 0}, "paint": {"line-dasharray": [2, 1]}}]`,
		"a dash by zoom":          `[{"id": "things-x", "type": "line", "metadata": {"kvartal:order": 0}, "paint": {"line-dasharray": ["step", ["zoom"], ["literal", [2, 1]], 9, ["literal", [3, 1]]]}}]`,
		"a label in an operator":  symbolWith(`"text-field": ["upcase", "{label}"]`),
		"a label from some zoom":  symbolWith(`"text-field": ["step", ["zoom"], "", 17, "{label}"]`),
		"formatted text":          symbolWith(`"text-field": ["format", "{label}", {"font-scale": 0.8}]`),
		"a bare icon-padding":     symbolWith(`"icon-padding": 4`),
		"a filter that is a bool": layerWith(`"filter": true`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := styles.New(load(t, fragment), styles.Options{}); err != nil {
				t.Errorf("New(%s) = %v, want nil", fragment, err)
			}
		})
	}
}

func TestNewChecksIconsOfTheSprite(t *testing.T) {
	t.Parallel()
	assets := fstest.MapFS{"sprites/kvartal.json": {Data: []byte(`{"park": {}}`)}}
	for image, want := range map[string]string{
		`"park"`: "",
		`"prak"`: `has no icon "prak"`,
		`["match", ["get", "kind"], "lamp", "park", ""]`:     "",
		`["match", ["get", "kind"], "lamp", "lamp", "park"]`: `has no icon "lamp"`,
		`["coalesce", ["image", "bin"], ["image", "park"]]`:  `has no icon "bin"`,
	} {
		_, err := styles.New(load(t, symbolWith(`"icon-image": `+image)), styles.Options{Assets: assets})
		switch {
		case want == "" && err != nil:
			t.Errorf("New(icon-image %s) = %v, want nil", image, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("New(icon-image %s) = %v, want an error with %q", image, err, want)
		}
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	registry := load(t, `[
		{"id": "things", "type": "circle", "metadata": {"kvartal:order": 1}, "filter": ["has", "broken"],
		 "paint": {"circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 1, 18, ["get", "height"]]}},
		{"id": "things-label", "type": "symbol", "metadata": {"kvartal:order": 2}, "layout": {"text-field": "{label}"}}]`)
	def, err := registry.Layer("things")
	if err != nil {
		t.Fatal(err)
	}
	got, err := styles.Fields(def)
	if want := []string{"broken", "height", "name", "name_ky", "name_ru"}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Fields = %v, %v, want %v", got, err, want)
	}
}

// FuzzFragment checks that whatever New accepts can be drawn and explained.
func FuzzFragment(f *testing.F) {
	registry, err := layers.Load(layers.Builtin())
	if err != nil {
		f.Fatal(err)
	}
	for _, d := range registry.Layers() {
		f.Add(string(d.Style))
	}
	f.Add(layerWith(`"metadata": {"kvartal:order": 1, "kvartal:legend": {"ru": "а", "en": "b", "ky": "в"}, "kvartal:legend-by": "height"}, "paint": {"circle-radius": ["step", ["get", "height"], 1, 5, 2]}`))
	f.Add(`[{"id": "things", "type": "circle", "metadata": {"kvartal:order": 700, "kvartal:legend": {"ru": "а", "en": "b", "ky": "в"}, "kvartal:legend-by": "kind"}, "filter": ["!", ["==", ["get", "kind"], "bin"]], "paint": {"circle-color": ["interpolate", ["linear"], ["length", "abc"], 1, "@water", 2, "@data-1"], "circle-radius": ["case", ["has", "kind"], ["/", 1, 0], ["-", 3]]}}]`)
	f.Add(`[{"id": "things", "type": "circle", "metadata": {"kvartal:order": 1, "kvartal:legend": {"ru": "а", "en": "b", "ky": "в"}}, "paint": {"circle-radius": ["case", ["==", ["literal", [1]], ["literal", [1]]], 1, 2]}}]`)
	f.Fuzz(func(t *testing.T, fragment string) {
		if strings.TrimSpace(fragment) == "" {
			return
		}
		registry := load(t, fragment)
		s, err := styles.New(registry, styles.Options{})
		if err != nil {
			if kvartal.KindOf(err) != kvartal.KindInvalid {
				t.Fatalf("New(%q) = %v of kind %v, want kind invalid", fragment, err, kvartal.KindOf(err))
			}
			return
		}
		r := request(registry, styles.Night, "ky")
		if _, err := s.Document(r); err != nil {
			t.Fatalf("Document of %q = %v", fragment, err)
		}
		if _, err := s.Legend(r); err != nil {
			t.Fatalf("Legend of %q = %v", fragment, err)
		}
	})
}
