package server

import (
	"net/http"
	"slices"
)

// cors lets pages of the origins of a setting read what the public may read
// (WHATWG Fetch, section 3.2), by GET, without cookies. It reports whether the
// request was but the question whether they may, which it has answered.
func (s *Server) cors(w http.ResponseWriter, r *http.Request) (answered bool) {
	if len(s.config.CORSOrigins) == 0 {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || !slices.Contains(s.config.CORSOrigins, origin) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		h.Set("Access-Control-Expose-Headers", "ETag, Link, Content-Crs, Retry-After")
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "Accept, Accept-Language, If-None-Match, Last-Event-ID")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
