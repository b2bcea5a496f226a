package server

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/cql2"
	"kvartal/layers"
	"kvartal/live/index"
	"kvartal/view"
)

// mostLive is how many objects one stream may begin with: of more than that no
// browser makes a map.
const mostLive = 50_000

// mostFollowed is how many layers one stream follows: more than a map shows.
const mostFollowed = 20

// liveEventsPath takes apart /live/events, and /live/{layer}/events, where layer
// is not empty.
func liveEventsPath(path string) (layer string, ok bool) {
	if path == "/live/events" {
		return "", true
	}
	rest, ok := strings.CutPrefix(path, "/live/")
	if !ok {
		return "", false
	}
	layer, ok = strings.CutSuffix(rest, "/events")
	return layer, ok && !strings.Contains(layer, "/")
}

// liveEvents answers /live/{layer}/events and /live/events: server-sent events
// with the objects of one or several live layers in a part of the map, first all,
// then what changes, as GeoJSON. A reader that comes back with Last-Event-ID is
// told what it missed. A slow reader is given the newest state of what has changed
// meanwhile.
func (s *Server) liveEvents(w http.ResponseWriter, r *http.Request, layer string) {
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
	live, err := s.follow(r, city, layer)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	first, err := live.begin(r.Header.Get("Last-Event-ID"))
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

// follow reads what a reader asks for: of one layer if it is named by the path,
// else of those that the parameter layers names.
func (s *Server) follow(r *http.Request, city *City, layer string) (*liveStream, error) {
	names, known := []string{layer}, []string{"bbox", "filter", "interval"}
	if layer == "" {
		names, known = strings.Split(r.URL.Query().Get("layers"), ","), []string{"layers", "bbox", "interval"}
	}
	if err := parameters(r, known...); err != nil {
		return nil, err
	}
	if len(names) > mostFollowed {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "layers names %d: want %d at most", len(names), mostFollowed).In("layers")
	}
	box, err := liveBox(r.URL.Query().Get("bbox"))
	if err != nil {
		return nil, err
	}
	out := &liveStream{watch: func() <-chan struct{} { return rightsChange(city) }}
	out.changed = out.watch() // before rights are looked at, so that no change is missed
	var holdings []held
	for _, name := range names {
		if name == "" {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "say which layers to follow, as in layers=ploughs,buses: /live.json lists them").In("layers")
		}
		l, d, v, err := sightOf(r, city, name, view.See)
		if err != nil {
			return nil, err
		}
		if slices.Contains(out.layers, d.ID) {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "layers names %.60q twice", name).In("layers")
		}
		text := r.URL.Query().Get("filter")
		filter, err := liveFilter(city, l, d, v, text)
		if err != nil {
			return nil, err
		}
		out.layers = append(out.layers, d.ID)
		out.watches = append(out.watches, city.Live.Watch(l.Sight(v, view.See), box, filter, text))
		holdings = append(holdings, holding(d, v))
	}
	if r.URL.Query().Has("interval") {
		seconds, err := number(r, "interval", 0, 60)
		if err != nil {
			return nil, err
		}
		out.interval = time.Duration(seconds * float64(time.Second))
	}
	out.still = func() bool {
		now, same := s.still(r)
		return same && !slices.ContainsFunc(holdings, func(h held) bool { return h != holding(h.layer, viewOf(now, h.layer)) })
	}
	return out, nil
}

// held is what a reader is shown of a layer.
type held struct {
	layer *layers.Definition
	print string
}

func holding(d *layers.Definition, v view.View) held { return held{d, v.For(view.See).Fingerprint()} }

// liveFilter reads the filter of a reader; nil if there is none.
func liveFilter(city *City, l *index.Layer, d *layers.Definition, v view.View, text string) (*cql2.Predicate, error) {
	if text == "" {
		return nil, nil
	}
	expr, err := cql2.ParseText(text, cql2.DefaultLimits())
	if err != nil {
		return nil, badFilter(err)
	}
	checked, err := cql2.Check(expr, city.Store.CQL2Scope(d, v.For(view.See)))
	if err != nil {
		return nil, badFilter(err)
	}
	return l.Compile(checked)
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
