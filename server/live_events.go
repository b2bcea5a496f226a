package server

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/cql2"
	"kvartal/live/index"
	"kvartal/view"
)

// mostLive is how many objects one stream may begin with: of more than that no
// browser makes a map.
const mostLive = 50_000

// liveEventsPath takes apart /live/{layer}/events.
func liveEventsPath(path string) (layer string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/live/")
	if !ok {
		return "", false
	}
	layer, ok = strings.CutSuffix(rest, "/events")
	return layer, ok && !strings.Contains(layer, "/")
}

// liveEvents answers /live/{layer}/events: server-sent events with the objects of
// a live layer in a part of the map, first all, then what changes, as GeoJSON. A
// reader that comes back with Last-Event-ID is told what it missed. A slow reader
// is given the newest state of what has changed meanwhile.
func (s *Server) liveEvents(w http.ResponseWriter, r *http.Request, name string) {
	city := s.city.Load()
	switch {
	case city == nil:
		s.problem(w, r, s.starting())
		return
	case s.streams.Add(1) > maxStreams:
		s.streams.Add(-1)
		s.problem(w, r, kvartal.Errorf(kvartal.KindUnavailable, "too many maps are listening: try again later"))
		return
	}
	defer s.streams.Add(-1)
	ctx, leave := context.WithCancel(r.Context())
	defer leave()
	defer context.AfterFunc(s.stopping, leave)()
	r = r.WithContext(ctx)
	live, err := s.follow(r, city, name)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	first, err := live.watch.Begin(r.Header.Get("Last-Event-ID"), mostLive)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	live.stream = s.newStream(w)
	if err := live.tell(first); err != nil {
		return
	}
	live.run(ctx)
}

// liveStream is one reader of a live layer.
type liveStream struct {
	stream   eventStream
	watch    *index.Watch
	interval time.Duration // between two events at least
	// still reports whether the reader's rights are those it began with, and
	// changed is closed when they may not be any more.
	still   func() bool
	changed func() <-chan struct{}
}

// follow reads what a reader asks for.
func (s *Server) follow(r *http.Request, city *City, name string) (*liveStream, error) {
	if err := parameters(r, "bbox", "filter", "interval"); err != nil {
		return nil, err
	}
	l, d, v, err := sightOf(r, city, name, view.See)
	if err != nil {
		return nil, err
	}
	box, err := liveBox(r.URL.Query().Get("bbox"))
	if err != nil {
		return nil, err
	}
	text := r.URL.Query().Get("filter")
	var filter *cql2.Predicate
	if text != "" {
		expr, err := cql2.ParseText(text, cql2.DefaultLimits())
		if err != nil {
			return nil, badFilter(err)
		}
		checked, err := cql2.Check(expr, city.Store.CQL2Scope(d, v.For(view.See)))
		if err != nil {
			return nil, badFilter(err)
		}
		if filter, err = l.Compile(checked); err != nil {
			return nil, err
		}
	}
	out := &liveStream{watch: city.Live.Watch(l.Sight(v, view.See), box, filter, text)}
	if r.URL.Query().Has("interval") {
		seconds, err := number(r, "interval", 0, 60)
		if err != nil {
			return nil, err
		}
		out.interval = time.Duration(seconds * float64(time.Second))
	}
	out.changed = func() <-chan struct{} { return rightsChange(city) }
	out.still = func() bool {
		now, same := s.still(r)
		return same && viewOf(now, d).For(view.See).Fingerprint() == v.For(view.See).Fingerprint()
	}
	return out, nil
}

// liveBox reads the part of the map; nil if none is given.
func liveBox(text string) (*orb.Bound, error) {
	if text == "" {
		return nil, nil
	}
	box, err := parseBBox(text)
	if err != nil {
		return nil, err
	}
	if box.Min[0] > box.Max[0] {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "bbox is %.100q: it crosses the antimeridian, ask for its two sides in two streams", text).In("bbox")
	}
	return &box, nil
}

// run tells of changes until the context ends or the reader's rights change.
func (l *liveStream) run(ctx context.Context) {
	changed := l.changed()
	for {
		wait, cancel := context.WithTimeout(ctx, heartbeat)
		woken := wakenBy(wait, cancel, changed)
		d, ok, err := l.watch.Next(wait)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case woken():
			if changed = l.changed(); !l.still() {
				return // it comes back with what rights it has by now
			}
			continue
		case errors.Is(err, context.DeadlineExceeded):
			err = l.stream.comment("still here")
		case !ok: // away for too long
			if d, err = l.watch.Begin("", mostLive); err == nil {
				err = l.tell(d)
			}
		case err == nil:
			err = l.tell(d)
		}
		if err != nil || !l.pause(ctx) {
			return
		}
	}
}

// pause keeps the interval between two events.
func (l *liveStream) pause(ctx context.Context) bool {
	if l.interval == 0 {
		return true
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(l.interval):
		return true
	}
}

// tell writes what has changed.
func (l *liveStream) tell(d index.Difference) error {
	place := l.watch.Place()
	if d.Whole {
		return l.stream.event("snapshot", place, featureCollection(d.Objects))
	}
	if len(d.Gone) > 0 {
		id := place
		if len(d.Objects) > 0 {
			id = "" // whoever leaves before the rest has not seen all up to there
		}
		body := []byte(`{"ids":[`)
		for i, id := range d.Gone {
			if i > 0 {
				body = append(body, ',')
			}
			body = strconv.AppendInt(body, int64(id), 10)
		}
		if err := l.stream.event("remove", id, append(body, `]}`...)); err != nil {
			return err
		}
	}
	if len(d.Objects) == 0 {
		return nil
	}
	return l.stream.event("update", place, featureCollection(d.Objects))
}

// featureCollection is objects as a GeoJSON FeatureCollection on one line.
func featureCollection(objects []index.Seen) []byte {
	b := []byte(`{"type":"FeatureCollection","features":[`)
	for i, o := range objects {
		if i > 0 {
			b = append(b, ',')
		}
		b = o.AppendJSON(b)
	}
	return append(b, `]}`...)
}
