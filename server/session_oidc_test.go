package server_test

import (
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"kvartal/auth"
	"kvartal/auth/oidctest"
	"kvartal/server"
)

// surfer is a browser that follows redirects and keeps cookies.
type surfer struct {
	http.Client

	home string
}

func newSurfer(t *testing.T, home string) *surfer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &surfer{http.Client{Jar: jar}, home}
}

// visit goes to an address and returns where it ended, and what was there.
func (s *surfer) visit(t *testing.T, address string) (*url.URL, int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := s.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return answer.Request.URL, answer.StatusCode, body(t, answer)
}

// name is who the browser is to the server, "" the public.
func (s *surfer) name(t *testing.T) string {
	t.Helper()
	_, _, text := s.visit(t, s.home+"/session")
	var answer struct{ User *struct{ Name string } }
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.User == nil {
		return ""
	}
	return answer.User.Name
}

// openFederated opens a city that people sign in to by a provider.
func openFederated(t *testing.T) (home string, p *oidctest.Provider) {
	t.Helper()
	p = oidctest.New(t)
	c := limited(t, func(config *server.Config) { config.OIDC = []*auth.OIDC{p.Client()} })
	if err := c.auth.AddRole(t.Context(), auth.Actor{}, auth.Role{Name: "clerk"}); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(c.handler)
	t.Cleanup(web.Close)
	return web.URL, p
}

func TestSigningInByAProviderThroughTheBrowser(t *testing.T) {
	t.Parallel()
	home, p := openFederated(t)
	s := newSurfer(t, home)
	at, code, _ := s.visit(t, home+"/session/oidc/city?return="+url.QueryEscape("/?layers=parcels"))
	if at.Path != "/" || at.Query().Get("layers") != "parcels" || !strings.HasPrefix(at.String(), home) || code != http.StatusOK {
		t.Errorf("signing in ends at %v = %d, want where it began", at, code)
	}
	if got := s.name(t); got != "ann" {
		t.Errorf("user = %q, want ann", got)
	}
	for _, away := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/\tevil", "javascript:alert(1)", "evil.example", "https:evil.example", "/%09/evil.example", "/..//evil.example"} {
		at, _, _ := newSurfer(t, home).visit(t, home+"/session/oidc/city?return="+url.QueryEscape(away))
		if at.Host != strings.TrimPrefix(home, "http://") {
			t.Errorf("return=%q ends at %v, want to stay", away, at)
		}
	}
	for _, id := range []string{"other", "..%2fcity", "city%00", ".."} {
		if at, code, _ := newSurfer(t, home).visit(t, home+"/session/oidc/"+id); code == http.StatusFound || at.Host == strings.TrimPrefix(p.URL, "http://") {
			t.Errorf("provider %q = %d at %v, want nothing there", id, code, at)
		}
	}
}

// Answers of a provider that fit no attempt of this browser begin no session.
func TestAnswersOfOthersBeginNoSession(t *testing.T) {
	t.Parallel()
	home, p := openFederated(t)
	callback := func(s *surfer, values url.Values) {
		t.Helper()
		at, _, _ := s.visit(t, home+"/session/oidc/city/callback?"+values.Encode())
		if at.Query().Get("signin") != "failed" || s.name(t) != "" {
			t.Errorf("callback with %v ends at %v as %q, want no session", values, at, s.name(t))
		}
	}
	// An attacker's own answer in the browser of somebody else.
	attacker := newSurfer(t, home)
	attacker.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(r.URL.Path, "/callback") {
			return http.ErrUseLastResponse
		}
		return nil
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, home+"/session/oidc/city", nil)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := attacker.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = sent.Body.Close()
	answer, err := url.Parse(sent.Header.Get("Location"))
	if err != nil || answer.Query().Get("code") == "" {
		t.Fatalf("the provider sends back to %v, %v, want a code", answer, err)
	}
	callback(newSurfer(t, home), answer.Query())
	callback(newSurfer(t, home), url.Values{"state": {""}, "code": {"x"}})
	// Tokens that anybody could have made.
	public, err := x509.MarshalPKIXPublicKey(p.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	p.Sign = func(claims map[string]any) any { return oidctest.Signed(jose.HS256, public, claims) }
	s := newSurfer(t, home)
	if at, _, _ := s.visit(t, home+"/session/oidc/city"); at.Query().Get("signin") != "failed" || s.name(t) != "" {
		t.Errorf("a token signed by the public key ends at %v as %q, want no session", at, s.name(t))
	}
}
