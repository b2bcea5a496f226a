package server_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"kvartal/auth"
	"kvartal/live"
	"kvartal/view"
)

// taken is the bus of a test city: it keeps fixes, or refuses.
type taken struct {
	mu    sync.Mutex
	fixes []live.Fix
	err   error
}

func (k *taken) take(_ context.Context, fixes []live.Fix) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err == nil {
		k.fixes = append(k.fixes, fixes...)
	}
	return k.err
}

func (k *taken) refuse(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = err
}

// addTeller is a system that may create devices.
func (c testCity) addTeller(t *testing.T, name string, g view.Grant) writer {
	t.Helper()
	if err := c.auth.AddRole(t.Context(), auth.Actor{}, auth.Role{Name: name}); err != nil {
		t.Fatal(err)
	}
	g.Role, g.Layer = name, "devices"
	c.give(t, g)
	key, err := c.auth.AddKey(t.Context(), auth.Actor{}, name, []string{name}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return writer{c.handler, key}
}

const (
	toldFix  = `{"device":"17","time":"2026-01-15T12:30:00+06:00","lon":74.6,"lat":42.87,"speed":20,"inputs":{"din":5}}`
	fixPath  = "/live/fixes"
	jsonBody = "application/json"
)

func TestFixesAreTaken(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	w := c.addTeller(t, "operators", view.Grant{Actions: []view.Action{view.Create}})
	for i, try := range []struct{ kind, body, want string }{
		{jsonBody, toldFix, `{"fixes":1}`},
		{jsonBody, "[" + toldFix + "," + toldFix + "]", `{"fixes":2}`},
		{"application/x-ndjson", toldFix + "\n\n" + toldFix + "\n", `{"fixes":2}`},
	} {
		if got := want(t, w.do(t, http.MethodPost, fixPath, try.body, "Content-Type", try.kind), http.StatusOK); strings.TrimSpace(got) != try.want {
			t.Errorf("%d: POST %s = %s, want %s", i, try.body, got, try.want)
		}
	}
	if len(c.taken.fixes) != 5 || c.taken.fixes[4].Device != "17" || c.taken.fixes[4].Source != "json" {
		t.Errorf("taken %+v, want five fixes of device 17", c.taken.fixes)
	}
}

func TestFixesAreRefused(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	teller := c.addTeller(t, "operators", view.Grant{Actions: []view.Action{view.Create}})
	reader := c.addTeller(t, "readers", view.Grant{Actions: []view.Action{view.Query}})
	partial := c.addTeller(t, "partners", view.Grant{Actions: []view.Action{view.Create}, Filter: "contractor = 'A'"})
	for name, try := range map[string]struct {
		by         writer
		kind, body string
		code       int
		says       string
	}{
		"reader":       {reader, jsonBody, toldFix, http.StatusForbidden, "may not create"},
		"part":         {partial, jsonBody, toldFix, http.StatusForbidden, "without a condition"},
		"lines":        {teller, "application/x-ndjson", toldFix + "\n{\n" + `{"device":"17","lon":500,"lat":0}`, http.StatusBadRequest, "line 2: this is not JSON; line 3: 500, 0 is no place"},
		"array":        {teller, jsonBody, "[" + toldFix + `,{}]`, http.StatusBadRequest, "message 2: device must be"},
		"nothing":      {teller, jsonBody, "[]", http.StatusBadRequest, "no fix"},
		"form":         {teller, "text/csv", toldFix, http.StatusUnsupportedMediaType, "application/x-ndjson"},
		"too long":     {teller, jsonBody, strings.Repeat(" ", 5<<20) + toldFix, http.StatusRequestEntityTooLarge, "several requests"},
		"too many":     {teller, "application/x-ndjson", strings.Repeat(`{"device":"1"}`+"\n", 5001), http.StatusRequestEntityTooLarge, "at most 5000"},
		"no parameter": {teller, jsonBody, toldFix, http.StatusBadRequest, "no parameter"},
	} {
		path := fixPath
		if name == "no parameter" {
			path += "?dry=1"
		}
		r := try.by.do(t, http.MethodPost, path, try.body, "Content-Type", try.kind)
		if text := body(t, r); r.StatusCode != try.code || !strings.Contains(text, try.says) || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: POST = %d %s, want %d with %q", name, r.StatusCode, text, try.code, try.says)
		}
	}
	stranger := browser{handler: c.handler}.do(t, http.MethodPost, fixPath, toldFix, map[string]string{"Content-Type": jsonBody})
	if stranger.StatusCode != http.StatusNotFound {
		t.Errorf("POST of the public = %d, want %d", stranger.StatusCode, http.StatusNotFound)
	}
	if len(c.taken.fixes) > 0 {
		t.Errorf("taken %+v, want nothing of what was refused", c.taken.fixes)
	}
}

func TestFixesThatAreNotKeptComeAgain(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	w := c.addTeller(t, "operators", view.Grant{Actions: []view.Action{view.Create}})
	c.taken.refuse(errors.New("the disk is full"))
	r := w.do(t, http.MethodPost, fixPath, toldFix, "Content-Type", jsonBody)
	if text := want(t, r, http.StatusServiceUnavailable); r.Header.Get("Retry-After") == "" || !strings.Contains(text, "send all again") || strings.Contains(text, "disk") {
		t.Errorf("POST = %s, Retry-After %q, want to be told to send all again", text, r.Header.Get("Retry-After"))
	}
}

func TestFixesInTooManyRequests(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	w := c.addTeller(t, "operators", view.Grant{Actions: []view.Action{view.Create}})
	for range 1000 {
		r := w.do(t, http.MethodPost, fixPath, toldFix, "Content-Type", jsonBody)
		if r.StatusCode == http.StatusTooManyRequests {
			if r.Header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
			return
		}
	}
	t.Error("a thousand requests in a row were answered, want an end of it")
}
