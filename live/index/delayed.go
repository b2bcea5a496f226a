package index

import (
	"slices"
	"time"

	"kvartal"
	"kvartal/live"
)

// delayed is a scene that lags behind the present and moves in steps: what has
// been is shown, what is, is not. Like the present it is decided by when fixes
// were, so a fix that comes late is shown at once if its time is over already.
// The index guards it.
type delayed struct {
	delay, every time.Duration
	scene        *scene
	at           time.Time // what is shown
	slots        map[kvartal.FeatureID]*lagging
	steps        map[int64][]*lagging // who has something pending until when
}

// lagging is one device as it was.
type lagging struct {
	slot   *slot
	device *Device // nil: it is not in the register any more
	head   live.Head
	ahead  []ahead // what is yet to be shown: one for a step, few in all
}

// ahead is what a device told between two steps: the second shows it.
type ahead struct {
	step int64 // ns since 1970
	head live.Head
}

func newDelayed(l *Layer, delay, every time.Duration) *delayed {
	if every <= 0 {
		every = time.Second
	}
	return &delayed{
		delay: delay, every: every, scene: newScene(l),
		slots: map[kvartal.FeatureID]*lagging{}, steps: map[int64][]*lagging{},
	}
}

// open returns what lags of a device.
func (d *delayed) open(device *Device) *lagging {
	l := d.slots[device.ID]
	if l == nil {
		l = &lagging{}
		d.slots[device.ID] = l
	}
	l.device, l.slot = device, d.scene.open(device)
	return l
}

// take takes in a moment, now or when its time has come.
func (d *delayed) take(l *lagging, m *live.Moment) {
	if !m.At.After(d.at) {
		d.show(l, m)
		return
	}
	step := asOf(m.At.Add(d.every-1), 0, d.every).UnixNano() // the first that is not before it
	for i := len(l.ahead) - 1; i >= 0; i-- {                 // most are the newest
		if l.ahead[i].step == step {
			l.ahead[i].head.Take(m)
			return
		}
	}
	l.ahead = append(l.ahead, ahead{step, live.Head{}})
	l.ahead[len(l.ahead)-1].head.Take(m)
	d.steps[step] = append(d.steps[step], l)
}

// show takes moments into the head of a device and shows it.
func (d *delayed) show(l *lagging, moments ...*live.Moment) {
	changed := false
	for _, m := range moments {
		changed = m != nil && l.head.Take(m) || changed
	}
	if changed {
		d.put(l)
	}
}

// put shows what is known of a device as of now.
func (d *delayed) put(l *lagging) {
	if l.device != nil {
		d.scene.put(l.slot, l.device, l.head, d.at)
	}
}

// keep removes the devices of which keep is false.
func (d *delayed) keep(keep func(kvartal.FeatureID) bool) {
	for id, l := range d.slots {
		if !keep(id) {
			l.device = nil
			d.scene.remove(l.slot)
			delete(d.slots, id)
		}
	}
}

// advance moves to the moment that is to be shown at now.
func (d *delayed) advance(now time.Time) {
	d.at = asOf(now, d.delay, d.every)
	for step, waiting := range d.steps {
		if step > d.at.UnixNano() {
			continue
		}
		for _, l := range waiting {
			i := slices.IndexFunc(l.ahead, func(a ahead) bool { return a.step == step })
			shown := l.ahead[i].head
			l.ahead = slices.Delete(l.ahead, i, i+1)
			d.show(l, shown.Placed, shown.Newest)
		}
		delete(d.steps, step)
	}
	d.scene.advance(d.at)
}
