package formats

import (
	"bytes"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"kvartal/layers"
)

// appendFixed appends a number rounded to so many decimals, without zeros at
// its end. Infinities, which no CRS offered gives, become 0.
func appendFixed(b []byte, x float64, digits int) []byte {
	scale := math.Pow10(digits)
	scaled := math.Round(x * scale)
	if !(math.Abs(scaled) < 1<<53) {
		if math.IsInf(x, 0) {
			x = 0
		}
		return strconv.AppendFloat(b, x, 'f', -1, 64)
	}
	n := int64(scaled)
	if n < 0 {
		b = append(b, '-')
		n = -n
	}
	unit := int64(scale)
	b = strconv.AppendInt(b, n/unit, 10)
	return appendFraction(b, n%unit, unit)
}

// appendFraction appends part/unit as decimals; unit is a power of ten.
func appendFraction(b []byte, part, unit int64) []byte {
	if part == 0 {
		return b
	}
	b = append(b, '.')
	for part > 0 {
		unit /= 10
		b = append(b, byte('0'+part/unit))
		part %= unit
	}
	return b
}

// appendJSON appends the value of field i as JSON: times as RFC 3339 in UTC,
// dates without a time, numbers that are none as null. Numbers that may have a
// fraction are written with one: programs such as GDAL and QGIS take the type of
// a property from the first features, and would cut the fractions of the others.
func appendJSON(b []byte, r *layers.Record, i int) []byte {
	if r.Null(i) {
		return append(b, "null"...)
	}
	switch r.Fields[i].Type {
	case layers.TypeText:
		return appendString(b, r.Bytes(i))
	case layers.TypeNumber:
		if x := r.Float(i); math.IsNaN(x) || math.IsInf(x, 0) {
			return append(b, "null"...)
		}
		return appendPoint(b, appendPlain(b, r, i))
	case layers.TypeDecimal:
		if d := r.Bytes(i); d[0] > '9' || len(d) > 1 && d[1] > '9' { // NaN, Infinity
			return append(b, "null"...)
		}
		return appendPoint(b, appendPlain(b, r, i))
	case layers.TypeDate, layers.TypeTimestamp:
		if _, finite := r.Time(i); !finite {
			return append(b, "null"...)
		}
		b = append(b, '"')
		return append(appendPlain(b, r, i), '"')
	}
	return appendPlain(b, r, i)
}

// appendPlain appends the value of field i as it is read by people and programs
// alike; nothing if there is none.
func appendPlain(b []byte, r *layers.Record, i int) []byte {
	if r.Null(i) {
		return b
	}
	switch r.Fields[i].Type {
	case layers.TypeInteger:
		return strconv.AppendInt(b, r.Int(i), 10)
	case layers.TypeNumber:
		return appendNumber(b, r.Float(i))
	case layers.TypeBoolean:
		return strconv.AppendBool(b, r.Bool(i))
	case layers.TypeDate:
		return appendTime(b, r, i, time.DateOnly)
	case layers.TypeTimestamp:
		return appendTime(b, r, i, time.RFC3339Nano)
	}
	return append(b, r.Bytes(i)...)
}

func appendNumber(b []byte, x float64) []byte {
	if abs := math.Abs(x); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(b, x, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, x, 'f', -1, 64)
}

// appendPoint ends a number that was appended to b with .0 if it is whole.
func appendPoint(b, with []byte) []byte {
	if bytes.ContainsAny(with[len(b):], ".e") {
		return with
	}
	return append(with, ".0"...)
}

func appendTime(b []byte, r *layers.Record, i int, layout string) []byte {
	if t, finite := r.Time(i); finite {
		return t.AppendFormat(b, layout)
	}
	return b
}

// appendString appends a JSON string (RFC 8259, section 7).
func appendString(b, s []byte) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	begin := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			continue
		}
		if c >= utf8.RuneSelf {
			_, size := utf8.DecodeRune(s[i:])
			i += size - 1
			continue
		}
		b = append(b, s[begin:i]...)
		begin = i + 1
		if c == '"' || c == '\\' {
			b = append(b, '\\', c)
		} else {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, s[begin:]...), '"')
}
