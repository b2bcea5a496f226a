package main

import (
	"bytes"
	"net/url"
	"os"
	"regexp"

	"github.com/goccy/go-yaml"

	"kvartal"
	"kvartal/auth"
)

// oidcSetting is one OpenID provider in the file that --oidc names.
type oidcSetting struct {
	ID         string              `yaml:"id"`
	Title      string              `yaml:"title"`
	Issuer     string              `yaml:"issuer"`
	ClientID   string              `yaml:"client_id"`
	SecretFile string              `yaml:"client_secret_file"`
	Scopes     []string            `yaml:"scopes"`
	Groups     string              `yaml:"groups"`
	Roles      map[string][]string `yaml:"roles"`
}

var oidcID = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// loadOIDC reads the ways to sign in by OpenID providers; none of no file.
func loadOIDC(file string) ([]*auth.OIDC, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file) //nolint:gosec // the administrator's own setting
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "the file of OpenID providers cannot be read").Because(err)
	}
	var settings []oidcSetting
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&settings); err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "%s: %s", file, yaml.FormatError(err, false, true))
	}
	var ways []*auth.OIDC
	for _, s := range settings {
		config, err := s.config()
		if err != nil {
			return nil, kvartal.Within(err, file)
		}
		ways = append(ways, auth.NewOIDC(config))
	}
	return ways, nil
}

func (s oidcSetting) config() (auth.OIDCConfig, error) {
	u, err := url.Parse(s.Issuer)
	loopback := err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost")
	if err != nil || u.Host == "" || u.Scheme != "https" && !loopback || !oidcID.MatchString(s.ID) || s.ClientID == "" {
		return auth.OIDCConfig{}, kvartal.Errorf(kvartal.KindInvalid, "provider %.40q needs an id of a-z, 0-9 and -, an issuer that begins with https:// and a client_id", s.ID)
	}
	config := auth.OIDCConfig{ID: s.ID, Title: s.Title, Issuer: s.Issuer, ClientID: s.ClientID, Scopes: s.Scopes, Groups: s.Groups, Roles: s.Roles}
	if config.Title == "" {
		config.Title = s.ID
	}
	if s.SecretFile != "" {
		secret, err := os.ReadFile(s.SecretFile)
		if err != nil {
			return auth.OIDCConfig{}, kvartal.Errorf(kvartal.KindInvalid, "the secret of provider %q cannot be read", s.ID).Because(err)
		}
		config.Secret = string(bytes.TrimSpace(secret))
	}
	return config, nil
}
