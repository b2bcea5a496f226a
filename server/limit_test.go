package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kvartal/server"
	"kvartal/view"
)

// limited opens a city whose server is set up in a way of its own.
func limited(t *testing.T, set func(*server.Config)) testCity {
	t.Helper()
	registry, err := builtin()
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := drawn()
	if err != nil {
		t.Fatal(err)
	}
	return openCityOn(t, emptyCity.New(t), registry, drawn, set)
}

// from sends a request from an address.
func (c testCity) from(t *testing.T, address, method, path, body string, header map[string]string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.RemoteAddr = address
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return w.Result()
}

func TestWhoAsksTooOftenHasToWait(t *testing.T) {
	t.Parallel()
	c := limited(t, func(config *server.Config) {
		config.Limits = server.Limits{Address: server.Rate{PerSecond: 0.001, Burst: 3}}
	})
	ask := func(address, path string) int {
		r := c.from(t, address, http.MethodGet, path, "", nil)
		if after, err := strconv.Atoi(r.Header.Get("Retry-After")); r.StatusCode == http.StatusTooManyRequests && (err != nil || after < 900) {
			t.Errorf("Retry-After = %q, want the seconds until there is room again", r.Header.Get("Retry-After"))
		}
		return r.StatusCode
	}
	paths := []string{"/catalogue.json", tilePath("trees", leakTile), "/healthz", "/changes"}
	for i, path := range paths {
		if got, want := ask("192.0.2.7:5000", path), []int{200, 200, 200, 429}[i]; got != want {
			t.Errorf("request %d, %s = %d, want %d", i+1, path, got, want)
		}
	}
	if got := ask("192.0.2.8:5000", paths[0]); got != http.StatusOK {
		t.Errorf("another address = %d, want %d", got, http.StatusOK)
	}
	for i, want := range []int{200, 200, 200, 429} { // of one household
		if got := ask(fmt.Sprintf("[2001:db8::%d]:5000", i+1), paths[0]); got != want {
			t.Errorf("request %d of a network of 64 bits = %d, want %d", i+1, got, want)
		}
	}
	for range 10 {
		if got := ask("127.0.0.1:5000", paths[0]); got != http.StatusOK {
			t.Errorf("this machine = %d, want %d: a proxy may stand on it", got, http.StatusOK)
		}
	}
}

// A principal is bounded wherever it asks from.
func TestPrincipalsAreBounded(t *testing.T) {
	t.Parallel()
	c := limited(t, func(config *server.Config) {
		config.Limits = server.Limits{Principal: server.Rate{PerSecond: 0.001, Burst: 2}}
	})
	w := c.addWriter(t, "feeder", view.Grant{Actions: []view.Action{view.Query}, Attributes: []string{"*"}})
	for i, want := range []int{200, 200, 429} {
		r := c.from(t, fmt.Sprintf("192.0.2.%d:1", i), http.MethodGet, "/catalogue.json", "", map[string]string{"Authorization": "Bearer " + w.key})
		if r.StatusCode != want {
			t.Errorf("request %d of a key = %d, want %d", i+1, r.StatusCode, want)
		}
	}
	if r := c.from(t, "192.0.2.1:1", http.MethodGet, "/catalogue.json", "", nil); r.StatusCode != http.StatusOK {
		t.Errorf("the public beside it = %d, want %d", r.StatusCode, http.StatusOK)
	}
}

// Passwords cannot be tried at leisure, whatever names are tried, nor by writing
// other addresses into headers that no proxy of ours wrote.
func TestSigningInIsTriedSeldom(t *testing.T) {
	t.Parallel()
	c := limited(t, func(config *server.Config) {
		config.Limits = server.Limits{SignIn: server.Rate{PerSecond: 0.001, Burst: 2}}
		config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}
	})
	c.addClerk(t)
	try := func(address, name, forwarded string) int {
		text := fmt.Sprintf(`{"name": %q, "password": "a wrong password of many"}`, name)
		return c.from(t, address, http.MethodPost, "/session", text, map[string]string{"Content-Type": "application/json", "X-Forwarded-For": forwarded}).StatusCode
	}
	var got []int
	for i := range 4 {
		got = append(got, try("192.0.2.7:1", fmt.Sprintf("ann%d", i), fmt.Sprintf("198.51.100.%d", i)))
	}
	if want := []int{403, 403, 429, 429}; !slices.Equal(got, want) {
		t.Errorf("attempts of one address = %v, want %v", got, want)
	}
	if got := try("10.0.0.1:1", "ann", "192.0.2.7"); got != http.StatusTooManyRequests {
		t.Errorf("the same address behind our proxy = %d, want %d", got, http.StatusTooManyRequests)
	}
	if got := try("10.0.0.1:1", "ann", "192.0.2.7, 198.51.100.9"); got != http.StatusForbidden {
		t.Errorf("another address behind our proxy = %d, want %d: what it wrote counts, not what it was told", got, http.StatusForbidden)
	}
}

func TestPagesOfOtherSitesReadWhatIsPublicIfASettingSaysSo(t *testing.T) {
	t.Parallel()
	const portal, other = "https://portal.example.org", "https://evil.example"
	c := limited(t, func(config *server.Config) { config.CORSOrigins = []string{portal} })
	ask := func(method, origin string) http.Header {
		r := c.from(t, "192.0.2.7:1", method, "/catalogue.json", "", map[string]string{"Origin": origin, "Access-Control-Request-Method": "GET", "Sec-Fetch-Site": "cross-site"})
		return r.Header
	}
	for _, method := range []string{http.MethodGet, http.MethodOptions} {
		if h := ask(method, portal); h.Get("Access-Control-Allow-Origin") != portal || !slices.Contains(h.Values("Vary"), "Origin") || h.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s from %s = %v, want it allowed without cookies", method, portal, h)
		}
		for _, origin := range []string{other, "null", portal + ".evil.example", ""} {
			if h := ask(method, origin); h.Get("Access-Control-Allow-Origin") != "" || h.Get("Access-Control-Allow-Methods") != "" {
				t.Errorf("%s from %q = %v, want nothing allowed", method, origin, h)
			}
		}
	}
	closed := openCity(t)
	if h := closed.from(t, "192.0.2.7:1", http.MethodGet, "/catalogue.json", "", map[string]string{"Origin": portal}).Header; h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("without the setting = %v, want nothing allowed", h)
	}
}
