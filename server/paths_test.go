package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// No address leads out of what the server means to give: neither to files nor to
// other sites.
func TestNoPathLeadsOut(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	for _, path := range []string{
		"/../../../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2f..%2fetc%2fpasswd", "/assets/..%2f..%2fgo.mod", "/assets/%2e%2e/embed.go",
		"/fonts/..%2f..%2f..%2fetc/passwd.pbf", "/fonts/..%2f..%2fgo.mod/0-255.pbf", "/styles/..%2f..%2fday.json", "/schemas/..%2f..%2fgo.mod",
		"/ogc/styles/..%2f..%2fetc%2fpasswd", "/ogc/collections/..%2f..%2fadmin/items", "/ogc/tileMatrixSets/..%2f..%2fx",
		"/live/..%2f..%2fetc/events", "/live/..%2fploughs/tracks", "/table/..%2fparcels", "/tiles/..%2f..%2fetc%2fpasswd/0/0/0.mvt",
		"/session/oidc/..%2f..%2fx", "//evil.example/%2e%2e", "/\\evil.example", "/%5c%5cevil.example/..",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		decoded, err := url.PathUnescape(path)
		if err != nil {
			t.Fatal(err)
		}
		r.URL = &url.URL{Path: decoded, RawPath: path}
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, r)
		if w.Code < 300 || w.Code >= 500 || strings.Contains(w.Body.String(), "root:") {
			t.Errorf("GET %s = %d %.100s, want nothing there", path, w.Code, w.Body)
		}
		location := w.Header().Get("Location")
		if to, err := url.Parse(location); err != nil || to.Host != "" || strings.HasPrefix(location, `/\`) {
			t.Errorf("GET %s leads to %q, which is another site", path, location)
		}
	}
}
