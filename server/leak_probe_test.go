package server_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb/encoding/mvt"

	"kvartal/layers"
	"kvartal/view"
)

// leakProbe is one request and what may be answered to it.
type leakProbe struct {
	path string
	// actions are the ways of use whose rows and attributes the answer may tell.
	actions []view.Action
	// wants compares the answer of status 200 with the oracle; nil: what it tells
	// is compared alone.
	wants func(body string) error
	// refused says that the answer must be that to the same request for an
	// attribute that does not exist: the one it names is hidden; or unsorted.
	refused string
	// hidden is the layer that must be answered for as one that does not exist.
	hidden string
	// past says that former values may be told.
	past bool
}

// unsorted is refused, though the attribute may be read of some rows.
const unsorted = "sortby"

// prober draws probes for one principal.
type prober struct {
	ctx    context.Context
	random *rand.Rand
	oracle *leakOracle
	// Moments before rows were changed, and at which the public sees what moves.
	moment, before time.Time
}

// draw draws a probe.
func (p *prober) draw() leakProbe {
	l := pick(p, leakLayers()...)
	kinds := []func(leakLayer) leakProbe{
		p.items, p.items, p.items, p.item, p.item, p.export, p.table, p.table, p.position, p.identify, p.search, p.search, p.related, p.documents, p.documents, p.nonsense, p.past,
	}
	if l.placed() {
		kinds = append(kinds, p.tile, p.tile, p.tile, p.clusters)
	}
	if p.random.IntN(4) == 0 {
		l = liveLeakLayer()
		kinds = []func(leakLayer) leakProbe{p.events, p.events, p.events, p.liveSummary, p.track, p.track, p.track, p.tracks, p.feed, p.strangers}
	}
	probe := kinds[p.random.IntN(len(kinds))](l)
	if strings.Contains(probe.path, l.id) && !p.oracle.may(l, view.Actions()...) {
		probe.hidden, probe.refused, probe.wants = l.id, "", nil
	}
	return probe
}

func pick[T any](p *prober, options ...T) T { return options[p.random.IntN(len(options))] }

func (p *prober) field(l leakLayer) leakField { return pick(p, l.fields...) }

// conditions draws a filter, an order and a selection of attributes. The probe is
// refused if they name one that is hidden.
func (p *prober) conditions(l leakLayer, a view.Action, filterKey, columnsKey string) (query url.Values, filter, order string, refused string) {
	query = url.Values{}
	named := func(f leakField) {
		if refused == "" && !p.oracle.readable(l, f, a) {
			refused = f.name
		}
	}
	if p.random.IntN(2) == 0 {
		f := p.field(l)
		named(f)
		filter = drawFilter(p.random, []leakField{f}, 1)
		query.Set(filterKey, filter)
	}
	if refused == "" && p.random.IntN(2) == 0 {
		f := p.field(l)
		if named(f); refused == "" && !p.oracle.plain(l, f, a) {
			refused = unsorted // its order would tell values of rows that hide it
		}
		collation := map[bool]string{true: ` COLLATE "und-x-icu"`}[f.kind == layers.TypeText]
		order, query["sortby"] = f.name+collation+" NULLS LAST", []string{f.name}
		if p.random.IntN(2) == 0 {
			order, query["sortby"] = f.name+collation+" DESC NULLS LAST", []string{"-" + f.name}
		}
	}
	if columnsKey != "" && refused == "" && p.random.IntN(3) == 0 {
		f := p.field(l)
		named(f)
		query.Set(columnsKey, f.name)
	}
	return query, filter, order, refused
}

// items asks for a page of features, all of them, or a page after another.
func (p *prober) items(l leakLayer) leakProbe {
	query, filter, order, refused := p.conditions(l, view.Query, "filter", "properties")
	box := ""
	if l.placed() && p.random.IntN(3) == 0 {
		b := leakCell(p.random.IntN(25)).Union(leakCell(p.random.IntN(25))).Pad(-1e-4)
		box = fmt.Sprintf("%f,%f,%f,%f", b.Min[0], b.Min[1], b.Max[0], b.Max[1])
		query.Set("bbox", box)
	}
	limit := 1 + p.random.IntN(pick(p, 4, 30))
	query.Set("limit", strconv.Itoa(limit))
	query.Set("f", pick(p, "json", "json", "json", "json", "json", "json", "html", "jsonfg", "csv", "geojsonseq"))
	probe := leakProbe{path: "/ogc/collections/" + l.id + "/items?" + query.Encode(), actions: []view.Action{view.Query}, refused: refused}
	if !p.oracle.may(l, view.Query) || refused != "" || query.Get("f") != "json" {
		return probe
	}
	probe.wants = func(body string) error {
		condition := "true"
		if filter != "" {
			condition = filter
		}
		if box != "" {
			condition = "(" + condition + ") AND ST_Intersects(geom, ST_Transform(ST_MakeEnvelope(" + box + ", 4326), 32618))"
		}
		want, err := p.oracle.rows(p.ctx, l, view.Query, condition, order)
		if err != nil {
			return err
		}
		var got collectionAnswer
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			return err
		}
		if got.NumberMatched != len(want) {
			return fmt.Errorf("numberMatched = %d, want %d", got.NumberMatched, len(want))
		}
		return got.compare(want[:min(limit, len(want))], query.Get("properties"))
	}
	return probe
}

// collectionAnswer is a FeatureCollection.
type collectionAnswer struct {
	NumberMatched int
	Features      []featureAnswer
}

type featureAnswer struct {
	ID         int64
	Geometry   *struct{ Coordinates any }
	Properties map[string]any
}

func (f featureAnswer) row() leakRow {
	row := leakRow{id: f.ID, values: texts(f.Properties)}
	if f.Geometry != nil {
		coordinates, _ := f.Geometry.Coordinates.([]any)
		for _, c := range coordinates {
			if x, number := c.(float64); number { // else it is no point
				row.place = append(row.place, x)
			}
		}
	}
	return row
}

func (a collectionAnswer) compare(want []leakRow, only string) error {
	var got []leakRow
	for _, f := range a.Features {
		got = append(got, f.row())
	}
	return compareRows(got, want, only)
}

// texts are values as PostgreSQL writes them, without those that are none.
func texts(values map[string]any) map[string]string {
	out := map[string]string{}
	for name, value := range values {
		switch v := value.(type) {
		case nil:
		case float64:
			out[name] = strconv.FormatFloat(v, 'f', -1, 64)
		default:
			out[name] = fmt.Sprint(v)
		}
	}
	return out
}

// compareRows compares rows in their order; only is the one attribute that was
// asked for, or "".
func compareRows(got, want []leakRow, only string) error {
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) {
			return fmt.Errorf("%d rows, want %d", len(got), len(want))
		}
		values := maps.Clone(want[i].values)
		maps.DeleteFunc(values, func(name, _ string) bool { return only != "" && name != only })
		if got[i].id != want[i].id || !maps.Equal(got[i].values, values) {
			return fmt.Errorf("row %d = %v, want %d %v", i, got[i], want[i].id, values)
		}
		if !got[i].near(want[i]) {
			return fmt.Errorf("row %d is at %v, want %v", i, got[i].place, want[i].place)
		}
	}
	return nil
}

// near reports whether a row is told where another is, or nowhere.
func (r leakRow) near(other leakRow) bool {
	const centimetre = 2e-7
	return len(r.place) == 0 || len(other.place) == 2 && math.Hypot(r.place[0]-other.place[0], r.place[1]-other.place[1]) < centimetre
}

// anyID is the id of some row of a layer, or of none.
func (p *prober) anyID(l leakLayer) int64 { return int64(1 + p.random.IntN(26)) }

// item asks for one feature: it is there if it may be read.
func (p *prober) item(l leakLayer) leakProbe {
	id := p.anyID(l)
	format := pick(p, "json", "json", "html", "jsonfg")
	probe := leakProbe{path: fmt.Sprintf("/ogc/collections/%s/items/%d?f=%s", l.id, id, format), actions: []view.Action{view.Query}}
	if p.oracle.may(l, view.Query) && format == "json" {
		probe.wants = func(body string) error {
			want, err := p.oracle.rows(p.ctx, l, view.Query, fmt.Sprintf("id = %d", id), "")
			if err != nil {
				return err
			}
			var got featureAnswer
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				return err
			}
			if len(want) == 0 {
				if !strings.Contains(body, fmt.Sprintf("has no feature %d", id)) {
					return fmt.Errorf("a hidden feature is answered for with %.200s", body)
				}
				return nil
			}
			return compareRows([]leakRow{got.row()}, want, "")
		}
	}
	return probe
}

// export asks for a layer as a file.
func (p *prober) export(l leakLayer) leakProbe {
	query, filter, order, refused := p.conditions(l, view.Export, "filter", "properties")
	format := pick(p, "csv", "csv", "json", "json", "json", "geojsonseq", "jsonfg")
	if p.random.IntN(50) == 0 {
		format = pick(p, "fgb", "gpkg", "xlsx")
	}
	query.Set("f", format)
	probe := leakProbe{path: "/ogc/collections/" + l.id + "/export?" + query.Encode(), actions: []view.Action{view.Export}, refused: refused}
	if !p.oracle.may(l, view.Export) || refused != "" || format != "json" && format != "csv" {
		return probe
	}
	probe.wants = func(body string) error {
		want, err := p.oracle.rows(p.ctx, l, view.Export, filter, order)
		if err != nil {
			return err
		}
		if format == "json" {
			var got collectionAnswer
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				return err
			}
			return got.compare(want, query.Get("properties"))
		}
		got, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		if err != nil || len(got) != len(want)+1 {
			return fmt.Errorf("%d lines (%w), want %d", len(got), err, len(want)+1)
		}
		for i, row := range want {
			if got[i+1][0] != strconv.FormatInt(row.id, 10) {
				return fmt.Errorf("line %d = %v, want feature %d", i+1, got[i+1], row.id)
			}
		}
		return nil
	}
	return probe
}

// table asks for a part of an attribute table, or for rows by id.
func (p *prober) table(l leakLayer) leakProbe {
	query, filter, order, refused := p.conditions(l, view.Query, "filter", "columns")
	byID := p.random.IntN(4) == 0
	if byID {
		query.Set("ids", fmt.Sprintf("%d,%d", p.anyID(l), 999))
	}
	probe := leakProbe{path: "/table/" + l.id + "?" + query.Encode(), actions: []view.Action{view.Query}, refused: refused}
	if !p.oracle.may(l, view.Query) || refused != "" || byID {
		return probe
	}
	probe.wants = func(body string) error {
		want, err := p.oracle.rows(p.ctx, l, view.Query, filter, order)
		if err != nil {
			return err
		}
		var got struct {
			Total   int
			Columns []string
			Rows    [][]any
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			return err
		}
		if got.Total != len(want) {
			return fmt.Errorf("total = %d, want %d", got.Total, len(want))
		}
		var rows []leakRow
		for _, row := range got.Rows {
			values := map[string]any{}
			for i, name := range got.Columns {
				values[name] = row[i+1]
			}
			id, _ := row[0].(float64)
			rows = append(rows, leakRow{id: int64(id), values: texts(values)})
		}
		return compareRows(rows, want, query.Get("columns"))
	}
	return probe
}

// position asks where in a table a row is.
func (p *prober) position(l leakLayer) leakProbe {
	query, filter, order, refused := p.conditions(l, view.Query, "filter", "")
	id := p.anyID(l)
	query.Set("id", strconv.FormatInt(id, 10))
	probe := leakProbe{path: "/table/" + l.id + "/position?" + query.Encode(), actions: []view.Action{view.Query}, refused: refused}
	if !p.oracle.may(l, view.Query) || refused != "" {
		return probe
	}
	probe.wants = func(body string) error {
		rows, err := p.oracle.rows(p.ctx, l, view.Query, filter, order)
		if err != nil {
			return err
		}
		var got struct{ Offset *int }
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			return err
		}
		want := slices.IndexFunc(rows, func(r leakRow) bool { return r.id == id })
		if got.Offset == nil && want < 0 || got.Offset != nil && *got.Offset == want {
			return nil
		}
		return fmt.Errorf("offset = %.200s, want %d", body, want)
	}
	return probe
}

// identify asks what is at a place.
func (p *prober) identify(l leakLayer) leakProbe {
	at := leakCell(p.random.IntN(25)).Center()
	asked := pick(p, l.id, l.id, "secrets")
	probe := leakProbe{
		path:    fmt.Sprintf("/identify?lon=%f&lat=%f&zoom=%d&layers=%s", at[0], at[1], pick(p, 12, 18), asked),
		actions: []view.Action{view.Identify},
	}
	if !p.oracle.may(l, view.Identify) || asked != l.id {
		return probe
	}
	probe.wants = func(body string) error {
		seen, err := p.oracle.rows(p.ctx, l, view.Identify, "", "")
		if err != nil {
			return err
		}
		var got struct {
			Results []struct{ Features []featureAnswer }
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			return err
		}
		for _, result := range got.Results {
			for _, f := range result.Features {
				i := slices.IndexFunc(seen, func(r leakRow) bool { return r.id == f.ID })
				if i < 0 || !maps.Equal(texts(f.Properties), seen[i].values) {
					return fmt.Errorf("feature %v is not as it may be seen", f)
				}
			}
		}
		return nil
	}
	return probe
}

// search looks for a word that a row has: only rows with a word that may be read
// are found, as mistakes are forgiven.
func (p *prober) search(l leakLayer) leakProbe {
	word := leakWord(1 + p.random.IntN(750))[:pick(p, 3, 5, 7)]
	probe := leakProbe{path: "/search?limit=30&q=" + word + pick(p, "", "&layers="+l.id), actions: []view.Action{view.Query}}
	if !p.oracle.may(l, view.Query) {
		return probe
	}
	probe.wants = func(body string) error {
		seen, err := p.oracle.rows(p.ctx, l, view.Query, "", "")
		if err != nil {
			return err
		}
		var got struct {
			Results []struct {
				Layer string
				ID    int64
			}
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			return err
		}
		for _, result := range got.Results {
			tells := func(r leakRow) bool { return r.id == result.ID && strings.Contains(fmt.Sprint(r.values), "zq") }
			if result.Layer == l.id && !slices.ContainsFunc(seen, tells) {
				return fmt.Errorf("%s %d is found by %q, which may not be read there", l.id, result.ID, word)
			}
		}
		return nil
	}
	return probe
}

// related asks what belongs to a feature.
func (p *prober) related(l leakLayer) leakProbe {
	return leakProbe{path: fmt.Sprintf("/related?layer=%s&id=%d", l.id, p.anyID(l)), actions: []view.Action{view.Query, view.Identify}}
}

// documents are what tells of layers, not of rows.
func (p *prober) documents(l leakLayer) leakProbe {
	about, all := "/ogc/collections/"+l.id, view.Actions()
	tile := fmt.Sprintf("%d/%d/%d", leakTile.Z, leakTile.Y, leakTile.X)
	probe := pick(p,
		leakProbe{path: "/catalogue.json?lang=" + pick(p, "ru", "en"), actions: all},
		leakProbe{path: "/ogc/collections", actions: []view.Action{view.Query}},
		leakProbe{path: about, actions: all},
		leakProbe{path: about + "/queryables", actions: []view.Action{view.Query}},
		leakProbe{path: about + "/sortables", actions: []view.Action{view.Query}},
		leakProbe{path: about + "/schema", actions: []view.Action{view.Query}},
		leakProbe{path: about + "/queryables?profile=codelist-ref", actions: []view.Action{view.Query}},
		p.codelist(l),
		leakProbe{path: about + "/tiles", actions: all},
		leakProbe{path: about + "/tiles/WebMercatorQuad", actions: []view.Action{view.See}},
		leakProbe{path: about + "/tiles/WebMercatorQuad/" + tile, actions: []view.Action{view.See}},
		leakProbe{path: "/ogc", actions: all},
		leakProbe{path: "/ogc/api", actions: all},
		leakProbe{path: "/ogc/records", actions: all},
		leakProbe{path: "/ogc/records/" + l.id, actions: all},
		leakProbe{path: "/ogc/tiles", actions: []view.Action{view.See}},
		leakProbe{path: "/ogc/tiles/WebMercatorQuad", actions: []view.Action{view.See}},
		leakProbe{path: "/ogc/styles", actions: []view.Action{view.See}},
		leakProbe{path: "/ogc/styles/day", actions: []view.Action{view.See}},
		leakProbe{path: "/ogc/styles/day/metadata", actions: []view.Action{view.See}},
		leakProbe{path: "/styles/day.json", actions: []view.Action{view.See}},
		leakProbe{path: "/styles/night.json?layers=" + l.id, actions: []view.Action{view.See}},
		leakProbe{path: "/legends.json", actions: []view.Action{view.See}},
		leakProbe{path: "/legends.json?layers=" + l.id, actions: []view.Action{view.See}},
		leakProbe{path: "/tiles/" + l.id + ".json", actions: []view.Action{view.See}},
		leakProbe{path: "/tiles/secrets.json", actions: []view.Action{view.See}},
		leakProbe{path: "/metrics"}, leakProbe{path: "/session"}, leakProbe{path: "/admin/layers"}, leakProbe{path: "/readyz"},
	)
	if strings.HasPrefix(probe.path, "/ogc") && !strings.HasSuffix(probe.path, tile) && p.random.IntN(3) == 0 {
		probe.path += "?f=html"
	}
	return probe
}

// codelist asks for the codes of an attribute.
func (p *prober) codelist(l leakLayer) leakProbe {
	f := p.field(l)
	probe := leakProbe{path: "/ogc/collections/" + l.id + "/codelists/" + f.name, actions: []view.Action{view.Query}}
	if f.coded && !p.oracle.readable(l, f, view.Query) {
		probe.refused = f.name
	}
	return probe
}

// nonsense is what must end in an error that tells nothing.
func (p *prober) nonsense(l leakLayer) leakProbe {
	f := p.field(l)
	about := "/ogc/collections/" + l.id + "/items"
	return leakProbe{actions: view.Actions(), path: pick(p,
		about+"?filter="+url.QueryEscape(f.name+" = 1 = 2"), about+"?next=3.WyJ6cWEiXQ", about+"?datetime=1999-01-01", about+"?q=zq",
		about+"/0", about+"/x", about+"?bbox=1,2", about+"?crs=nowhere", about+"?filter="+url.QueryEscape("S_INTERSECTS(geometry, POINT(0 0)) AND "+l.id+"_sum / 0 > 1"),
		"/tiles/"+l.id+"/1/9/9.mvt", "/table/"+l.id+"?ids=x", "/table/"+l.id+"?offset=-1", "/related?layer="+l.id, "/identify?layers="+l.id,
		"/"+l.id, "/styles/"+l.id+".json", about+"?"+f.name+"=7", "/admin/layers/"+l.id)}
}

// tile asks for the tile that shows everything.
func (p *prober) tile(l leakLayer) leakProbe {
	path := tilePath(pick(p, l.id, l.id, "secrets"), leakTile)
	probe := leakProbe{path: path, actions: []view.Action{view.See}}
	if !p.oracle.may(l, view.See) {
		return probe
	}
	probe.wants = func(body string) error {
		seen, err := p.oracle.rows(p.ctx, l, view.See, "", "")
		if err != nil {
			return err
		}
		want := make([]leakRow, len(seen))
		for i, row := range seen {
			want[i] = leakRow{id: row.id, values: maps.Clone(row.values)}
			maps.DeleteFunc(want[i].values, func(name, _ string) bool { f, _ := l.field(name); return !f.tile })
		}
		got, err := tileRows(body, l.id)
		if err != nil {
			return err
		}
		if l.live {
			return p.within(l, view.See, "", got)
		}
		return compareRows(got, want, "")
	}
	return probe
}

// tileRows are the features of a layer in a tile, by id.
func tileRows(body, layer string) ([]leakRow, error) {
	decoded, err := mvt.Unmarshal([]byte(body))
	if err != nil {
		return nil, err
	}
	var rows []leakRow
	for _, l := range decoded {
		if l.Name != layer {
			continue
		}
		for _, f := range l.Features {
			id, _ := f.ID.(float64)
			rows = append(rows, leakRow{id: int64(id), values: texts(f.Properties)})
		}
	}
	slices.SortFunc(rows, func(a, b leakRow) int { return int(a.id - b.id) })
	return rows, nil
}

// clusters asks for a tile in which features stand for others: as many as are
// seen, and the report on it.
func (p *prober) clusters(l leakLayer) leakProbe {
	parent := leakTile
	for range 1 + p.random.IntN(4) {
		parent = parent.Parent()
	}
	path := tilePath(l.id, parent)
	report := p.random.IntN(2) == 0
	if report {
		path = strings.TrimSuffix(path, ".mvt") + ".json"
	}
	probe := leakProbe{path: path, actions: []view.Action{view.See}}
	if l.id != "poles" || !p.oracle.may(l, view.See) {
		return probe
	}
	probe.wants = func(body string) error {
		want, err := p.oracle.rows(p.ctx, l, view.See, "", "")
		if err != nil {
			return err
		}
		counted := 0
		if report {
			var got struct{ Layers []struct{ Features int } }
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				return err
			}
			for _, l := range got.Layers {
				counted += l.Features
			}
		} else {
			rows, err := tileRows(body, l.id)
			if err != nil {
				return err
			}
			for _, row := range rows {
				n, _ := strconv.Atoi(row.values["point_count"])
				counted += max(1, n)
			}
		}
		if counted != len(want) {
			return fmt.Errorf("%d features are counted, want %d", counted, len(want))
		}
		return nil
	}
	return probe
}

// readableTile is a tile as text, so that what it tells is found in it.
func readableTile(r *http.Response, body string) string {
	if r.Header.Get("Content-Type") != "application/vnd.mapbox-vector-tile" {
		return body
	}
	decoded, err := mvt.Unmarshal([]byte(body))
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, l := range decoded {
		fmt.Fprintln(&b, l.Name)
		for _, f := range l.Features {
			fmt.Fprintln(&b, f.ID, texts(f.Properties))
		}
	}
	return b.String() + body // keys and values that no feature has, too
}
