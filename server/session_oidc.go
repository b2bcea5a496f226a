package server

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"

	"kvartal"
	"kvartal/auth"
)

// flowLife is how long somebody may take at an OpenID provider, in seconds.
const flowLife = 600

// oidcOf returns the provider that a request names.
func (s *Server) oidcOf(r *http.Request, city *City) (*auth.OIDC, error) {
	for _, o := range s.config.OIDC {
		if city.Auth != nil && o.Config.ID == mux.Vars(r)["id"] {
			return o, nil
		}
	}
	return nil, errNothingHere()
}

// beginOIDC answers GET /session/oidc/{id}: it sends the browser to the provider.
func (s *Server) beginOIDC(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "return"); err != nil {
		return err
	}
	o, err := s.oidcOf(r, city)
	if err != nil {
		return err
	}
	address, flow, err := o.Begin(r.Context(), s.callback(r, o), ownPath(r.URL.Query().Get("return")))
	if err != nil {
		return err
	}
	kept, err := json.Marshal(flow)
	if err != nil {
		return err
	}
	http.SetCookie(w, s.flowCookie(r, base64.RawURLEncoding.EncodeToString(kept), flowLife))
	return redirect(w, address)
}

// endOIDC answers the address that the provider sends the browser back to. It
// begins a session, or returns to the map and says that it did not.
func (s *Server) endOIDC(w http.ResponseWriter, r *http.Request, city *City) error {
	o, err := s.oidcOf(r, city)
	if err != nil {
		return err
	}
	flow := s.flow(r)
	http.SetCookie(w, s.flowCookie(r, "", -1)) // good for one attempt
	query := r.URL.Query()
	who, err := o.Finish(r.Context(), flow, s.callback(r, o), query.Get("state"), query.Get("iss"), query.Get("code"))
	var token string
	if err == nil {
		token, err = city.Auth.SignInAs(r.Context(), actor(r), who)
	}
	if err != nil {
		s.config.Log.WarnContext(r.Context(), "somebody could not sign in", "provider", o.Config.ID, "error", err, "request", kvartal.RequestIDFrom(r.Context()))
		return redirect(w, "/?signin=failed")
	}
	http.SetCookie(w, s.cookie(r, token, 0))
	return redirect(w, ownPath(flow.Return))
}

// flow is the attempt that the browser began; none is of no provider.
func (s *Server) flow(r *http.Request) (f auth.Flow) {
	cookie, err := r.Cookie(s.cookieName(r) + "-oidc")
	if err != nil {
		return f
	}
	kept, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || json.Unmarshal(kept, &f) != nil {
		return auth.Flow{}
	}
	return f
}

func (s *Server) flowCookie(r *http.Request, value string, maxAge int) *http.Cookie {
	cookie := s.cookie(r, value, maxAge) //nolint:gosec // secure wherever it comes by TLS
	cookie.Name += "-oidc"
	return cookie
}

func (s *Server) callback(r *http.Request, o *auth.OIDC) string {
	return s.origin(r) + "/session/oidc/" + url.PathEscape(o.Config.ID) + "/callback"
}

func redirect(w http.ResponseWriter, address string) error {
	h := w.Header()
	h.Set("Location", address)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusFound)
	return nil
}

// ownPath is a path of ours to return to, "/" for anything else: browsers take
// "//host", "/\host" and what has control characters for other places.
func ownPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsFunc(path, func(c rune) bool { return c == '\\' || c < ' ' || c == 0x7f }) {
		return "/"
	}
	return u.String()
}
