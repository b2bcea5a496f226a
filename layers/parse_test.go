package layers_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"kvartal"
	"kvartal/layers"
)

const title = `{ru: Скамейки, en: Benches, ky: Отургучтар}`

const groupsYAML = `- id: furniture
  title: {ru: Мебель, en: Furniture, ky: Эмерек}
`

// benches is a definition that uses most of what there is.
const benches = `id: benches
title: ` + title + `
group: furniture
geometry: point
crs: EPSG:32618
key: [number]
label: number
tiles: {min_zoom: 12}
fields:
  - {name: number, type: text, title: ` + title + `, required: true, pattern: 'B-[0-9]+'}
  - {name: seats, type: integer, title: ` + title + `, min: 1, max: 12}
  - {name: length, type: number, unit: m, title: ` + title + `}
  - {name: price, type: decimal, title: ` + title + `}
  - {name: roofed, type: boolean, title: ` + title + `}
  - {name: made_on, type: date, title: ` + title + `}
  - {name: checked_at, type: timestamp, title: ` + title + `}
  - name: material
    type: text
    title: ` + title + `
    codes:
      wood: ` + title + `
      stone: ` + title + `
  - {name: donor, type: text, title: ` + title + `, personal: true, max_length: 20}
rights:
  public: [see, identify, query]
`

// source is a folder of definitions as tests need it.
func source(definitions map[string]string) layers.Source {
	files := fstest.MapFS{"groups.yaml": {Data: []byte(groupsYAML)}}
	for dir, text := range definitions {
		files[dir+"/layer.yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return layers.Source{Name: "defs", FS: files}
}

func load(t *testing.T, definitions map[string]string) *layers.Registry {
	t.Helper()
	registry, err := layers.Load(source(definitions))
	if err != nil {
		t.Fatalf("Load = %v", err)
	}
	return registry
}

func TestLoadReadsEveryPartOfADefinition(t *testing.T) {
	t.Parallel()
	d, err := load(t, map[string]string{"benches": benches}).Layer("benches")
	if err != nil {
		t.Fatal(err)
	}
	if d.Title.In("ky") != "Отургучтар" || d.Title.In("de") != "Benches" {
		t.Errorf("title in ky, de = %q, %q", d.Title.In("ky"), d.Title.In("de"))
	}
	if d.Tiles.Layer != "benches" || d.Tiles.MinZoom != 12 || d.Tiles.MaxZoom != 16 || d.History != layers.HistoryRows {
		t.Errorf("defaults: tiles %+v, history %q", d.Tiles, d.History)
	}
	material, _ := d.Field("material")
	if len(material.Codes) != 2 || material.Codes[0].Value != "wood" || material.Codes[1].Value != "stone" {
		t.Errorf("codes = %v, want wood, stone in this order", material.Codes)
	}
	if !material.Tile {
		t.Error("a field is not carried in tiles by default")
	}
	public := d.View(kvartal.Public)
	if public.Readable("donor") || !public.Readable("seats") {
		t.Errorf("public may read donor, seats = %v, %v, want false, true", public.Readable("donor"), public.Readable("seats"))
	}
	if stranger := d.View(kvartal.Principal{Name: "x"}); len(stranger.Actions) != 0 {
		t.Errorf("a principal without roles may %v", stranger.Actions)
	}
}

func TestLoadNamesFileAndLine(t *testing.T) {
	t.Parallel()
	change := func(from, to string) string {
		changed := strings.Replace(benches, from, to, 1)
		if changed == benches {
			t.Fatalf("%q is not in the definition", from)
		}
		return changed
	}
	cases := map[string]struct{ definition, want string }{
		"misspelt key":           {change("label: number", "labell: number"), "defs/benches/layer.yaml:7: labell: is not known here"},
		"unknown geometry":       {change("geometry: point", "geometry: dot"), "defs/benches/layer.yaml:4: geometry: "},
		"no title in Kyrgyz":     {change("title: "+title, "title: {ru: а, en: b}"), "defs/benches/layer.yaml:2: title: missing property 'ky'"},
		"unknown field type":     {change("type: number", "type: float"), "defs/benches/layer.yaml:12: fields.2.type: "},
		"label without a field":  {change("label: number", "label: nummer"), `defs/benches/layer.yaml:7: label: there is no field "nummer"`},
		"id of another folder":   {change("id: benches", "id: chairs"), `defs/benches/layer.yaml:1: id: is "chairs"`},
		"field twice":            {change("name: seats", "name: number"), `defs/benches/layer.yaml:11: fields.1.name: "number" stands twice`},
		"reserved field":         {change("name: seats", "name: geom"), `defs/benches/layer.yaml:11: fields.1.name: "geom" is a column of every layer`},
		"broken pattern":         {change("B-[0-9]+", "B-[0-9"), "defs/benches/layer.yaml:10: fields.0.pattern: "},
		"min above max":          {change("min: 1", "min: 13"), "defs/benches/layer.yaml:11: fields.1: min 13 is above max 12"},
		"length of a number":     {change("unit: m", "max_length: 3"), "defs/benches/layer.yaml:12: fields.2: pattern and max_length are for text"},
		"unknown group":          {change("group: furniture", "group: garden"), `defs/benches/layer.yaml:1: there is no group "garden"`},
		"unknown action":         {change("identify", "identifie"), "defs/benches/layer.yaml:25: rights.public.1: "},
		"zoom field is no field": {change("{min_zoom: 12}", "{zoom_field: zoom}"), `defs/benches/layer.yaml:8: tiles.zoom_field: there is no field "zoom"`},
		"not YAML":               {change("fields:", "fields: ]"), "defs/benches/layer.yaml:9: "},
		"empty":                  {"", "defs/benches/layer.yaml:1: want one YAML document"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := layers.Load(source(map[string]string{"benches": c.definition}))
			if kvartal.KindOf(err) != kvartal.KindInvalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Load = %v\nwant %v with %q", err, kvartal.KindInvalid, c.want)
			}
		})
	}
}

func TestLoadComplainsOfEverythingAtOnce(t *testing.T) {
	t.Parallel()
	broken := strings.NewReplacer("geometry: point", "geometry: dot", "type: boolean", "type: bool").Replace(benches)
	_, err := layers.Load(source(map[string]string{"benches": broken}))
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("Load = %v, want two lines", err)
	}
}

func TestLoadRefusesASecondDefinition(t *testing.T) {
	t.Parallel()
	first := source(map[string]string{"benches": benches})
	second := layers.Source{Name: "city", FS: fstest.MapFS{"benches/layer.yaml": {Data: []byte(benches)}}}
	_, err := layers.Load(first, second)
	if err == nil || !strings.Contains(err.Error(), `city/benches/layer.yaml:1: layer "benches" is already defined in defs/benches`) {
		t.Errorf("Load = %v, want a complaint that names both", err)
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	chairs := strings.ReplaceAll(benches, "benches", "chairs")
	registry := load(t, map[string]string{"benches": benches, "chairs": chairs})
	for names, want := range map[string]int{"benches": 1, "furniture": 2, "chairs,furniture": 2, "benches,chairs": 2} {
		got, err := registry.Expand(names)
		if err != nil || len(got) != want {
			t.Errorf("Expand(%q) = %d layers, %v, want %d", names, len(got), err, want)
		}
	}
	for _, names := range []string{"", "sofas", "benches,", "benches,sofas"} {
		if _, err := registry.Expand(names); kvartal.KindOf(err) != kvartal.KindNotFound {
			t.Errorf("Expand(%q) = %v, want %v", names, err, kvartal.KindNotFound)
		}
	}
}

func TestSchemaIsJSON(t *testing.T) {
	t.Parallel()
	if !json.Valid(layers.Schema()) {
		t.Error("layer.schema.json is not JSON")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(benches))
	f.Add([]byte("id: [\n"))
	f.Add([]byte("? {a: b}\n: &x [*x]\n"))
	f.Fuzz(func(t *testing.T, definition []byte) {
		_, err := layers.Load(source(map[string]string{"benches": string(definition)}))
		if err != nil && kvartal.KindOf(err) != kvartal.KindInvalid {
			t.Errorf("Load = %v of kind %v, want %v", err, kvartal.KindOf(err), kvartal.KindInvalid)
		}
	})
}
