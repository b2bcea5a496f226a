// Package server speaks HTTP: it turns requests into calls of the packages
// below it and their answers and errors into responses. It decides nothing
// about data: rights are Views, status codes are in problem.go, and every limit
// on what a request may ask for stands beside its handler.
package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"
	"github.com/klauspost/compress/gzhttp"
	"github.com/prometheus/client_golang/prometheus"

	"kvartal"
	"kvartal/auth"
	"kvartal/layers"
	"kvartal/live"
	"kvartal/live/index"
	"kvartal/live/recorded"
	"kvartal/search"
	"kvartal/styles"
	"kvartal/tiles"
	"kvartal/tiles/resident"
	"kvartal/view"
)

// requestTimeout bounds the work for one request.
const requestTimeout = 30 * time.Second

// Config is what a server needs before the city's data is there.
type Config struct {
	Version string
	// PublicURL is the scheme and host under which the public reaches the
	// server, as in "https://map.example.org"; "" takes them from each request.
	PublicURL string
	WebMap    fs.FS // the built web map
	Log       *slog.Logger
	Metrics   *prometheus.Registry
	// TrustedProxies are those whose X-Forwarded-For and -Proto are believed.
	TrustedProxies []netip.Prefix
	OIDC           []*auth.OIDC // ways to sign in beside passwords
	Limits         Limits       // how often may be asked
	CORSOrigins    []string     // of other sites whose pages may read what is public
	// FilterBudget is the longest that the database may work at a filter; 0: any.
	FilterBudget time.Duration
}

// City is the data a server serves, made once the database is open.
type City struct {
	Store *layers.Store
	Tiles *tiles.Service
	// Resident keeps layers in memory and Follower tells it of changes.
	Resident *resident.Set
	Follower *layers.Follower
	Styles   *styles.Styles
	Shelf    *styles.Shelf // styles that people made; nil: none are kept
	Search   *search.Index
	Tables   *layers.Listings
	// Live holds what devices told last; nil: there are no live layers.
	Live *index.Index
	// Fixes is the database that has what devices told; nil: none.
	Fixes recorded.DB
	// Auth knows who asks; nil: everybody is the public, with the rights that
	// definitions give.
	Auth *auth.Service
	// TakeFixes returns when what devices told is durable; nil: none are taken.
	TakeFixes func(context.Context, []live.Fix) error
	// Check returns nil while the database answers.
	Check func(context.Context) error
}

// Server answers HTTP. Until Open it answers health checks only, and everything
// else with 503.
type Server struct {
	config  Config
	assets  *assets
	pages   *pages
	exports chan struct{} // holds one for each under way
	tracks  chan struct{} // the same
	city    atomic.Pointer[City]
	rights  *rights // of the city; nil without Auth
	// sameOrigin refuses requests of other sites that would change something.
	sameOrigin *http.CrossOriginProtection
	loading    atomic.Pointer[string] // how far the city's data is
	handler    http.Handler
	metrics    metrics
	fixes      *fixGate
	// How often an address and a principal ask, and an address tries to sign in.
	addresses, principals, signIns *limiter
	// layerMetrics name layers, so not everybody is told them.
	layerMetrics *prometheus.Registry

	epoch    string       // tells this run of the server from others
	streams  atomic.Int64 // open streams of changes
	stopping context.Context
	stop     context.CancelFunc
}

// New returns a server that is not ready yet.
func New(config Config) (*Server, error) {
	s := &Server{
		config: config, metrics: newMetrics(config.Metrics), layerMetrics: prometheus.NewRegistry(), epoch: rand.Text()[:8],
		exports: make(chan struct{}, exportsAtOnce), tracks: make(chan struct{}, tracksAtOnce), sameOrigin: http.NewCrossOriginProtection(),
		fixes: newFixGate(), addresses: newLimiter(config.Limits.Address), principals: newLimiter(config.Limits.Principal), signIns: newLimiter(config.Limits.SignIn),
	}
	s.stopping, s.stop = context.WithCancel(context.Background())
	var err error
	if s.assets, err = newAssets(config.WebMap); err != nil {
		return nil, err
	}
	if s.pages, err = newPages(); err != nil {
		return nil, err
	}
	compress, err := gzhttp.NewWrapper(
		gzhttp.ContentTypeFilter(compressible),
		gzhttp.MinSize(512),
		gzhttp.SuffixETag(encodedSuffix),
	)
	if err != nil {
		return nil, err
	}
	s.handler = s.secure(compress(s.router()))
	return s, nil
}

// Open makes the city's data available. It is called once.
func (s *Server) Open(city *City) {
	if city.Auth != nil {
		s.rights = newRights(city, s.config.Log)
	}
	s.city.Store(city)
	s.config.Metrics.MustRegister(newCityMetrics(city))
	s.layerMetrics.MustRegister(newLayerMetrics(city))
}

// Loading tells whoever asks before Open how far the city's data is, as in
// "12 of 40 layers are loaded".
func (s *Server) Loading(progress string) { s.loading.Store(&progress) }

// Stop ends streams, which would otherwise never end. Requests under way are not
// touched.
func (s *Server) Stop() { s.stop() }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = s.fromPeer(r)
	if s.cors(w, r) {
		return
	}
	r, err := s.admitted(r)
	w = private(w, r)
	if err == nil {
		err = s.caughtUp(r)
	}
	if parts, ok := tileAddress(r.URL.EscapedPath()); ok && err == nil && safe(r.Method) {
		defer s.recover(w, r)
		s.tile(w, r, parts)
		return
	}
	r = withRequestID(w, r)
	defer s.recover(w, r)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	defer s.logPersonal(r)
	if r.URL.Path == "/changes" && r.Method == http.MethodGet {
		s.changes(w, r)
		return
	}
	if layer, ok := liveEventsPath(r.URL.Path); ok && r.Method == http.MethodGet {
		s.liveEvents(w, r, layer)
		return
	}
	s.handler.ServeHTTP(w, r)
}

// handler answers a request or returns an error for problem.go to tell.
type handler func(w http.ResponseWriter, r *http.Request, city *City) error

func (s *Server) router() *mux.Router {
	router := mux.NewRouter().UseEncodedPath()
	router.NotFoundHandler = s.observe("unknown", http.HandlerFunc(s.notFound))
	router.MethodNotAllowedHandler = s.observe("unknown", http.HandlerFunc(s.methodNotAllowed))

	router.Handle("/healthz", http.HandlerFunc(s.healthz)).Methods(http.MethodGet, http.MethodHead)
	router.Handle("/readyz", http.HandlerFunc(s.readyz)).Methods(http.MethodGet, http.MethodHead)
	router.Handle("/metrics", http.HandlerFunc(s.tellMetrics)).Methods(http.MethodGet)

	get := func(path string, h handler) {
		router.Handle(path, s.observe(path, s.withCity(h))).Methods(http.MethodGet, http.MethodHead)
	}
	get("/tiles/{layers}.json", s.tileJSON)
	get("/tiles/{layers}/{z}/{x}/{y}.json", s.tileReport)
	get("/styles/{theme}.json", s.style)
	get("/legends.json", s.legends)
	get("/fonts/{stack}/{range}.pbf", s.glyphs)
	get("/catalogue.json", s.catalogue)
	get("/identify", s.identify)
	get("/search", s.search)
	get("/related", s.related)
	get("/table/{layer}", s.table)
	get("/table/{layer}/position", s.tablePosition)
	get("/transform", s.transform)
	s.routeLive(router)
	get("/session", s.session)
	router.Handle("/session", s.observe("/session", s.withCity(s.sparingly(s.signIn)))).Methods(http.MethodPost)
	router.Handle("/session", s.observe("/session", s.withCity(s.signOut))).Methods(http.MethodDelete)
	router.Handle("/session/first", s.observe("/session/first", s.withCity(s.sparingly(s.first)))).Methods(http.MethodPost)
	router.Handle("/session/password", s.observe("/session/password", s.withCity(s.sparingly(s.changePassword)))).Methods(http.MethodPut)
	router.Handle("/session/preview", s.observe("/session/preview", s.withCity(s.preview))).Methods(http.MethodPost)
	router.Handle("/session/preview", s.observe("/session/preview", s.withCity(s.endPreview))).Methods(http.MethodDelete)
	get("/session/oidc/{id}", s.sparingly(s.beginOIDC))
	get("/session/oidc/{id}/callback", s.sparingly(s.endOIDC))
	s.administration(router)
	get("/schemas/layer.json", s.layerSchema)
	for _, route := range s.ogcRoutes() {
		path, timeout := "/ogc"+route.path, cmp.Or(route.timeout, requestTimeout)
		router.Handle(path, s.observe(path, s.withCityFor(timeout, s.ogc(route)))).Methods(route.methods()...)
	}
	for _, path := range s.ogcPaths() {
		router.Handle("/ogc"+path, s.observe("/ogc"+path, s.withCity(s.ogcMethods(path))))
	}
	get("/ogc/", s.ogc(s.ogcRoutes()[0]))
	get("/ogc/style.css", s.styleSheet)
	router.PathPrefix("/").Methods(http.MethodGet, http.MethodHead).Handler(s.observe("assets", http.HandlerFunc(s.asset)))
	return router
}

// withCity calls h with the city's data, bounded in time.
func (s *Server) withCity(h handler) http.Handler { return s.withCityFor(requestTimeout, h) }

func (s *Server) withCityFor(timeout time.Duration, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		city := s.city.Load()
		if city == nil {
			s.problem(w, r, s.starting())
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		if err := h(w, r.WithContext(ctx), city); err != nil {
			s.problem(w, r, err)
		}
	})
}

func (s *Server) starting() error {
	if progress := s.loading.Load(); progress != nil {
		return kvartal.Errorf(kvartal.KindUnavailable, "the server is starting, %s: try again in a few seconds", *progress)
	}
	return kvartal.Errorf(kvartal.KindUnavailable, "the server is starting: try again in a few seconds")
}

// viewOf returns what the principal of the request may do with a layer, by the
// rights of this moment.
func viewOf(r *http.Request, d *layers.Definition) view.View {
	p := kvartal.PrincipalFrom(r.Context())
	if c := callerOf(r.Context()); c != nil {
		return c.view(p, d)
	}
	return d.View(p)
}

// layersFor resolves the names of a request to the layers that its principal
// may use in the given way. A layer named alone that may not be used is an
// error; within a group it is left out, so that a group never tells what it hides.
func layersFor(r *http.Request, city *City, names string, action view.Action) ([]tiles.Layer, error) {
	if len(names) > maxNames {
		return nil, kvartal.Errorf(kvartal.KindTooLarge, "the list of layers is longer than %d characters", maxNames).In("layers")
	}
	defs, err := city.Store.Registry().Expand(names)
	if err != nil {
		return nil, err
	}
	var out []tiles.Layer
	for _, d := range defs {
		v := viewOf(r, d)
		if err := v.Require(action); err == nil {
			out = append(out, tiles.Layer{Definition: d, View: v.For(action)})
		} else if len(defs) == 1 && kvartal.KindOf(err) != kvartal.KindNotFound {
			return nil, err // what may not be known to exist is told of as what does not
		}
	}
	if len(out) == 0 {
		return nil, kvartal.Errorf(kvartal.KindNotFound, "there is no layer or group %.60q", names)
	}
	return out, nil
}

// maxNames bounds a list of layer names in a request, in bytes.
const maxNames = 4096
