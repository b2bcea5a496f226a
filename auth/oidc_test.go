package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"kvartal"
	"kvartal/auth"
)

const redirect = "https://map.example.org/session/oidc/city/callback"

// provider is an OpenID provider that lets anybody in at once: discovery, keys,
// authorization and tokens, with PKCE and codes that are good once.
type provider struct {
	*httptest.Server

	key    *rsa.PrivateKey
	claims map[string]any                  // of everybody
	sign   func(claims map[string]any) any // the ID token; nil: rightly signed

	mu    sync.Mutex
	codes map[string]url.Values // attempts by code; guarded by mu
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	p := &provider{key: key, codes: map[string]url.Values{}, claims: map[string]any{"sub": "17", "preferred_username": "Ann", "name": "Ann A.", "groups": []string{"gardeners"}}}
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
		for name, value := range p.claims {
			claims[name] = value
		}
		var token any
		if p.sign != nil {
			token = p.sign(claims)
		} else {
			token = signed(jose.RS256, key, claims)
		}
		answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": token})
	})
	return p
}

func signed(alg jose.SignatureAlgorithm, key any, claims any) string {
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

// authorize is what the provider sends a browser back with.
func (p *provider) authorize(t *testing.T, address string) (state, code string) {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	asked := u.Query()
	if asked.Get("code_challenge_method") != "S256" || asked.Get("nonce") == "" || asked.Get("response_type") != "code" {
		t.Fatalf("authorization asked for = %v, want a code with PKCE and a nonce", asked)
	}
	code = rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[code] = asked
	return asked.Get("state"), code
}

func (p *provider) client() *auth.OIDC {
	return auth.NewOIDC(auth.OIDCConfig{
		ID: "city", Title: "City", Issuer: p.URL, ClientID: "kvartal", Secret: "s", Groups: "groups",
		Roles: map[string][]string{"gardeners": {"clerk"}, "mayors": {"administrator"}},
	})
}

func TestSigningInByOpenID(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	withAnn(t, s) // another Ann, with a password
	p := newProvider(t)
	o := p.client()
	enter := func() auth.Session {
		t.Helper()
		address, flow, err := o.Begin(t.Context(), redirect, "/")
		must(t, err)
		state, code := p.authorize(t, address)
		who, err := o.Finish(t.Context(), flow, redirect, state, p.URL, code)
		must(t, err)
		if _, err := o.Finish(t.Context(), flow, redirect, state, p.URL, code); kvartal.KindOf(err) != kvartal.KindForbidden {
			t.Errorf("Finish with a code used before = %v, want %v", err, kvartal.KindForbidden)
		}
		token, err := s.SignInAs(t.Context(), auth.Actor{}, who)
		must(t, err)
		session, ok, err := s.Session(t.Context(), token)
		if err != nil || !ok {
			t.Fatalf("Session = %v, %v", ok, err)
		}
		return session
	}
	first := enter()
	if first.Principal.Name != "ann.2" || !slices.Equal(first.Own, []string{"clerk"}) || first.Local {
		t.Errorf("session = %+v, want ann.2, who is not ann, with the roles of the groups and no password", first)
	}
	must(t, s.SetRoles(t.Context(), admin, "ann.2", []string{"clerk", "public"}))
	p.claims["groups"], p.claims["preferred_username"] = []string{"mayors"}, "eve"
	if again := enter(); again.Principal.Name != "ann.2" || !slices.Equal(again.Own, []string{"administrator", "public"}) {
		t.Errorf("session = %+v, want the account of the subject, with roles of new groups and those given here", again)
	}
	must(t, s.AddAccount(t.Context(), admin, auth.Account{Name: "root", Roles: []string{"administrator"}}, passphrase))
	must(t, s.Disable(t.Context(), admin, "ann.2", true))
	if _, err := s.SignInAs(t.Context(), auth.Actor{}, auth.Identity{Provider: "city", Issuer: p.URL, Subject: "17"}); kvartal.KindOf(err) != kvartal.KindForbidden {
		t.Errorf("SignInAs of a disabled account = %v, want %v", err, kvartal.KindForbidden)
	}
}

func TestOpenIDRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	public, err := x509.MarshalPKIXPublicKey(p.key.Public())
	must(t, err)
	with := func(name string, value any) func(map[string]any) any {
		return func(claims map[string]any) any {
			claims[name] = value
			return signed(jose.RS256, p.key, claims)
		}
	}
	part := func(v any) string {
		body, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(body)
	}
	for name, sign := range map[string]func(map[string]any) any{
		"alg none": func(claims map[string]any) any {
			return part(map[string]string{"alg": "none"}) + "." + part(claims) + "."
		},
		"HMAC with the public key": func(claims map[string]any) any { return signed(jose.HS256, public, claims) },
		"the key of a stranger":    func(claims map[string]any) any { return signed(jose.RS256, stranger, claims) },
		"another audience":         with("aud", "another"),
		"another issuer":           with("iss", "https://evil.example"),
		"another nonce":            with("nonce", "replayed"),
		"no nonce":                 with("nonce", nil),
		"an end in the past":       with("exp", time.Now().Add(-time.Hour).Unix()),
		"no subject":               with("sub", ""),
		"no token":                 func(map[string]any) any { return nil },
		"no JWT":                   func(map[string]any) any { return "a.b" },
	} {
		p.sign = sign
		o := p.client()
		address, flow, err := o.Begin(t.Context(), redirect, "/")
		must(t, err)
		state, code := p.authorize(t, address)
		if who, err := o.Finish(t.Context(), flow, redirect, state, "", code); kvartal.KindOf(err) != kvartal.KindForbidden {
			t.Errorf("Finish with %s = %+v, %v, want %v", name, who, err, kvartal.KindForbidden)
		}
	}
	p.sign = nil
	for name, alter := range map[string]func(f *auth.Flow, state, issuer, code *string){
		"another state":    func(_ *auth.Flow, state, _, _ *string) { *state = "planted" },
		"no attempt":       func(f *auth.Flow, state, _, _ *string) { *f, *state = auth.Flow{}, "" },
		"another provider": func(f *auth.Flow, _, _, _ *string) { f.Provider = "other" },
		"mixed-up issuer":  func(_ *auth.Flow, _, issuer, _ *string) { *issuer = "https://evil.example" },
		"another verifier": func(f *auth.Flow, _, _, _ *string) { f.Verifier = "x" },
		"a guessed code":   func(_ *auth.Flow, _, _, code *string) { *code = "guessed" },
	} {
		o := p.client()
		address, flow, err := o.Begin(t.Context(), redirect, "/")
		must(t, err)
		state, code := p.authorize(t, address)
		issuer := p.URL
		alter(&flow, &state, &issuer, &code)
		if _, err := o.Finish(t.Context(), flow, redirect, state, issuer, code); kvartal.KindOf(err) != kvartal.KindForbidden {
			t.Errorf("Finish with %s = %v, want %v", name, err, kvartal.KindForbidden)
		}
	}
}
