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
		for _, route := range s.ogcRoutes() {
			if route.path != path {
				continue
			}
			o := &ogcRequest{Request: r, city: city, route: route}
			if _, err := o.layer(route.action); route.alters() && err != nil {
				continue
			}
			allowed = append(allowed, route.methods()...)
		}
		slices.Sort(allowed)
		allow := strings.Join(slices.Compact(allowed), ", ")
		w.Header().Set("Allow", allow)
		if r.Method != http.MethodOptions {
			return notAllowed(allow)
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}
