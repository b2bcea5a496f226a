package layers

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/paulmach/orb/encoding/wkb"

	"kvartal"
)

// Record is a feature as the database sent it, for those that pass on many. It
// is valid until the next one is read.
type Record struct {
	ID      kvartal.FeatureID
	Version int64
	// WKB is the geometry in little-endian well-known binary, easting or
	// longitude first; nil if the feature has none.
	WKB []byte
	// Fields are those of the values.
	Fields []Field

	values [][]byte // of the fields and the sort keys, in PostgreSQL's binary form
}

// Null reports whether there is no value for field i. The other methods are for
// those that have one.
func (r *Record) Null(i int) bool { return r.values[i] == nil }

// Bytes is the value of a text or the digits of a decimal.
func (r *Record) Bytes(i int) []byte { return r.values[i] }

// Int is the value of an integer.
func (r *Record) Int(i int) int64 { return int64(binary.BigEndian.Uint64(r.values[i])) }

// Float is the value of a number.
func (r *Record) Float(i int) float64 {
	return math.Float64frombits(binary.BigEndian.Uint64(r.values[i]))
}

// Bool is the value of a boolean.
func (r *Record) Bool(i int) bool { return r.values[i][0] != 0 }

// Time is the value of a date, at midnight, or of a timestamp, in UTC. A time
// without end is false.
func (r *Record) Time(i int) (time.Time, bool) {
	const epoch = 946_684_800 // 2000-01-01, PostgreSQL's
	v := r.values[i]
	if len(v) == 4 {
		days := int32(binary.BigEndian.Uint32(v))
		return time.Unix(epoch+int64(days)*86_400, 0).UTC(), days != math.MaxInt32 && days != math.MinInt32
	}
	micros := int64(binary.BigEndian.Uint64(v))
	seconds, rest := micros/1_000_000, micros%1_000_000
	return time.Unix(epoch+seconds, rest*1000).UTC(), micros != math.MaxInt64 && micros != math.MinInt64
}

// Value is the value of field i as a Feature holds it.
func (r *Record) Value(i int) any {
	if r.Null(i) {
		return nil
	}
	switch r.Fields[i].Type {
	case TypeInteger:
		return r.Int(i)
	case TypeNumber:
		return r.Float(i)
	case TypeDecimal:
		return kvartal.Decimal(r.Bytes(i))
	case TypeBoolean:
		return r.Bool(i)
	case TypeDate, TypeTimestamp:
		if t, finite := r.Time(i); finite {
			return t
		}
		return nil
	}
	return string(r.Bytes(i))
}

// Feature is the record as a feature of its own.
func (r *Record) Feature() (kvartal.Feature, error) {
	f := kvartal.Feature{ID: r.ID, Version: r.Version, Properties: make(map[string]any, len(r.Fields))}
	if r.WKB != nil {
		var err error
		if f.Geometry, err = wkb.Unmarshal(r.WKB); err != nil {
			return kvartal.Feature{}, fmt.Errorf("geometry of feature %d: %w", r.ID, err)
		}
	}
	for i, field := range r.Fields {
		f.Properties[field.Name] = r.Value(i)
	}
	return f, nil
}

// bookmark is the place of the record in the order.
func (r *Record) bookmark() *Bookmark {
	b := &Bookmark{ID: r.ID}
	for _, v := range r.values[len(r.Fields):] {
		if v == nil {
			b.Values = append(b.Values, nil)
			continue
		}
		text := string(v)
		b.Values = append(b.Values, &text)
	}
	return b
}
