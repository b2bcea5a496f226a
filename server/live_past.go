package server

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"kvartal"
	"kvartal/layers"
	"kvartal/live"
	"kvartal/live/index"
	"kvartal/live/track"
	"kvartal/view"
)

// livePast is what a reader may learn of the past of a live layer.
type livePast struct {
	def *layers.Definition
	// whole permits what the reader may, past permits to query the objects that the
	// right History covers without a lag.
	whole, past view.View
	from, to    time.Time
	// on names the readings that mean yes or no, ignition among them.
	on []string
}

// working are the readings of which each means that a vehicle does its work.
func working() []string { return []string{"blade", "spreader", "brush"} }

// livePast reads which layer is asked for and from when to when.
func (s *Server) livePast(r *http.Request, city *City, longest time.Duration) (livePast, error) {
	name, err := variable(r, "layer")
	if err != nil {
		return livePast{}, err
	}
	d, err := city.Store.Registry().Layer(kvartal.LayerID(name))
	if err != nil || d.Live == nil || city.Fixes == nil {
		return livePast{}, noLiveLayer(name)
	}
	p := livePast{def: d, whole: viewOf(r, d)}
	if err := p.whole.Require(view.Query); err != nil {
		return livePast{}, hiddenLive(err, name)
	}
	var rules []view.Rule
	for _, rule := range p.whole.For(view.History).Rules {
		if !rule.Lags() {
			rule.Actions = []view.Action{view.Query}
			rules = append(rules, rule)
		}
	}
	if len(rules) == 0 {
		return livePast{}, kvartal.Errorf(kvartal.KindForbidden, "you may not look into the past of layer %q: ask its owner for the right", d.ID)
	}
	p.past = view.Of(d.ID, rules...)
	if p.from, p.to, err = period(r, longest); err != nil {
		return livePast{}, err
	}
	for _, f := range d.Fields {
		if reading, ok := strings.CutPrefix(f.From, "reading."); ok && f.Type == layers.TypeBoolean && p.past.Plain(f.Name) {
			p.on = append(p.on, reading)
		}
	}
	return p, nil
}

// period reads the parameters from and to.
func period(r *http.Request, longest time.Duration) (from, to time.Time, err error) {
	for name, t := range map[string]*time.Time{"from": &from, "to": &to} {
		text := r.URL.Query().Get(name)
		if *t, err = time.Parse(time.RFC3339, text); err != nil || t.Year() < 2000 || t.Year() > 2199 {
			return from, to, kvartal.Errorf(kvartal.KindInvalid, "%s is %.40q: want a time such as 2026-01-15T06:00:00Z", name, text).In(name)
		}
	}
	if length := to.Sub(from); length <= 0 || length > longest {
		return from, to, kvartal.Errorf(kvartal.KindInvalid, "from %s to %s are %v: want to after from, and %v at most", from.Format(time.RFC3339), to.Format(time.RFC3339), length, longest).In("to")
	}
	return from.UTC(), to.UTC(), nil
}

// shows reports whether the reader may know what of the newest fix a live layer
// shows, such as its speed.
func (p livePast) shows(source string) bool {
	return slices.ContainsFunc(p.def.Fields, func(f layers.Field) bool { return f.From == source && p.past.Plain(f.Name) })
}

// options say how fixes of a device are understood, as far as the reader may.
func (p livePast) options(d *index.Device) track.Options {
	on := func(name string) func(*live.Fix) bool {
		return func(f *live.Fix) bool {
			v, told := d.Reading(name, f)
			return told && v != 0
		}
	}
	o := track.Options{
		Legs: live.Legs{MaxGap: p.maxGap(d), MaxSpeed: 250},
		Slow: 3, Pause: 2 * time.Minute, Near: 30_000, // mm
	}
	var tools []func(*live.Fix) bool
	for _, name := range working() {
		if slices.Contains(p.on, name) {
			tools = append(tools, on(name))
		}
	}
	o.Legs.Working = func(f *live.Fix) bool {
		return slices.ContainsFunc(tools, func(works func(*live.Fix) bool) bool { return works(f) })
	}
	if slices.Contains(p.on, "ignition") {
		o.Ignition = on("ignition")
	}
	return o
}

// maxGap is the silence over which a line is no way travelled: longer than a
// device is online without a word, and a minute at least.
func (p livePast) maxGap(d *index.Device) time.Duration {
	interval := p.def.Live.Interval
	if d.Interval > 0 {
		interval = d.Interval
	}
	return max(6*interval, time.Minute)
}
