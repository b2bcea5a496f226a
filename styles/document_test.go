package styles_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"kvartal"
	"kvartal/layers"
	"kvartal/styles"
	"kvartal/view"
)

func TestDocumentOfEverything(t *testing.T) {
	t.Parallel()
	s, registry := builtin(t, nil)
	for _, theme := range styles.Themes() {
		for _, lang := range layers.Languages() {
			d := document(t, s, request(registry, theme, lang))
			checkDocument(t, registry, d)
			if d.Metadata["kvartal:theme"] != string(theme) || d.Metadata["kvartal:language"] != lang {
				t.Errorf("Document(%s, %s) has metadata %v", theme, lang, d.Metadata)
			}
		}
	}
}

// checkDocument checks what every document must be.
func checkDocument(t *testing.T, registry *layers.Registry, d style) {
	t.Helper()
	if d.Version != 8 || d.Name == "" || d.Layers[0].ID != "background" || d.Layers[0].Type != "background" {
		t.Errorf("document has version %d, name %q, first layer %q, want 8, a name and background", d.Version, d.Name, d.Layers[0].ID)
	}
	if d.Sprite != "https://map.example/sprites/kvartal" || d.Glyphs != "https://map.example/fonts/{fontstack}/{range}.pbf" {
		t.Errorf("document has sprite %q and glyphs %q, want them at the origin", d.Sprite, d.Glyphs)
	}
	drawn := map[any]int{}
	for _, l := range d.Layers {
		drawn[l.Source]++
	}
	if n := drawn["base"]; n < 60 || n > 90 {
		t.Errorf("the base map has %d style layers, want about 75: each costs a draw call a tile", n)
	}
	seen := map[string]bool{}
	for _, l := range d.Layers[1:] {
		if seen[l.ID] {
			t.Errorf("style layer %q stands twice", l.ID)
		}
		seen[l.ID] = true
		id, _ := l.Metadata["kvartal:layer"].(string)
		def, err := registry.Layer(kvartal.LayerID(id))
		if err != nil {
			t.Errorf("style layer %q belongs to layer %q: %v", l.ID, id, err)
			continue
		}
		if l.Source != def.Group || l.SourceLayer != def.Tiles.Layer || d.Sources[l.Source].Type != "vector" {
			t.Errorf("style layer %q reads %s/%s, want %s/%s", l.ID, l.Source, l.SourceLayer, def.Group, def.Tiles.Layer)
		}
		if s := js(t, l); strings.Contains(s, `"@`) || strings.Contains(s, "{label") {
			t.Errorf("style layer %q still has a token: %s", l.ID, s)
		}
	}
}

func TestEveryLayerWithGeometryIsDrawn(t *testing.T) {
	t.Parallel()
	s, registry := builtin(t, nil)
	d := document(t, s, request(registry, styles.Day, "en"))
	for _, def := range registry.Layers() {
		drawn := slices.ContainsFunc(d.Layers, func(l styleLayer) bool { return l.Metadata["kvartal:layer"] == string(def.ID) })
		if def.HasGeometry() && !drawn {
			t.Errorf("layer %q is not drawn: it needs a style.json", def.ID)
		}
	}
}

func TestFragmentsTakeTheirColoursFromThePalettes(t *testing.T) {
	t.Parallel()
	_, registry := builtin(t, nil)
	for _, def := range registry.Layers() {
		if bytes.Contains(def.Style, []byte(`"#`)) {
			t.Errorf("%s/style.json has a colour of its own, want only tokens", def.Path)
		}
	}
}

func TestOrderOnTheMap(t *testing.T) {
	t.Parallel()
	s, registry := builtin(t, nil)
	d := document(t, s, request(registry, styles.Day, "en"))
	place := func(id string) int {
		i := slices.IndexFunc(d.Layers, func(l styleLayer) bool { return l.ID == id })
		if i < 0 {
			t.Fatalf("there is no style layer %q", id)
		}
		return i
	}
	fromBelow := []string{
		"background", "base_land-forest", "base_ocean", "base_water_polygons", "base_sites", "parcels-fill", "base_buildings",
		"buildings-fill", "base_streets-tunnel", "base_streets-casing-minor", "base_streets-casing", "base_streets-minor",
		"base_streets-primary", "base_streets-motorway", "base_streets-rail", "base_streets-bridge-casing", "base_streets-bridge",
		"parcels-line", "base_boundaries-country", "trees", "base_street_labels-major", "base_place_labels-city", "parcels-number",
	}
	for i := 1; i < len(fromBelow); i++ {
		if place(fromBelow[i-1]) >= place(fromBelow[i]) {
			t.Errorf("%s is drawn over %s, want under it", fromBelow[i-1], fromBelow[i])
		}
	}
}

func TestDocumentIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	s, registry := builtin(t, nil)
	r := request(registry, styles.Day, "ky")
	first, err := s.Document(r)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(r.Views)
	other, _ := builtin(t, nil)
	for _, again := range []*styles.Styles{s, other} {
		if b, err := again.Document(r); err != nil || !bytes.Equal(b, first) {
			t.Errorf("Document of the same request = %d bytes, %v, want the same %d bytes", len(b), err, len(first))
		}
	}
}

func TestSourcesAskForNoMoreThanIsDrawn(t *testing.T) {
	t.Parallel()
	s, registry := builtin(t, nil)
	r := request(registry, styles.Day, "en")
	d := document(t, s, r)
	if got, want := d.Sources["base"].URL, "https://map.example/tiles/base.json"; got != want {
		t.Errorf("source of the whole group = %q, want %q", got, want)
	}
	r.Views = slices.DeleteFunc(r.Views, func(v view.View) bool { return v.Layer != "base_streets" && v.Layer != "base_land" })
	d = document(t, s, r)
	if got, want := d.Sources["base"].URL, "https://map.example/tiles/base_land,base_streets.json"; got != want || len(d.Sources) != 1 {
		t.Errorf("sources of two layers = %v, want one with %q", d.Sources, want)
	}
}

func TestDocumentRefuses(t *testing.T) {
	t.Parallel()
	s, registry := builtin(t, nil)
	for name, c := range map[string]struct {
		change func(*styles.Request)
		want   kvartal.Kind
	}{
		"an unknown theme":    {func(r *styles.Request) { r.Theme = "dusk" }, kvartal.KindInvalid},
		"an unknown language": {func(r *styles.Request) { r.Lang = "xx" }, kvartal.KindInvalid},
		"an unknown layer":    {func(r *styles.Request) { r.Views = []view.View{{Layer: "nothing"}} }, kvartal.KindNotFound},
	} {
		r := request(registry, styles.Day, "ru")
		c.change(&r)
		if _, err := s.Document(r); kvartal.KindOf(err) != c.want || err == nil {
			t.Errorf("Document with %s = %v, want kind %v", name, err, c.want)
		}
		if _, err := s.Legend(r); kvartal.KindOf(err) != c.want || err == nil {
			t.Errorf("Legend with %s = %v, want kind %v", name, err, c.want)
		}
	}
}

const drawnBy = `[
	{"id": "things-kind", "type": "circle", "metadata": {"kvartal:order": 700, "kvartal:legend": {"ru": "Вид", "en": "Kind", "ky": "Түрү"}, "kvartal:legend-by": "kind"},
	 "paint": {"circle-color": ["match", ["get", "kind"], "lamp", "@data-1", "@data-2"]}},
	{"id": "things-owner", "type": "circle", "metadata": {"kvartal:order": 701, "kvartal:legend": {"ru": "Чужое", "en": "Theirs", "ky": "Бөтөн"}},
	 "filter": ["has", "owner"], "paint": {"circle-color": "@data-3"}},
	{"id": "things-label", "type": "symbol", "metadata": {"kvartal:order": 900}, "layout": {"text-field": "{label}"}}]`

func TestHiddenAttributesDoNotLeak(t *testing.T) {
	t.Parallel()
	s, registry := withFragment(t, drawnBy)
	for name, c := range map[string]struct {
		view   view.View
		layers []string
		hidden []string // must not be mentioned
	}{
		"everything readable": {view.New("things", []view.Action{view.See}, []string{"kind", "owner", "name", "name_ru", "name_ky"}), []string{"things-kind", "things-owner", "things-label"}, nil},
		"the public":          {public(registry)[0], []string{"things-kind", "things-label"}, []string{"owner", "name_ky"}},
		"no names":            {view.New("things", []view.Action{view.See}, []string{"kind", "owner"}), []string{"things-kind", "things-owner"}, []string{"name_"}},
		"nothing readable":    {view.New("things", []view.Action{view.See}, nil), nil, []string{"kind\"", "owner", "name_"}},
		"may not see":         {view.New("things", []view.Action{view.Query}, []string{"kind"}), nil, []string{"things", "kind\""}},
	} {
		r := styles.Request{Theme: styles.Day, Lang: "ky", Views: []view.View{c.view}}
		b, err := s.Document(r)
		if err != nil {
			t.Fatalf("%s: Document = %v", name, err)
		}
		var ids []string
		for _, l := range document(t, s, r).Layers[1:] {
			ids = append(ids, l.ID)
		}
		if !slices.Equal(ids, c.layers) {
			t.Errorf("%s: style layers = %v, want %v", name, ids, c.layers)
		}
		legend, err := s.Legend(r)
		if err != nil {
			t.Fatalf("%s: Legend = %v", name, err)
		}
		for _, h := range c.hidden {
			if bytes.Contains(b, []byte(h)) || strings.Contains(js(t, legend), h) {
				t.Errorf("%s: %q is mentioned in %s or %s", name, h, b, js(t, legend))
			}
		}
	}
}

func TestLabelsInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s, registry := builtin(t, nil)
	for lang, want := range map[string]string{
		"ru": `["coalesce",["get","name_ru"],["get","name"]]`,
		"en": `["coalesce",["get","name_en"],["get","name"]]`,
		"ky": `["coalesce",["get","name_ky"],["get","name"]]`,
	} {
		d := document(t, s, request(registry, styles.Day, lang))
		for _, id := range []string{"base_place_labels-city", "base_street_labels-major", "base_water_lines_labels"} {
			l, _ := d.layer(id)
			if got := js(t, l.Layout["text-field"]); got != want {
				t.Errorf("text-field of %s in %s = %s, want %s", id, lang, got, want)
			}
		}
	}
	s, registry = withFragment(t, `[
		{"id": "things-a", "type": "symbol", "metadata": {"kvartal:order": 1}, "layout": {"text-field": "{label}"}},
		{"id": "things-b", "type": "symbol", "metadata": {"kvartal:order": 2}, "layout": {"text-field": ["upcase", "{label:grade}"]}}]`)
	d := document(t, s, request(registry, styles.Day, "en"))
	for id, want := range map[string]string{
		"things-a": `["to-string",["get","name"]]`, // there is no name_en
		"things-b": `["upcase",["to-string",["get","grade"]]]`,
	} {
		l, _ := d.layer(id)
		if got := js(t, l.Layout["text-field"]); got != want {
			t.Errorf("text-field of %s = %s, want %s", id, got, want)
		}
	}
}

func TestFontFacesOfTheBuiltWebMap(t *testing.T) {
	t.Parallel()
	registry := load(t, `[]`)
	s, err := styles.New(registry, styles.Options{Assets: fstest.MapFS{
		"fonts/font-faces.json": {Data: []byte(`{"Noto Sans Bold": [{"url": "/fonts/bold.woff2", "unicode-range": ["U+0-FF"]}]}`)},
	}})
	if err != nil {
		t.Fatalf("New = %v", err)
	}
	d := document(t, s, request(registry, styles.Day, "en"))
	if got, want := js(t, d.FontFaces["Noto Sans Bold"]), `[{"url":"https://map.example/fonts/bold.woff2","unicode-range":["U+0-FF"]}]`; got != want {
		t.Errorf("font-faces = %s, want %s", got, want)
	}
	_, err = styles.New(registry, styles.Options{Assets: fstest.MapFS{"fonts/font-faces.json": {Data: []byte("<html>")}}})
	if err == nil || !strings.Contains(err.Error(), "make web") {
		t.Errorf("New with broken font-faces.json = %v, want to be told to build the web map", err)
	}
}

func BenchmarkDocument(b *testing.B) {
	s, registry := builtin(b, nil)
	r := request(registry, styles.Day, "ru")
	for b.Loop() {
		if _, err := s.Document(r); err != nil {
			b.Fatal(err)
		}
	}
}
