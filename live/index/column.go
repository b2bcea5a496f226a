package index

import (
	"math"
	"strings"
	"time"

	"kvartal/cql2"
	"kvartal/layers"
	"kvartal/live"
)

// column gives the value of one field of a live layer.
type column struct {
	typ    layers.FieldType
	origin origin
	place  int                           // among what is wanted of the register, or of readings
	told   func(*live.Moment) cql2.Value // what a moment says
}

// origin is what of an object a value is from.
type origin uint8

const (
	ofNewest   origin = iota // what the device told last
	ofPlaced                 // what it told last with a position
	ofReading                // a raw input as its profile understands it
	ofRegister               // a field of the register
	ofPresence
	ofClock
)

// What fields may be from, besides what the newest fix says itself.
const (
	fromRegister = "register."
	fromReading  = "reading."
)

// columnsOf returns the columns of a layer in the order of its fields, and adds to
// what is wanted of the register. Where a field comes from has been checked with
// the definition.
func columnsOf(d *layers.Definition, w *wanted) []column {
	columns := make([]column, len(d.Fields))
	for i, f := range d.Fields {
		columns[i] = columnOf(f, w)
	}
	return columns
}

func columnOf(f layers.Field, w *wanted) column {
	if name, ok := strings.CutPrefix(f.From, fromRegister); ok {
		return column{typ: f.Type, origin: ofRegister, place: w.field(wantedField{name, f.Type})}
	}
	if name, ok := strings.CutPrefix(f.From, fromReading); ok {
		return column{typ: f.Type, origin: ofReading, place: w.reading(name)}
	}
	newest := func(told func(*live.Moment) cql2.Value) column { return column{typ: f.Type, told: told} }
	number := func(o origin, of func(*live.Moment) live.Number) column {
		return column{typ: f.Type, origin: o, told: func(m *live.Moment) cql2.Value { return numberOf(f.Type, of(m)) }}
	}
	switch f.From {
	case "device":
		return column{typ: f.Type, origin: ofRegister, place: w.field(wantedField{f.From, f.Type})}
	case "state":
		return column{typ: f.Type, origin: ofPresence}
	case "clock":
		return column{typ: f.Type, origin: ofClock}
	case "at":
		return newest(func(m *live.Moment) cql2.Value { return instant(m.At) })
	case "received":
		return newest(func(m *live.Moment) cql2.Value { return instant(m.Received) })
	case "late":
		return newest(func(m *live.Moment) cql2.Value { return cql2.Value{Bool: m.Flags&live.Late != 0} })
	case "odometer":
		return number(ofNewest, func(m *live.Moment) live.Number { return m.Odometer })
	case "speed":
		return number(ofPlaced, func(m *live.Moment) live.Number { return m.Speed })
	case "course":
		return number(ofPlaced, func(m *live.Moment) live.Number { return m.Course })
	case "altitude":
		return number(ofPlaced, func(m *live.Moment) live.Number { return m.Altitude })
	case "satellites":
		return number(ofPlaced, func(m *live.Moment) live.Number { return m.Satellites })
	}
	return newest(func(*live.Moment) cql2.Value { return null })
}

var null = cql2.Value{Null: true}

// value is what an object has in the column.
func (c *column) value(o *Object) cql2.Value {
	var m *live.Moment
	switch c.origin {
	case ofRegister:
		return registered(o.device.values[c.place])
	case ofPresence, ofClock:
		t, _ := c.text(o)
		return registered(t)
	case ofReading:
		return c.read(o)
	case ofNewest:
		m = o.Head.Newest
	case ofPlaced:
		m = o.Head.Placed
	}
	if m == nil {
		return null
	}
	return c.told(m)
}

// text is what an object has in a column of kept texts, nil if nothing; false if
// the column is another.
func (c *column) text(o *Object) (t *text, ok bool) {
	switch c.origin {
	case ofRegister:
		if c.typ == layers.TypeText {
			t, _ = o.device.values[c.place].(*text)
			return t, true
		}
	case ofPresence:
		return presences[o.Presence], true
	case ofClock:
		if o.Head.Newest == nil {
			return nil, true
		}
		return marks[o.Head.Newest.Mark], true
	case ofNewest, ofPlaced, ofReading:
	}
	return nil, false
}

// instant is a moment as the database keeps it, in microseconds.
func instant(t time.Time) cql2.Value { return cql2.Value{Int: t.UnixMicro()} }

func numberOf(t layers.FieldType, n live.Number) cql2.Value {
	if !n.Known {
		return null
	}
	return numeric(t, n.Value)
}

// numeric is a number as a field of a type holds it.
func numeric(t layers.FieldType, x float64) cql2.Value {
	switch t {
	case layers.TypeBoolean:
		return cql2.Value{Bool: x != 0}
	case layers.TypeInteger:
		if whole := math.RoundToEven(x); whole >= math.MinInt64 && whole < math.MaxInt64 {
			return cql2.Value{Int: int64(whole)}
		}
		return null
	case layers.TypeNumber, layers.TypeDecimal:
		return cql2.Value{Float: x}
	case layers.TypeText, layers.TypeDate, layers.TypeTimestamp:
	}
	return null
}

func (c *column) read(o *Object) cql2.Value {
	if o.Head.Newest == nil || o.device.profile == nil {
		return null
	}
	m := o.device.profile.wanted[c.place]
	if m == nil {
		return null
	}
	r := m.read(&o.Head.Newest.Fix)
	switch {
	case !r.known:
		return null
	case r.text == "":
		return numeric(c.typ, r.number)
	case c.typ == layers.TypeText:
		return cql2.Value{Text: r.text}
	}
	return null
}

// registered is a value of the register as its column was read.
func registered(v any) cql2.Value {
	switch v := v.(type) {
	case *text:
		if v != nil {
			return cql2.Value{Text: v.string}
		}
	case bool:
		return cql2.Value{Bool: v}
	case int64:
		return cql2.Value{Int: v}
	case float64:
		return cql2.Value{Float: v}
	}
	return null
}
