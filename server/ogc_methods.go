package server

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// methods are those the route answers.
func (r *ogcRoute) methods() []string {
	if !r.alters() {
		return []string{http.MethodGet, http.MethodHead}
	}
	return []string{r.method}
}

// alters reports whether the route changes something.
func (r *ogcRoute) alters() bool { return cmp.Or(r.method, http.MethodGet) != http.MethodGet }

// ogcPaths are the paths of the routes, each once.
func (s *Server) ogcPaths() []string {
	var paths []string
	for _, route := range s.ogcRoutes() {
		paths = append(paths, route.path)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// ogcMethods answers OPTIONS, and refuses methods that a path has no route for,
// with those the principal may use. A layer that is hidden has those of none.
func (s *Server) ogcMethods(path string) handler {
	return func(w http.ResponseWriter, r *http.Request, city *City) error {
		allowed := []string{http.MethodOptions}
		h := w.Header()
		for _, route := range s.ogcRoutes() {
			if route.path != path {
				continue
			}
			o := &ogcRequest{Request: r, city: city, route: route}
			if route.alters() && o.mayUse(route) != nil {
				continue
			}
			allowed = append(allowed, route.methods()...)
			if name := acceptHeader(route.method); name != "" {
				h.Set(name, strings.Join(route.accepts, ", "))
			}
		}
		slices.Sort(allowed)
		allow := strings.Join(slices.Compact(allowed), ", ")
		h.Set("Allow", allow)
		if r.Method != http.MethodOptions {
			return notAllowed(allow)
		}
		w.WriteHeader(http.StatusOK) // 20-002r1, /req/create-replace-delete/options-response
		return nil
	}
}

// mayUse returns nil to a principal who may use a route that changes something.
func (o *ogcRequest) mayUse(route *ogcRoute) error {
	if route.permits != nil {
		return route.permits(o)
	}
	_, err := o.layer(route.action)
	return err
}

// acceptHeader is the header that tells which bodies a method takes (RFC 5789,
// section 3.1; Linked Data Platform 1.0, section 7.1.2).
func acceptHeader(method string) string {
	switch method {
	case http.MethodPost:
		return "Accept-Post"
	case http.MethodPatch:
		return "Accept-Patch"
	}
	return ""
}
