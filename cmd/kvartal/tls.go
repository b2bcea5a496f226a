package main

import (
	"crypto/tls"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"kvartal"
)

// certificate is a certificate in files, read again when they change.
type certificate struct {
	cert, key string

	mu     sync.Mutex
	loaded *tls.Certificate // guarded by mu
	of     [2]time.Time     // when the files loaded were written; guarded by mu
}

// loadTLS returns what ends TLS by the files of a certificate and its key; nil
// of no files.
func loadTLS(cert, key string) (*tls.Config, error) {
	if cert == "" && key == "" {
		return nil, nil
	}
	c := &certificate{cert: cert, key: key}
	if _, err := c.get(nil); err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "tls-cert and tls-key must name a certificate and its key in PEM").Because(err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"}}, nil
}

// get returns the certificate of the files as they are. While they are being
// replaced and do not fit, the one before holds.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var of [2]time.Time
	for i, name := range []string{c.cert, c.key} {
		if info, err := os.Stat(name); err == nil {
			of[i] = info.ModTime()
		}
	}
	if c.loaded != nil && of == c.of {
		return c.loaded, nil
	}
	loaded, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil && c.loaded == nil {
		return nil, err
	}
	if err == nil {
		c.loaded, c.of = &loaded, of
	}
	return c.loaded, nil
}

// parseProxies reads addresses and prefixes of proxies.
func parseProxies(list []string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for _, text := range list {
		if !strings.Contains(text, "/") {
			if a, err := netip.ParseAddr(text); err == nil {
				proxies = append(proxies, netip.PrefixFrom(a, a.BitLen()))
				continue
			}
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "trusted-proxies has %.60q: want addresses or prefixes, as in 10.0.0.1 or 10.0.0.0/8", text)
		}
		proxies = append(proxies, p)
	}
	return proxies, nil
}
