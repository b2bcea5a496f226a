package server

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// peer is where a request comes from, as far as it is believed.
type peer struct {
	address string
	https   bool
}

type peerKey struct{}

// fromPeer notes where a request comes from. X-Forwarded-For and
// X-Forwarded-Proto are believed from trusted proxies alone, and of the list only
// what they wrote: read from its end, the first address that is not theirs.
func (s *Server) fromPeer(r *http.Request) *http.Request {
	if len(s.config.TrustedProxies) == 0 {
		return r
	}
	p := peer{address: remoteHost(r), https: r.TLS != nil}
	if s.trusted(p.address) {
		if proto := r.Header.Values("X-Forwarded-Proto"); len(proto) == 1 {
			p.https = p.https || proto[0] == "https"
		}
		p.address = s.forwarded(p.address, strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ","))
	}
	return r.WithContext(context.WithValue(r.Context(), peerKey{}, p))
}

func (s *Server) forwarded(nearest string, list []string) string {
	for _, text := range slices.Backward(list) {
		address, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			return nearest
		}
		if nearest = address.Unmap().WithZone("").String(); !s.trusted(nearest) {
			return nearest
		}
	}
	return nearest
}

func (s *Server) trusted(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && slices.ContainsFunc(s.config.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(address.Unmap().WithZone("")) })
}

// peerOf returns where a request comes from.
func peerOf(r *http.Request) peer {
	if p, ok := r.Context().Value(peerKey{}).(peer); ok {
		return p
	}
	return peer{remoteHost(r), r.TLS != nil}
}

func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
