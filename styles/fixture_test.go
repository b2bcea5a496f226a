package styles_test

import (
	"encoding/json"
	"io/fs"
	"testing"
	"testing/fstest"

	"kvartal"
	"kvartal/layers"
	"kvartal/styles"
	"kvartal/view"
)

// things is the definition that the tests' own fragments draw.
const things = `
id: things
title: {ru: Вещи, en: Things, ky: Буюмдар}
group: stuff
geometry: point
label: name
fields:
  - {name: kind, type: text, title: {ru: Вид, en: Kind, ky: Түрү}, codes: {
      lamp: {ru: Фонарь, en: Lamp, ky: Чырак}, bench: {ru: Скамья, en: Bench, ky: Отургуч}, bin: {ru: Урна, en: Bin, ky: Челек}}}
  - {name: grade, type: integer, title: {ru: Класс, en: Grade, ky: Класс}, codes: {"1": {ru: Первый, en: First, ky: Биринчи}, "2": {ru: Второй, en: Second, ky: Экинчи}}}
  - {name: height, type: number, unit: m, title: {ru: Высота, en: Height, ky: Бийиктиги}}
  - {name: broken, type: boolean, title: {ru: Сломан, en: Broken, ky: Сынган}}
  - {name: owner, type: text, personal: true, title: {ru: Владелец, en: Owner, ky: Ээси}}
  - {name: note, type: text, tile: false, title: {ru: Заметка, en: Note, ky: Эскертүү}}
  - {name: name, type: text, title: {ru: Название, en: Name, ky: Аталышы}}
  - {name: name_ru, type: text, title: {ru: По-русски, en: In Russian, ky: Орусча}}
  - {name: name_ky, type: text, personal: true, title: {ru: По-киргизски, en: In Kyrgyz, ky: Кыргызча}}
rights: {public: [see]}
`

// load makes a registry with the definition things and its fragment.
func load(tb testing.TB, fragment string) *layers.Registry {
	tb.Helper()
	registry, err := layers.Load(layers.Source{Name: "test", FS: fstest.MapFS{
		"groups.yaml":       {Data: []byte("- {id: stuff, title: {ru: Всё, en: All, ky: Баары}}\n")},
		"things/layer.yaml": {Data: []byte(things)},
		"things/style.json": {Data: []byte(fragment)},
	}})
	if err != nil {
		tb.Fatalf("layers.Load = %v", err)
	}
	return registry
}

// withFragment makes Styles that draw things by the fragment.
func withFragment(tb testing.TB, fragment string) (*styles.Styles, *layers.Registry) {
	tb.Helper()
	registry := load(tb, fragment)
	s, err := styles.New(registry, styles.Options{})
	if err != nil {
		tb.Fatalf("New = %v", err)
	}
	return s, registry
}

// builtin makes the styles of the program's own layers.
func builtin(tb testing.TB, assets fs.FS) (*styles.Styles, *layers.Registry) {
	tb.Helper()
	registry, err := layers.Load(layers.Builtin())
	if err != nil {
		tb.Fatalf("layers.Load = %v", err)
	}
	s, err := styles.New(registry, styles.Options{Assets: assets})
	if err != nil {
		tb.Fatalf("New = %v", err)
	}
	return s, registry
}

// public is what everybody may see.
func public(registry *layers.Registry) []view.View {
	var views []view.View
	for _, d := range registry.Layers() {
		views = append(views, d.View(kvartal.Public))
	}
	return views
}

// request asks for everything public in a theme and a language.
func request(registry *layers.Registry, theme styles.Theme, lang string) styles.Request {
	return styles.Request{Theme: theme, Lang: lang, Views: public(registry), Origin: "https://map.example"}
}

// style is a document as a client reads it.
type style struct {
	Version   int                          `json:"version"`
	Name      string                       `json:"name"`
	Metadata  map[string]any               `json:"metadata"`
	Sprite    string                       `json:"sprite"`
	Glyphs    string                       `json:"glyphs"`
	FontFaces map[string][]json.RawMessage `json:"font-faces"`
	Sources   map[string]struct{ Type, URL string }
	Layers    []styleLayer `json:"layers"`
}

type styleLayer struct {
	ID          string         `json:"id"`
	Type        string         `json:"type"`
	Metadata    map[string]any `json:"metadata"`
	Source      string         `json:"source"`
	SourceLayer string         `json:"source-layer"`
	Filter      any            `json:"filter"`
	Layout      map[string]any `json:"layout"`
	Paint       map[string]any `json:"paint"`
}

func document(tb testing.TB, s *styles.Styles, r styles.Request) style {
	tb.Helper()
	b, err := s.Document(r)
	if err != nil {
		tb.Fatalf("Document(%s, %s) = %v", r.Theme, r.Lang, err)
	}
	var d style
	if err := json.Unmarshal(b, &d); err != nil {
		tb.Fatalf("Document(%s, %s) is not JSON: %v", r.Theme, r.Lang, err)
	}
	return d
}

// layer returns the style layer of that id.
func (d style) layer(id string) (styleLayer, bool) {
	for _, l := range d.Layers {
		if l.ID == id {
			return l, true
		}
	}
	return styleLayer{}, false
}

// js writes a value as compact JSON, for comparison.
func js(tb testing.TB, v any) string {
	tb.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		tb.Fatalf("marshal: %v", err)
	}
	return string(b)
}
