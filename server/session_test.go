package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kvartal/auth"
)

const passphrase = "seventeen green lamps"

func (c testCity) addClerk(t *testing.T) {
	t.Helper()
	if err := c.auth.AddRole(t.Context(), auth.Actor{}, auth.Role{Name: "clerk"}); err != nil {
		t.Fatal(err)
	}
	if err := c.auth.AddAccount(t.Context(), auth.Actor{}, auth.Account{Name: "ann", Title: "Ann", Roles: []string{"clerk"}}, passphrase); err != nil {
		t.Fatal(err)
	}
}

// browser keeps the cookie of a session.
type browser struct {
	handler http.Handler
	cookie  *http.Cookie
}

func (b browser) do(t *testing.T, method, path, body string, header map[string]string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w.Result()
}

func (b browser) get(t *testing.T, path string) *http.Response {
	t.Helper()
	return b.do(t, http.MethodGet, path, "", nil)
}

// user is what /session tells.
func (b browser) user(t *testing.T) (name, csrf string) {
	t.Helper()
	var answer struct {
		User *struct{ Name string }
		CSRF string
	}
	decode(t, body(t, b.get(t, "/session")), &answer)
	if answer.User == nil {
		return "", answer.CSRF
	}
	return answer.User.Name, answer.CSRF
}

const credentials = `{"name": "ann", "password": "` + passphrase + `"}`

func (c testCity) signIn(t *testing.T) browser {
	t.Helper()
	return c.signInAs(t, "ann", passphrase)
}

func (c testCity) signInAs(t *testing.T, name, password string) browser {
	t.Helper()
	b := browser{handler: c.handler}
	r := b.do(t, http.MethodPost, "/session", `{"name": "`+name+`", "password": "`+password+`"}`, map[string]string{"Content-Type": "application/json"})
	if r.StatusCode != http.StatusNoContent || len(r.Cookies()) != 1 {
		t.Fatalf("POST /session = %d %s, want %d and a cookie", r.StatusCode, body(t, r), http.StatusNoContent)
	}
	b.cookie = r.Cookies()[0]
	return b
}

func TestSigningInAndOut(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	c.addClerk(t)
	b := c.signIn(t)
	if !b.cookie.HttpOnly || b.cookie.SameSite != http.SameSiteLaxMode || b.cookie.Path != "/" || b.cookie.Domain != "" {
		t.Errorf("cookie = %v, want HttpOnly, SameSite=Lax, for this host alone", b.cookie)
	}
	name, csrf := b.user(t)
	if name != "ann" || csrf == "" {
		t.Fatalf("user, csrf = %q, %q, want ann and a token", name, csrf)
	}
	if got := b.do(t, http.MethodDelete, "/session", "", nil).StatusCode; got != http.StatusForbidden {
		t.Errorf("DELETE /session without token = %d, want %d", got, http.StatusForbidden)
	}
	if got := b.do(t, http.MethodDelete, "/session", "", map[string]string{"X-CSRF-Token": csrf}).StatusCode; got != http.StatusNoContent {
		t.Errorf("DELETE /session = %d, want %d", got, http.StatusNoContent)
	}
	if name, _ := b.user(t); name != "" {
		t.Errorf("user after signing out = %q, want none: the cookie must be good for nothing", name)
	}
}

func TestSessionsAreNotForOtherSites(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	c.addClerk(t)
	for name, header := range map[string]map[string]string{
		"a form":           {"Content-Type": "application/x-www-form-urlencoded"},
		"plain text":       {"Content-Type": "text/plain"},
		"another site":     {"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"},
		"an older browser": {"Content-Type": "application/json", "Origin": "https://evil.example"},
	} {
		r := browser{handler: c.handler}.do(t, http.MethodPost, "/session", credentials, header)
		if r.StatusCode < 400 || len(r.Cookies()) > 0 {
			t.Errorf("POST /session by %s = %d with %d cookies, want to be refused", name, r.StatusCode, len(r.Cookies()))
		}
	}
}

// A token that an attacker has put into a browser must not become a session.
func TestSessionsAreNotFixed(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	c.addClerk(t)
	planted := browser{handler: c.handler, cookie: &http.Cookie{Name: "kvartal", Value: "planted"}}
	r := planted.do(t, http.MethodPost, "/session", credentials, map[string]string{"Content-Type": "application/json"})
	if r.StatusCode != http.StatusNoContent || r.Cookies()[0].Value == "planted" {
		t.Fatalf("POST /session with a planted cookie = %d, want %d and a token of its own", r.StatusCode, http.StatusNoContent)
	}
	if name, _ := planted.user(t); name != "" {
		t.Errorf("user of the planted cookie = %q, want none", name)
	}
	if one, other := c.signIn(t), c.signIn(t); one.cookie.Value == other.cookie.Value {
		t.Error("two sessions have one token")
	}
}

func TestAuditIsForAdministrators(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	c.addClerk(t)
	b := c.signIn(t)
	if got := b.get(t, "/admin/audit").StatusCode; got != http.StatusNotFound {
		t.Errorf("/admin/audit of a clerk = %d, want %d", got, http.StatusNotFound)
	}
	if err := c.auth.SetRoles(t.Context(), auth.Actor{}, "ann", []string{auth.RoleAdministrator}); err != nil {
		t.Fatal(err)
	}
	if text := body(t, b.get(t, "/admin/audit?what=session.")); !strings.Contains(text, "session.begin") {
		t.Errorf("/audit = %s, want sessions", text)
	}
}
