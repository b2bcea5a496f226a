package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/url"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"kvartal"
	"kvartal/auth"
	"kvartal/layers"
	"kvartal/live/index"
	"kvartal/search"
	"kvartal/server"
	"kvartal/styles"
	"kvartal/tiles"
	"kvartal/tiles/resident"
	webmap "kvartal/web-map"
)

// shutdownTimeout is how long requests under way may take when the server stops.
const shutdownTimeout = 15 * time.Second

// garbagePercent is how much garbage may lie about, in percent of what is kept,
// before it is collected. A city in memory is large and changes slowly: half of
// Go's own 100 saves a quarter of the memory and costs nothing that can be measured.
// GOGC in the environment is stronger.
const garbagePercent = 50

// listingBudget is how many bytes the orders of tables that people look at may take.
const listingBudget = 128 << 20

type serveCommand struct {
	liveFlags

	Listen         string        `help:"Address to listen on." default:"127.0.0.1:8080" placeholder:"HOST:PORT" env:"KVARTAL_LISTEN"`
	PublicURL      string        `name:"public-url" help:"Scheme and host under which the public reaches the server, if a proxy stands before it." placeholder:"URL" env:"KVARTAL_PUBLIC_URL"`
	LayerBudget    int           `name:"resident-budget" help:"Megabytes of memory that one layer may take; the tiles of a larger one are made from the database." default:"2048" placeholder:"MB" env:"KVARTAL_RESIDENT_BUDGET"`
	TileCache      int           `help:"Megabytes of tiles to keep in memory; 0 keeps none." default:"256" placeholder:"MB" env:"KVARTAL_TILE_CACHE"`
	OIDC           string        `name:"oidc" help:"YAML file with the OpenID providers that people may sign in by." placeholder:"FILE" env:"KVARTAL_OIDC"`
	TLSCert        string        `name:"tls-cert" help:"Certificate in PEM, with its chain; read again when it changes. Without one a proxy ends TLS." placeholder:"FILE" env:"KVARTAL_TLS_CERT"`
	TLSKey         string        `name:"tls-key" help:"Key of the certificate in PEM." placeholder:"FILE" env:"KVARTAL_TLS_KEY"`
	TrustedProxies []string      `help:"Addresses or prefixes of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed." placeholder:"ADDRESS" env:"KVARTAL_TRUSTED_PROXIES"`
	Limits         string        `help:"Most requests a second of an address, an account or key, and most attempts to sign in a minute of an address, as in 500,200,30; 0 is no limit." default:"500,200,30" placeholder:"N,N,N" env:"KVARTAL_LIMITS"`
	FilterBudget   time.Duration `help:"Longest that the database may work at a filter, by estimate; what takes longer is refused. 0 permits any." default:"10s" placeholder:"DURATION" env:"KVARTAL_FILTER_BUDGET"`
	CORSOrigins    []string      `name:"cors-origins" help:"Origins of other sites whose pages may read what is public, as in https://portal.example.org; none if empty." placeholder:"ORIGIN" env:"KVARTAL_CORS_ORIGINS"`
	AuditDays      int           `help:"Days that the audit log is kept, 90 at least; 0 keeps it for ever." default:"0" placeholder:"DAYS" env:"KVARTAL_AUDIT_DAYS"`
	PprofListen    string        `help:"Loopback address for profiles (net/http/pprof); off if empty." placeholder:"HOST:PORT" env:"KVARTAL_PPROF_LISTEN"`
}

// Run serves until the context ends, then lets requests finish.
func (c serveCommand) Run(ctx context.Context, g *globals, out *output) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	log := g.logger(out.stderr)
	if err := errors.Join(checkPublicURL(c.PublicURL), c.check()); err != nil {
		return err
	}
	const leastAuditDays = 90 // as the database demands
	if c.AuditDays != 0 && c.AuditDays < leastAuditDays {
		return kvartal.Errorf(kvartal.KindInvalid, "audit-days is %d: want 0, or %d at least", c.AuditDays, leastAuditDays)
	}
	proxies, err := parseProxies(c.TrustedProxies)
	if err != nil {
		return err
	}
	// The defaults leave alone whoever looks at maps: one that opens asks for some
	// 200 tiles, one that is moved for some 20 a second.
	limits, err := parseLimits(c.Limits)
	if err != nil {
		return err
	}
	if err := checkOrigins(c.CORSOrigins); err != nil {
		return err
	}
	secure, err := loadTLS(c.TLSCert, c.TLSKey)
	if err != nil {
		return err
	}
	ways, err := loadOIDC(c.OIDC)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, c.Listen)
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	srv, err := server.New(server.Config{
		Version: versionString(), PublicURL: c.PublicURL, WebMap: webmap.Dist(), Log: log, Metrics: registry, OIDC: ways,
		TrustedProxies: proxies, Limits: limits, CORSOrigins: c.CORSOrigins, FilterBudget: c.FilterBudget,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	group, serving := errgroup.WithContext(ctx)
	group.Go(func() error { return serveHTTP(serving, listener, secure, srv, srv.Stop, log) })
	if c.PprofListen != "" {
		group.Go(func() error { return servePprof(serving, c.PprofListen, log) })
	}
	group.Go(func() error { return c.serveCity(serving, g, srv, registry, out, listener.Addr()) })
	if err := group.Wait(); ctx.Err() == nil || !errors.Is(err, context.Canceled) {
		return err
	}
	return nil // it was asked to stop while it was starting
}

// serveCity opens the city's data, hands it to the server and keeps the
// database until the context ends.
func (c serveCommand) serveCity(ctx context.Context, g *globals, srv *server.Server, registry *prometheus.Registry, out *output, addr net.Addr) error {
	started, log := time.Now(), g.logger(out.stderr)
	db, err := openInstance(ctx, g, log)
	if err != nil {
		return err
	}
	defer db.Close()
	city, err := c.openCity(ctx, g, db, srv.Loading)
	if err != nil {
		return err
	}
	from, err := loadLayers(ctx, city)
	if err != nil {
		return err
	}
	objects, err := c.openLive(ctx, g, db, city, registry)
	if err != nil {
		return err
	}
	defer objects.bus.Close()
	city.TakeFixes = objects.intake.Take
	group, serving := errgroup.WithContext(ctx)
	group.Go(func() error {
		return city.Tiles.Follow(serving, city.Follower, from, city.Store.Registry(), srv.Following(city.Resident.Apply))
	})
	// Search follows on its own, so that indexing never keeps a tile waiting.
	group.Go(func() error {
		return city.Search.Follow(serving, layers.NewFollower(city.Store, layers.FollowerConfig{}))
	})
	group.Go(func() error { return city.Auth.Follow(serving) })
	if c.AuditDays > 0 {
		group.Go(func() error { return cutAudit(serving, city.Auth, c.AuditDays, log) })
	}
	group.Go(func() error { return objects.run(serving) })
	srv.Open(city)
	log.InfoContext(ctx, "serving", "address", addr.String(), "layers", city.Store.Registry().String(), "started_in", time.Since(started).Round(time.Millisecond))
	at := c.PublicURL
	if at == "" {
		at = "http://" + addr.String()
		if c.TLSCert != "" {
			at = "https://" + addr.String()
		}
	}
	out.print("Kvartal is at %s\n", at)
	if err := tellFirstToken(ctx, city.Auth, out, at); err != nil {
		return err
	}
	if err := group.Wait(); ctx.Err() == nil {
		return err
	}
	return nil
}

// openCity syncs the tables and makes what serves them.
func (c serveCommand) openCity(ctx context.Context, g *globals, db *database, loading func(string)) (*server.City, error) {
	store, err := db.openSynced(ctx, g)
	if err != nil {
		return nil, err
	}
	drawn, err := styles.New(store.Registry(), styles.Options{Assets: webmap.Dist()})
	if err != nil {
		return nil, err
	}
	served, err := db.serveStore(ctx, store)
	if err != nil {
		return nil, err
	}
	rights, err := auth.Open(ctx, db.app)
	if err != nil {
		return nil, err
	}
	live, err := index.New(served.Registry())
	if err != nil {
		return nil, err
	}
	kept := resident.New(resident.Config{
		Pool: db.app, Store: served, Budget: c.LayerBudget << 20, Log: db.log,
		Progress: loadProgress(served.Registry(), db.log, loading),
	})
	return &server.City{
		Store:    served,
		Tiles:    tiles.NewService(live.Over(kept), c.TileCache<<20),
		Resident: kept,
		Follower: layers.NewFollower(served, layers.FollowerConfig{}),
		Styles:   drawn,
		Shelf:    styles.NewShelf(db.app),
		Search:   search.New(served, db.log),
		Tables:   layers.NewListings(served, listingBudget),
		Auth:     rights,
		Live:     live,
		Fixes:    db.app,
		Check:    db.check,
	}, nil
}

// loadLayers reads the layers that are kept in memory and returns from where
// changes have to be followed.
func loadLayers(ctx context.Context, city *server.City) (layers.Cursor, error) {
	start, err := city.Follower.Begin(ctx, nil)
	if err != nil {
		return layers.Cursor{}, err
	}
	defer start.Done()
	if err := city.Resident.Load(ctx, start.Snapshot); err != nil {
		return layers.Cursor{}, err
	}
	return start.Cursor, nil
}

// loadProgress returns what tells, layer by layer, how far loading is.
func loadProgress(registry *layers.Registry, log *slog.Logger, tell func(string)) func(resident.Stats) {
	all, loaded := 0, 0
	for _, d := range registry.Layers() {
		if d.HasGeometry() {
			all++
		}
	}
	return func(s resident.Stats) {
		loaded++
		tell(fmt.Sprintf("%d of %d layers are loaded", min(loaded, all), all))
		log.Debug("layer loaded", "layer", s.Layer, "features", s.Features, "bytes", s.Bytes)
	}
}

// tellFirstToken prints what the first administrator is made with, where there is
// none. It goes to standard output alone, not into the log.
func tellFirstToken(ctx context.Context, service *auth.Service, out *output, at string) error {
	token, err := service.FirstToken(ctx)
	if err == nil && token != "" {
		out.print("Nobody administers Kvartal yet. Within a day open %s and sign in with this token:\n%s\n", at, token)
	}
	return err
}

// cutAudit removes events that are older than so many days from the audit log, at
// once and then daily.
func cutAudit(ctx context.Context, service *auth.Service, days int, log *slog.Logger) error {
	by := auth.Actor{Principal: kvartal.System("retention"), Address: "local"}
	for {
		n, err := service.Cut(ctx, by, time.Duration(days)*24*time.Hour)
		if err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "the audit log could not be cut", "error", err)
		} else if n > 0 {
			log.InfoContext(ctx, "the audit log was cut", "events", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(24 * time.Hour):
		}
	}
}

func checkPublicURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Path != "" || u.RawQuery != "" {
		return kvartal.Errorf(kvartal.KindInvalid, "public-url is %q: want scheme and host, as in https://map.example.org", text)
	}
	return nil
}

// listen opens the address and says what to do when it is taken.
func listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, kvartal.Errorf(kvartal.KindUnavailable, "%s is in use by another program: end it, or choose another address with --listen or KVARTAL_LISTEN", address).Because(err)
	case errors.Is(err, syscall.EACCES):
		return nil, kvartal.Errorf(kvartal.KindForbidden, "%s may not be opened by this user: choose a port above 1023 with --listen", address).Because(err)
	case err != nil:
		return nil, kvartal.Errorf(kvartal.KindInvalid, "cannot listen on %q: want HOST:PORT of this machine", address).Because(err)
	}
	return listener, nil
}

// serveHTTP serves h, by TLS if secure is not nil, until the context ends, then calls stop and drains.
func serveHTTP(ctx context.Context, listener net.Listener, secure *tls.Config, h http.Handler, stop func(), log *slog.Logger) error {
	listener, gather := server.Gather(listener)
	srv := &http.Server{
		Handler:           h,
		ConnContext:       gather,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	srv.RegisterOnShutdown(stop)
	failed := make(chan error, 1)
	go func() {
		if srv.TLSConfig = secure; secure != nil {
			failed <- srv.ServeTLS(listener, "", "")
			return
		}
		failed <- srv.Serve(listener)
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := srv.Shutdown(drain); err != nil {
		log.Warn("some requests were cut off", "error", err)
		return srv.Close()
	}
	return nil
}

// servePprof serves profiles, to this machine only.
func servePprof(ctx context.Context, address string, log *slog.Logger) error {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	if err != nil || ip == nil || !ip.IsLoopback() {
		return kvartal.Errorf(kvartal.KindInvalid, "pprof-listen is %q: want a loopback address, as in 127.0.0.1:6060", address)
	}
	listener, err := listen(ctx, address)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return serveHTTP(ctx, listener, nil, mux, func() {}, log)
}
