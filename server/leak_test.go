package server_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kvartal/auth"
	"kvartal/view"
)

// The differential leak test: random policies, random principals and random
// requests over all outlets, compared with plain SQL over the same rows. Every
// value and every name says whose it is, so whatever of them stands in an answer
// is looked up: it must be among what the oracle says the principal may read.
//
//	go test ./server -run TestNothingLeaks -leak.cases=100000 -leak.seed=7 -timeout 60m
var (
	leakCases = flag.Int("leak.cases", 2500, "requests of the leak test; also KVARTAL_LEAK_CASES")
	leakSeed  = flag.Uint64("leak.seed", 1, "seed of the leak test")
)

// leakRequests is how many requests meet one policy.
const leakRequests = 50

func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	cases := *leakCases
	if n, err := strconv.Atoi(os.Getenv("KVARTAL_LEAK_CASES")); err == nil {
		cases = n
	}
	c := openLeakCity(t)
	city := newLeaks(t, c)
	start := time.Now()
	answered := map[int]int{}
	for i := 0; i < cases; i += leakRequests {
		random := rand.New(rand.NewPCG(*leakSeed, uint64(i))) //nolint:gosec // repeatable
		policy := drawPolicy(random)
		policy.set(t, c)
		tellAgain(c)
		oracles := map[string]*leakOracle{}
		for range leakRequests {
			key := city.keys[random.IntN(len(city.keys))]
			if oracles[key.text] == nil {
				oracles[key.text] = &leakOracle{c.db.Pool, policy, key.roles, map[string][]leakRow{}}
			}
			p := prober{t.Context(), random, oracles[key.text], city.moment, city.before}
			probe := p.draw()
			status, err := city.ask(t, p, key, probe)
			if answered[status]++; err != nil {
				t.Fatalf("-leak.seed=%d, policy of case %d\nGET %s as %v = %d\n%v\n%s", *leakSeed, i, probe.path, key.roles, status, err, policy)
			}
		}
	}
	t.Logf("%d requests in %v, by status: %v", cases, time.Since(start).Round(time.Second), answered)
	if answered[http.StatusOK] < cases/3 {
		t.Errorf("only %d of %d requests were answered: the test tries too little", answered[http.StatusOK], cases)
	}
}

func (p leakPolicy) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "closed %v", p.closed)
	for _, g := range p.grants {
		fmt.Fprintf(&b, "\n%+v", g)
	}
	return b.String()
}

// leaks is a city with keys for principals of all sets of roles.
type leaks struct {
	handler http.Handler
	keys    []leakKey
	names   map[string]leakLayer
	// See prober.
	moment, before time.Time
}

type leakKey struct {
	text  string // "" is the public
	roles []string
}

func newLeaks(t *testing.T, c testCity) leaks {
	t.Helper()
	l := leaks{handler: c.handler, keys: []leakKey{{"", []string{"public"}}}, names: map[string]leakLayer{}}
	for _, layer := range leakLayers() {
		l.names[layer.id] = layer
	}
	if err := c.db.Pool.QueryRow(t.Context(), "SELECT (SELECT at FROM oracle.moment), max(at) + interval '30 minutes' FROM oracle.carts_before").Scan(&l.moment, &l.before); err != nil {
		t.Fatal(err)
	}
	for _, role := range leakRoles {
		if err := c.auth.AddRole(t.Context(), auth.Actor{}, auth.Role{Name: role}); err != nil {
			t.Fatal(err)
		}
	}
	for _, roles := range [][]string{leakRoles[:1], leakRoles[1:], leakRoles} {
		key, err := c.auth.AddKey(t.Context(), auth.Actor{}, "leaks", roles, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		l.keys = append(l.keys, leakKey{key, append(slices.Clone(roles), "public")})
	}
	return l
}

// ask sends a probe and says what is wrong with the answer.
func (l leaks) ask(t *testing.T, p prober, key leakKey, probe leakProbe) (status int, err error) {
	t.Helper()
	r, text := l.get(t, probe.path, key)
	if r.StatusCode >= http.StatusInternalServerError {
		return r.StatusCode, fmt.Errorf("an answer of the server's own fault: %s", text)
	}
	if err := l.tells(p.ctx, p.oracle, probe, opened(r, text)); err != nil {
		return r.StatusCode, fmt.Errorf("%w in %.1500s", err, text)
	}
	var absent *strings.Replacer
	switch {
	case probe.hidden != "":
		absent = strings.NewReplacer(probe.hidden, strings.Repeat("x", len(probe.hidden)))
	case probe.refused == unsorted:
		if r.StatusCode < http.StatusBadRequest {
			return r.StatusCode, errors.New("it is put in an order by what is not read of every row")
		}
		return r.StatusCode, nil
	case probe.refused != "":
		absent = strings.NewReplacer(probe.refused, strings.Repeat("x", len(probe.refused)))
	case probe.wants != nil:
		return r.StatusCode, probe.wants(text)
	default:
		return r.StatusCode, nil
	}
	other, want := l.get(t, absent.Replace(probe.path), key)
	if got, want := suggestion.ReplaceAllString(absent.Replace(withoutID(text)), ""), suggestion.ReplaceAllString(withoutID(want), ""); r.StatusCode != other.StatusCode || got != want {
		return r.StatusCode, fmt.Errorf("what is hidden is answered for with %.500s, what is not there with %d %.500s", got, other.StatusCode, want)
	}
	return r.StatusCode, nil
}

func (l leaks) get(t *testing.T, path string, key leakKey) (*http.Response, string) {
	t.Helper()
	header := map[string]string{}
	if key.text != "" {
		header["Authorization"] = "Bearer " + key.text
	}
	ask := get
	if strings.Contains(path, "/events") {
		ask = firstEvent
	}
	r := ask(t, l.handler, path, header)
	return r, body(t, r)
}

// leakTokens finds what says whose it is: words, numbers and days of rows, and
// names of layers and attributes.
var leakTokens = regexp.MustCompile(`zq[a-z]{5}|\b77\d{5}\b|\b11\d\d-\d\d-\d\d\b|\b(?:plots|poles|drains|deeds|wards|carts)(?:_[a-z]+)?`)

// suggestion is what an error says of names that are much like a wrong one.
var suggestion = regexp.MustCompile(`; did you mean “\w+”\?`)

// tells returns an error if an answer tells what the principal may not read.
func (l leaks) tells(ctx context.Context, o *leakOracle, probe leakProbe, text string) error {
	asked, err := url.PathUnescape(probe.path)
	if query, failed := url.QueryUnescape(probe.path); failed == nil {
		asked += query
	}
	if err != nil {
		return err
	}
	for _, at := range leakTokens.FindAllStringIndex(text, -1) {
		token := text[at[0]:at[1]]
		if strings.Contains(asked, token) || token[0] == '7' && at[0] > 0 && text[at[0]-1] == '.' {
			continue // its own words, or decimals of a coordinate
		}
		may, err := l.may(ctx, o, probe, token)
		if err != nil {
			return err
		}
		if !may {
			return fmt.Errorf("the answer tells %q", token)
		}
	}
	return nil
}

// may reports whether a principal may be told a token in answer to a probe.
func (l leaks) may(ctx context.Context, o *leakOracle, probe leakProbe, token string) (bool, error) {
	name, attribute, _ := strings.Cut(token, "_")
	if layer, ok := l.names[name]; ok {
		if attribute == "" {
			return o.may(layer, view.Actions()...) && probe.actions != nil, nil
		}
		f, known := layer.field(token)
		return known && o.readable(layer, f, probe.actions...), nil
	}
	for _, layer := range l.names {
		for _, a := range probe.actions {
			rows, err := o.rowsAt(ctx, layer, a, "", "", probe.past)
			if err != nil {
				return false, err
			}
			for _, row := range rows {
				for _, value := range row.values {
					if value == token {
						return true, nil
					}
				}
			}
		}
	}
	return false, nil
}

// opened is an answer as text, unpacked if need be.
func opened(r *http.Response, text string) string {
	archive, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
	if err != nil {
		return readableTile(r, text)
	}
	var b bytes.Buffer
	for _, f := range archive.File {
		if in, err := f.Open(); err == nil {
			_, _ = io.Copy(&b, in)
			_ = in.Close()
		}
	}
	return b.String()
}
