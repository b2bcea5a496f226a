package server

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers/jsonfix"
	"kvartal/view"
)

// Limits of POST /live/fixes.
const (
	maxFixesBody  = 4 << 20 // bytes
	fixPosts      = 32      // at once
	postsEvery    = 50 * time.Millisecond
	postsInARow   = 100
	deviceLayer   = "devices"
	ndjsonType    = "application/x-ndjson"
	problemDevice = "you may tell for devices that your rights cover all of: ask who keeps register %q for the right to create, without a condition"
)

// fixGate bounds what other systems send, each and all together.
type fixGate struct {
	places chan struct{}

	mu      sync.Mutex
	callers map[string]*rate.Limiter // by principal, of whom there are few; guarded by mu
}

func newFixGate() *fixGate {
	return &fixGate{places: make(chan struct{}, fixPosts), callers: map[string]*rate.Limiter{}}
}

// enter returns what to call at the end, or an error if there is too much.
func (g *fixGate) enter(caller string) (leave func(), err error) {
	g.mu.Lock()
	limit := g.callers[caller]
	if limit == nil {
		limit = rate.NewLimiter(rate.Every(postsEvery), postsInARow)
		g.callers[caller] = limit
	}
	g.mu.Unlock()
	if !limit.Allow() {
		return nil, tooManyRequests("you send too many requests: join fixes, up to 5000 in one")
	}
	select {
	case g.places <- struct{}{}:
		return func() { <-g.places }, nil
	default:
		return nil, kvartal.Errorf(kvartal.KindUnavailable, "too many systems send fixes just now: send them again in a few seconds")
	}
}

// postFixes answers POST /live/fixes: fixes of any devices, told by a system that
// may create rows in their register. It answers when they are durable.
func (s *Server) postFixes(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := mayTellFixes(r, city); err != nil {
		return err
	}
	leave, err := s.fixes.enter(kvartal.PrincipalFrom(r.Context()).Name)
	if err != nil {
		return err
	}
	defer leave()
	fixes, err := readFixes(w, r)
	if err != nil {
		return err
	}
	if city.TakeFixes == nil {
		return kvartal.Errorf(kvartal.KindUnavailable, "this server takes no fixes")
	}
	if err := city.TakeFixes(r.Context(), fixes); err != nil {
		return kvartal.Errorf(kvartal.KindUnavailable, "the fixes could not be kept, or some of them only: send all again, copies do no harm").Because(err)
	}
	return respondJSON(w, r, "application/json", map[string]int{"fixes": len(fixes)})
}

// mayTellFixes returns nil for who may create devices, whichever.
func mayTellFixes(r *http.Request, city *City) error {
	d, err := city.Store.Registry().Layer(deviceLayer)
	if err != nil {
		return err
	}
	v := viewOf(r, d)
	if err := v.Require(view.Create); err != nil {
		return err
	}
	if !slices.ContainsFunc(v.For(view.Create).Rules, func(rule view.Rule) bool { return rule.Rows == nil }) {
		return kvartal.Errorf(kvartal.KindForbidden, problemDevice, deviceLayer)
	}
	return nil
}

// readFixes reads the body. Nothing of it is taken if anything is wrong.
func readFixes(w http.ResponseWriter, r *http.Request) ([]live.Fix, error) {
	decode := jsonfix.Plain().Decode
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == ndjsonType:
		decode = jsonfix.Plain().DecodeLines
	case err != nil || kind != "application/json":
		return nil, unsupportedMedia([]string{"application/json", ndjsonType})
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxFixesBody))
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return nil, kvartal.Errorf(kvartal.KindTooLarge, "the body is longer than %d bytes: send the fixes in several requests", maxFixesBody)
	}
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "the body ended early").Because(err)
	}
	fixes, err := decode(body)
	if err == nil && len(fixes) == 0 {
		err = kvartal.Errorf(kvartal.KindInvalid, "the body holds no fix")
	}
	return fixes, err
}
