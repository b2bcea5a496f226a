package server

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"kvartal"
	"kvartal/live/index"
)

// liveStream is one reader of live layers.
type liveStream struct {
	stream   eventStream
	layers   []kvartal.LayerID
	watches  []*index.Watch // of each layer
	interval time.Duration  // between two events at least
	// still reports whether the reader's rights are those it began with. They are
	// until changed is closed, which watch returns anew.
	still   func() bool
	changed <-chan struct{}
	watch   func() <-chan struct{}
}

// liveEvent is what a reader is told at once.
type liveEvent struct {
	name string
	data []byte
}

// begin returns what the reader is to be told first.
func (l *liveStream) begin(last string) ([]liveEvent, error) {
	places := strings.Split(last, ",")
	var events []liveEvent
	for i, w := range l.watches {
		place := ""
		if len(places) == len(l.watches) {
			place = places[i]
		}
		d, err := w.Begin(place, mostLive)
		if err != nil {
			return nil, err
		}
		events = appendDifference(events, l.layers[i], d)
	}
	return events, nil
}

// run tells of changes until the context ends or the reader's rights change.
func (l *liveStream) run(ctx context.Context) {
	for {
		wait, cancel := context.WithTimeout(ctx, heartbeat)
		woken := wakenBy(wait, cancel, l.changed)
		events, err := l.next(wait)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case woken():
			if l.changed = l.watch(); !l.still() {
				return // it comes back with what rights it has by now
			}
		}
		switch {
		case len(events) > 0:
			err = l.tell(events)
		case errors.Is(err, context.DeadlineExceeded):
			err = l.stream.comment("still here")
		case errors.Is(err, context.Canceled): // woken
			err = nil
		}
		if err != nil || !l.pause(ctx) {
			return
		}
	}
}

// next waits until something changes where the reader looks.
func (l *liveStream) next(ctx context.Context) (events []liveEvent, err error) {
	for len(events) == 0 {
		if err := index.Await(ctx, l.watches); err != nil {
			return nil, err
		}
		for i, w := range l.watches {
			d, ok := w.Next()
			if !ok { // away for too long
				if d, err = w.Begin("", mostLive); err != nil {
					return nil, err
				}
			}
			events = appendDifference(events, l.layers[i], d)
		}
	}
	return events, nil
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

// tell writes events. The last bears the place to come back to: who leaves before
// has not been told all up to there.
func (l *liveStream) tell(events []liveEvent) error {
	for i, e := range events {
		id := ""
		if i == len(events)-1 {
			places := make([]string, len(l.watches))
			for j, w := range l.watches {
				places[j] = w.Place()
			}
			id = strings.Join(places, ",")
		}
		if err := l.stream.event(e.name, id, e.data); err != nil {
			return err
		}
	}
	return nil
}

// appendDifference appends the events that tell of what has changed in a layer.
func appendDifference(events []liveEvent, layer kvartal.LayerID, d index.Difference) []liveEvent {
	if d.Whole {
		return append(events, liveEvent{"snapshot", featureCollection(layer, d.Objects)})
	}
	if len(d.Gone) > 0 {
		b := []byte(`{"layer":"` + layer + `","ids":[`)
		for i, id := range d.Gone {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, int64(id), 10)
		}
		events = append(events, liveEvent{"remove", append(b, `]}`...)})
	}
	if len(d.Objects) > 0 {
		events = append(events, liveEvent{"update", featureCollection(layer, d.Objects)})
	}
	return events
}

// featureCollection is objects as a GeoJSON FeatureCollection on one line, with
// the layer they are of as a member besides (RFC 7946, section 6.1).
func featureCollection(layer kvartal.LayerID, objects []index.Seen) []byte {
	b := []byte(`{"type":"FeatureCollection","layer":"` + layer + `","features":[`)
	for i, o := range objects {
		if i > 0 {
			b = append(b, ',')
		}
		b = o.AppendJSON(b)
	}
	return append(b, `]}`...)
}
