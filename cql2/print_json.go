package cql2

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/paulmach/orb"
)

// JSON writes the expression in CQL2 JSON, without spaces. Equal trees give
// equal bytes, wherever they came from.
func JSON(e Expr) []byte {
	var w jsonPrinter
	w.expression(e)
	return w.Bytes()
}

type jsonPrinter struct{ bytes.Buffer }

func (w *jsonPrinter) expression(e Expr) {
	switch e := e.(type) {
	case *Op:
		w.operation(string(e.Name), e.Args)
	case *Call:
		w.operation(e.Name, e.Args)
	case *Property:
		w.member("property", e.Name)
	case *String:
		w.string(e.Value)
	case *Number:
		w.WriteString(e.Digits)
	case *Boolean:
		w.WriteString(strconv.FormatBool(e.Value))
	case *Date:
		w.member("date", e.Value.Format(dateLayout))
	case *Timestamp:
		w.member("timestamp", e.Value.Format(timestampLayout))
	case *Interval:
		w.WriteString(`{"interval":[`)
		w.end(e.Start)
		w.WriteByte(',')
		w.end(e.End)
		w.WriteString("]}")
	case *Geometry:
		z := e.Z
		w.geometry(e.Value, &z)
	case *BBox:
		w.WriteString(`{"bbox":`)
		w.numbers(e.Bounds)
		w.WriteByte('}')
	case *Array:
		writeList(w, e.Items, w.expression)
	}
}

func (w *jsonPrinter) string(s string) {
	encoder := json.NewEncoder(&w.Buffer)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s)   // a string always encodes
	w.Truncate(w.Len() - 1) // its line feed
}

func (w *jsonPrinter) member(name, value string) {
	w.WriteString(`{"` + name + `":`)
	w.string(value)
	w.WriteByte('}')
}

func (w *jsonPrinter) operation(name string, args []Expr) {
	w.WriteString(`{"op":`)
	w.string(name)
	w.WriteString(`,"args":`)
	writeList(w, args, w.expression)
	w.WriteByte('}')
}

// end writes one end of an interval, in which instants are plain strings.
func (w *jsonPrinter) end(e Expr) {
	switch e := e.(type) {
	case nil:
		w.string(unbounded)
	case *Date:
		w.string(e.Value.Format(dateLayout))
	case *Timestamp:
		w.string(e.Value.Format(timestampLayout))
	default:
		w.expression(e)
	}
}

func (w *jsonPrinter) numbers(xs []float64) {
	writeList(w, xs, func(x float64) { w.WriteString(formatFloat(x)) })
}

func writeList[T any](w *jsonPrinter, items []T, write func(T)) {
	w.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			w.WriteByte(',')
		}
		write(item)
	}
	w.WriteByte(']')
}

// geometry writes GeoJSON, taking heights from the front of z.
func (w *jsonPrinter) geometry(g orb.Geometry, z *[]float64) {
	w.WriteString(`{"type":"` + g.GeoJSONType() + `",`)
	if c, ok := g.(orb.Collection); ok {
		w.WriteString(`"geometries":`)
		writeList(w, c, func(part orb.Geometry) { w.geometry(part, z) })
	} else {
		w.WriteString(`"coordinates":`)
		w.coordinates(g, z)
	}
	w.WriteByte('}')
}

func (w *jsonPrinter) coordinates(g orb.Geometry, z *[]float64) {
	switch g := g.(type) {
	case orb.Point:
		position := []float64{g[0], g[1]}
		if len(*z) > 0 {
			position, *z = append(position, (*z)[0]), (*z)[1:]
		}
		w.numbers(position)
	case orb.MultiPoint:
		writeList(w, g, func(p orb.Point) { w.coordinates(p, z) })
	case orb.LineString:
		writeList(w, g, func(p orb.Point) { w.coordinates(p, z) })
	case orb.Ring:
		writeList(w, g, func(p orb.Point) { w.coordinates(p, z) })
	case orb.Polygon:
		writeList(w, g, func(r orb.Ring) { w.coordinates(r, z) })
	case orb.MultiLineString:
		writeList(w, g, func(l orb.LineString) { w.coordinates(l, z) })
	case orb.MultiPolygon:
		writeList(w, g, func(p orb.Polygon) { w.coordinates(p, z) })
	}
}
