package index

import (
	"encoding/json"
	"strconv"
	"time"

	"kvartal/cql2"
	"kvartal/layers"
)

// rendered is an object as a GeoJSON feature with some of its fields. One is kept
// with each object: most readers of a layer see the same.
type rendered struct {
	fields uint64
	json   []byte
}

// AppendJSON appends the object as a GeoJSON Feature (RFC 7946): the fields that
// are seen and have a value, and a null geometry if it is nowhere.
func (o Seen) AppendJSON(b []byte) []byte {
	if kept := o.json.Load(); kept != nil && kept.fields == o.fields {
		return append(b, kept.json...)
	}
	made := o.render()
	o.json.Store(&rendered{o.fields, made})
	return append(b, made...)
}

func (o Seen) render() []byte {
	b := append(make([]byte, 0, 512), `{"type":"Feature","id":`...)
	b = strconv.AppendInt(b, int64(o.ID), 10)
	if o.Somewhere {
		const decimals = 7 // a centimetre
		b = append(b, `,"geometry":{"type":"Point","coordinates":[`...)
		b = strconv.AppendFloat(b, o.Point[0], 'f', decimals, 64)
		b = append(b, ',')
		b = strconv.AppendFloat(b, o.Point[1], 'f', decimals, 64)
		b = append(b, `]}`...)
	} else {
		b = append(b, `,"geometry":null`...)
	}
	b = append(b, `,"properties":{`...)
	first := true
	for i, f := range o.layer.Definition.Fields {
		if !o.sees(i) {
			continue
		}
		v := o.Value(i)
		if v.Null {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(strconv.AppendQuote(b, f.Name), ':') // names are plain ASCII
		b = appendValue(b, f.Type, v)
	}
	return append(b, `}}`...)
}

func appendValue(b []byte, t layers.FieldType, v cql2.Value) []byte {
	switch t {
	case layers.TypeBoolean:
		return strconv.AppendBool(b, v.Bool)
	case layers.TypeInteger:
		return strconv.AppendInt(b, v.Int, 10)
	case layers.TypeNumber, layers.TypeDecimal:
		return strconv.AppendFloat(b, v.Float, 'f', -1, 64)
	case layers.TypeDate, layers.TypeTimestamp, layers.TypeText:
	}
	text, err := json.Marshal(textOf(t, v))
	if err != nil {
		return append(b, "null"...) // a string always marshals
	}
	return append(b, text...)
}

// textOf is a value as text: instants by RFC 3339 in UTC, days by ISO 8601.
func textOf(t layers.FieldType, v cql2.Value) string {
	if t == layers.TypeText {
		return v.Text
	}
	return string(appendText(nil, t, v))
}

func appendText(b []byte, t layers.FieldType, v cql2.Value) []byte {
	switch t {
	case layers.TypeDate:
		return time.Unix(v.Int*secondsOfDay, 0).UTC().AppendFormat(b, time.DateOnly)
	case layers.TypeTimestamp:
		return time.UnixMicro(v.Int).UTC().AppendFormat(b, time.RFC3339Nano)
	case layers.TypeText, layers.TypeBoolean, layers.TypeInteger, layers.TypeNumber, layers.TypeDecimal:
	}
	return append(b, v.Text...)
}

const secondsOfDay = 24 * 60 * 60
