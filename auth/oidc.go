package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"kvartal"
)

// OIDCConfig says how people sign in by an OpenID provider.
type OIDCConfig struct {
	ID       string   // in addresses
	Title    string   // for people
	Issuer   string   // URL, as the provider's discovery document names itself
	ClientID string   // by which the provider knows us
	Secret   string   // "" for a public client, which PKCE alone protects
	Scopes   []string // beside openid
	Groups   string   // claim that lists the groups of a person
	// Roles by group. They are all that the provider decides: other roles of an
	// account are given by administrators.
	Roles map[string][]string
}

// OIDC lets people in by an OpenID provider: authorization code with PKCE
// (OpenID Connect Core 1.0, section 3.1; RFC 7636, RFC 9207). It may be used
// concurrently.
type OIDC struct {
	Config OIDCConfig

	client   *http.Client
	mu       sync.Mutex
	provider *oidc.Provider // discovered when first needed; guarded by mu
}

// oidcTimeout bounds one request to a provider.
const oidcTimeout = 10 * time.Second

// NewOIDC returns a way to sign in. The provider is asked when the first person
// comes, so that the server starts without it.
func NewOIDC(config OIDCConfig) *OIDC {
	return &OIDC{Config: config, client: &http.Client{Timeout: oidcTimeout}}
}

// Flow is one attempt to sign in. Its secrets are for the browser that began it.
type Flow struct {
	Provider string
	State    string
	Nonce    string
	Verifier string // of PKCE
	Return   string // where to go afterwards
}

// Begin returns the address at the provider to send a browser to, and what has
// to come back with it.
func (o *OIDC) Begin(ctx context.Context, redirect, after string) (address string, f Flow, err error) {
	provider, err := o.discover(ctx)
	if err != nil {
		return "", Flow{}, err
	}
	f = Flow{Provider: o.Config.ID, State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Return: after}
	return o.oauth(provider, redirect).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), f, nil
}

// Identity is who a provider says somebody is.
type Identity struct {
	Provider, Issuer, Subject, Name, Title string
	Roles                                  []string // of the groups of the person
	managed                                []string // roles that the provider decides
}

// Finish exchanges what the provider sent back for the identity of the person.
// Whatever does not fit the attempt is an error of KindForbidden.
func (o *OIDC) Finish(ctx context.Context, f Flow, redirect, state, issuer, code string) (Identity, error) {
	refused := kvartal.Errorf(kvartal.KindForbidden, "signing in by %s did not succeed: try again", o.Config.Title)
	if f.Provider != o.Config.ID || f.State == "" || subtle.ConstantTimeCompare([]byte(f.State), []byte(state)) != 1 {
		return Identity{}, refused
	}
	if issuer != "" && issuer != o.Config.Issuer { // RFC 9207: another provider answers
		return Identity{}, refused
	}
	provider, err := o.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, o.client)
	token, err := o.oauth(provider, redirect).Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return Identity{}, refused.Because(err)
	}
	raw, _ := token.Extra("id_token").(string)
	// Signatures by keys of the provider only: never "none", never HMAC, for which
	// a public key would be the secret.
	verifier := provider.Verifier(&oidc.Config{ClientID: o.Config.ClientID, SupportedSigningAlgs: []string{
		oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
	}})
	id, err := verifier.Verify(ctx, raw)
	if err != nil {
		return Identity{}, refused.Because(err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 || id.Subject == "" {
		return Identity{}, refused
	}
	return o.identity(id)
}

func (o *OIDC) identity(id *oidc.IDToken) (Identity, error) {
	var claims map[string]json.RawMessage
	if err := id.Claims(&claims); err != nil {
		return Identity{}, err
	}
	text := func(name string) (s string) {
		_ = json.Unmarshal(claims[name], &s) // "" where it is none
		return s
	}
	who := Identity{Provider: o.Config.ID, Issuer: id.Issuer, Subject: id.Subject, Name: text("preferred_username"), Title: text("name")}
	var groups []string
	if json.Unmarshal(claims[o.Config.Groups], &groups) != nil {
		groups = strings.Fields(text(o.Config.Groups))
	}
	for group, roles := range o.Config.Roles {
		who.managed = append(who.managed, roles...)
		if slices.Contains(groups, group) {
			who.Roles = append(who.Roles, roles...)
		}
	}
	slices.Sort(who.Roles)
	who.Roles = slices.Compact(who.Roles)
	return who, nil
}

func (o *OIDC) oauth(provider *oidc.Provider, redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: o.Config.ClientID, ClientSecret: o.Config.Secret, Endpoint: provider.Endpoint(),
		RedirectURL: redirect, Scopes: append([]string{oidc.ScopeOpenID}, o.Config.Scopes...),
	}
}

// discover reads what the provider tells of itself, once.
func (o *OIDC) discover(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider != nil {
		return o.provider, nil
	}
	// The provider keeps the context to fetch keys with, later too.
	provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.client), o.Config.Issuer)
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindUnavailable, "%s does not answer: try again later", o.Config.Title).Because(err)
	}
	o.provider = provider
	return provider, nil
}
