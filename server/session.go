package server

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"kvartal"
	"kvartal/auth"
)

// maxCredentials bounds the body of a request to sign in, in bytes.
const maxCredentials = 4096

type sessionAnswer struct {
	User    *sessionUser `json:"user"` // null: the public
	CSRF    string       `json:"csrf"`
	Preview *string      `json:"preview"` // role that the session looks through
	First   bool         `json:"first"`   // nobody administers yet
	Login   loginWays    `json:"login"`
}

type sessionUser struct {
	Name  string   `json:"name"`
	Title string   `json:"title"`
	Roles []string `json:"roles"`
	// Temporary says that another password has to be chosen before rights hold.
	Temporary bool `json:"temporary"`
	Local     bool `json:"local"` // has a password of ours
}

// loginWays are the ways to sign in.
type loginWays struct {
	Local bool      `json:"local"`
	OIDC  []oidcWay `json:"oidc"`
}

type oidcWay struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// session answers /session: who the caller is.
func (s *Server) session(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r); err != nil {
		return err
	}
	c := callerOf(r.Context())
	answer := sessionAnswer{Login: loginWays{Local: c != nil, OIDC: []oidcWay{}}}
	for _, o := range s.config.OIDC {
		answer.Login.OIDC = append(answer.Login.OIDC, oidcWay{o.Config.ID, o.Config.Title})
	}
	if c != nil && c.session != nil {
		p := c.session.Principal
		roles := append(slices.Clone(c.session.Own), auth.RolePublic)
		answer.User = &sessionUser{p.Name, c.session.Title, roles, c.session.Temporary, c.session.Local}
		answer.CSRF = c.session.CSRF
		if c.session.Preview != "" {
			answer.Preview = &c.session.Preview
		}
	} else if city.Auth != nil {
		some, err := city.Auth.Administered(r.Context())
		if err != nil {
			return err
		}
		answer.First = !some
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
	if err := decodeJSON(w, r, maxCredentials, &credentials); err != nil {
		return err
	}
	token, err := city.Auth.SignIn(r.Context(), actor(r), credentials.Name, credentials.Password)
	if err != nil {
		return err
	}
	return s.begin(w, r, token)
}

// begin gives the caller the cookie of a new session.
func (s *Server) begin(w http.ResponseWriter, r *http.Request, token string) error {
	http.SetCookie(w, s.cookie(r, token, 0))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// first answers POST /session/first: it makes the first administrator.
func (s *Server) first(w http.ResponseWriter, r *http.Request, city *City) error {
	if city.Auth == nil {
		return errNothingHere()
	}
	var body struct{ Token, Name, Password string }
	if err := decodeJSON(w, r, maxCredentials, &body); err != nil {
		return err
	}
	token, err := city.Auth.First(r.Context(), actor(r), body.Token, auth.Account{Name: body.Name, Title: body.Name}, body.Password)
	if err != nil {
		return err
	}
	return s.begin(w, r, token)
}

// changePassword answers PUT /session/password.
func (s *Server) changePassword(w http.ResponseWriter, r *http.Request, city *City) error {
	c := callerOf(r.Context())
	if c == nil || c.session == nil {
		return kvartal.Errorf(kvartal.KindForbidden, "sign in first")
	}
	var body struct{ Current, Password string }
	if err := decodeJSON(w, r, maxCredentials, &body); err != nil {
		return err
	}
	token, err := city.Auth.ChangePassword(r.Context(), actor(r), body.Current, body.Password)
	if err != nil {
		return err
	}
	return s.begin(w, r, token)
}

// preview answers POST /session/preview: an administrator looks through another
// role.
func (s *Server) preview(w http.ResponseWriter, r *http.Request, city *City) error {
	c := callerOf(r.Context())
	if c == nil || c.session == nil || c.session.Temporary || !slices.Contains(c.session.Own, auth.RoleAdministrator) {
		return errNothingHere()
	}
	var body struct{ Role string }
	if err := decodeJSON(w, r, maxCredentials, &body); err != nil {
		return err
	}
	if body.Role == "" {
		return kvartal.Errorf(kvartal.KindInvalid, "name the role to look through").In("role")
	}
	if err := city.Auth.Preview(r.Context(), actor(r), c.token, body.Role); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// endPreview answers DELETE /session/preview.
func (s *Server) endPreview(w http.ResponseWriter, r *http.Request, city *City) error {
	if c := callerOf(r.Context()); c != nil && c.session != nil {
		if err := city.Auth.Preview(r.Context(), actor(r), c.token, ""); err != nil {
			return err
		}
	}
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

// decodeJSON reads a JSON body of up to limit bytes. Forms of other sites cannot send its type.
func decodeJSON(w http.ResponseWriter, r *http.Request, limit int64, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return kvartal.Errorf(kvartal.KindInvalid, "the body must be of type application/json").In("Content-Type")
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, limit))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil || decoder.Decode(&struct{}{}) != io.EOF { //nolint:errorlint // as Decode documents
		return kvartal.Errorf(kvartal.KindInvalid, "the body is not the JSON object that is wanted here")
	}
	return nil
}

// tls reports whether the caller reaches us by HTTPS.
func (s *Server) tls(r *http.Request) bool {
	return peerOf(r).https || strings.HasPrefix(s.config.PublicURL, "https://")
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
	return &http.Cookie{ //nolint:gosec // secure wherever it comes by TLS
		Name: s.cookieName(r), Value: value, Path: "/", MaxAge: maxAge,
		Secure: s.tls(r), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}
