package index

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/project"

	"kvartal/cql2"
	"kvartal/live"
)

// Object is a device as a live layer shows it at one moment. It does not change:
// what is told of it next is another Object, so that readers need no lock.
type Object struct {
	Device   *Device
	Head     live.Head
	Presence live.Presence
	// Until is when the presence changes if nothing more is heard; zero: never.
	Until time.Time
	// Point is longitude and latitude in degrees; Somewhere is false without one.
	Point     orb.Point
	Somewhere bool

	layer *Layer
	// registered are the values of fields that are from the register, at their
	// places among all.
	registered []cql2.Value
	plane      orb.Point // the same in Web Mercator, metres
	values     atomic.Pointer[[]cql2.Value]
	json       atomic.Pointer[rendered]
}

// newObject returns what a head says of a device at a moment.
func newObject(l *Layer, d *Device, registered []cql2.Value, h live.Head, now time.Time) *Object {
	o := &Object{layer: l, registered: registered, Device: d, Head: h, Presence: live.Lost}
	if h.Newest != nil {
		o.Presence, o.Until = l.silence(d).Presence(h.Newest.At, now)
	}
	switch {
	case h.Placed != nil:
		o.Point, o.Somewhere = h.Placed.Point, true
	case d.Home != nil:
		o.Point, o.Somewhere = *d.Home, true
	}
	if o.Somewhere {
		o.plane = project.WGS84.ToMercator(o.Point)
	}
	return o
}

// Values are those of the fields of the layer's definition, in their order. They
// are made when first asked for: most states of most objects nobody looks at.
func (o *Object) Values() []cql2.Value {
	if made := o.values.Load(); made != nil {
		return *made
	}
	values := slices.Clone(o.registered)
	for i, column := range o.layer.columns {
		if column != nil {
			values[i] = column(o)
		}
	}
	o.values.Store(&values)
	return values
}

// row is an object as filters look at it. Column 0 is the id, -1 the geometry,
// and others are those of the fields, from 1.
type row struct{ *Object }

const (
	geometryColumn = -1
	idColumn       = 0
	firstColumn    = 1
)

func (r row) value(column int) cql2.Value { return r.Values()[column-firstColumn] }

func (r row) Null(column int) bool {
	switch column {
	case geometryColumn:
		return !r.Somewhere
	case idColumn:
		return false
	}
	return r.value(column).Null
}

func (r row) Boolean(column int) bool { return r.value(column).Bool }

func (r row) Integer(column int) int64 {
	if column == idColumn {
		return int64(r.Device.ID)
	}
	return r.value(column).Int
}

func (r row) Number(column int) float64 { return r.value(column).Float }
func (r row) Text(column int) string    { return r.value(column).Text }

func (r row) Bounds(int) orb.Bound {
	return r.plane.Bound()
}
