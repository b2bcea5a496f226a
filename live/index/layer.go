package index

import (
	"fmt"
	"slices"
	"time"

	"kvartal"
	"kvartal/layers"
	"kvartal/live"
)

// mostFields is how many fields a live layer may have: which of them a rule shows
// is kept in the bits of a word.
const mostFields = 64

// Layer is one live layer: the present, and the past that the public sees where
// the definition says so.
type Layer struct {
	Definition *layers.Definition

	columns []column
	present *scene
	delayed *delayed // nil: nobody is shown the past
}

func newLayer(d *layers.Definition, w *wanted) (*Layer, error) {
	if len(d.Fields) > mostFields {
		return nil, fmt.Errorf("live layer %s has %d fields: want %d at most", d.ID, len(d.Fields), mostFields)
	}
	l := &Layer{Definition: d, columns: columnsOf(d, w)}
	l.present = newScene(l)
	if p := d.Live.Public; p.Delay > 0 || p.Every > 0 {
		l.delayed = newDelayed(l, p.Delay, p.Every)
	}
	return l, nil
}

// holds reports whether devices of a class are objects of the layer.
func (l *Layer) holds(class string) bool { return slices.Contains(l.Definition.Live.Classes, class) }

// silence says when a device of the layer is missed.
func (l *Layer) silence(d *Device) live.Silence {
	set := l.Definition.Live
	interval := set.Interval
	if d.Interval > 0 {
		interval = d.Interval
	}
	slow := 3 * interval
	stale := max(set.Stale, slow)
	return live.Silence{Slow: slow, Stale: stale, Lost: max(set.Lost, stale)}
}

// asOf is the moment that is shown at now with a delay, in steps counted from
// 1970.
func asOf(now time.Time, delay, every time.Duration) time.Time {
	at := now.Add(-delay)
	if every <= 0 {
		return at
	}
	return time.Unix(0, at.UnixNano()/int64(every)*int64(every))
}

// Presences counts all objects of the layer by their state, for operators.
func (l *Layer) Presences() map[live.Presence]int {
	counts := map[live.Presence]int{live.Online: 0, live.Slow: 0, live.Stale: 0, live.Lost: 0}
	l.present.within(nil, func(o *Object) { counts[o.Presence]++ })
	return counts
}

// place is where a layer shows a device.
type place struct {
	layer *Layer
	slot  *slot
	past  *lagging // nil: nobody is shown the past
}

// open returns where the layer shows a device of its classes.
func (l *Layer) open(d *Device) place {
	p := place{layer: l, slot: l.present.open(d)}
	if l.delayed != nil {
		p.past = l.delayed.open(d)
	}
	return p
}

// keep removes the devices of which keep is false.
func (l *Layer) keep(keep func(kvartal.FeatureID) bool) {
	for _, o := range l.present.all() {
		if !keep(o.id) {
			l.present.remove(o)
		}
	}
	if l.delayed != nil {
		l.delayed.keep(keep)
	}
}
