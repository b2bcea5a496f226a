// Package oidctest is a real OpenID provider for tests, over HTTP on this machine.
package oidctest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"kvartal/auth"
)

// Provider is an OpenID provider that lets anybody in at once: discovery, keys,
// authorization and tokens, with PKCE and codes that are good once.
type Provider struct {
	*httptest.Server

	Key    *rsa.PrivateKey
	Claims map[string]any                  // of everybody
	Sign   func(claims map[string]any) any // the ID token; nil: rightly signed

	mu    sync.Mutex
	codes map[string]url.Values // attempts by code; guarded by mu
}

// New starts a provider that lives until the test ends.
func New(t *testing.T) *Provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{Key: key, codes: map[string]url.Values{}, Claims: map[string]any{"sub": "17", "preferred_username": "Ann", "name": "Ann A.", "groups": []string{"gardeners"}}}
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
			"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
		})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("/authorize", p.authorize)
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		asked, ok := p.codes[r.PostFormValue("code")]
		delete(p.codes, r.PostFormValue("code"))
		p.mu.Unlock()
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		if !ok || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || asked.Get("redirect_uri") != r.PostFormValue("redirect_uri") {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		claims := map[string]any{"iss": p.URL, "aud": asked.Get("client_id"), "nonce": asked.Get("nonce"), "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix()}
		for name, value := range p.Claims {
			claims[name] = value
		}
		var token any
		if p.Sign != nil {
			token = p.Sign(claims)
		} else {
			token = Signed(jose.RS256, key, claims)
		}
		answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": token})
	})
	return p
}

// Signed is a JWT.
func Signed(alg jose.SignatureAlgorithm, key any, claims any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k1"))
	if err != nil {
		panic(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		panic(err)
	}
	return text
}

// Authorize is what the provider sends a browser back with.
func (p *Provider) Authorize(t *testing.T, address string) (state, code string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	asked := u.Query()
	if asked.Get("code_challenge_method") != "S256" || asked.Get("nonce") == "" || asked.Get("response_type") != "code" {
		t.Fatalf("authorization asked for = %v, want a code with PKCE and a nonce", asked)
	}
	return asked.Get("state"), p.code(asked)
}

// code is good once, for one attempt.
func (p *Provider) code(asked url.Values) string {
	code := rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[code] = asked
	return code
}

// authorize lets a browser in at once, and sends it back.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	back := url.Values{"state": {asked.Get("state")}, "code": {p.code(asked)}, "iss": {p.URL}}
	http.Redirect(w, r, asked.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound) //nolint:gosec // the tests' own
}

// Client is a way to sign in by the provider.
func (p *Provider) Client() *auth.OIDC {
	return auth.NewOIDC(auth.OIDCConfig{
		ID: "city", Title: "City", Issuer: p.URL, ClientID: "kvartal", Secret: "s", Groups: "groups",
		Roles: map[string][]string{"gardeners": {"clerk"}, "mayors": {"administrator"}},
	})
}
