package server

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kvartal"
)

// contentSecurityPolicy keeps the web map to its own host.
const contentSecurityPolicy = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"

// secure sets the headers that every response carries.
func (s *Server) secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)")
		next.ServeHTTP(w, r)
	})
}

// withRequestID gives a request an id of our own making.
func withRequestID(w http.ResponseWriter, r *http.Request) *http.Request {
	id := rand.Text()[:12]
	w.Header().Set("X-Request-Id", id)
	return r.WithContext(kvartal.WithRequestID(r.Context(), id))
}

// recover turns a panic into an internal error, so that one bad request does
// not end the others. It is to be deferred.
func (s *Server) recover(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler { //nolint:errorlint // a panic value, compared as net/http does
		panic(v)
	}
	if kvartal.RequestIDFrom(r.Context()) == "" {
		r = withRequestID(w, r)
	}
	s.problem(w, r, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
}

// metrics are what the server tells of itself.
type metrics struct {
	seconds *prometheus.HistogramVec
	tiles   map[int]prometheus.Observer // those of seconds for the usual answers
}

// tile is what measures the answers of the tile route.
func (m metrics) tile(code int) prometheus.Observer {
	if o := m.tiles[code]; o != nil {
		return o
	}
	return m.seconds.WithLabelValues("/tiles", strconv.Itoa(code))
}

func newMetrics(registry *prometheus.Registry) metrics {
	m := metrics{seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "kvartal_http_request_seconds",
		Help:    "Time to answer HTTP requests.",
		Buckets: []float64{.001, .003, .01, .03, .1, .3, 1, 3, 10, 30},
	}, []string{"route", "code"})}
	registry.MustRegister(m.seconds)
	m.tiles = map[int]prometheus.Observer{}
	for _, code := range []int{http.StatusOK, http.StatusNotModified} {
		m.tiles[code] = m.tile(code)
	}
	return m
}

// observe measures and logs requests of one route.
func (s *Server) observe(route string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorded := &statusRecorder{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(recorded, r)
		took := time.Since(start)
		s.metrics.seconds.WithLabelValues(route, strconv.Itoa(recorded.code)).Observe(took.Seconds())
		s.config.Log.DebugContext(r.Context(), "request", "request", kvartal.RequestIDFrom(r.Context()),
			"method", r.Method, "path", r.URL.Path, "status", recorded.code, "took", took)
	})
}

type statusRecorder struct {
	http.ResponseWriter
	code int
}

func (w *statusRecorder) WriteHeader(code int) {
	w.code = code
	w.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// compressible reports whether a response of this type shrinks by gzip.
func compressible(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	switch mediaType {
	case "application/json", "application/problem+json", "application/geo+json", "application/schema+json",
		"application/vnd.mapbox-vector-tile", "application/x-protobuf",
		"text/html", "text/css", "text/javascript", "text/plain", "image/svg+xml":
		return true
	}
	return false
}
