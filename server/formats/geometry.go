package formats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The types of geometry in well-known binary (OGC 06-103r4, section 8.2).
const (
	wkbPoint           = 1
	wkbLineString      = 2
	wkbPolygon         = 3
	wkbMultiPoint      = 4
	wkbMultiLineString = 5
	wkbMultiPolygon    = 6
	wkbCollection      = 7
)

// geoJSONType names a type of well-known binary (RFC 7946, section 1.4).
func geoJSONType(kind uint32) string {
	return [...]string{
		"", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection",
	}[kind]
}

// geometryWriter turns little-endian well-known binary of two dimensions into
// text. It reads what the database made and trusts its counts only as far as
// there are bytes.
type geometryWriter struct {
	out  []byte
	rest []byte
	opts *Options
}

// appendGeometry appends a GeoJSON geometry.
func appendGeometry(b, wkb []byte, opts *Options) ([]byte, error) {
	if wkb == nil {
		return append(b, "null"...), nil
	}
	w := geometryWriter{b, wkb, opts}
	err := w.object()
	return w.out, err
}

func (w *geometryWriter) add(s string) { w.out = append(w.out, s...) }

// header reads the type of the next geometry.
func (w *geometryWriter) header() (uint32, error) {
	if len(w.rest) < 5 || w.rest[0] != 1 {
		return 0, errors.New("geometry is not little-endian WKB")
	}
	kind := binary.LittleEndian.Uint32(w.rest[1:])
	if kind < wkbPoint || kind > wkbCollection {
		return 0, fmt.Errorf("geometry is of type %d", kind)
	}
	w.rest = w.rest[5:]
	return kind, nil
}

func (w *geometryWriter) count() (int, error) {
	if len(w.rest) < 4 {
		return 0, errShort()
	}
	n := binary.LittleEndian.Uint32(w.rest)
	w.rest = w.rest[4:]
	if uint64(n)*4 > uint64(len(w.rest)) {
		return 0, errShort()
	}
	return int(n), nil
}

func errShort() error { return errors.New("geometry ends too early") }

func (w *geometryWriter) object() error {
	kind, err := w.header()
	if err != nil {
		return err
	}
	w.add(`{"type":"`)
	w.add(geoJSONType(kind))
	if kind == wkbCollection {
		w.add(`","geometries":`)
		err = w.list(w.object)
	} else {
		w.add(`","coordinates":`)
		err = w.coordinates(kind)
	}
	w.add("}")
	return err
}

func (w *geometryWriter) coordinates(kind uint32) error {
	switch kind {
	case wkbPoint:
		return w.position()
	case wkbLineString:
		return w.list(w.position)
	case wkbPolygon:
		return w.list(func() error { return w.list(w.position) })
	}
	return w.list(w.member)
}

// member writes the coordinates of a part of a Multi geometry.
func (w *geometryWriter) member() error {
	kind, err := w.header()
	if err != nil {
		return err
	}
	return w.coordinates(kind)
}

func (w *geometryWriter) list(item func() error) error {
	n, err := w.count()
	if err != nil {
		return err
	}
	w.add("[")
	for i := range n {
		if i > 0 {
			w.add(",")
		}
		if err := item(); err != nil {
			return err
		}
	}
	w.add("]")
	return nil
}

func (w *geometryWriter) position() error {
	x, y, err := w.xy()
	if err != nil {
		return err
	}
	if math.IsNaN(x) { // an empty point
		w.add("[]")
		return nil
	}
	w.out = append(w.out, '[')
	w.out = appendFixed(w.out, x, w.opts.Digits)
	w.out = append(w.out, ',')
	w.out = appendFixed(w.out, y, w.opts.Digits)
	w.out = append(w.out, ']')
	return nil
}

// xy reads a position, in the order of axes it is to be written in.
func (w *geometryWriter) xy() (first, second float64, err error) {
	if len(w.rest) < 16 {
		return 0, 0, errShort()
	}
	first = math.Float64frombits(binary.LittleEndian.Uint64(w.rest))
	second = math.Float64frombits(binary.LittleEndian.Uint64(w.rest[8:]))
	w.rest = w.rest[16:]
	if w.opts.NorthFirst {
		return second, first, nil
	}
	return first, second, nil
}
