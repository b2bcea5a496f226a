package server

import (
	"context"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"sync"

	"kvartal"
	"kvartal/auth"
	"kvartal/layers"
)

// csrfHeader carries what a page of ours knows and another site does not.
const csrfHeader = "X-CSRF-Token"

// caller is who sent a request, and the rights by which it is answered.
type caller struct {
	rights  *rights
	session *auth.Session // nil: the public, or another system
	token   string        // of the session

	mu       sync.Mutex
	personal []kvartal.LayerID // layers with personal data that views gave out; guarded by mu
}

type callerKey struct{}

// callerOf returns the caller of a request, nil where there are no rights but
// those of definitions.
func callerOf(ctx context.Context) *caller {
	c, _ := ctx.Value(callerKey{}).(*caller)
	return c
}

// identified returns the request with its caller and principal. A session that
// has ended is the public; a key that is not good is an error, for a system that
// believes to have rights should hear that it has none.
func (s *Server) identified(r *http.Request) (*http.Request, error) {
	if s.city.Load() == nil || s.rights == nil {
		return r, nil
	}
	c := &caller{rights: s.rights}
	ctx := context.WithValue(r.Context(), callerKey{}, c)
	if alters(r.Method) {
		if err := s.sameOrigin.Check(r); err != nil {
			return r, kvartal.Errorf(kvartal.KindForbidden, "the request comes from another site")
		}
	}
	if key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		p, err := s.rights.service.Key(ctx, key)
		return r.WithContext(kvartal.WithPrincipal(ctx, p)), err
	}
	cookie, err := r.Cookie(s.cookieName(r))
	if err != nil {
		return r.WithContext(ctx), nil //nolint:nilerr // who has no cookie is nobody in particular
	}
	session, ok, err := s.rights.service.Session(ctx, cookie.Value)
	if err != nil || !ok {
		return r.WithContext(ctx), err
	}
	c.session, c.token = &session, cookie.Value
	if alters(r.Method) && subtle.ConstantTimeCompare([]byte(r.Header.Get(csrfHeader)), []byte(session.CSRF)) != 1 {
		return r, kvartal.Errorf(kvartal.KindForbidden, "the request lacks the token of the session: send %s with the value that GET /session tells", csrfHeader)
	}
	if session.Preview != "" && !safe(r.Method) && r.URL.Path != "/session" && r.URL.Path != "/session/preview" {
		return r, kvartal.Errorf(kvartal.KindForbidden, "this session looks through role %q and may only read: end the preview first", session.Preview)
	}
	return r.WithContext(kvartal.WithPrincipal(ctx, session.Principal)), nil
}

// admitted is identified for who does not ask too often.
func (s *Server) admitted(r *http.Request) (*http.Request, error) {
	if err := tooOften(s.addresses.take(network(r))); err != nil {
		return r, err
	}
	r, err := s.identified(r)
	if err == nil {
		err = tooOften(s.principals.take(kvartal.PrincipalFrom(r.Context()).Name))
	}
	return r, err
}

// still returns a long request with the rights its caller has now; false if the
// caller has none of before any more: signed out, disabled, expired.
func (s *Server) still(r *http.Request) (*http.Request, bool) {
	now, err := s.identified(r)
	if err != nil {
		return r, false
	}
	return now, kvartal.PrincipalFrom(now.Context()).Name == kvartal.PrincipalFrom(r.Context()).Name
}

func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// alters reports whether requests of a method may change something.
func alters(method string) bool { return !safe(method) && method != http.MethodOptions }

// actor is the caller of a request as the audit log names it.
func actor(r *http.Request) auth.Actor {
	return auth.Actor{Principal: kvartal.PrincipalFrom(r.Context()), Address: peerOf(r).address, Request: kvartal.RequestIDFrom(r.Context())}
}

// private marks answers to somebody in particular, so that no cache between
// keeps them for others.
func private(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	if callerOf(r.Context()) == nil || kvartal.PrincipalFrom(r.Context()).Name == "" {
		return w
	}
	return &privateWriter{ResponseWriter: w}
}

type privateWriter struct {
	http.ResponseWriter

	marked bool
}

func (w *privateWriter) mark() {
	if w.marked {
		return
	}
	w.marked = true
	h := w.Header()
	if h.Get("Cache-Control") != "no-store" {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Add("Vary", "Cookie, Authorization")
}

// WriteHeader implements http.ResponseWriter.
func (w *privateWriter) WriteHeader(code int) {
	w.mark()
	w.ResponseWriter.WriteHeader(code)
}

// Write implements http.ResponseWriter.
func (w *privateWriter) Write(b []byte) (int, error) {
	w.mark()
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *privateWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// tellsData reports whether a path answers with attributes of features.
func tellsData(path string) bool {
	return path == "/identify" || path == "/search" || path == "/related" ||
		strings.HasPrefix(path, "/table/") || strings.HasPrefix(path, "/ogc/collections/") && (strings.Contains(path, "/items") || strings.HasSuffix(path, "/export"))
}

// logPersonal writes into the audit log that somebody could read personal data
// by a request that was answered.
func (s *Server) logPersonal(r *http.Request) {
	c := callerOf(r.Context())
	if c == nil || !tellsData(r.URL.Path) || kvartal.PrincipalFrom(r.Context()).Name == "" {
		return
	}
	c.mu.Lock()
	read := slices.Clone(c.personal)
	c.mu.Unlock()
	if len(read) == 0 {
		return
	}
	slices.Sort(read)
	detail := map[string]any{"layers": slices.Compact(read), "query": r.URL.RawQuery}
	if err := c.rights.service.Record(context.WithoutCancel(r.Context()), actor(r), "personal.read", r.URL.Path, detail); err != nil {
		s.config.Log.ErrorContext(r.Context(), "a read of personal data is missing in the audit log", "error", err, "path", r.URL.Path)
	}
}

// readPersonal notes that a view shows personal data of a layer.
func (c *caller) readPersonal(d *layers.Definition) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.personal = append(c.personal, d.ID)
}
