package server_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"kvartal"
	"kvartal/layers"
)

// What the executable test suites of OGC API – Features 1.0 (parts 1 and 2) ask
// of a server, asked here of ours.

type ogcLink struct {
	Href, Rel, Type, Hreflang, Title string
}

type ogcCollection struct {
	ID, Title, Description, ItemType, StorageCrs string
	CRS                                          []string
	Extent                                       struct {
		Spatial struct {
			BBox [][]float64
			CRS  string
		}
	}
	Links []ogcLink
}

type ogcCollections struct {
	Links       []ogcLink
	CRS         []string
	Collections []ogcCollection
}

type ogcItems struct {
	Type           string
	Features       []*geojson.Feature
	NumberMatched  *int
	NumberReturned int
	TimeStamp      string
	Links          []ogcLink
}

// read reads a JSON answer of status 200 into v and returns its header.
func (c testCity) read(t *testing.T, path string, v any) http.Header {
	t.Helper()
	path = strings.TrimPrefix(path, "http://example.com")
	r := get(t, c.handler, path, map[string]string{"Accept": "application/json"})
	text := body(t, r)
	if r.StatusCode != http.StatusOK {
		t.Fatalf("GET %s = %d %.300s", path, r.StatusCode, text)
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("GET %s = %v in %.300s", path, err, text)
	}
	return r.Header
}

func linkTo(links []ogcLink, rel, mediaType string) (ogcLink, bool) {
	i := slices.IndexFunc(links, func(l ogcLink) bool { return l.Rel == rel && (mediaType == "" || l.Type == mediaType) })
	if i < 0 {
		return ogcLink{}, false
	}
	return links[i], true
}

func wantLinks(t *testing.T, where string, links []ogcLink, want map[string]string) {
	t.Helper()
	for _, l := range links {
		if l.Href == "" || l.Rel == "" || l.Type == "" {
			t.Errorf("%s: link %+v lacks href, rel or type", where, l)
		}
	}
	for relation, mediaType := range want {
		rel, _, _ := strings.Cut(relation, " ")
		if _, ok := linkTo(links, rel, mediaType); !ok {
			t.Errorf("%s: no link %s of type %s in %+v", where, rel, mediaType, links)
		}
	}
}

func TestLandingPage(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	for _, path := range []string{"/ogc", "/ogc/"} {
		var page struct{ Links []ogcLink }
		c.read(t, path, &page)
		wantLinks(t, path, page.Links, map[string]string{
			"self": "application/json", "alternate": "text/html",
			"service-desc": "application/vnd.oai.openapi+json;version=3.0", "service-doc": "text/html",
			"conformance": "application/json", "data": "application/json",
		})
	}
}

func TestConformanceIsSaid(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	var page struct{ ConformsTo []string }
	c.read(t, "/ogc/conformance", &page)
	for _, class := range []string{
		"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core", "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
		"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter", "http://www.opengis.net/spec/cql2/1.0/conf/array-functions",
	} {
		if !slices.Contains(page.ConformsTo, class) {
			t.Errorf("conformance lacks %s", class)
		}
	}
}

func TestOpenAPIDocumentIsValidAndDescribesEveryResource(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	r := c.get(t, "/ogc/api")
	if got := r.Header.Get("Content-Type"); got != "application/vnd.oai.openapi+json;version=3.0" {
		t.Errorf("GET /ogc/api is of type %q", got)
	}
	doc, err := openapi3.NewLoader().LoadFromData([]byte(body(t, r)))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Errorf("OpenAPI document = %v", err)
	}
	if doc.OpenAPI != "3.0.3" || doc.Servers[0].URL != "http://example.com/ogc" {
		t.Errorf("OpenAPI = %s at %s", doc.OpenAPI, doc.Servers[0].URL)
	}
	items := doc.Paths.Find("/collections/{collectionId}/items")
	if items == nil {
		t.Fatal("OpenAPI lacks the items")
	}
	for _, name := range []string{"limit", "bbox", "datetime"} {
		p := items.Get.Parameters.GetByInAndName("query", name)
		if p == nil || p.Required || p.Style != "form" || p.Explode == nil || *p.Explode {
			t.Errorf("parameter %s = %+v", name, p)
		}
	}
	limit := items.Get.Parameters.GetByInAndName("query", "limit").Schema.Value
	if !limit.Type.Is("integer") || *limit.Min < 0 || limit.Default.(float64) < 0 {
		t.Errorf("limit = %+v", limit)
	}
	bbox := items.Get.Parameters.GetByInAndName("query", "bbox").Schema.Value
	if !bbox.Type.Is("array") || bbox.MinItems != 4 || *bbox.MaxItems != 6 || !bbox.Items.Value.Type.Is("number") {
		t.Errorf("bbox = %+v", bbox)
	}
}

// What is refused a parameter it does not know names those that OpenAPI does.
func TestOpenAPIDescribesWhatMovesAsItIsServed(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	doc, err := openapi3.NewLoader().LoadFromData([]byte(body(t, c.get(t, "/ogc/api"))))
	if err != nil {
		t.Fatal(err)
	}
	described := 0
	for path, item := range doc.Paths.Map() {
		if !strings.HasPrefix(path, "/live") {
			continue
		}
		described++
		method, op := http.MethodGet, item.Get
		if op == nil {
			method, op = http.MethodPost, item.Post
		}
		var names []string
		for _, p := range op.Parameters {
			if p.Value.In == "query" {
				names = append(names, p.Value.Name)
			}
		}
		if op.Servers == nil || (*op.Servers)[0].URL != "http://example.com" {
			t.Errorf("%s is at %v, want http://example.com", path, op.Servers)
		}
		r := httptest.NewRequestWithContext(t.Context(), method, strings.NewReplacer("{layer}", "ploughs", "{id}", "1").Replace(path)+"?nonsense=1", nil)
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, r)
		if want := fmt.Sprintf(`there is no parameter \"nonsense\" here: use %s"`, strings.Join(names, ", ")); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s %s?nonsense=1 = %d %s, want 400 with %s", method, path, w.Code, w.Body, want)
		}
	}
	if described != 9 {
		t.Errorf("OpenAPI describes %d resources of what moves, want 9", described)
	}
}

func TestCollectionsAreWhatTheySayAlone(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	var all ogcCollections
	c.read(t, "/ogc/collections", &all)
	wantLinks(t, "collections", all.Links, map[string]string{"self": "application/json", "alternate": "text/html"})
	if len(all.Collections) < 10 {
		t.Fatalf("%d collections, want the built-in layers", len(all.Collections))
	}
	for _, listed := range all.Collections {
		var alone ogcCollection
		c.read(t, "/ogc/collections/"+listed.ID, &alone)
		if !reflect.DeepEqual(alone, listed) {
			t.Errorf("collection %s alone = %+v, in the list %+v", listed.ID, alone, listed)
		}
		wantLinks(t, listed.ID, listed.Links, map[string]string{
			"self": "application/json", "alternate": "text/html", "items": "application/geo+json", "items html": "text/html",
			"http://www.opengis.net/def/rel/ogc/1.0/queryables": "application/schema+json",
		})
		if listed.ItemType != "feature" {
			t.Errorf("itemType of %s = %q", listed.ID, listed.ItemType)
		}
		if listed.CRS == nil {
			continue // a register without places
		}
		if listed.CRS[0] != "http://www.opengis.net/def/crs/OGC/1.3/CRS84" || !slices.Contains(listed.CRS, listed.StorageCrs) {
			t.Errorf("crs of %s = %v, stored in %s", listed.ID, listed.CRS, listed.StorageCrs)
		}
		for _, uri := range listed.CRS {
			if u, err := url.Parse(uri); err != nil || !u.IsAbs() || !slices.Contains(all.CRS, uri) {
				t.Errorf("crs %q of %s is no URI or not in the global list", uri, listed.ID)
			}
		}
	}
}

// pages follows the next links to the end.
func (c testCity) pages(t *testing.T, path string) []ogcItems {
	t.Helper()
	var pages []ogcItems
	for path != "" {
		var page ogcItems
		c.read(t, path, &page)
		if page.Type != "FeatureCollection" || page.NumberReturned != len(page.Features) || page.TimeStamp == "" {
			t.Fatalf("GET %s = %s of %d with %d features at %q", path, page.Type, page.NumberReturned, len(page.Features), page.TimeStamp)
		}
		pages = append(pages, page)
		next, _ := linkTo(page.Links, "next", "")
		path = next.Href
	}
	return pages
}

func ids(pages []ogcItems) []float64 {
	var ids []float64
	for _, page := range pages {
		for _, f := range page.Features {
			ids = append(ids, f.ID.(float64))
		}
	}
	return ids
}

func TestNumberMatchedIsTheSumOfAllPages(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	for _, query := range []string{"limit=1", "limit=2&sortby=-species", "limit=2&filter=id%3E1", "limit=2&lang=ky&sortby=species,-id"} {
		pages := c.pages(t, "/ogc/collections/trees/items?"+query)
		for _, page := range pages {
			if page.NumberMatched == nil || *page.NumberMatched != len(ids(pages)) {
				t.Errorf("numberMatched of %s = %v, want %d", query, page.NumberMatched, len(ids(pages)))
			}
			wantLinks(t, query, page.Links, map[string]string{"self": "application/geo+json", "alternate": "text/html"})
		}
		if len(pages) < 2 {
			t.Errorf("%s has one page only", query)
		}
	}
}

func TestFeatureAlone(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	for _, collection := range c.document(t, "/ogc/collections")["collections"].([]any) {
		id := collection.(map[string]any)["id"].(string)
		first := c.pages(t, "/ogc/collections/"+id+"/items?limit=100")[0]
		for _, want := range first.Features {
			path := fmt.Sprintf("/ogc/collections/%s/items/%v", id, want.ID)
			var f struct {
				Type       string
				ID         any
				Geometry   json.RawMessage
				Properties map[string]any
				Links      []ogcLink
			}
			h := c.read(t, path, &f)
			if f.Type != "Feature" || f.ID != want.ID || !reflect.DeepEqual(f.Properties, map[string]any(want.Properties)) {
				t.Errorf("GET %s = %+v, in the list %+v", path, f, want)
			}
			if got := h.Get("Content-Crs"); got != "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>" {
				t.Errorf("Content-Crs of %s = %q", path, got)
			}
			wantLinks(t, path, f.Links, map[string]string{"self": "application/geo+json", "alternate": "text/html", "collection": "application/json"})
		}
	}
}

// The features within a box are the same in whatever system it is given.
func TestBoxesInEverySystem(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	var collection ogcCollection
	c.read(t, "/ogc/collections/trees", &collection)
	all := c.pages(t, "/ogc/collections/trees/items")[0]
	one := all.Features[0].Geometry.Bound().Pad(1e-5)
	want := ids(c.pages(t, "/ogc/collections/trees/items?bbox="+boxText(one, false)))
	if len(want) == 0 || len(want) == len(all.Features) {
		t.Fatalf("features in %v = %v, want some of %d", one, want, len(all.Features))
	}
	for _, uri := range collection.CRS {
		inCRS := c.inCRS(t, uri, one)
		got := ids(c.pages(t, "/ogc/collections/trees/items?bbox-crs="+url.QueryEscape(uri)+"&bbox="+inCRS))
		if !slices.Equal(got, want) {
			t.Errorf("features in %s of %s = %v, want %v", inCRS, uri, got, want)
		}
	}
}

func boxText(b orb.Bound, northFirst bool) string {
	if northFirst {
		return fmt.Sprintf("%f,%f,%f,%f", b.Min[1], b.Min[0], b.Max[1], b.Max[0])
	}
	return fmt.Sprintf("%f,%f,%f,%f", b.Min[0], b.Min[1], b.Max[0], b.Max[1])
}

// inCRS is a box around one in degrees in the system of a URI.
func (c testCity) inCRS(t *testing.T, uri string, b orb.Bound) string {
	t.Helper()
	for _, crs := range c.store.CRSs() {
		if !strings.HasSuffix(uri, fmt.Sprintf("/EPSG/0/%d", crs.SRID)) {
			continue
		}
		if crs.SRID == kvartal.WGS84 {
			return boxText(b, true)
		}
		var x, y [2]float64
		for i, p := range []orb.Point{b.Min, b.Max} {
			if err := c.db.Pool.QueryRow(t.Context(), "SELECT ST_X(p), ST_Y(p) FROM ST_Transform(ST_SetSRID(ST_MakePoint($1, $2), 4326), $3::int) AS p",
				p[0], p[1], int(crs.SRID)).Scan(&x[i], &y[i]); err != nil {
				t.Fatal(err)
			}
		}
		return boxText(orb.Bound{Min: orb.Point{x[0], y[0]}, Max: orb.Point{x[1], y[1]}}, crs.NorthFirst)
	}
	return boxText(b, false)
}

// Coordinates are those of PostGIS, axes in the order of the system.
func TestFeaturesInEverySystem(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	first := c.pages(t, "/ogc/collections/trees/items?limit=1")[0].Features[0]
	place := first.Geometry.(orb.Point)
	for _, crs := range c.store.CRSs() {
		uri := fmt.Sprintf("http://www.opengis.net/def/crs/EPSG/0/%d", crs.SRID)
		var page ogcItems
		h := c.read(t, "/ogc/collections/trees/items?limit=1&crs="+uri, &page)
		if got := h.Get("Content-Crs"); got != "<"+uri+">" {
			t.Errorf("Content-Crs = %q, want %s", got, uri)
		}
		var want orb.Point
		if err := c.db.Pool.QueryRow(t.Context(), "SELECT ST_X(p), ST_Y(p) FROM ST_Transform(ST_SetSRID(ST_MakePoint($1, $2), 4326), $3::int) AS p",
			place[0], place[1], int(crs.SRID)).Scan(&want[0], &want[1]); err != nil {
			t.Fatal(err)
		}
		if crs.NorthFirst {
			want[0], want[1] = want[1], want[0]
		}
		got := page.Features[0].Geometry.(orb.Point)
		if math.Hypot(got[0]-want[0], got[1]-want[1]) > 1e-3 {
			t.Errorf("first tree in %s = %v, want %v", uri, got, want)
		}
	}
}

func TestHostileRequestsAreRefused(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	unsupported := "http://www.opengis.net/def/crs/0/unsupported"
	hostile := map[string]string{
		"unknownQueryParameter=unknown": "there is no parameter",
		"limit=unlimited":               "limit",
		"limit=1&limit=2":               "2 times",
		"f=exe":                         "want one of",
		"crs=" + unsupported:            "crs",
		"bbox-crs=" + unsupported + "&bbox=1,2,3,4":                         "bbox-crs",
		"filter-crs=" + unsupported + "&filter=id=1":                        "filter-crs",
		"bbox-crs=http://www.opengis.net/def/crs/EPSG/0/32618&bbox=a,b":     "bbox",
		"bbox-crs=http://www.opengis.net/def/crs/EPSG/0/32618&bbox=5,5,1,1": "bbox",
		"bbox=NaN,1,2,3":                                    "bbox",
		"bbox=1,2,Inf,3":                                    "bbox",
		"datetime=yesterday":                                "datetime",
		"datetime=2026-01-02/2026-01-01":                    "datetime",
		"datetime=2026-13-01T00:00:00Z":                     "datetime",
		"sortby=colour":                                     "sortby|cannot be sorted",
		"sortby=-":                                          "sortby",
		"properties=colour":                                 "property",
		"skipGeometry=perhaps":                              "skipGeometry",
		"filter-lang=sql&filter=1":                          "filter-lang",
		"filter=species%20%3D":                              "column",
		"filter=1%3D1%3BDROP%20TABLE%20x":                   "column",
		"filter=species%3D'%3B--":                           "column",
		"filter=" + strings.Repeat("(", 5000):               "column",
		"filter=" + strings.Repeat("NOT%20", 2000) + "TRUE": "column",
		"filter=species%20LIKE%20'" + strings.Repeat("%25", 200) + "'": "column",
		"filter=%F0%28%8C%28": "filter",
		"filter=colour%3D1":   "colour",
		"filter=f(1)":         "no function",
		"filter=S_INTERSECTS(geometry,POINT(1e999%201))":            "column",
		"filter=S_INTERSECTS(geometry,POINT(500%201))":              "column",
		"filter-lang=cql2-json&filter=" + strings.Repeat("[", 3000): "filter",
		"filter-lang=cql2-json&filter={\"op\":\"=\",\"args\":[1]}":  "takes 2",
		"planted=yesterday":                    "there is no|want a value",
		"next=1.%00":                           "next",
		"next=-1":                              "next",
		"next=5.bnVsbA":                        "",
		"sortby=species&next=5.WyJcdTAwMDAiXQ": "",
		"q=" + strings.Repeat("x", 300):        "q is longer",
		"lang=tlh":                             "lang",
	}
	for query, says := range hostile {
		r := c.get(t, "/ogc/collections/trees/items?"+query)
		text := body(t, r)
		if says == "" { // strange, but harmless
			if r.StatusCode >= 500 {
				t.Errorf("GET ?%.80s = %d %.300s", query, r.StatusCode, text)
			}
			continue
		}
		if r.StatusCode != http.StatusBadRequest || !slices.ContainsFunc(strings.Split(says, "|"), func(s string) bool { return strings.Contains(text, s) }) {
			t.Errorf("GET ?%.80s = %d %.300s, want 400 with %q", query, r.StatusCode, text, says)
		}
	}
}

func TestFiltersOfEveryKindAgree(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	d, err := c.store.Registry().Layer("trees")
	if err != nil {
		t.Fatal(err)
	}
	species := c.pages(t, "/ogc/collections/trees/items?limit=1")[0].Features[0].Properties["species"].(string)
	if _, ok := d.Field("species"); !ok {
		t.Fatal("trees have no species")
	}
	want := ids(c.pages(t, "/ogc/collections/trees/items?species="+url.QueryEscape(species)))
	if len(want) == 0 {
		t.Fatalf("no tree is a %s", species)
	}
	for _, query := range []url.Values{
		{"filter": {"species = '" + species + "'"}},
		{"filter": {"CASEI(species) = CASEI('" + strings.ToUpper(species) + "')"}},
		{"filter-lang": {"cql2-json"}, "filter": {`{"op":"=","args":[{"property":"species"},"` + species + `"]}`}},
		{"filter": {"species = '" + species + "'"}, "filter-lang": {"cql2-text"}, "sortby": {"id"}, "crs": {"http://www.opengis.net/def/crs/EPSG/0/3857"}},
	} {
		if got := ids(c.pages(t, "/ogc/collections/trees/items?"+query.Encode())); !slices.Equal(got, want) {
			t.Errorf("trees with %v = %v, want %v", query, got, want)
		}
	}
}

// Literals of filters have the axes of their system.
func TestFilterCRS(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	all := c.pages(t, "/ogc/collections/trees/items")[0]
	b := all.Features[0].Geometry.Bound().Pad(1e-5)
	want := ids(c.pages(t, "/ogc/collections/trees/items?bbox="+boxText(b, false)))
	for _, crs := range c.store.CRSs() {
		uri := fmt.Sprintf("http://www.opengis.net/def/crs/EPSG/0/%d", crs.SRID)
		query := url.Values{"filter-crs": {uri}, "filter": {"S_INTERSECTS(geometry, BBOX(" + c.inCRS(t, uri, b) + "))"}}
		if got := ids(c.pages(t, "/ogc/collections/trees/items?"+query.Encode())); !slices.Equal(got, want) {
			t.Errorf("trees with %v = %v, want %v", query, got, want)
		}
	}
}

func TestItemsByTime(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	all := len(c.pages(t, "/ogc/collections/trees/items")[0].Features)
	whens := map[string]int{
		"1999-12-31T23:59:59Z": 0, "../1999-12-31": 0, "2000-01-01/..": all, "../..": all, "2000-01-01T00:00:00Z/2999-01-01T00:00:00Z": all, "2999-01-01": all,
	}
	for when, want := range whens {
		if got := len(c.pages(t, "/ogc/collections/trees/items?datetime="+url.QueryEscape(when))[0].Features); got != want {
			t.Errorf("trees at %s = %d, want %d", when, got, want)
		}
	}
}

func TestTextSearchInALayer(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	all := c.pages(t, "/ogc/collections/addresses/items")[0]
	street := all.Features[0].Properties["street"].(string)
	for _, q := range []string{street, strings.ToUpper(street), "nowhere at all, " + street} {
		if len(ids(c.pages(t, "/ogc/collections/addresses/items?q="+url.QueryEscape(q)))) == 0 {
			t.Errorf("addresses with q=%s: none", q)
		}
	}
	for _, q := range []string{"%", "_", `\`, "zzzz", ","} {
		if got := ids(c.pages(t, "/ogc/collections/addresses/items?q="+url.QueryEscape(q))); len(got) != 0 {
			t.Errorf("addresses with q=%s = %v, want none", q, got)
		}
	}
}

// A schema says what features hold: nothing more, nothing less.
func TestSchemasDescribeTheFeatures(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	for _, l := range c.store.Registry().Layers() {
		if l.History == layers.HistoryRevisions || !l.View(kvartal.Public).May("query") {
			continue
		}
		for _, kind := range []string{"schema", "queryables", "sortables"} {
			r := c.get(t, "/ogc/collections/"+string(l.ID)+"/"+kind)
			if got := r.Header.Get("Content-Type"); got != "application/schema+json" {
				t.Fatalf("%s of %s is of type %q", kind, l.ID, got)
			}
			var doc struct {
				Schema     string `json:"$schema"`
				ID         string `json:"$id"`
				Type       string
				Properties map[string]map[string]any
			}
			if err := json.Unmarshal([]byte(body(t, r)), &doc); err != nil {
				t.Fatal(err)
			}
			if doc.Type != "object" || doc.ID != "http://example.com/ogc/collections/"+string(l.ID)+"/"+kind || doc.Schema != "https://json-schema.org/draft/2020-12/schema" {
				t.Errorf("%s of %s = %+v", kind, l.ID, doc)
			}
			_, hasGeometry := doc.Properties["geometry"]
			if hasGeometry != (l.HasGeometry() && kind != "sortables") {
				t.Errorf("%s of %s has a geometry: %v", kind, l.ID, hasGeometry)
			}
			first := c.pages(t, "/ogc/collections/"+string(l.ID)+"/items?limit=1")[0]
			for _, f := range first.Features {
				for name := range f.Properties {
					if doc.Properties[name] == nil {
						t.Errorf("%s of %s lacks %s", kind, l.ID, name)
					}
				}
			}
		}
	}
}

// A filter of every conformance class of CQL2 is understood and gives what it
// should: all trees or none.
func TestEveryClassOfCQL2(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	all := len(c.pages(t, "/ogc/collections/trees/items")[0].Features)
	for class, filter := range map[string]string{
		"basic-cql2":                    "id >= 1 AND NOT species IS NULL OR FALSE",
		"advanced-comparison-operators": "species LIKE '%' AND id BETWEEN 1 AND 1000000 AND id NOT IN (-1, -2)",
		"case-insensitive-comparison":   "CASEI('ДУБ') = CASEI('дуб')",
		"accent-insensitive-comparison": "ACCENTI('Chêne') = ACCENTI('Chene')",
		"basic-spatial-functions":       "S_INTERSECTS(geometry, BBOX(-180, -80, 180, 80))",
		"basic-spatial-functions-plus":  "S_INTERSECTS(geometry, POLYGON((-179 -80, 179 -80, 179 80, -179 80, -179 -80)))",
		"spatial-functions":             "S_WITHIN(geometry, POLYGON((-76 39, -75 39, -75 40, -76 40, -76 39))) AND NOT S_TOUCHES(geometry, POINT(0 0))",
		"temporal-functions":            "T_BEFORE(DATE('2020-01-01'), TIMESTAMP('2026-01-01T00:00:00Z')) AND T_INTERSECTS(INTERVAL('..', '2020-01-01'), DATE('2019-01-01'))",
		"array-functions":               "A_CONTAINS(('a', 'b'), ('a'))",
		"property-property":             "species = species AND id <= id",
		"functions":                     "length(geometry) = 0",
		"arithmetic":                    "id * 2 - id = id AND 7 div 2 = 3 AND 2 ^ 3 = 8 AND 7 % 4 = 3",
	} {
		for condition, want := range map[string]int{filter: all, "NOT (" + filter + ")": 0} {
			query := url.Values{"filter": {condition}}
			if got := len(c.pages(t, "/ogc/collections/trees/items?"+query.Encode())[0].Features); got != want {
				t.Errorf("%s: trees where %s = %d, want %d", class, condition, got, want)
			}
		}
	}
}
