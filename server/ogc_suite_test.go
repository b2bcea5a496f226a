package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

// What the executable suites assert beyond the tests of each resource, and the
// abstract tests of OGC API – Features – Part 3 (19-079r2, annex A).

// suiteLayers stand for all: points, lines and polygons, registers and base map.
func suiteLayers() []string {
	return []string{"trees", "buildings", "parcels", "addresses", "base_streets", "gas"}
}

// The suites ask for HTTP/1.1 by name, and reach the landing page with and
// without a slash.
func TestSuiteReachesTheLandingPage(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	web := httptest.NewServer(c.handler)
	t.Cleanup(web.Close)
	for _, path := range []string{"/ogc", "/ogc/"} {
		r, err := web.Client().Get(web.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		if text := body(t, r); r.Proto != "HTTP/1.1" || r.StatusCode != http.StatusOK || !strings.Contains(text, web.URL+"/ogc/api?f=json") {
			t.Errorf("GET %s = %s %d, want HTTP/1.1 200 with addresses of this server", path, r.Proto, r.StatusCode)
		}
	}
}

func TestSuiteReadsTheAPIDescription(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	type parameter struct {
		Name, In, Style string
		Required        bool
		Explode         *bool
		Schema          struct{ Type string }
	}
	var api struct {
		Paths map[string]map[string]struct {
			OperationID string
			Parameters  []parameter
		}
	}
	if err := json.Unmarshal([]byte(body(t, c.get(t, "/ogc/api"))), &api); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(api.Paths["/collections/{collectionId}/items"]["get"].Parameters, func(p parameter) bool { return p.Name == "datetime" })
	if i < 0 {
		t.Fatal("items have no datetime")
	}
	if p := api.Paths["/collections/{collectionId}/items"]["get"].Parameters[i]; p.In != "query" || p.Required || p.Schema.Type != "string" || p.Style != "form" || p.Explode == nil || *p.Explode {
		t.Errorf("datetime = %+v, want a string in the query, style form, not exploded, optional", p)
	}
	for path, operation := range map[string]string{
		"/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}":                            "dataset.vector.getTile",
		"/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}": "collection.vector.getTile",
		"/tiles":                             "dataset.vector.getTileSetsList",
		"/collections/{collectionId}/items":  "getFeatures",
		"/collections/{collectionId}/schema": "getSchema",
	} {
		if got := api.Paths[path]["get"].OperationID; got != operation {
			t.Errorf("operationId of %s = %q, want %s", path, got, operation)
		}
	}
}

func TestSuiteFindsNoDummyCollection(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	for _, path := range []string{"", "/items", "/items/1", "/queryables", "/schema", "/tiles"} {
		if got := c.get(t, "/ogc/collections/dUmmYColLection"+path).StatusCode; got != http.StatusNotFound {
			t.Errorf("GET dUmmYColLection%s = %d, want 404", path, got)
		}
	}
}

// Collections have tilesets, features lie in the extents told, and filters and
// boxes of those extents, in whatever system, leave none out.
func TestSuiteFindsFeaturesInTheExtent(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	for _, id := range suiteLayers() {
		var collection ogcCollection
		c.read(t, "/ogc/collections/"+id, &collection)
		if collection.CRS == nil {
			continue
		}
		if _, ok := linkTo(collection.Links, "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", "application/json"); !ok {
			t.Errorf("collection %s links no tilesets", id)
		}
		path := "/ogc/collections/" + id + "/items?limit=1000"
		all := c.pages(t, path)
		for _, page := range all {
			if _, err := time.Parse(time.RFC3339, page.TimeStamp); err != nil {
				t.Errorf("timeStamp of %s = %v", id, err)
			}
		}
		if len(ids(all)) == 0 {
			continue
		}
		v := collection.Extent.Spatial.BBox[0]
		extent := orb.Bound{Min: orb.Point{v[0], v[1]}, Max: orb.Point{v[2], v[3]}}
		for _, f := range all[0].Features {
			if b := f.Geometry.Bound(); !extent.Contains(b.Min) || !extent.Contains(b.Max) {
				t.Errorf("feature %v of %s lies in %v, outside of the extent %v", f.ID, id, b, extent)
			}
		}
		for _, uri := range collection.CRS {
			box, crs := c.inCRS(t, uri, extent), url.QueryEscape(uri)
			for _, query := range []string{
				"&bbox=" + box + "&bbox-crs=" + crs,
				"&filter=" + url.QueryEscape("S_INTERSECTS(geometry, BBOX("+box+"))") + "&filter-crs=" + crs,
			} {
				if got := ids(c.pages(t, path+query)); !slices.Equal(got, ids(all)) {
					t.Errorf("%s in its extent (%s) = %v, want %v", id, query, got, ids(all))
				}
			}
		}
	}
}

func TestSuiteFindsFeaturesAcrossTheAntimeridian(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	all := ids(c.pages(t, "/ogc/collections/trees/items"))
	for box, want := range map[string][]float64{
		"170,-80,-70,80":       all,
		"-70,-80,-76,80":       nil, // all but six degrees of the world
		"170,-80,-170,80":      nil,
		"-180,-90,180,90":      all,
		"170,-80,0,-70,80,100": all,
	} {
		if got := ids(c.pages(t, "/ogc/collections/trees/items?bbox="+box)); !slices.Equal(got, want) {
			t.Errorf("trees in %s = %v, want %v", box, got, want)
		}
	}
}

// Every tile within the limits is there, if need be an empty one.
func TestSuiteFetchesEveryTile(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.load(t)
	var set ogcTileset
	c.read(t, "/ogc/tiles/WebMercatorQuad", &set)
	for _, l := range set.TileMatrixSetLimits {
		if zoom, err := strconv.Atoi(l.TileMatrix); err != nil || zoom > 12 {
			continue
		}
		for row := l.MinTileRow; row <= min(l.MaxTileRow, l.MinTileRow+3); row++ {
			for col := l.MinTileCol; col <= min(l.MaxTileCol, l.MinTileCol+3); col++ {
				path := fmt.Sprintf("/ogc/tiles/WebMercatorQuad/%s/%d/%d", l.TileMatrix, row, col)
				if r := get(t, c.handler, path, map[string]string{"Accept": javaAccept}); r.StatusCode != http.StatusOK {
					t.Errorf("GET %s = %d, want 200", path, r.StatusCode)
				}
			}
		}
	}
}

// queryable is a property of /queryables as the abstract tests read it.
type queryable struct {
	Type, Format string
	Enum         []any
}

func (c testCity) queryablesOf(t *testing.T, id string) map[string]queryable {
	t.Helper()
	r := get(t, c.handler, "/ogc/collections/"+id+"/items?limit=1", map[string]string{"Accept": "application/json"})
	address, rest, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Link"), "<"), ">")
	if !strings.Contains(rest, `rel="http://www.opengis.net/def/rel/ogc/1.0/queryables"`) {
		t.Fatalf("header Link of the items of %s = %q, want the queryables", id, r.Header.Get("Link"))
	}
	var doc struct {
		ID                   string `json:"$id"`
		Properties           map[string]queryable
		AdditionalProperties *bool
	}
	h := c.read(t, address, &doc)
	if doc.ID != address || h.Get("Content-Type") != "application/schema+json" || doc.AdditionalProperties == nil || *doc.AdditionalProperties {
		t.Errorf("queryables at %s = $id %s of type %s, want itself, and no other properties", address, doc.ID, h.Get("Content-Type"))
	}
	return doc.Properties
}

// Every queryable is a parameter: the features are those that have the value.
func TestEveryQueryableIsAParameter(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	for _, id := range suiteLayers() {
		path := "/ogc/collections/" + id + "/items?limit=1000"
		all := c.pages(t, path)[0]
		for name, q := range c.queryablesOf(t, id) {
			if q.Type == "" || len(all.Features) == 0 {
				continue
			}
			value := all.Features[0].Properties[name]
			if name == "id" {
				value = all.Features[0].ID
			}
			if value != nil {
				for _, f := range c.pages(t, path+"&"+name+"="+url.QueryEscape(plainText(value)))[0].Features {
					if got := f.Properties[name]; name != "id" && got != value || name == "id" && f.ID != value {
						t.Errorf("a feature of %s with %s=%v has %v", id, name, value, got)
					}
				}
			}
			if q.Type == "string" && q.Format == "" && q.Enum == nil {
				continue // no text is wrong
			}
			if got := c.get(t, path+"&"+name+"=no%20such%20value").StatusCode; got != http.StatusBadRequest {
				t.Errorf("features of %s with %s=no such value = %d, want 400", id, name, got)
			}
		}
	}
}

func plainText(v any) string {
	if x, ok := v.(float64); ok {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// Every queryable can stand in a filter of either language, nothing else can.
func TestEveryQueryableIsFilteredBy(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	for _, id := range suiteLayers() {
		path := "/ogc/collections/" + id + "/items?limit=1000&"
		all := len(c.pages(t, path)[0].Features)
		for name, q := range c.queryablesOf(t, id) {
			if q.Type == "" {
				continue
			}
			filled := 0
			for _, query := range []url.Values{
				{"filter": {name + " IS NULL"}}, {"filter": {name + " IS NOT NULL"}, "filter-lang": {"cql2-text"}},
			} {
				filled += len(c.pages(t, path+query.Encode())[0].Features)
			}
			inJSON := url.Values{"filter": {`{"op":"isNull","args":[{"property":"` + name + `"}]}`}, "filter-lang": {"cql2-json"}}
			empty := len(c.pages(t, path+inJSON.Encode())[0].Features)
			inText := len(c.pages(t, path+url.Values{"filter": {name + " IS NULL"}}.Encode())[0].Features)
			if filled != all || empty != inText {
				t.Errorf("features of %s with and without %s = %d, want %d; without by JSON %d, by text %d", id, name, filled, all, empty, inText)
			}
		}
		for _, filter := range []string{
			"filter=THIS%20IS%20NOT%20A%20FILTER", "filter-lang=cql2-json&filter=THIS%20IS%20NOT%20A%20FILTER", "filter=this_is_not_a_queryable%20IS%20NULL",
			"filter=S_INTERSECTS(geometry,BBOX(1000000,1000000,2000000,2000000))",
			"filter=id=1&filter-crs=http://www.opengis.net/def/crs/OGC/0/does_not_exist",
		} {
			if r := c.get(t, path+filter); r.StatusCode != http.StatusBadRequest {
				t.Errorf("features of %s with %s = %d, want 400", id, filter, r.StatusCode)
			}
		}
	}
}

// Filters, boxes, times, texts and attributes must all hold.
func TestConditionsOfARequestMustAllHold(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	first := c.pages(t, "/ogc/collections/trees/items?limit=1")[0].Features[0]
	match := url.Values{
		"filter": {"id > 0"}, "species": {first.Properties["species"].(string)}, "id": {plainText(first.ID)}, "datetime": {"../.."},
		"bbox": {boxText(first.Geometry.Bound().Pad(1e-6), false)},
	}
	if got := ids(c.pages(t, "/ogc/collections/trees/items?"+match.Encode())); !slices.Equal(got, []float64{first.ID.(float64)}) {
		t.Errorf("trees with %v = %v, want %v", match, got, first.ID)
	}
	for name, other := range map[string]string{"filter": "id < 0", "id": "999999999", "bbox": "0,0,1,1", "datetime": "../1900-01-01"} {
		query := url.Values{}
		for n, v := range match {
			query[n] = v
		}
		query.Set(name, other)
		if got := ids(c.pages(t, "/ogc/collections/trees/items?"+query.Encode())); len(got) != 0 {
			t.Errorf("trees with %v = %v, want none", query, got)
		}
	}
}

// Pages for people write numbers and units as their language does, and links as
// links.
func TestPagesSpeakTheLanguage(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	tree := c.pages(t, "/ogc/collections/trees/items?limit=1&filter=height%3E0")[0].Features[0]
	height := tree.Properties["height"].(float64)
	path := fmt.Sprintf("/ogc/collections/trees/items/%v?f=html&lang=", tree.ID)
	inRussian := strings.Replace(plainText(height), ".", ",", 1) + "\u00a0м"
	for lang, want := range map[string]string{"ru": inRussian, "ky": inRussian, "en": plainText(height) + "\u00a0m"} {
		if text := body(t, c.get(t, path+lang)); !strings.Contains(text, want) {
			t.Errorf("page of a tree in %s lacks %q", lang, want)
		}
	}
	if text := body(t, c.get(t, "/ogc/styles?f=html&lang=en")); !strings.Contains(text, `<a href="http://example.com/ogc/styles/day?f=mapbox">`) || strings.Contains(text, "<dt>href</dt>") {
		t.Errorf("page of the styles = %.2000s, want links to follow", text)
	}
}

// A caller that leaves takes its query along: the database works for nobody. One
// whose time is over is told so.
func TestQueriesEndWithTheirCaller(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.awaitSearch(t) // or it would wait for the lock, too
	lock, err := c.db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Rollback(context.Background()) }()
	if _, err := lock.Exec(t.Context(), "LOCK TABLE layer.trees IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	waiting := func() (n int) {
		if err := lock.QueryRow(t.Context(), "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'layer.trees'::regclass").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, path := range []string{"/ogc/collections/trees/items", "/ogc/collections/trees/export?f=csv"} {
		ctx, leave := context.WithCancel(t.Context())
		answered := make(chan int)
		go func() {
			w := httptest.NewRecorder()
			c.handler.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
			answered <- w.Code
		}()
		within(t, "the query of "+path+" waits", func() bool { return waiting() > 0 })
		leave()
		<-answered
		within(t, "the query of "+path+" has ended", func() bool { return waiting() == 0 })
		late, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, httptest.NewRequestWithContext(late, http.MethodGet, path, nil))
		cancel()
		if w.Code != http.StatusGatewayTimeout {
			t.Errorf("GET %s out of time = %d %s, want 504", path, w.Code, w.Body)
		}
	}
}

// within waits until something is so.
func within(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); {
		if time.Now().After(end) {
			t.Fatalf("it is not so after 30 s that %s", what)
		}
		time.Sleep(5 * time.Millisecond) // the database tells nobody
	}
}

// Whatever stands in a parameter, the answer is 400 and tells where, never 500.
func TestHostileParametersAreToldWhere(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	deep := strings.Repeat("NOT (", 70) + "TRUE" + strings.Repeat(")", 70)
	for parameter, values := range map[string][]string{
		"filter": {
			"species = 'oak", "species == 'oak'", "species = 'oak' AND", "(species = 'oak'", "species = 'oak')", "species LIKE 5", "id = 'x'; DROP TABLE layer.trees; --",
			"1=1 UNION SELECT * FROM auth.account", "species = $1", "\u202especies = 1", "species = 'x' \x00", "spe\u0301cies = 'x'", "pg_sleep(10) = 1", "geometry = 1",
			"S_INTERSECTS(geometry, POINT(NaN 1))", "S_INTERSECTS(geometry, POLYGON((0 0, 1 1)))", "S_INTERSECTS(geometry, BBOX(1, 2, 3))", "S_WITHIN(geometry, POINT(1 91))",
			deep, "id IN (" + strings.Repeat("1,", 10_001) + "1)", "species = '" + strings.Repeat("ж", 3000) + "'", "id = 1e", "T_AFTER(DATE('2020-02-30'), DATE('2020-01-01'))",
		},
		"bbox":       {"NaN,0,1,1", "0,0,Infinity,1", "0,0,1", "0,0,1,1,1", "1e999,0,1,1", "0,0,1,-1", "-181,0,1,1", "0,-91,1,1", "0;0;1;1", "0,0,1,1'--"},
		"crs":        {"EPSG:3857", "http://www.opengis.net/def/crs/EPSG/0/1", "'; DROP TABLE x; --", "http://www.opengis.net/def/crs/EPSG/0/99999999999999999999"},
		"bbox-crs":   {"4326", "http://www.opengis.net/def/crs/EPSG/0/4326'"},
		"sortby":     {"species;DROP TABLE x", "species DESC", "--", "geometry", "-species,-species", strings.Repeat("id,", 20)},
		"properties": {"species,colour", "*", "species'--"},
		"datetime":   {"2020-02-30", "now()", "../x", "2020-01-01/2019-01-01", "2020-01-01/2021-01-01/2022-01-01"},
		"next":       {"1.x", "1'--", "99999999999999999999"},
		"limit":      {"0", "-1", "1.5", "0x10", "٣"},
		"id":         {"x", "1.5x", "", "--1"},
		"height":     {"NaN", "Infinity", "'1'"},
	} {
		for _, value := range values {
			r := c.get(t, "/ogc/collections/trees/items?"+url.Values{parameter: {value}}.Encode())
			text := body(t, r)
			told := parameter
			if parameter == "filter" {
				told = "column"
			}
			if r.StatusCode != http.StatusBadRequest || !strings.Contains(text, told) {
				t.Errorf("GET items?%s=%.60q = %d %.300s, want 400 naming the %s", parameter, value, r.StatusCode, text, told)
			}
		}
	}
}
