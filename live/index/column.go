package index

import (
	"math"
	"strings"
	"time"

	"kvartal/cql2"
	"kvartal/layers"
	"kvartal/live"
)

// column gives the value of one field of a live layer, by one of three ways: most
// are numbers or texts that are kept, and asked for by the million.
type column struct {
	typ    layers.FieldType
	number func(*Object) (float64, bool) // not nil: the field is a number or a truth value, false without one
	text   func(*Object) *text           // not nil: the field is a text, nil without one
	other  func(*Object) cql2.Value
}

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
	c := column{typ: f.Type}
	if name, ok := strings.CutPrefix(f.From, fromRegister); ok {
		return ofRegister(c, w.field(wantedField{name, f.Type}))
	}
	if name, ok := strings.CutPrefix(f.From, fromReading); ok {
		return ofReading(c, w.reading(name))
	}
	switch f.From {
	case "device":
		return ofRegister(c, w.field(wantedField{f.From, f.Type}))
	case "state":
		c.text = func(o *Object) *text { return presences[o.Presence] }
	case "clock":
		c.text = func(o *Object) *text {
			if o.Head.Newest == nil {
				return nil
			}
			return marks[o.Head.Newest.Mark]
		}
	case "at":
		c.other = instant(func(m *live.Moment) time.Time { return m.At })
	case "received":
		c.other = instant(func(m *live.Moment) time.Time { return m.Received })
	case "late":
		c.number = newest(func(m *live.Moment) (float64, bool) { return number(m.Flags&live.Late != 0), true })
	case "odometer":
		c.number = newest(func(m *live.Moment) (float64, bool) { return m.Odometer.Value, m.Odometer.Known })
	case "speed":
		c.number = placed(func(m *live.Moment) (float64, bool) { return m.Speed.Value, m.Speed.Known })
	case "course":
		c.number = placed(func(m *live.Moment) (float64, bool) { return m.Course.Value, m.Course.Known })
	case "altitude":
		c.number = placed(func(m *live.Moment) (float64, bool) { return m.Altitude.Value, m.Altitude.Known })
	case "satellites":
		c.number = placed(func(m *live.Moment) (float64, bool) { return m.Satellites.Value, m.Satellites.Known })
	default:
		c.other = func(*Object) cql2.Value { return null }
	}
	return c
}

var null = cql2.Value{Null: true}

// newest makes a column of what devices told last, placed of what they told last
// with a position.
func newest(told func(*live.Moment) (float64, bool)) func(*Object) (float64, bool) {
	return func(o *Object) (float64, bool) {
		if o.Head.Newest == nil {
			return 0, false
		}
		return told(o.Head.Newest)
	}
}

func placed(told func(*live.Moment) (float64, bool)) func(*Object) (float64, bool) {
	return func(o *Object) (float64, bool) {
		if o.Head.Placed == nil {
			return 0, false
		}
		return told(o.Head.Placed)
	}
}

// instant makes a column of moments as the database keeps them, in microseconds.
func instant(of func(*live.Moment) time.Time) func(*Object) cql2.Value {
	return func(o *Object) cql2.Value {
		if o.Head.Newest == nil {
			return null
		}
		return cql2.Value{Int: of(o.Head.Newest).UnixMicro()}
	}
}

// ofReading makes a column of a raw input as the profile of the device understands it.
func ofReading(c column, place int) column {
	if c.typ == layers.TypeText {
		c.other = func(o *Object) cql2.Value {
			if r := o.reading(place); r.text != "" {
				return cql2.Value{Text: r.text}
			}
			return null
		}
		return c
	}
	c.number = func(o *Object) (float64, bool) {
		r := o.reading(place)
		return r.number, r.known && r.text == ""
	}
	return c
}

func (o *Object) reading(place int) reading {
	if o.Head.Newest == nil || o.device.profile == nil {
		return reading{}
	}
	m := o.device.profile.wanted[place]
	if m == nil {
		return reading{}
	}
	return m.read(&o.Head.Newest.Fix)
}

// ofRegister makes a column of a field of the register.
func ofRegister(c column, place int) column {
	if c.typ == layers.TypeText {
		c.text = func(o *Object) *text {
			t, _ := o.device.values[place].(*text)
			return t
		}
		return c
	}
	c.other = func(o *Object) cql2.Value {
		switch v := o.device.values[place].(type) {
		case bool:
			return cql2.Value{Bool: v}
		case int64:
			return cql2.Value{Int: v}
		case float64:
			return cql2.Value{Float: v}
		}
		return null
	}
	return c
}

// value is what an object has in the column.
func (c *column) value(o *Object) cql2.Value {
	switch {
	case c.number != nil:
		if x, ok := c.number(o); ok {
			return numeric(c.typ, x)
		}
	case c.text != nil:
		if t := c.text(o); t != nil {
			return cql2.Value{Text: t.string}
		}
	default:
		return c.other(o)
	}
	return null
}

// numeric is a number as a field of a type holds it.
func numeric(t layers.FieldType, x float64) cql2.Value {
	switch t {
	case layers.TypeBoolean:
		return cql2.Value{Bool: x != 0}
	case layers.TypeInteger:
		if n, ok := whole(x); ok {
			return cql2.Value{Int: n}
		}
		return null
	case layers.TypeNumber, layers.TypeDecimal:
		return cql2.Value{Float: x}
	case layers.TypeText, layers.TypeDate, layers.TypeTimestamp:
	}
	return null
}

// whole is the nearest integer, as PostgreSQL rounds; false if it has no 64 bits.
func whole(x float64) (int64, bool) {
	x = math.RoundToEven(x)
	return int64(x), x >= math.MinInt64 && x < math.MaxInt64
}
