package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"kvartal"
	"kvartal/auth"
	"kvartal/auth/oidctest"
)

const redirect = "https://map.example.org/session/oidc/city/callback"

func TestSigningInByOpenID(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	withAnn(t, s) // another Ann, with a password
	p := oidctest.New(t)
	o := p.Client()
	enter := func() auth.Session {
		t.Helper()
		address, flow, err := o.Begin(t.Context(), redirect, "/")
		must(t, err)
		state, code := p.Authorize(t, address)
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
	p.Claims["groups"], p.Claims["preferred_username"] = []string{"mayors"}, "eve"
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
	p := oidctest.New(t)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	public, err := x509.MarshalPKIXPublicKey(p.Key.Public())
	must(t, err)
	with := func(name string, value any) func(map[string]any) any {
		return func(claims map[string]any) any {
			claims[name] = value
			return oidctest.Signed(jose.RS256, p.Key, claims)
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
		"HMAC with the public key": func(claims map[string]any) any { return oidctest.Signed(jose.HS256, public, claims) },
		"the key of a stranger":    func(claims map[string]any) any { return oidctest.Signed(jose.RS256, stranger, claims) },
		"another audience":         with("aud", "another"),
		"another issuer":           with("iss", "https://evil.example"),
		"another nonce":            with("nonce", "replayed"),
		"no nonce":                 with("nonce", nil),
		"an end in the past":       with("exp", time.Now().Add(-time.Hour).Unix()),
		"no subject":               with("sub", ""),
		"no token":                 func(map[string]any) any { return nil },
		"no JWT":                   func(map[string]any) any { return "a.b" },
	} {
		p.Sign = sign
		o := p.Client()
		address, flow, err := o.Begin(t.Context(), redirect, "/")
		must(t, err)
		state, code := p.Authorize(t, address)
		if who, err := o.Finish(t.Context(), flow, redirect, state, "", code); kvartal.KindOf(err) != kvartal.KindForbidden {
			t.Errorf("Finish with %s = %+v, %v, want %v", name, who, err, kvartal.KindForbidden)
		}
	}
	p.Sign = nil
	for name, alter := range map[string]func(f *auth.Flow, state, issuer, code *string){
		"another state":    func(_ *auth.Flow, state, _, _ *string) { *state = "planted" },
		"no attempt":       func(f *auth.Flow, state, _, _ *string) { *f, *state = auth.Flow{}, "" },
		"another provider": func(f *auth.Flow, _, _, _ *string) { f.Provider = "other" },
		"mixed-up issuer":  func(_ *auth.Flow, _, issuer, _ *string) { *issuer = "https://evil.example" },
		"another verifier": func(f *auth.Flow, _, _, _ *string) { f.Verifier = "x" },
		"a guessed code":   func(_ *auth.Flow, _, _, code *string) { *code = "guessed" },
	} {
		o := p.Client()
		address, flow, err := o.Begin(t.Context(), redirect, "/")
		must(t, err)
		state, code := p.Authorize(t, address)
		issuer := p.URL
		alter(&flow, &state, &issuer, &code)
		if _, err := o.Finish(t.Context(), flow, redirect, state, issuer, code); kvartal.KindOf(err) != kvartal.KindForbidden {
			t.Errorf("Finish with %s = %v, want %v", name, err, kvartal.KindForbidden)
		}
	}
}
