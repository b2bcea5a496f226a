package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kvartal"
	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/view"
)

// The OGC APIs live below /ogc. ogcRoutes is the one table of what there is:
// requests are served, checked and described (OpenAPI) from it.

// ogcRoute is one resource.
type ogcRoute struct {
	path    string      // below /ogc, variables in braces
	method  string      // "": GET and HEAD
	accepts []string    // media types of the body
	action  view.Action // the right to it, for what changes a layer
	// permits is nil to who may use a route that changes something else.
	permits func(*ogcRequest) error
	id      string // operationId
	tag     string
	summary string
	// query names the parameters understood beside f and lang; see ogcParameters.
	query []string
	// attributes permits the layer's attributes as parameters too.
	attributes bool
	formats    []format      // the default first
	timeout    time.Duration // 0: requestTimeout
	handle     func(http.ResponseWriter, *ogcRequest) error
}

// ogcRequest is a request to an OGC resource with what every handler needs.
type ogcRequest struct {
	*http.Request
	city   *City
	root   string // address of the landing page
	format format
	route  *ogcRoute
	lang   string
	query  url.Values
	pages  *pages
}

// ogc makes a handler of a route.
func (s *Server) ogc(route *ogcRoute) handler {
	return func(w http.ResponseWriter, r *http.Request, city *City) error {
		language, err := lang(r)
		if err != nil {
			return err
		}
		o := &ogcRequest{Request: r, city: city, root: s.origin(r) + "/ogc", route: route, lang: language, pages: s.pages}
		if o.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
			return kvartal.Errorf(kvartal.KindInvalid, "the query of the address has a broken %% escape or a semicolon")
		}
		if err := o.checkParameters(); err != nil {
			return err
		}
		if o.format, err = negotiate(o.query, r.Header, route.formats); err != nil {
			return err
		}
		h := w.Header()
		h.Add("Vary", "Accept, Accept-Language")
		h.Set("Content-Language", language)
		return route.handle(w, o)
	}
}

// checkParameters refuses parameters the route does not understand, and those
// given twice (17-069r4, requirement 8).
func (o *ogcRequest) checkParameters() error {
	known := append([]string{"f", "lang"}, o.route.query...)
	for name, values := range o.query {
		if len(values) > 1 {
			return kvartal.Errorf(kvartal.KindInvalid, "the parameter %.60q stands %d times: give it once", name, len(values)).In(name)
		}
		if slices.Contains(known, name) || o.route.attributes && o.isAttribute(name) {
			continue
		}
		use := strings.Join(known, ", ")
		if o.route.attributes {
			use += " and the attributes of the layer"
		}
		return kvartal.Errorf(kvartal.KindInvalid, "there is no parameter %.60q here: use %s", name, use).In(name)
	}
	return nil
}

func (o *ogcRequest) isAttribute(name string) bool {
	l, err := o.layer(view.Query)
	if err != nil {
		return true // the handler tells what is wrong
	}
	return slices.ContainsFunc(queryParameters(l), func(f layers.Field) bool { return f.Name == name })
}

// layer resolves {collectionId} to a layer for which the action is permitted.
func (o *ogcRequest) layer(action view.Action) (tiles.Layer, error) {
	name, err := variable(o.Request, "collectionId")
	if err != nil {
		return tiles.Layer{}, err
	}
	d, err := o.city.Store.Registry().Layer(kvartal.LayerID(name))
	if err != nil {
		return tiles.Layer{}, err
	}
	v := viewOf(o.Request, d)
	return tiles.Layer{Definition: d, View: v.For(action)}, v.Require(action)
}

// layers are those the principal may query, in the order of the layer tree.
func (o *ogcRequest) layers(action view.Action) []tiles.Layer {
	var out []tiles.Layer
	for _, d := range o.city.Store.Registry().Layers() {
		if v := viewOf(o.Request, d); v.May(action) {
			out = append(out, tiles.Layer{Definition: d, View: v.For(action)})
		}
	}
	return out
}

func (o *ogcRequest) text(t layers.Text) string { return t.In(o.lang) }

// T is a text of the interface by its key.
func (o *ogcRequest) T(key string) string { return ogcText(key).In(o.lang) }

// link is a link by RFC 8288.
type link struct {
	Href     string `json:"href"`
	Rel      string `json:"rel"`
	Type     string `json:"type,omitempty"`
	Hreflang string `json:"hreflang,omitempty"`
	Title    string `json:"title,omitempty"`

	Templated bool `json:"templated,omitempty"`
}

// at is the address of a resource below the landing page, in a format or, with
// "", in that the client prefers. Escape the parts of path before.
func (o *ogcRequest) at(path string, f format) string {
	if f.id == "" {
		return o.root + path
	}
	return o.root + path + "?f=" + f.id
}

// collectionPath is the path of a layer's collection.
func collectionPath(d *layers.Definition) string { return "/collections/" + string(d.ID) }

// selfLinks are those of the document itself and of its other representations.
func (o *ogcRequest) selfLinks() []link {
	var links []link
	for _, f := range o.route.formats {
		query := url.Values{}
		for name, values := range o.query {
			query[name] = values
		}
		l := link{Rel: "alternate", Type: f.Media(), Title: f.title}
		if f == o.format {
			l.Rel, l.Title = "self", o.T("this document")
		}
		if l.Rel == "alternate" || o.query.Has("f") {
			query.Set("f", f.id)
		}
		if f == formatHTML {
			l.Hreflang = o.lang
		}
		l.Href = withQuery(o.root+o.path(), query)
		links = append(links, l)
	}
	slices.SortStableFunc(links, func(a, b link) int { return strings.Compare(b.Rel, a.Rel) }) // self first
	return links
}

// path is that of the request below the landing page.
func (o *ogcRequest) path() string {
	return strings.TrimSuffix(strings.TrimPrefix(o.URL.EscapedPath(), "/ogc"), "/")
}

func withQuery(address string, query url.Values) string {
	if len(query) == 0 {
		return address
	}
	return address + "?" + query.Encode()
}

// represent answers with a document in the format negotiated: JSON as it is, or
// HTML by a template.
func (o *ogcRequest) represent(w http.ResponseWriter, page htmlPage, document any) error {
	if o.format == formatHTML {
		return o.respondHTML(w, page, document)
	}
	return respondJSON(w, o.Request, o.format.Media(), document)
}

// ctx is the context of a request's database work.
func (o *ogcRequest) ctx() context.Context { return o.Context() }
