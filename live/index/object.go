package index

import (
	"sync/atomic"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/project"

	"kvartal"
	"kvartal/cql2"
	"kvartal/live"
)

// Object is a device as a live layer shows it at one moment. It does not change:
// what is told of it next is another Object, so that readers need no lock.
type Object struct {
	ID       kvartal.FeatureID // of the device in the register
	Head     live.Head
	Presence live.Presence
	// Point is longitude and latitude in degrees; Somewhere is false without one.
	Point     orb.Point
	Somewhere bool

	layer  *Layer
	device *Device
	plane  orb.Point // the same in Web Mercator, metres
	until  deadline  // when the presence changes if nothing more is heard
	json   atomic.Pointer[rendered]
}

// newObject returns what a head says of a device at a moment.
func newObject(l *Layer, d *Device, h live.Head, now time.Time) *Object {
	o := &Object{ID: d.ID, layer: l, device: d, Head: h, Presence: live.Lost}
	if h.Newest != nil {
		presence, until := l.silence(d).Presence(h.Newest.At, now)
		o.Presence, o.until = presence, deadlineOf(until)
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

// Value is that of a field, by its place in the layer's definition. It is made each
// time: most states of most objects nobody looks at, and few look at all fields.
func (o *Object) Value(field int) cql2.Value {
	return o.layer.columns[field].value(o)
}

// row is an object as filters look at it. Column 0 is the id, -1 the geometry,
// and others are those of the fields, from 1.
type row struct{ *Object }

const (
	geometryColumn = -1
	idColumn       = 0
	firstColumn    = 1
)

func (r row) value(column int) cql2.Value { return r.Value(column - firstColumn) }

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
		return int64(r.ID)
	}
	return r.value(column).Int
}

func (r row) Number(column int) float64 { return r.value(column).Float }
func (r row) Text(column int) string    { return r.value(column).Text }

func (r row) Bounds(int) orb.Bound {
	return r.plane.Bound()
}
