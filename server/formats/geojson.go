package formats

import (
	"fmt"
	"io"
	"strconv"

	"kvartal/layers"
)

// NewGeoJSON writes a FeatureCollection (RFC 7946). In a CRS other than CRS84 it
// is GeoJSON in form only; the response says so in Content-Crs.
func NewGeoJSON(w io.Writer, opts Options) Encoder {
	return &geoJSON{w: w, opts: opts, names: memberNames(opts.Fields)}
}

// NewGeoJSONSeq writes a GeoJSON text sequence (RFC 8142).
func NewGeoJSONSeq(w io.Writer, opts Options) Encoder {
	return &geoJSONSeq{geoJSON{w: w, opts: opts, names: memberNames(opts.Fields)}}
}

type geoJSON struct {
	w     io.Writer
	opts  Options
	names [][]byte // of the fields, each with its quotes, colon and comma
	buf   []byte
	some  bool // a feature has been written
}

// memberNames are the names of the fields as JSON members.
func memberNames(fields []layers.Field) [][]byte {
	names := make([][]byte, len(fields))
	for i, f := range fields {
		if i > 0 {
			names[i] = append(names[i], ',')
		}
		names[i] = append(appendString(names[i], []byte(f.Name)), ':')
	}
	return names
}

func (e *geoJSON) Begin() error {
	return write(e.w, []byte(`{"type":"FeatureCollection","features":[`))
}

func (e *geoJSON) Feature(r *layers.Record) error {
	e.buf = e.buf[:0]
	if e.some {
		e.buf = append(e.buf, ',', '\n')
	}
	e.some = true
	var err error
	if e.buf, err = e.appendFeature(e.buf, r); err != nil {
		return err
	}
	return write(e.w, e.buf)
}

func (e *geoJSON) appendFeature(b []byte, r *layers.Record) ([]byte, error) {
	b = append(b, `{"type":"Feature","id":`...)
	b = strconv.AppendInt(b, int64(r.ID), 10)
	b = append(b, `,"geometry":`...)
	b, err := appendGeometry(b, r.WKB, &e.opts)
	if err != nil {
		return b, fmt.Errorf("feature %d: %w", r.ID, err)
	}
	b = append(b, `,"properties":`...)
	return append(appendProperties(b, r, e.names), '}'), nil
}

// GeoJSONFeature is one feature as a document of its own, with further members.
func GeoJSONFeature(r *layers.Record, opts Options, members []byte) ([]byte, error) {
	e := geoJSON{opts: opts, names: memberNames(r.Fields)}
	b, err := e.appendFeature(nil, r)
	return closeFeature(b, members), err
}

// closeFeature puts members at the end of a feature.
func closeFeature(b, members []byte) []byte {
	b = append(b[:len(b)-1], ',')
	return append(append(b, members...), '}', '\n')
}

func appendProperties(b []byte, r *layers.Record, names [][]byte) []byte {
	b = append(b, '{')
	for i := range names {
		b = append(b, names[i]...)
		b = appendJSON(b, r, i)
	}
	return append(b, '}')
}

func (e *geoJSON) End(members []byte) error { return write(e.w, closeDocument(members)) }

// closeDocument ends the features of a JSON document and the document.
func closeDocument(members []byte) []byte {
	end := []byte("]")
	if len(members) > 0 {
		end = append(append(end, ','), members...)
	}
	return append(end, '}', '\n')
}

type geoJSONSeq struct{ geoJSON }

func (e *geoJSONSeq) Begin() error { return nil }

func (e *geoJSONSeq) Feature(r *layers.Record) error {
	var err error
	if e.buf, err = e.appendFeature(append(e.buf[:0], 0x1e), r); err != nil {
		return err
	}
	e.buf = append(e.buf, '\n')
	return write(e.w, e.buf)
}

func (e *geoJSONSeq) End([]byte) error { return nil }
