package server

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"

	"kvartal"
)

// maxCredentials bounds the body of a request to sign in, in bytes.
const maxCredentials = 4096

type sessionAnswer struct {
	User  *sessionUser `json:"user"` // null: the public
	CSRF  string       `json:"csrf"`
	Login loginWays    `json:"login"`
}

type sessionUser struct {
	Name  string   `json:"name"`
	Title string   `json:"title"`
	Roles []string `json:"roles"`
}

// loginWays are the ways to sign in.
type loginWays struct {
	Local bool       `json:"local"`
	OIDC  []struct{} `json:"oidc"`
}

// session answers /session: who the caller is.
func (s *Server) session(w http.ResponseWriter, r *http.Request, _ *City) error {
	if err := parameters(r); err != nil {
		return err
	}
	c := callerOf(r.Context())
	answer := sessionAnswer{Login: loginWays{Local: c != nil, OIDC: []struct{}{}}}
	if c != nil && c.session != nil {
		p := c.session.Principal
		answer.User = &sessionUser{Name: p.Name, Title: c.session.Title, Roles: p.Roles}
		answer.CSRF = c.session.CSRF
	}
	return respondJSON(w, r, "application/json", answer)
}

// signIn answers POST /session. It always begins a new session: a token that
// somebody brought along, from wherever, is never taken on.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request, city *City) error {
	if city.Auth == nil {
		return kvartal.Errorf(kvartal.KindNotFound, "there is no signing in here")
	}
	var credentials struct{ Name, Password string }
	if err := decodeJSON(w, r, &credentials); err != nil {
		return err
	}
	token, err := city.Auth.SignIn(r.Context(), actor(r), credentials.Name, credentials.Password)
	if err != nil {
		return err
	}
	http.SetCookie(w, s.cookie(r, token, 0))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// signOut answers DELETE /session; with everywhere=true it ends all sessions of
// the account.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "everywhere"); err != nil {
		return err
	}
	if c := callerOf(r.Context()); c != nil && c.session != nil {
		if err := city.Auth.SignOut(r.Context(), actor(r), c.token, r.URL.Query().Get("everywhere") == "true"); err != nil {
			return err
		}
	}
	http.SetCookie(w, s.cookie(r, "", -1))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// decodeJSON reads a small JSON body. Forms of other sites cannot send its type.
func decodeJSON(w http.ResponseWriter, r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return kvartal.Errorf(kvartal.KindInvalid, "the body must be of type application/json").In("Content-Type")
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCredentials))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil || decoder.Decode(&struct{}{}) != io.EOF { //nolint:errorlint // as Decode documents
		return kvartal.Errorf(kvartal.KindInvalid, "the body is not the JSON object that is wanted here")
	}
	return nil
}

// tls reports whether the caller reaches us by HTTPS.
func (s *Server) tls(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(s.config.PublicURL, "https://")
}

// cookieName has, over HTTPS, the prefix by which browsers take the cookie from
// this very host alone (RFC 6265bis, section 4.1.3).
func (s *Server) cookieName(r *http.Request) string {
	if s.tls(r) {
		return "__Host-kvartal"
	}
	return "kvartal"
}

func (s *Server) cookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(r), Value: value, Path: "/", MaxAge: maxAge,
		Secure: s.tls(r), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}
