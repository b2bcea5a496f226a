package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"kvartal/auth"
	"kvartal/styles"
	"kvartal/view"
)

// The abstract tests of OGC API – Styles (20-009, annex A), and what must hold
// beyond them: rights, versions, history, and that styles tell nothing hidden.

// parcelStyle is a style of parcels and of a photograph; parcels are drawn by a
// style layer that names an attribute.
func parcelStyle(name, attribute string) string {
	return `{"version": 8, "name": "` + name + `", "sources": {
		"city": {"type": "vector", "url": "http://example.com/tiles/parcels.json"},
		"photo": {"type": "raster", "tiles": ["https://photo.example/{z}/{x}/{y}.png"]}
	}, "layers": [
		{"id": "photo", "type": "raster", "source": "photo"},
		{"id": "plain", "type": "fill", "source": "city", "source-layer": "parcels", "paint": {"fill-color": "#ff0000"}},
		{"id": "by", "type": "fill", "source": "city", "source-layer": "parcels", "filter": ["==", ["get", "` + attribute + `"], "x"]}
	]}`
}

// style sends a style document.
func (w writer) style(t *testing.T, method, path, document string, header ...string) *http.Response {
	t.Helper()
	return w.do(t, method, path, document, append([]string{"Content-Type", "application/vnd.mapbox.style+json"}, header...)...)
}

func (c testCity) styleIDs(t *testing.T, w writer) []string {
	t.Helper()
	var list struct {
		Default string
		Styles  []struct{ ID string }
	}
	if err := json.Unmarshal([]byte(want(t, w.do(t, http.MethodGet, "/ogc/styles", ""), http.StatusOK)), &list); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range list.Styles {
		ids = append(ids, s.ID)
	}
	if list.Default != string(styles.Day) || !slices.Contains(ids, list.Default) {
		t.Errorf("default style = %q of %v, want %s", list.Default, ids, styles.Day)
	}
	return ids
}

func TestStylesAreMadeReplacedAndDeleted(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	w := c.addWriter(t, "editors", everything())
	made := w.style(t, http.MethodPost, "/ogc/styles", parcelStyle("Parcels in Red!", "category"))
	want(t, made, http.StatusCreated)
	const path = "/ogc/styles/parcels-in-red"
	if got := made.Header.Get("Location"); got != "http://example.com"+path {
		t.Fatalf("Location = %q, want %s", got, path)
	}
	read := w.do(t, http.MethodGet, path, "", "Accept", "application/vnd.mapbox.style+json")
	if text := want(t, read, http.StatusOK); read.Header.Get("Content-Type") != "application/vnd.mapbox.style+json" || !strings.Contains(text, `"category"`) {
		t.Errorf("GET %s = %s of type %s, want the document", path, text, read.Header.Get("Content-Type"))
	}
	var metadata struct {
		ID, Title, Scope, Created, Updated string
		Stylesheets                        []struct{ Link ogcLink }
		Layers                             []struct{ ID, DataType, GeometryType string }
	}
	if err := json.Unmarshal([]byte(want(t, w.do(t, http.MethodGet, path+"/metadata", "", "Accept", "application/json"), http.StatusOK)), &metadata); err != nil {
		t.Fatal(err)
	}
	if metadata.ID != "parcels-in-red" || metadata.Title != "Parcels in Red!" || metadata.Scope != "style" || metadata.Created == "" || metadata.Updated == "" ||
		len(metadata.Stylesheets) != 1 || len(metadata.Layers) != 1 || metadata.Layers[0].ID != "parcels" || metadata.Layers[0].GeometryType != "polygons" {
		t.Errorf("metadata = %+v, want those of the style and of parcels", metadata)
	}
	if got := c.styleIDs(t, w); !slices.Contains(got, "parcels-in-red") {
		t.Errorf("styles = %v, want the new one", got)
	}
	want(t, w.style(t, http.MethodPost, "/ogc/styles", parcelStyle("parcels in red", "category")), http.StatusConflict)
	tag := read.Header.Get("ETag")
	want(t, w.style(t, http.MethodPut, path, parcelStyle("Second", "area"), "If-Match", tag), http.StatusNoContent)
	want(t, w.style(t, http.MethodPut, path, parcelStyle("Third", "area"), "If-Match", tag), http.StatusPreconditionFailed)
	want(t, w.style(t, http.MethodPut, path, parcelStyle("Third", "area")), http.StatusNoContent)
	want(t, w.style(t, http.MethodPut, "/ogc/styles/mine", parcelStyle("Mine", "area")), http.StatusNotFound)
	want(t, w.style(t, http.MethodPut, "/ogc/styles/mine", parcelStyle("Mine", "area"), "If-None-Match", "*"), http.StatusCreated)
	want(t, w.style(t, http.MethodPut, "/ogc/styles/mine", parcelStyle("Mine", "area"), "If-None-Match", "*"), http.StatusPreconditionFailed)
	want(t, w.do(t, http.MethodDelete, path, "", "If-Match", tag), http.StatusPreconditionFailed)
	want(t, w.do(t, http.MethodDelete, path, ""), http.StatusNoContent)
	want(t, w.do(t, http.MethodGet, path, ""), http.StatusNotFound)
	want(t, w.do(t, http.MethodGet, path+"/metadata", ""), http.StatusNotFound)
	want(t, w.do(t, http.MethodDelete, path, ""), http.StatusNotFound)
	if got := c.styleIDs(t, w); slices.Contains(got, "parcels-in-red") || !slices.Contains(got, "mine") {
		t.Errorf("styles = %v, want the deleted one gone", got)
	}
	// What comes back goes on where it ended.
	want(t, w.style(t, http.MethodPost, "/ogc/styles", parcelStyle("Parcels in red", "area")), http.StatusCreated)
	if got := w.do(t, http.MethodGet, path, "").Header.Get("ETag"); !strings.HasPrefix(got, `"v4-`) {
		t.Errorf("ETag of a style that came back = %s, want version 4", got)
	}
	var titles []string
	var authors int
	if err := c.db.Pool.QueryRow(t.Context(), `SELECT array_agg(title ORDER BY version), count(DISTINCT (changed_by, ended_by)) FROM kvartal.style_history
		WHERE changed_by LIKE 'key:%' AND ended_by LIKE 'key:%'`).Scan(&titles, &authors); err != nil || !slices.Equal(titles, []string{"Parcels in Red!", "Second", "Third"}) || authors != 1 {
		t.Errorf("history = %v by %d, %v, want the three former versions by the key", titles, authors, err)
	}
	events, err := c.auth.Events(t.Context(), auth.Search{Action: "style.", Limit: 10})
	if err != nil || len(events) != 6 {
		t.Errorf("events = %+v, %v, want six", events, err)
	}
}

func TestStylesAreChecked(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	w := c.addWriter(t, "editors", everything())
	good := parcelStyle("Good", "category")
	wrong := strings.Replace(parcelStyle("Wrong", "category"), `"fill-color"`, `"line-color"`, 1)
	for name, try := range map[string]struct {
		document string
		path     string
		header   []string
		code     int
		says     string
	}{
		"nothing":                    {"", "/ogc/styles", nil, 400, "line 1"},
		"no JSON":                    {good[1:], "/ogc/styles", nil, 400, "line"},
		"another media type":         {good, "/ogc/styles", []string{"Content-Type", "application/vnd.ogc.sld+xml"}, 415, "mapbox"},
		"wrong, strictly":            {wrong, "/ogc/styles", []string{"Prefer", "handling=strict"}, 400, "/layers/1/paint/line-color"},
		"no such attribute":          {parcelStyle("x", "colour"), "/ogc/styles", []string{"Prefer", "respond-async, handling=strict"}, 400, "colour"},
		"wrong, strictly, dry":       {wrong, "/ogc/styles?dry-run=true", []string{"Prefer", "handling=strict"}, 400, "line-color"},
		"wrong, leniently, dry":      {wrong, "/ogc/styles?dry-run=true", []string{"Prefer", "handling=lenient"}, 204, ""},
		"good, strictly, dry":        {good, "/ogc/styles?dry-run=true", []string{"Prefer", "handling=strict"}, 204, ""},
		"dry, perhaps":               {good, "/ogc/styles?dry-run=perhaps", nil, 400, "dry-run"},
		"too large":                  {good + strings.Repeat(" ", 1<<20), "/ogc/styles", nil, 413, "longer"},
		"too deep":                   {strings.Repeat("[", 100_000), "/ogc/styles", nil, 400, "deeper"},
		"a layer that is not there":  {strings.ReplaceAll(good, "/tiles/parcels.json", "/tiles/shrubs.json"), "/ogc/styles?dry-run=true", nil, 204, ""},
		"a parameter there is none":  {good, "/ogc/styles?validate=only", nil, 400, "there is no parameter"},
		"a name that can be no path": {parcelStyle("../../etc", "category"), "/ogc/styles?dry-run=true", nil, 204, ""},
	} {
		r := w.style(t, http.MethodPost, try.path, try.document, try.header...)
		if text := body(t, r); r.StatusCode != try.code || !strings.Contains(text, try.says) {
			t.Errorf("%s: POST = %d %.300s, want %d with %q", name, r.StatusCode, text, try.code, try.says)
		}
	}
	if got := c.styleIDs(t, w); len(got) != len(styles.Themes()) {
		t.Errorf("styles after dry runs and mistakes = %v, want the themes", got)
	}
	want(t, w.style(t, http.MethodPut, "/ogc/styles/Bad%20Id", good, "If-None-Match", "*"), http.StatusBadRequest)
	want(t, w.style(t, http.MethodPost, "/ogc/styles", good), http.StatusCreated)
	want(t, w.style(t, http.MethodPut, "/ogc/styles/good?dry-run=true", parcelStyle("Other", "area")), http.StatusNoContent)
	want(t, w.style(t, http.MethodPut, "/ogc/styles/good?dry-run=true", parcelStyle("Other", "area"), "If-Match", `"v7-x"`), http.StatusPreconditionFailed)
	if r := w.do(t, http.MethodGet, "/ogc/styles/good", ""); !strings.HasPrefix(r.Header.Get("ETag"), `"v1-`) {
		t.Errorf("ETag after a dry run = %s, want version 1", r.Header.Get("ETag"))
	}
}

func TestStylesAreBoundByRights(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	if err := c.auth.Close(t.Context(), auth.Actor{}, "parcels", true); err != nil {
		t.Fatal(err)
	}
	manager := c.addWriter(t, "managers", view.Grant{Actions: view.Actions(), Attributes: []string{"*"}})
	reader := c.addWriter(t, "readers", view.Grant{Actions: []view.Action{view.See, view.Query}, Attributes: []string{"cadastral_number"}})
	want(t, manager.style(t, http.MethodPost, "/ogc/styles", parcelStyle("Mine", "ownership")), http.StatusCreated)
	for name, try := range map[string]struct {
		by           writer
		method, path string
		document     string
		code         int
	}{
		"make without the right":       {reader, http.MethodPost, "/ogc/styles", parcelStyle("x", "category"), 403},
		"check without the right":      {reader, http.MethodPost, "/ogc/styles?dry-run=true", parcelStyle("x", "category"), 403},
		"replace without the right":    {reader, http.MethodPut, "/ogc/styles/mine", parcelStyle("x", "category"), 403},
		"delete without the right":     {reader, http.MethodDelete, "/ogc/styles/mine", "", 403},
		"draw another's layer":         {manager, http.MethodPost, "/ogc/styles", strings.ReplaceAll(parcelStyle("x", "category"), "parcels", "trees"), 403},
		"replace a theme":              {manager, http.MethodPut, "/ogc/styles/day", parcelStyle("x", "category"), 403},
		"delete a theme":               {manager, http.MethodDelete, "/ogc/styles/day", "", 403},
		"add in the place of a theme":  {manager, http.MethodPost, "/ogc/styles?dry-run=true", parcelStyle("Night", "category"), 204},
		"delete what is not there":     {manager, http.MethodDelete, "/ogc/styles/none", "", 404},
		"delete metadata":              {manager, http.MethodDelete, "/ogc/styles/mine/metadata", "", 405},
		"replace all styles":           {manager, http.MethodPut, "/ogc/styles", "{}", 405},
		"draw what others serve alone": {manager, http.MethodPost, "/ogc/styles?dry-run=true", `{"version":8,"sources":{},"layers":[]}`, 204},
	} {
		if r := try.by.style(t, try.method, try.path, try.document); r.StatusCode != try.code {
			t.Errorf("%s = %d %.200s, want %d", name, r.StatusCode, body(t, r), try.code)
		}
	}
	for by, allow := range map[*writer]string{&manager: "GET, HEAD, OPTIONS, POST", &reader: "GET, HEAD, OPTIONS"} {
		if got := by.do(t, http.MethodOptions, "/ogc/styles", "").Header.Get("Allow"); got != allow {
			t.Errorf("Allow = %q, want %q", got, allow)
		}
	}
	text := want(t, manager.do(t, http.MethodGet, "/ogc/styles/mine", ""), http.StatusOK)
	if !strings.Contains(text, "ownership") {
		t.Errorf("the style for its author = %s, want it whole", text)
	}
	if text := want(t, reader.do(t, http.MethodGet, "/ogc/styles/mine", ""), http.StatusOK); strings.Contains(text, "ownership") || !strings.Contains(text, `"plain"`) {
		t.Errorf("the style for a reader = %s, want it without the ownership", text)
	}
	if got := c.get(t, "/ogc/styles/mine").StatusCode; got != http.StatusNotFound {
		t.Errorf("a style of a hidden layer = %d, want 404", got)
	}
	if text := body(t, c.get(t, "/ogc/styles")); strings.Contains(text, "mine") {
		t.Errorf("styles of the public = %s, want none of a hidden layer", text)
	}
}
