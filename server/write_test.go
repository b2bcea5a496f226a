package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kvartal/auth"
	"kvartal/layers"
	"kvartal/view"
)

// The abstract tests of OGC API – Features – Part 4 (20-002r1), and what must
// hold beyond them: rights by row, versions, history and the audit log.

const parcelItems = "/ogc/collections/parcels/items"

// writer sends requests with a key.
type writer struct {
	handler http.Handler
	key     string
}

// addWriter is a system that may do what grants to its role say; the public may
// read parcels.
func (c testCity) addWriter(t *testing.T, name string, grants ...view.Grant) writer {
	t.Helper()
	if err := c.auth.AddRole(t.Context(), auth.Actor{}, auth.Role{Name: name}); err != nil {
		t.Fatal(err)
	}
	for _, g := range grants {
		g.Role, g.Layer = name, "parcels"
		c.give(t, g)
	}
	key, err := c.auth.AddKey(t.Context(), auth.Actor{}, name, []string{name}, 1e13)
	if err != nil {
		t.Fatal(err)
	}
	return writer{c.handler, key}
}

func (w writer) do(t *testing.T, method, path, text string, header ...string) *http.Response {
	t.Helper()
	all := map[string]string{"Authorization": "Bearer " + w.key, "Content-Type": "application/geo+json"}
	if method == http.MethodPatch {
		all["Content-Type"] = "application/merge-patch+json"
	}
	for i := 0; i < len(header); i += 2 {
		all[header[i]] = header[i+1]
	}
	return browser{handler: w.handler}.do(t, method, strings.TrimPrefix(path, "http://example.com"), text, all)
}

// want fails the test unless the answer has the status, and returns its body.
func want(t *testing.T, r *http.Response, code int) string {
	t.Helper()
	text := body(t, r)
	if r.StatusCode != code {
		t.Fatalf("status = %d %s, want %d", r.StatusCode, text, code)
	}
	return text
}

func everything() view.Grant {
	return view.Grant{Actions: view.Actions(), Writable: []string{"*", "holder"}}
}

// parcel is a small parcel west of a longitude.
func parcel(number string, lon float64, more string) string {
	return fmt.Sprintf(`{"type":"Feature","properties":{"cadastral_number":%q,"category":"settlement"%s},"geometry":{"type":"Polygon",
		"coordinates":[[[%[3]v,39.1],[%[4]v,39.1],[%[4]v,39.101],[%[3]v,39.1]]]}}`, number, more, lon, lon+0.001)
}

// create adds a parcel and returns its address and its ETag.
func (w writer) create(t *testing.T, number string) (path, tag string) {
	t.Helper()
	r := w.do(t, http.MethodPost, parcelItems, parcel(number, -75.5, `,"area":600.50,"holder":"A"`))
	want(t, r, http.StatusCreated)
	return r.Header.Get("Location"), r.Header.Get("ETag")
}

func TestFeaturesAreCreatedReplacedUpdatedAndDeleted(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	w := c.addWriter(t, "editors", everything())
	path, tag := w.create(t, "50:01:0000001:1")
	read := w.do(t, http.MethodGet, path, "")
	text := want(t, read, http.StatusOK)
	if read.Header.Get("ETag") != tag || !strings.HasPrefix(tag, `"v1-`) || !strings.Contains(text, `"area":600.50`) {
		t.Errorf("GET %s = ETag %s, %s, want ETag %s and the digits as written", path, read.Header.Get("ETag"), text, tag)
	}
	r := w.do(t, http.MethodPatch, path, `{"properties":{"address":"Lenina 1","holder":null}}`, "If-Match", tag)
	if text := want(t, r, http.StatusOK); !strings.Contains(text, "Lenina 1") || !strings.Contains(text, `"area":600.50`) || !strings.Contains(text, `"holder":null`) {
		t.Errorf("PATCH = %s, want the address set, the holder gone, the area kept", text)
	}
	r = w.do(t, http.MethodPut, path, parcel("50:01:0000001:1", -75.49, ""), "If-Match", r.Header.Get("ETag"))
	if text := want(t, r, http.StatusOK); strings.Contains(text, "Lenina 1") || !strings.Contains(text, "-75.49,") || !strings.Contains(text, `"area":null`) {
		t.Errorf("PUT = %s, want what is not given gone and the place new", text)
	}
	want(t, w.do(t, http.MethodDelete, path, "", "If-Match", tag), http.StatusPreconditionFailed)
	gone := w.do(t, http.MethodDelete, path, "", "If-Match", r.Header.Get("ETag"))
	want(t, gone, http.StatusNoContent)
	want(t, w.do(t, http.MethodGet, path, ""), http.StatusNotFound)
	want(t, w.do(t, http.MethodDelete, path, "", "If-Match", "*"), http.StatusNotFound)

	var former, sets int
	if err := c.db.Pool.QueryRow(t.Context(), `SELECT count(*), count(DISTINCT changeset) FROM history.parcels`).Scan(&former, &sets); err != nil || former != 3 || sets != 3 {
		t.Errorf("former rows, changesets = %d, %d, %v, want 3, 3: each request is one changeset", former, sets, err)
	}
	var authors []string
	if err := c.db.Pool.QueryRow(t.Context(), `SELECT array_agg(DISTINCT author || ' ' || source) FROM kvartal.changeset WHERE source = 'api'`).Scan(&authors); err != nil || len(authors) != 1 || !strings.HasPrefix(authors[0], "key:") {
		t.Errorf("authors = %v, %v, want the key's", authors, err)
	}
	events, err := c.auth.Events(t.Context(), auth.Search{Action: "feature.", Limit: 10})
	if err != nil || len(events) != 4 || events[0].Action != "feature.delete" {
		t.Errorf("events = %+v, %v, want four, a deletion the latest", events, err)
	}
}

func TestWritesNeedTheVersionTheyAreMadeTo(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	w := c.addWriter(t, "editors", everything())
	path, tag := w.create(t, "50:01:0000001:1")
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
		for header, code := range map[string]int{
			"":                    http.StatusPreconditionRequired,
			"W/" + tag:            http.StatusPreconditionFailed,
			`"v2-abc"`:            http.StatusPreconditionFailed,
			`"v01x", "nonsense"`:  http.StatusPreconditionFailed,
			`"v7-abc", "v8-abcd"`: http.StatusPreconditionFailed,
		} {
			var with []string
			if header != "" {
				with = []string{"If-Match", header}
			}
			if got := w.do(t, method, path, parcel("50:01:0000001:1", -75.5, ""), with...).StatusCode; got != code {
				t.Errorf("%s with If-Match %q = %d, want %d", method, header, got, code)
			}
		}
	}
	patch := `{"properties":{"address":"x"}}`
	want(t, w.do(t, http.MethodPatch, path, patch, "If-Match", `"other", `+tag+`, "v9-abc"`), http.StatusOK)
	want(t, w.do(t, http.MethodPatch, path, patch, "If-Match", "*"), http.StatusOK)
}

func TestOfConcurrentReplacementsOneWins(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	w := c.addWriter(t, "editors", everything())
	path, tag := w.create(t, "50:01:0000001:1")
	codes := make([]int, 6)
	var group sync.WaitGroup
	for i := range codes {
		group.Go(func() {
			codes[i] = w.do(t, http.MethodPut, path, parcel("50:01:0000001:1", -75.5, fmt.Sprintf(`,"address":"%d"`, i)), "If-Match", tag).StatusCode
		})
	}
	group.Wait()
	slices.Sort(codes)
	if wanted := []int{200, 412, 412, 412, 412, 412}; !slices.Equal(codes, wanted) {
		t.Errorf("answers to equal If-Match = %v, want %v", codes, wanted)
	}
}

func TestWritingIsBoundByRowsAndAttributes(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	all := c.addWriter(t, "editors", everything())
	path, _ := all.create(t, "50:01:0000001:1")
	field, _ := all.create(t, "50:01:0000001:2")
	want(t, all.do(t, http.MethodPatch, field, `{"properties":{"category":"forest"}}`, "If-Match", "*"), http.StatusOK)
	if err := c.auth.Close(t.Context(), auth.Actor{}, "parcels", true); err != nil {
		t.Fatal(err)
	}
	write := []view.Action{view.Create, view.Change, view.Delete}
	some := c.addWriter(t, "town",
		view.Grant{Actions: []view.Action{view.Query}, Attributes: []string{"cadastral_number", "address", "category", "area"}, Masked: []string{"holder"}},
		view.Grant{Actions: write, Writable: []string{"cadastral_number", "address", "category"}, Filter: "category = 'settlement'"})
	blind := c.addWriter(t, "blind",
		view.Grant{Actions: append(write, view.Query), Writable: []string{"cadastral_number", "address", "category"}, Filter: "category = 'settlement'"})
	reader := c.addWriter(t, "readers", view.Grant{Actions: []view.Action{view.Query}, Attributes: []string{"*"}})
	stranger := c.addWriter(t, "strangers")
	address := `{"properties":{"address":"x"}}`
	for name, try := range map[string]struct {
		by           writer
		path, body   string
		match, field string
		code         int
	}{
		"within":                       {some, path, address, "*", "", http.StatusOK},
		"a row to be read only":        {some, field, address, "*", "", http.StatusForbidden},
		"so, whatever the version":     {some, field, address, `"v9-x"`, "", http.StatusForbidden},
		"a hidden row":                 {blind, field, address, "*", "", http.StatusNotFound},
		"a hidden row with version":    {blind, field, address, `"v9-x"`, "", http.StatusNotFound},
		"no row":                       {blind, parcelItems + "/999999", address, `"v9-x"`, "", http.StatusNotFound},
		"out of one's own":             {some, path, `{"properties":{"category":"forest"}}`, "*", "", http.StatusForbidden},
		"an attribute to be read only": {some, path, `{"properties":{"area":5}}`, "*", "area", http.StatusForbidden},
		"a masked attribute":           {some, path, `{"properties":{"holder":"x"}}`, "*", "holder", http.StatusForbidden},
		"a hidden attribute":           {some, path, `{"properties":{"ownership":"state"}}`, "*", "ownership", http.StatusBadRequest},
		"no attribute":                 {some, path, `{"properties":{"nosuch":"state"}}`, "*", "nosuch", http.StatusBadRequest},
		"without the right":            {reader, path, address, "*", "", http.StatusForbidden},
		"a hidden layer":               {stranger, path, address, "*", "", http.StatusNotFound},
	} {
		r := try.by.do(t, http.MethodPatch, try.path, try.body, "If-Match", try.match)
		text := body(t, r)
		var problem struct{ Field string }
		_ = json.Unmarshal([]byte(text), &problem)
		if r.StatusCode != try.code || problem.Field != try.field {
			t.Errorf("%s: %d %s, want %d naming %q", name, r.StatusCode, text, try.code, try.field)
		}
	}
	want(t, some.do(t, http.MethodPost, parcelItems, parcel("50:01:0000001:3", -75.5, "")), http.StatusCreated)
	outside := strings.Replace(parcel("50:01:0000001:4", -75.5, ""), "settlement", "forest", 1)
	want(t, some.do(t, http.MethodPost, parcelItems, outside), http.StatusForbidden)
	if n := c.count(t, "cadastral_number = '50:01:0000001:4'"); n != 0 {
		t.Errorf("parcels made without right = %d, want 0", n)
	}
	want(t, some.do(t, http.MethodDelete, field, "", "If-Match", "*"), http.StatusForbidden)
	replaced := want(t, some.do(t, http.MethodPut, path, parcel("50:01:0000001:1", -75.5, ""), "If-Match", "*"), http.StatusOK)
	if !strings.Contains(replaced, `"area":600.50`) || !strings.Contains(replaced, `"address":null`) {
		t.Errorf("PUT = %s, want the area kept, which its author may not write, and the address gone", replaced)
	}
	for by, allow := range map[*writer]string{
		&some: "DELETE, GET, HEAD, OPTIONS, PATCH, PUT", &reader: "GET, HEAD, OPTIONS", &stranger: "GET, HEAD, OPTIONS",
	} {
		if got := by.do(t, http.MethodOptions, path, "").Header.Get("Allow"); got != allow {
			t.Errorf("Allow = %q, want %q", got, allow)
		}
	}
	if r := some.do(t, http.MethodPut, parcelItems, "{}"); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD, OPTIONS, POST" {
		t.Errorf("PUT %s = %d, Allow %q, want 405 and what there is", parcelItems, r.StatusCode, r.Header.Get("Allow"))
	}
}

func TestBadFeaturesAreRefused(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	w := c.addWriter(t, "editors", everything())
	w.create(t, "50:01:0000001:1")
	good := parcel("50:01:0000001:9", -75.5, "")
	with := func(geometry string) string {
		return `{"type":"Feature","properties":{"cadastral_number":"50:01:0000001:9"},"geometry":` + geometry + `}`
	}
	for name, try := range map[string]struct {
		body   string
		header []string
		code   int
	}{
		"taken":           {parcel("50:01:0000001:1", -75.5, ""), nil, http.StatusConflict},
		"pattern":         {parcel("1", -75.5, ""), nil, http.StatusBadRequest},
		"code":            {parcel("50:01:0000001:9", -75.5, `,"ownership":"nobody"`), nil, http.StatusBadRequest},
		"type":            {strings.Replace(good, `"Feature"`, `"FeatureCollection"`, 1), nil, http.StatusBadRequest},
		"not JSON":        {good[1:], nil, http.StatusBadRequest},
		"two":             {good + good, nil, http.StatusBadRequest},
		"properties":      {`{"type":"Feature","geometry":null,"properties":[1]}`, nil, http.StatusBadRequest},
		"required":        {`{"type":"Feature","geometry":null,"properties":{}}`, nil, http.StatusBadRequest},
		"other geometry":  {with(`{"type":"Point","coordinates":[-75,39]}`), nil, http.StatusBadRequest},
		"unknown type":    {with(`{"type":"Circle","coordinates":[-75,39]}`), nil, http.StatusBadRequest},
		"open ring":       {with(`{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}`), nil, http.StatusBadRequest},
		"no ring":         {with(`{"type":"Polygon","coordinates":[]}`), nil, http.StatusBadRequest},
		"one number":      {with(`{"type":"Polygon","coordinates":[[[0],[1,0],[1,1],[0]]]}`), nil, http.StatusBadRequest},
		"texts":           {with(`{"type":"Polygon","coordinates":"0,0"}`), nil, http.StatusBadRequest},
		"not on Earth":    {with(`{"type":"Polygon","coordinates":[[[200,0],[1,0],[1,1],[200,0]]]}`), nil, http.StatusBadRequest},
		"bow tie":         {with(`{"type":"Polygon","coordinates":[[[-75.5,39],[-75.4,39.1],[-75.4,39],[-75.5,39.1],[-75.5,39]]]}`), nil, http.StatusBadRequest},
		"a great number":  {with(`{"type":"Polygon","coordinates":[[[1e999,0],[1,0],[1,1],[0,0]]]}`), nil, http.StatusBadRequest},
		"media type":      {good, []string{"Content-Type", "text/plain"}, http.StatusUnsupportedMediaType},
		"reference":       {good, []string{"Content-Crs", "<http://www.opengis.net/def/crs/EPSG/0/1>"}, http.StatusBadRequest},
		"too long":        {`{"type":"` + strings.Repeat("x", 9<<20), nil, http.StatusRequestEntityTooLarge},
		"too many points": {with(`{"type":"Polygon","coordinates":[[` + strings.Repeat("[0,0],", 200_001) + `[0,0]]]}`), nil, http.StatusBadRequest},
	} {
		if r := w.do(t, http.MethodPost, parcelItems, try.body, try.header...); r.StatusCode != try.code {
			t.Errorf("%s: %d %.300s, want %d", name, r.StatusCode, body(t, r), try.code)
		}
	}
}

func TestFeaturesAreWrittenInAnyReferenceSystem(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	w := c.addWriter(t, "editors", everything())
	path, _ := w.create(t, "50:01:0000001:1")
	for _, uri := range []string{"http://www.opengis.net/def/crs/OGC/1.3/CRS84", "http://www.opengis.net/def/crs/EPSG/0/4326", "http://www.opengis.net/def/crs/EPSG/0/3857", "http://www.opengis.net/def/crs/EPSG/0/32618"} {
		read := w.do(t, http.MethodGet, path+"?crs="+uri, "")
		text := want(t, read, http.StatusOK)
		r := w.do(t, http.MethodPut, path, text, "Content-Crs", read.Header.Get("Content-Crs"), "If-Match", read.Header.Get("ETag"))
		want(t, r, http.StatusOK)
		var x, y float64
		if err := c.db.Pool.QueryRow(t.Context(), "SELECT ST_XMin(g), ST_YMin(g) FROM (SELECT ST_Transform(geom, 4326) AS g FROM layer.parcels) AS t").Scan(&x, &y); err != nil || !near(x, -75.5, 1e-7) || !near(y, 39.1, 1e-7) {
			t.Errorf("read and written in %s: corner at %v, %v, %v, want -75.5, 39.1", uri, x, y, err)
		}
	}
}

func near(a, b, tolerance float64) bool { return a-b < tolerance && b-a < tolerance }

func TestSessionsWriteWithTheirToken(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	c.addClerk(t)
	c.give(t, view.Grant{Role: "clerk", Layer: "parcels", Actions: view.Actions(), Writable: []string{"*"}})
	b := c.signIn(t)
	header := map[string]string{"Content-Type": "application/geo+json"}
	want(t, b.do(t, http.MethodPost, parcelItems, parcel("50:01:0000001:1", -75.5, ""), header), http.StatusForbidden)
	want(t, b.do(t, http.MethodOptions, parcelItems, "", nil), http.StatusOK)
	_, header["X-CSRF-Token"] = b.user(t)
	want(t, b.do(t, http.MethodPost, parcelItems, parcel("50:01:0000001:1", -75.5, ""), header), http.StatusCreated)
	want(t, browser{handler: c.handler}.do(t, http.MethodPost, parcelItems, parcel("50:01:0000001:2", -75.5, ""), header), http.StatusForbidden)
}

func TestReadsWaitForTheChangeTheyName(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	w := c.addWriter(t, "editors", everything())
	c.follow(t)
	r := w.do(t, http.MethodPost, parcelItems, parcel("50:01:0000001:1", -75.5, ""))
	want(t, r, http.StatusCreated)
	found := w.do(t, http.MethodGet, "/catalogue.json", "", "Kvartal-Change", r.Header.Get("Kvartal-Change"))
	want(t, found, http.StatusOK)
	want(t, w.do(t, http.MethodGet, "/catalogue.json", "", "Kvartal-Change", "nonsense"), http.StatusBadRequest)
}

func TestRevisedLayersCannotBeWritten(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	c.addWriter(t, "editors", everything())
	c.give(t, view.Grant{Role: "editors", Layer: "base_water_lines", Actions: view.Actions(), Writable: []string{"*"}})
	key, err := c.auth.AddKey(t.Context(), auth.Actor{}, "base", []string{"editors"}, 1e13)
	if err != nil {
		t.Fatal(err)
	}
	d, err := c.store.Registry().Layer("base_water_lines")
	if err != nil || d.History != layers.HistoryRevisions {
		t.Fatalf("base_water_lines = %v, %v, want a layer of revisions", d, err)
	}
	r := writer{c.handler, key}.do(t, http.MethodPost, "/ogc/collections/base_water_lines/items", `{"type":"Feature","geometry":null,"properties":{}}`)
	want(t, r, http.StatusBadRequest)
}

// Requirements of 20-002r1 that the tests above do not carry.
func TestWritingByTheLetter(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	w := c.addWriter(t, "editors", everything())
	path, tag := w.create(t, "50:01:0000001:1")
	for address, header := range map[string][2]string{
		parcelItems: {"Accept-Post", "application/geo+json, application/json"},
		path:        {"Accept-Patch", "application/merge-patch+json"},
	} {
		r := w.do(t, http.MethodOptions, address, "")
		want(t, r, http.StatusOK)
		if got := r.Header.Get(header[0]); got != header[1] {
			t.Errorf("%s of %s = %q, want %q", header[0], address, got, header[1])
		}
	}
	const nowhere = parcelItems + "/999999"
	same := parcel("50:01:0000001:1", -75.5, "")
	for name, try := range map[string]struct {
		method, path, body string
		header             []string
		code               int
	}{
		"replace what is not there":          {http.MethodPut, nowhere, same, nil, http.StatusNotFound},
		"replace it if it is":                {http.MethodPut, nowhere, same, []string{"If-Match", "*"}, http.StatusPreconditionFailed},
		"replace a version of it":            {http.MethodPut, nowhere, same, []string{"If-Match", `"v1-x"`}, http.StatusPreconditionFailed},
		"change what is not there":           {http.MethodPatch, nowhere, `{}`, nil, http.StatusNotFound},
		"delete what is not there":           {http.MethodDelete, nowhere, "", []string{"If-Match", "*"}, http.StatusNotFound},
		"replace in no layer":                {http.MethodPut, "/ogc/collections/none/items/1", same, []string{"If-Match", "*"}, http.StatusNotFound},
		"a change to another id":             {http.MethodPatch, path, `{"id":7}`, []string{"If-Match", tag}, http.StatusBadRequest},
		"an id among the attributes":         {http.MethodPatch, path, `{"properties":{"id":7}}`, []string{"If-Match", tag}, http.StatusBadRequest},
		"an id of its own in a new feature":  {http.MethodPost, parcelItems, `{"id":7,` + parcel("50:01:0000001:8", -75.4, "")[1:], nil, http.StatusCreated},
		"an attribute that the schema lacks": {http.MethodPost, parcelItems, parcel("50:01:0000001:7", -75.4, `,"nosuch":1`), nil, http.StatusBadRequest},
	} {
		if r := w.do(t, try.method, try.path, try.body, try.header...); r.StatusCode != try.code {
			t.Errorf("%s: %s %s = %d %s, want %d", name, try.method, try.path, r.StatusCode, body(t, r), try.code)
		}
	}
	// The id of a replacement is ignored.
	r := w.do(t, http.MethodPut, path, `{"id":7,`+same[1:], "If-Match", tag)
	if text := want(t, r, http.StatusOK); !strings.Contains(text, `"id":`+path[strings.LastIndex(path, "/")+1:]) {
		t.Errorf("PUT with another id = %s, want the id that the address has", text)
	}
}

// What was read may be changed if nobody has since, by its time as by its tag.
func TestWritesNeedTheTimeTheyAreMadeTo(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	w := c.addWriter(t, "editors", everything())
	path, _ := w.create(t, "50:01:0000001:1")
	// As if it had been made long before: the second of a change tells nothing.
	aged := func() {
		t.Helper()
		if _, err := c.db.Pool.Exec(t.Context(), `ALTER TABLE layer.parcels DISABLE TRIGGER USER; UPDATE layer.parcels SET valid_from = valid_from - interval '1 hour';
			ALTER TABLE layer.parcels ENABLE TRIGGER USER`); err != nil {
			t.Fatal(err)
		}
	}
	aged()
	read := w.do(t, http.MethodGet, path, "")
	then := read.Header.Get("Last-Modified")
	if at, err := http.ParseTime(then); err != nil || time.Since(at) < 59*time.Minute || time.Since(at) > 61*time.Minute {
		t.Fatalf("Last-Modified = %q, %v, want an hour ago", then, err)
	}
	patch := `{"properties":{"address":"x"}}`
	before := time.Now().Add(-2 * time.Hour).UTC().Format(http.TimeFormat)
	want(t, w.do(t, http.MethodPatch, path, patch, "If-Unmodified-Since", before), http.StatusPreconditionFailed)
	want(t, w.do(t, http.MethodPatch, path, patch, "If-Unmodified-Since", "yesterday"), http.StatusBadRequest)
	want(t, w.do(t, http.MethodPatch, path, patch, "If-Unmodified-Since", then, "If-Match", `"v9-x"`), http.StatusPreconditionFailed)
	want(t, w.do(t, http.MethodPatch, parcelItems+"/999999", patch, "If-Unmodified-Since", then), http.StatusNotFound)
	changed := w.do(t, http.MethodPatch, path, patch, "If-Unmodified-Since", then)
	want(t, changed, http.StatusOK)
	if now := changed.Header.Get("Last-Modified"); now == "" || now == then {
		t.Errorf("Last-Modified after the change = %q, before %q, want another", now, then)
	}
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
		want(t, w.do(t, method, path, parcel("50:01:0000001:1", -75.5, ""), "If-Unmodified-Since", then), http.StatusPreconditionFailed)
	}
	// Who reads within the second of a change is told a time before it, by which
	// nothing can be changed: somebody else might be at it in the same second.
	for range 3 {
		told := w.do(t, http.MethodPatch, path, patch, "If-Match", "*").Header.Get("Last-Modified")
		if at, err := http.ParseTime(told); err != nil || at.After(time.Now()) {
			t.Errorf("Last-Modified = %q, %v, want none to come", told, err)
		}
	}
	aged()
	then = w.do(t, http.MethodGet, path, "").Header.Get("Last-Modified")
	want(t, w.do(t, http.MethodDelete, path, "", "If-Unmodified-Since", then), http.StatusNoContent)
}
