package server

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
)

// Every resource of the OGC APIs and of what moves that is served is in the
// tables that OpenAPI is made of.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	s, err := New(Config{WebMap: fstest.MapFS{"index.html": {Data: []byte("map")}}, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	described := map[string][]string{} // methods by path
	for _, route := range s.ogcRoutes() {
		described["/ogc"+route.path] = append(described["/ogc"+route.path], route.methods()...)
	}
	for _, route := range s.liveRoutes() {
		described[route.path] = append(described[route.path], route.methods()...)
	}
	walked := 0
	err = s.router().Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		methods, none := route.GetMethods()
		if err != nil || none != nil || path == "/ogc/" || path == "/ogc/style.css" || !strings.HasPrefix(path, "/ogc") && !strings.HasPrefix(path, "/live") {
			return nil //nolint:nilerr // such a route is no resource of its own
		}
		walked++
		for _, method := range methods {
			if !slices.Contains(described[path], method) && method != http.MethodOptions {
				t.Errorf("%s %s is served, and not described", method, path)
			}
		}
		return nil
	})
	if err != nil || walked < 40 {
		t.Errorf("Walk = %d routes, %v, want 40 at least", walked, err)
	}
	for _, path := range []string{"/live/events", "/live/ploughs/events"} {
		if _, streamed := liveEventsPath(path); !streamed || described[strings.Replace(path, "ploughs", "{layer}", 1)] == nil {
			t.Errorf("%s is a stream %v, and described %v", path, streamed, described[path])
		}
	}
}
