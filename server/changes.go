package server

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/project"

	"kvartal"
	"kvartal/tiles"
	"kvartal/view"
)

const (
	// heartbeat keeps proxies from closing a quiet stream.
	heartbeat = 15 * time.Second
	// maxAreas is how many areas of a layer one event names; more are joined.
	maxAreas = 32
	// maxStreams bounds the streams of all readers together.
	maxStreams = 10_000
)

// changes answers /changes: server-sent events that say which layers changed
// where, so that open maps fetch those tiles anew. Events carry ids of our own;
// a reader that comes back with Last-Event-ID misses nothing, or is told that it
// did by an event "reload".
func (s *Server) changes(w http.ResponseWriter, r *http.Request) {
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
	stream := s.newStream(w)
	rights := rightsChange(city) // before rights are looked at, so that no change is missed
	held := s.printOf(r, city)
	seen, known := stream.resume(r.Header.Get("Last-Event-ID"), city.Tiles.Now())
	if err := stream.open(known, seen); err != nil {
		return
	}
	for {
		next, err := s.sendChanges(r, city, &stream, seen, rights)
		if err != nil {
			return // the reader is gone, or the server stops
		}
		seen, rights = next, rightsChange(city) // the same
		now, same := s.still(r)
		if !same {
			_ = stream.send("rights", seen, struct{}{})
			return // comes back as whoever it is by now
		}
		if hold := s.printOf(now, city); hold != held {
			held = hold
			if err := stream.send("rights", seen, struct{}{}); err != nil {
				return
			}
		}
	}
}

// rightsChange returns a channel that is closed when rights are not those of now
// any more; one that never is where nobody has any.
func rightsChange(city *City) <-chan struct{} {
	if city.Auth == nil {
		return nil
	}
	return city.Auth.Changed()
}

// wakenBy cancels a context when rights change, and returns what tells whether
// they have.
func wakenBy(ctx context.Context, cancel func(), changed <-chan struct{}) func() bool {
	go func() {
		select {
		case <-changed:
			cancel()
		case <-ctx.Done():
		}
	}()
	return func() bool {
		select {
		case <-changed:
			return true
		default:
			return false
		}
	}
}

// printOf names the rights of a reader to all layers: equal ones, equal maps.
func (s *Server) printOf(r *http.Request, city *City) string {
	var b strings.Builder
	b.WriteString(strings.Join(kvartal.PrincipalFrom(r.Context()).Roles, " "))
	for _, d := range city.Store.Registry().Layers() {
		b.WriteString(viewOf(r, d).Fingerprint())
	}
	sum := sha256.Sum256([]byte(b.String()))
	return string(sum[:])
}

// errGone ends the stream of a reader who has signed out, or was signed out.
var errGone = errors.New("the reader is another by now")

// sendChanges waits for changes after a moment and sends those of layers that
// the reader may see. It returns the moment up to which the reader knows.
func (s *Server) sendChanges(r *http.Request, city *City, stream *eventStream, seen tiles.Moment, rights <-chan struct{}) (tiles.Moment, error) {
	ctx, cancel := context.WithTimeout(r.Context(), heartbeat)
	defer cancel()
	woken := wakenBy(ctx, cancel, rights)
	batches, missed, err := city.Tiles.Feed().After(ctx, seen)
	if r.Context().Err() != nil {
		return seen, r.Context().Err()
	}
	if err != nil && woken() {
		return seen, nil
	}
	if err != nil {
		return seen, stream.comment("still here")
	}
	latest := batches[len(batches)-1].At
	if missed {
		return latest, stream.send("reload", latest, struct{}{})
	}
	r, same := s.still(r)
	if !same {
		return seen, errGone
	}
	changed := visibleChanges(r, city, batches)
	if len(changed) == 0 {
		return latest, nil
	}
	return latest, stream.send("change", latest, map[string]any{"layers": changed})
}

// visibleChanges sorts the areas of batches by layer, in degrees, leaving out
// layers that the principal of the request may not see, and places where it may
// not see all.
func visibleChanges(r *http.Request, city *City, batches []tiles.Batch) map[kvartal.LayerID][][4]float64 {
	bounds := map[kvartal.LayerID][]orb.Bound{}
	for _, b := range batches {
		for _, a := range b.Areas {
			bounds[a.Layer] = append(bounds[a.Layer], a.Bound)
		}
	}
	out := map[kvartal.LayerID][][4]float64{}
	for id, areas := range bounds {
		d, err := city.Store.Registry().Layer(id)
		if err != nil {
			continue
		}
		v := viewOf(r, d).For(view.See)
		if !v.May(view.See) {
			continue
		}
		if !v.WholeLayer() {
			areas = []orb.Bound{everywhere()}
		}
		for _, area := range joined(areas) {
			out[id] = append(out[id], degrees(area))
		}
	}
	return out
}

// everywhere is what a reader is told who may not see every row of a layer: where
// the hidden ones are is not for them to know.
func everywhere() orb.Bound {
	return orb.Bound{Min: orb.Point{math.Inf(-1), math.Inf(-1)}, Max: orb.Point{math.Inf(1), math.Inf(1)}}
}

// joined returns the areas, or one that holds them all where they are too many.
func joined(areas []orb.Bound) []orb.Bound {
	if len(areas) <= maxAreas {
		return areas
	}
	all := areas[0]
	for _, a := range areas[1:] {
		all = all.Union(a)
	}
	return []orb.Bound{all}
}

// degrees converts a bound from EPSG:3857; what has no limits becomes the world.
func degrees(b orb.Bound) [4]float64 {
	const half = math.Pi * 6378137
	clamp := func(x float64) float64 { return max(-half, min(half, x)) }
	low := project.Mercator.ToWGS84(orb.Point{clamp(b.Min[0]), clamp(b.Min[1])})
	high := project.Mercator.ToWGS84(orb.Point{clamp(b.Max[0]), clamp(b.Max[1])})
	return [4]float64{low[0], low[1], high[0], high[1]}
}

// eventStream writes server-sent events (WHATWG HTML, section 9.2).
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	epoch   string // of this run of the server: moments are numbered anew in each
}

// newStream begins the answer that a stream of events is.
func (s *Server) newStream(w http.ResponseWriter) eventStream {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	return eventStream{w: w, control: http.NewResponseController(w), epoch: s.epoch}
}

// resume reads the id a returning reader has seen last. Known is false where
// that id tells nothing, because it is of another run.
func (e *eventStream) resume(last string, now tiles.Moment) (seen tiles.Moment, known bool) {
	if last == "" {
		return now, true
	}
	epoch, number, _ := strings.Cut(last, "-")
	n, err := strconv.ParseUint(number, 10, 64)
	if epoch != e.epoch || err != nil || tiles.Moment(n) > now {
		return now, false
	}
	return tiles.Moment(n), true
}

// open begins the stream with an event that gives the reader an id to come
// back with.
func (e *eventStream) open(known bool, seen tiles.Moment) error {
	if known {
		return e.send("hello", seen, struct{}{})
	}
	return e.send("reload", seen, struct{}{})
}

func (e *eventStream) send(event string, at tiles.Moment, data any) error {
	body, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return e.event(event, fmt.Sprintf("%s-%d", e.epoch, at), body)
}

// event writes an event, under an id of its own if it has one. The body holds no
// line break.
func (e *eventStream) event(name, id string, body []byte) error {
	if id == "" {
		return e.write(fmt.Sprintf("event: %s\ndata: %s\n\n", name, body))
	}
	return e.write(fmt.Sprintf("event: %s\nid: %s\ndata: %s\n\n", name, id, body))
}

func (e *eventStream) comment(text string) error { return e.write(": " + text + "\n\n") }

// write sends text at once; a reader that takes nothing for two heartbeats is
// let go.
func (e *eventStream) write(text string) error {
	if err := e.control.SetWriteDeadline(time.Now().Add(2 * heartbeat)); err != nil {
		return err
	}
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.control.Flush()
}
