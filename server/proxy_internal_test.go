package server

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// Whatever a stranger writes into the headers, the address is the one that the
// last trusted proxy saw.
func TestForwardedHeadersAreBelievedFromProxiesAlone(t *testing.T) {
	t.Parallel()
	s := &Server{config: Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}}}
	for _, c := range []struct {
		name, remote string
		header       http.Header
		want         peer
	}{
		{"a stranger", "192.0.2.9:1", http.Header{"X-Forwarded-For": {"10.0.0.1"}, "X-Forwarded-Proto": {"https"}}, peer{"192.0.2.9", false}},
		{"a proxy", "10.0.0.1:1", http.Header{"X-Forwarded-For": {"192.0.2.9"}, "X-Forwarded-Proto": {"https"}}, peer{"192.0.2.9", true}},
		{"two proxies", "10.0.0.1:1", http.Header{"X-Forwarded-For": {"192.0.2.9, 10.0.0.2"}}, peer{"192.0.2.9", false}},
		{"a list begun by a stranger", "10.0.0.1:1", http.Header{"X-Forwarded-For": {"127.0.0.1, 192.0.2.9"}}, peer{"192.0.2.9", false}},
		{"two lists", "10.0.0.1:1", http.Header{"X-Forwarded-For": {"127.0.0.1", "192.0.2.9"}}, peer{"192.0.2.9", false}},
		{"no address", "10.0.0.1:1", http.Header{"X-Forwarded-For": {"192.0.2.9, unknown"}}, peer{"10.0.0.1", false}},
		{"two protocols", "10.0.0.1:1", http.Header{"X-Forwarded-For": {"192.0.2.9"}, "X-Forwarded-Proto": {"https", "http"}}, peer{"192.0.2.9", false}},
		{"a mapped proxy", "[::ffff:10.0.0.1]:1", http.Header{"X-Forwarded-For": {"::ffff:192.0.2.9"}}, peer{"192.0.2.9", false}},
		{"no header", "10.0.0.1:1", nil, peer{"10.0.0.1", false}},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr, r.Header = c.remote, c.header
		if got := peerOf(s.fromPeer(r)); got != c.want {
			t.Errorf("peer by %s = %+v, want %+v", c.name, got, c.want)
		}
	}
}
