package index

import (
	"math"
	"strings"
	"time"

	"kvartal/cql2"
	"kvartal/layers"
	"kvartal/live"
)

// What fields may be from, besides what the newest fix says itself.
const (
	fromRegister = "register."
	fromReading  = "reading."
)

// column gives the value of one field of a live layer.
type column func(*Object) cql2.Value

// columnsOf returns the columns of a layer in the order of its fields, and those
// fields that are from the register. Where a field comes from has been checked
// with the definition.
func columnsOf(d *layers.Definition) (columns []column, register []layers.Field) {
	for _, f := range d.Fields {
		if strings.HasPrefix(f.From, fromRegister) {
			place := len(register)
			register = append(register, f)
			columns = append(columns, func(o *Object) cql2.Value { return o.registered[place] })
			continue
		}
		columns = append(columns, columnOf(f))
	}
	return columns, register
}

func columnOf(f layers.Field) column {
	if name, ok := strings.CutPrefix(f.From, fromReading); ok {
		return func(o *Object) cql2.Value { return read(f.Type, o, name) }
	}
	switch f.From {
	case "device":
		return func(o *Object) cql2.Value { return cql2.Value{Text: string(o.device.Name)} }
	case "state":
		return func(o *Object) cql2.Value { return cql2.Value{Text: string(o.Presence)} }
	case "at":
		return newest(func(m *live.Moment) cql2.Value { return instant(m.At) })
	case "received":
		return newest(func(m *live.Moment) cql2.Value { return instant(m.Received) })
	case "clock":
		return newest(func(m *live.Moment) cql2.Value { return cql2.Value{Text: m.Mark.String()} })
	case "late":
		return newest(func(m *live.Moment) cql2.Value { return cql2.Value{Bool: m.Flags&live.Late != 0} })
	case "odometer":
		return newest(func(m *live.Moment) cql2.Value { return told(f.Type, m.Odometer) })
	case "speed":
		return placed(func(m *live.Moment) cql2.Value { return told(f.Type, m.Speed) })
	case "course":
		return placed(func(m *live.Moment) cql2.Value { return told(f.Type, m.Course) })
	case "altitude":
		return placed(func(m *live.Moment) cql2.Value { return told(f.Type, m.Altitude) })
	case "satellites":
		return placed(func(m *live.Moment) cql2.Value { return told(f.Type, m.Satellites) })
	}
	return func(*Object) cql2.Value { return null }
}

var null = cql2.Value{Null: true}

func newest(value func(*live.Moment) cql2.Value) column {
	return func(o *Object) cql2.Value { return of(o.Head.Newest, value) }
}

func placed(value func(*live.Moment) cql2.Value) column {
	return func(o *Object) cql2.Value { return of(o.Head.Placed, value) }
}

func of(m *live.Moment, value func(*live.Moment) cql2.Value) cql2.Value {
	if m == nil {
		return null
	}
	return value(m)
}

// instant is a moment as the database keeps it, in microseconds.
func instant(t time.Time) cql2.Value { return cql2.Value{Int: t.UnixMicro()} }

func told(t layers.FieldType, n live.Number) cql2.Value {
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

func read(t layers.FieldType, o *Object, name string) cql2.Value {
	if o.Head.Newest == nil {
		return null
	}
	r := o.device.profile.read(name, &o.Head.Newest.Fix)
	switch {
	case !r.known:
		return null
	case r.text == "":
		return numeric(t, r.number)
	case t == layers.TypeText:
		return cql2.Value{Text: r.text}
	}
	return null
}

// registered is a value of the register as JSON gave it.
func registered(t layers.FieldType, v any) cql2.Value {
	switch v := v.(type) {
	case string:
		if t == layers.TypeText {
			return cql2.Value{Text: v}
		}
		return timeOf(t, v)
	case bool:
		return cql2.Value{Bool: v}
	case float64:
		return numeric(t, v)
	}
	return null
}

// timeOf reads a day or an instant as PostgreSQL writes them in JSON.
func timeOf(t layers.FieldType, text string) cql2.Value {
	const day = 24 * 60 * 60
	layout := time.RFC3339Nano
	if t == layers.TypeDate {
		layout = time.DateOnly
	}
	at, err := time.Parse(layout, text)
	switch {
	case err != nil:
		return null
	case t == layers.TypeDate:
		return cql2.Value{Int: at.Unix() / day}
	}
	return instant(at)
}
