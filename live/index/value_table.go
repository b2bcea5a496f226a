package index

import (
	"math"

	"kvartal/cql2"
	"kvartal/layers"
	"kvartal/tiles/mvt"
)

// valueTable numbers the values of a tile's layer, each once but for a text that a
// device tells and the register has too.
type valueTable struct {
	layer    *mvt.Layer
	texts    map[*text]mvt.Number
	told     map[string]mvt.Number // texts of readings
	integers map[int64]mvt.Number
	doubles  map[uint64]mvt.Number // by their bits
	days     map[int64]mvt.Number
	instants map[int64]mvt.Number
	booleans [2]mvt.Number
	known    [2]bool // which booleans have a number
	message  []byte  // working space
	buffer   []byte  // working space
}

func newValueTable(l *mvt.Layer) valueTable {
	return valueTable{
		layer: l, texts: map[*text]mvt.Number{}, told: map[string]mvt.Number{},
		integers: map[int64]mvt.Number{}, doubles: map[uint64]mvt.Number{},
		days: map[int64]mvt.Number{}, instants: map[int64]mvt.Number{},
	}
}

func (t *valueTable) reset() {
	clear(t.texts)
	clear(t.told)
	clear(t.integers)
	clear(t.doubles)
	clear(t.days)
	clear(t.instants)
	t.known = [2]bool{}
}

// number returns the number of what an object has in a column, false if it has
// nothing there.
func (t *valueTable) number(c *column, o *Object) (mvt.Number, bool) {
	switch {
	case c.text != nil:
		if s := c.text(o); s != nil {
			return t.text(s), true
		}
	case c.number != nil:
		if x, ok := c.number(o); ok {
			return t.float(c.typ, x)
		}
	default:
		if v := c.other(o); !v.Null {
			return t.other(c.typ, &v), true
		}
	}
	return 0, false
}

func (t *valueTable) text(s *text) mvt.Number {
	if !s.shared {
		return t.layer.AddText(s.string)
	}
	n, ok := t.texts[s]
	if !ok {
		n = t.layer.AddText(s.string)
		t.texts[s] = n
	}
	return n
}

// float numbers x as a field of a type holds it.
func (t *valueTable) float(typ layers.FieldType, x float64) (mvt.Number, bool) {
	switch typ {
	case layers.TypeBoolean:
		return t.boolean(x != 0), true
	case layers.TypeInteger:
		n, ok := whole(x)
		if !ok {
			return 0, false
		}
		return t.integer(n), true
	case layers.TypeNumber, layers.TypeDecimal:
		return t.double(x), true
	case layers.TypeText, layers.TypeDate, layers.TypeTimestamp: // hold no numbers
	}
	return 0, false
}

func (t *valueTable) other(typ layers.FieldType, v *cql2.Value) mvt.Number {
	switch typ {
	case layers.TypeBoolean:
		return t.boolean(v.Bool)
	case layers.TypeInteger:
		return t.integer(v.Int)
	case layers.TypeNumber, layers.TypeDecimal:
		return t.double(v.Float)
	case layers.TypeDate:
		return numbered(t.days, v.Int, func() mvt.Number { return t.time(typ, v) })
	case layers.TypeTimestamp:
		return numbered(t.instants, v.Int, func() mvt.Number { return t.time(typ, v) })
	case layers.TypeText:
	}
	return numbered(t.told, v.Text, func() mvt.Number { return t.layer.AddText(v.Text) })
}

func (t *valueTable) boolean(yes bool) mvt.Number {
	i := int(number(yes))
	if !t.known[i] {
		t.known[i], t.booleans[i] = true, t.add(mvt.AppendBool(t.message[:0], yes))
	}
	return t.booleans[i]
}

func (t *valueTable) integer(n int64) mvt.Number {
	return numbered(t.integers, n, func() mvt.Number { return t.add(mvt.AppendInt(t.message[:0], n)) })
}

func (t *valueTable) double(x float64) mvt.Number {
	return numbered(t.doubles, math.Float64bits(x), func() mvt.Number { return t.add(mvt.AppendDouble(t.message[:0], x)) })
}

func (t *valueTable) time(typ layers.FieldType, v *cql2.Value) mvt.Number {
	t.buffer = appendText(t.buffer[:0], typ, *v)
	return t.add(mvt.AppendString(t.message[:0], t.buffer))
}

func (t *valueTable) add(message []byte) mvt.Number {
	t.message = message
	return t.layer.AddValue(message)
}

func numbered[K comparable](known map[K]mvt.Number, key K, add func() mvt.Number) mvt.Number {
	n, ok := known[key]
	if !ok {
		n = add()
		known[key] = n
	}
	return n
}
