// Package index holds what live layers show in memory: for each device of the
// register the newest that it told, found by place, followed by readers, and
// encoded as tiles. It begins with what the database has recorded and then hears
// of each fix through the bus, before or after the recorder does: the order does
// not matter, because the newest of a set of fixes is the same in any order.
//
// What it says is what the view of the layer in the database says at the same
// moment, but for what the recorder has not written yet.
package index

import (
	"crypto/rand"
	"sync"
	"time"

	"kvartal"
	"kvartal/layers"
	"kvartal/live"
)

// Index is the present of all live layers. Its methods may be called concurrently.
type Index struct {
	layers map[kvartal.LayerID]*Layer
	wanted wanted // of the registers
	run    string // tells places of this run from those of others

	mu      sync.Mutex // held by what changes anything
	tracked map[live.DeviceID]*tracked
	stirred []*tracked // since the last Advance
	now     time.Time
}

// tracked is a device that was heard of or is registered.
type tracked struct {
	head   live.Head
	device *Device // nil: no register has it
	places []place
	// stirred says that the head is another one than what is shown.
	stirred bool
}

// New returns an index of the live layers of a registry, without objects.
func New(registry *layers.Registry) (*Index, error) {
	x := &Index{
		layers: map[kvartal.LayerID]*Layer{}, run: rand.Text()[:8],
		tracked: map[live.DeviceID]*tracked{},
	}
	for _, d := range registry.Layers() {
		if d.Live == nil {
			continue
		}
		l, err := newLayer(d, &x.wanted)
		if err != nil {
			return nil, err
		}
		x.layers[d.ID] = l
	}
	return x, nil
}

// Layer returns a live layer, false if it is none.
func (x *Index) Layer(id kvartal.LayerID) (*Layer, bool) {
	l, ok := x.layers[id]
	return l, ok
}

// Apply takes in fixes: each device's newest is shown from the next Advance on,
// whatever the order.
func (x *Index) Apply(fixes []live.Fix) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range fixes {
		if m := live.MomentOf(&fixes[i]); m.Mark != live.Absurd {
			x.take(m.Device, m)
		}
	}
}

func (x *Index) take(device live.DeviceID, m *live.Moment) {
	t := x.track(device)
	if t.head.Take(m) && !t.stirred {
		t.stirred = true
		x.stirred = append(x.stirred, t)
	}
	for _, p := range t.places {
		if p.past != nil {
			p.layer.delayed.take(p.past, m)
		}
	}
}

func (x *Index) track(name live.DeviceID) *tracked {
	t := x.tracked[name]
	if t == nil {
		t = &tracked{}
		x.tracked[name] = t
	}
	return t
}

// Advance moves the clock: what was heard since the last call is shown, who was
// silent for too long changes state, what may be shown by now is, and readers hear
// of all that has changed. However much is told of an object between two calls,
// it is made and shown once.
func (x *Index) Advance(now time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.now = now
	for _, t := range x.stirred {
		if t.stirred { // else the register showed it
			x.show(t)
		}
	}
	clear(x.stirred)
	x.stirred = x.stirred[:0]
	for _, l := range x.layers {
		l.present.advance(now)
		if l.delayed != nil {
			l.delayed.advance(now)
		}
	}
}

// show shows what is known of a device by now.
func (x *Index) show(t *tracked) {
	t.stirred = false
	for _, p := range t.places {
		p.layer.present.put(p.slot, t.device, t.head, x.now)
	}
}

// SetRegister shows the devices of another state of the register, each with what
// is known of it.
func (x *Index) SetRegister(r *Register) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for name, t := range x.tracked {
		if _, known := r.Device(name); !known {
			t.device, t.places = nil, nil
		}
	}
	kept := map[kvartal.LayerID]map[kvartal.FeatureID]bool{}
	for name, d := range r.devices {
		t := x.track(name)
		t.device, t.places = d, nil
		for id, l := range x.layers {
			if !l.holds(d.Class) {
				continue
			}
			if kept[id] == nil {
				kept[id] = map[kvartal.FeatureID]bool{}
			}
			kept[id][d.ID] = true
			p := l.open(d)
			t.places = append(t.places, p)
			if p.past != nil {
				l.delayed.put(p.past)
			}
		}
		x.show(t)
	}
	for id, l := range x.layers {
		l.keep(func(device kvartal.FeatureID) bool { return kept[id][device] })
	}
}

// Unknown returns how many devices were heard of that no register has.
func (x *Index) Unknown() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := 0
	for _, t := range x.tracked {
		if t.device == nil && t.head.Newest != nil {
			n++
		}
	}
	return n
}
