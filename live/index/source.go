package index

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/paulmach/orb/maptile"

	"kvartal/cql2"
	"kvartal/layers"
	"kvartal/live"
	"kvartal/tiles"
	"kvartal/view"
)

// Over returns a source of tiles that are made of this index for live layers and
// of another source for all others.
func (x *Index) Over(other tiles.Source) tiles.Source { return over{x, other} }

type over struct {
	index *Index
	other tiles.Source
}

// Now implements tiles.Source.
func (o over) Now() tiles.Encoder { return encoder{o.index, o.other.Now()} }

// During implements tiles.Source: what was is read of the rows of the past.
func (o over) During(in layers.Interval) tiles.Encoder { return o.other.During(in) }

type encoder struct {
	index *Index
	other tiles.Encoder
}

// Encode implements tiles.Encoder.
func (e encoder) Encode(ctx context.Context, d *layers.Definition, v view.View, t maptile.Tile) ([]byte, tiles.Report, error) {
	if l, ok := e.index.Layer(d.ID); ok {
		return l.encode(ctx, v, t)
	}
	return e.other.Encode(ctx, d, v, t)
}

// Fix returns the object as a fix for other systems: what is seen of it, under
// the names that feeds have for readings, which are those of the layer's fields.
// Its device is the id of the feature unless the number of the device is seen.
func (o Seen) Fix() live.Fix {
	f := live.Fix{Device: live.DeviceID(strconv.FormatInt(int64(o.ID), 10)), Point: o.Point}
	if !o.Somewhere {
		f.Flags = live.NoPosition
	}
	for i, field := range o.layer.Definition.Fields {
		if !o.sees(i) {
			continue
		}
		v := o.Value(i)
		if v.Null {
			continue
		}
		switch field.From {
		case "device":
			f.Device = live.DeviceID(v.Text)
		case "at":
			f.Time = time.UnixMicro(v.Int).UTC()
		case "speed":
			f.Speed = live.Some(asNumber(field.Type, v))
		case "course":
			f.Course = live.Some(asNumber(field.Type, v))
		case "odometer":
			f.Odometer = live.Some(asNumber(field.Type, v))
		default:
			f.Inputs = append(f.Inputs, input(field, v))
		}
	}
	return f
}

func asNumber(t layers.FieldType, v cql2.Value) float64 {
	if t == layers.TypeInteger {
		return float64(v.Int)
	}
	return v.Float
}

func input(field layers.Field, v cql2.Value) live.Input {
	switch field.Type {
	case layers.TypeBoolean:
		return live.Input{Name: field.Name, Value: number(v.Bool)}
	case layers.TypeInteger, layers.TypeNumber, layers.TypeDecimal:
		return live.Input{Name: field.Name, Value: asNumber(field.Type, v)}
	case layers.TypeText, layers.TypeDate, layers.TypeTimestamp:
	}
	return live.Input{Name: field.Name, Text: textOf(field.Type, v)}
}

// Tally is how many objects a reader sees, and how many of them in which state, as
// far as their states are seen.
type Tally struct {
	Objects int
	States  map[live.Presence]int
}

// Tally counts all objects of the layer.
func (s *Sight) Tally() Tally {
	t := Tally{States: map[live.Presence]int{live.Online: 0, live.Slow: 0, live.Stale: 0, live.Lost: 0}}
	state := slices.IndexFunc(s.layer.Definition.Fields, func(f layers.Field) bool { return f.From == "state" })
	objects, _ := s.Objects(nil, math.MaxInt)
	for _, o := range objects {
		t.Objects++
		if state >= 0 && o.sees(state) {
			t.States[o.Presence]++
		}
	}
	return t
}
