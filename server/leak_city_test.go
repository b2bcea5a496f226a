package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/paulmach/orb/maptile"

	"kvartal/layers"
	"kvartal/live/index"
	"kvartal/postgres/pgtest"
	"kvartal/styles"
	"kvartal/view"
)

// leakField is an attribute of the city that leaks are looked for in. Its name
// begins with that of its layer, and every value of a text, a number or a day is
// of one row alone, so that whatever is told, wherever, says whose it is.
type leakField struct {
	name     string
	kind     layers.FieldType
	personal bool
	coded    bool
	tile     bool
	drawn    bool   // by the style
	from     string // of a live layer
}

type leakLayer struct {
	id       string
	geometry string
	tiles    string // what its definition says of tiles
	links    string
	rights   map[string][]view.Action // of its definition
	live     bool
	fields   []leakField
}

func (l leakLayer) field(name string) (leakField, bool) {
	i := slices.IndexFunc(l.fields, func(f leakField) bool { return f.name == name })
	if i < 0 {
		return leakField{}, false
	}
	return l.fields[i], true
}

func (l leakLayer) placed() bool { return l.geometry != "none" }

// leakTile holds all features; layers show all of them at its zoom.
var leakTile = maptile.At(orb.Point{-75.5297, 39.1604}, 14)

// leakLayers are the layers: in memory, read for each tile, clustered, without a
// place, linked by values and by place, and last what moves.
func leakLayers() []leakLayer {
	all := []leakLayer{
		{id: "plots", geometry: "polygon", rights: map[string][]view.Action{"public": {view.See, view.Identify, view.Query}}},
		{
			id: "poles", geometry: "point", tiles: ", crowded: cluster", rights: map[string][]view.Action{"public": {view.See, view.Query, view.Export}},
			links: "links: [{layer: plots, equal: {poles_of: plots_code}}, {layer: wards, place: within}]",
		},
		{id: "drains", geometry: "linestring", tiles: ", resident: false", rights: map[string][]view.Action{"clerk": {view.Identify}}},
		{id: "deeds", geometry: "none", links: "links: [{layer: plots, equal: {deeds_of: plots_code}}]"},
		{id: "wards", geometry: "multipolygon", rights: map[string][]view.Action{"public": {view.See}, "surveyor": {view.Query, view.Export}}},
	}
	for i := range all {
		l := &all[i]
		name := func(suffix string) string { return l.id + "_" + suffix }
		l.fields = []leakField{
			{name: name("code"), kind: layers.TypeText, tile: true},
			{name: name("owner"), kind: layers.TypeText, personal: true, tile: true},
			{name: name("kind"), kind: layers.TypeText, coded: true, tile: true, drawn: true},
			{name: name("sum"), kind: layers.TypeInteger, tile: true, drawn: true},
			{name: name("since"), kind: layers.TypeDate},
			{name: name("of"), kind: layers.TypeText, tile: true, drawn: true},
		}
	}
	return append(all, liveLeakLayer())
}

// leakCodes are the values of coded attributes.
func leakCodes(field string) []string { return []string{field + "_a", field + "_b", field + "_c"} }

func (l leakLayer) yaml() string {
	text := func(s string) string { return fmt.Sprintf("{ru: %[1]s, en: %[1]s, ky: %[1]s}", s) }
	var b strings.Builder
	fmt.Fprintf(&b, "id: %s\ntitle: %s\ngroup: secrets\ngeometry: %s\nlabel: %s_code\n", l.id, text("The "+l.id), l.geometry, l.id)
	if l.live {
		fmt.Fprintf(&b, "live: {classes: [plough], interval: 86400, stale: 604800, lost: 604800, public: {delay: %d, every: 60}}\n", int(leakDelay.Seconds()))
	} else {
		fmt.Fprintf(&b, "key: [%s_code]\n", l.id)
	}
	if l.placed() {
		fmt.Fprintf(&b, "tiles: {min_zoom: 0, max_zoom: %d%s}\n", leakTile.Z, l.tiles)
	}
	b.WriteString("fields:\n")
	for _, f := range l.fields {
		fmt.Fprintf(&b, "  - {name: %s, type: %s, title: %s, personal: %v, tile: %v, search: %v, required: %v", f.name, f.kind, text("The "+f.name),
			f.personal, f.tile, f.kind == layers.TypeText && !f.coded && !strings.HasPrefix(f.from, "reading."), !l.live && strings.HasSuffix(f.name, "_code"))
		if f.from != "" {
			b.WriteString(", from: " + f.from)
		}
		if f.coded {
			b.WriteString(", codes: {")
			for _, code := range leakCodes(f.name) {
				fmt.Fprintf(&b, "%s: %s, ", code, text("The "+code))
			}
			b.WriteString("}")
		}
		b.WriteString("}\n")
	}
	rights, _ := json.Marshal(l.rights) // YAML too
	if l.rights == nil {
		rights = []byte("{}")
	}
	fmt.Fprintf(&b, "%s\nrights: %s\n", l.links, rights)
	return b.String()
}

// style draws a layer by attributes that a reader may not read.
func (l leakLayer) style() string {
	if !l.placed() {
		return "[]"
	}
	drawn := map[string][2]string{"point": {"circle", "circle-color"}, "linestring": {"line", "line-color"}}[l.geometry]
	if drawn[0] == "" {
		drawn = [2]string{"fill", "fill-color"}
	}
	return fmt.Sprintf(`[{"id": "%[1]s", "type": "%[2]s",
		"metadata": {"kvartal:order": 200, "kvartal:legend": {"ru": "%[1]s_kind", "en": "%[1]s_kind", "ky": "%[1]s_kind"}, "kvartal:legend-by": "%[1]s_kind"},
		"paint": {"%[3]s": ["match", ["get", "%[1]s_kind"], "%[1]s_kind_a", "@state-good", "@state-bad"]}},
		{"id": "%[1]s-label", "type": "symbol", "metadata": {"kvartal:order": 900}, "filter": [">", ["get", "%[1]s_sum"], 5], "layout": {"text-field": ["get", "%[1]s_of"]}}]`,
		l.id, drawn[0], drawn[1])
}

var leakRegistry = sync.OnceValues(func() (*layers.Registry, error) {
	folder := fstest.MapFS{"groups.yaml": {Data: []byte("- id: secrets\n  title: {ru: Тайны, en: Secrets, ky: Сырлар}\n- id: live\n  title: {ru: Устройства, en: Devices, ky: Түзмөктөр}\n")}}
	for _, register := range []string{"devices/layer.yaml", "device_inputs/layer.yaml"} {
		data, err := fs.ReadFile(layers.Builtin().FS, register)
		if err != nil {
			return nil, err
		}
		folder[register] = &fstest.MapFile{Data: data}
	}
	for _, l := range leakLayers() {
		folder[l.id+"/layer.yaml"] = &fstest.MapFile{Data: []byte(l.yaml())}
		if l.placed() {
			folder[l.id+"/style.json"] = &fstest.MapFile{Data: []byte(l.style())}
		}
	}
	return layers.Load(layers.Source{Name: "leaks", FS: folder})
})

var leakCity = pgtest.Prepare(func(ctx context.Context, pool *pgxpool.Pool) error {
	registry, err := leakRegistry()
	if err == nil {
		err = makeCity(ctx, pool, registry)
	}
	for _, statement := range leakRows() {
		if err == nil {
			_, err = pool.Exec(ctx, statement)
		}
	}
	if err == nil {
		err = fillLeakFleet(ctx, pool)
	}
	return err
})

// leakRows are statements that fill the layers, always the same.
func leakRows() []string {
	random := rand.New(rand.NewPCG(6, 6)) //nolint:gosec // a test's
	next := 0
	unique := func(kind layers.FieldType) string {
		next++
		switch kind {
		case layers.TypeInteger:
			return fmt.Sprint(7700000 + next*37)
		case layers.TypeDate:
			return fmt.Sprintf("'11%02d-%02d-%02d'", next/336%100, next/28%12+1, next%28+1)
		}
		return "'" + leakWord(next) + "'"
	}
	var codes, out []string // of plots, for links
	for _, l := range leakLayers() {
		if l.live {
			continue
		}
		for i := range 25 {
			columns, values := []string{}, []string{}
			for _, f := range l.fields {
				value := unique(f.kind)
				switch {
				case strings.HasSuffix(f.name, "_code"):
					if l.id == "plots" {
						codes = append(codes, value)
					}
				case f.coded:
					value = "'" + leakCodes(f.name)[random.IntN(3)] + "'"
				case strings.HasSuffix(f.name, "_of") && l.id != "plots":
					value = codes[random.IntN(len(codes))]
				case random.IntN(5) == 0:
					value = "NULL"
				}
				columns, values = append(columns, f.name), append(values, value)
			}
			if l.placed() {
				columns, values = append(columns, "geom"), append(values, "ST_Transform(ST_GeomFromText('"+leakShape(random, l.geometry, i)+"', 4326), 32618)")
			}
			out = append(out, fmt.Sprintf("INSERT INTO layer.%s (%s) VALUES (%s)", l.id, strings.Join(columns, ", "), strings.Join(values, ", ")))
		}
	}
	return append(out, formerLeakRows()...)
}

// formerLeakRows are statements that change some rows, and keep as they were in
// schema oracle.
func formerLeakRows() []string {
	out := []string{"CREATE SCHEMA oracle"}
	for _, l := range leakLayers() {
		if !l.live {
			out = append(out, "CREATE TABLE oracle."+l.id+" AS SELECT * FROM layer."+l.id)
		}
	}
	out = append(out, "CREATE TABLE oracle.moment AS SELECT clock_timestamp() AS at")
	for i, l := range leakLayers() {
		if l.live {
			continue
		}
		for id := 1; id <= 25; id += 3 {
			n := formerWord + 10*i + id*100
			out = append(out, fmt.Sprintf("UPDATE layer.%[1]s SET %[1]s_owner = '%[2]s', %[1]s_sum = %[3]d, %[1]s_since = NULL WHERE id = %[4]d", l.id, leakWord(n), 7790000+10*id+i, id))
		}
	}
	return append(out, "DELETE FROM layer.poles WHERE id = 24")
}

// formerWord is from which word on those are that rows are changed to.
const formerWord = 5000

// leakWord is the nth word that stands nowhere but in data.
func leakWord(n int) string {
	word := []byte("zq")
	for range 5 {
		word, n = append(word, byte('a'+n%26)), n/26
	}
	return string(word)
}

// leakCell is a square of 5 × 5 that the middle of the tile is divided into.
func leakCell(i int) orb.Bound {
	b := leakTile.Bound()
	w, h := b.Max[0]-b.Min[0], b.Max[1]-b.Min[1]
	x, y := b.Min[0]+w*(0.1+0.16*float64(i%5)), b.Min[1]+h*(0.1+0.16*float64(i/5%5))
	return orb.Bound{Min: orb.Point{x, y}, Max: orb.Point{x + 0.16*w, y + 0.16*h}}
}

// leakShape is the ith geometry of a kind: polygons share borders.
func leakShape(random *rand.Rand, geometry string, i int) string {
	cell := leakCell(i)
	within := func() orb.Point {
		return orb.Point{
			cell.Min[0] + (0.1+0.8*random.Float64())*(cell.Max[0]-cell.Min[0]),
			cell.Min[1] + (0.1+0.8*random.Float64())*(cell.Max[1]-cell.Min[1]),
		}
	}
	switch geometry {
	case "point":
		return wkt.MarshalString(within())
	case "linestring":
		return wkt.MarshalString(orb.LineString{within(), leakCell(random.IntN(25)).Center()})
	case "multipolygon":
		return wkt.MarshalString(orb.MultiPolygon{cell.ToPolygon(), leakCell((i + 7) % 25).ToPolygon()})
	}
	return wkt.MarshalString(cell.ToPolygon())
}

// openLeakCity opens a server over the layers that leaks are looked for in.
func openLeakCity(t *testing.T) testCity {
	t.Helper()
	registry, err := leakRegistry()
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := styles.New(registry, styles.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := openCityOn(t, leakCity.New(t), registry, drawn)
	c.load(t)
	config := index.Config{Pool: c.db.Pool, Store: c.store}
	if _, err := c.live.Load(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if err := c.live.Recall(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	c.live.Advance(time.Now())
	c.awaitSearch(t)
	return c
}
