package formats

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"kvartal/layers"
)

// NewJSONFG writes a FeatureCollection of Features and Geometries JSON (OGC
// 21-045r1). Coordinates in CRS84 stand in "geometry"; those in another CRS in
// "place".
func NewJSONFG(w io.Writer, opts Options) Encoder {
	return &jsonFG{w: w, opts: opts, names: memberNames(opts.Fields)}
}

// JSONFGFeature is one feature as a document of its own, with further members.
func JSONFGFeature(r *layers.Record, opts Options, members []byte) ([]byte, error) {
	e := jsonFG{opts: opts, names: memberNames(r.Fields)}
	b, err := e.appendFeature(append([]byte(`{"type":"Feature",`), e.documentMembers()...), r)
	return closeFeature(b, members), err
}

// crs84 is the CRS of GeoJSON.
const crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

type jsonFG struct {
	w     io.Writer
	opts  Options
	names [][]byte
	buf   []byte
	some  bool // a feature has been written
}

// documentMembers are those that stand once in a document, with a comma.
func (e *jsonFG) documentMembers() []byte {
	b := []byte(`"conformsTo":["http://www.opengis.net/spec/json-fg-1/1.0/conf/core"],"featureType":`)
	b = appendString(b, []byte(e.opts.FeatureType))
	b = append(b, `,"coordRefSys":`...)
	b = appendString(b, []byte(e.opts.CRS))
	if e.opts.Dimension >= 0 {
		b = append(b, `,"geometryDimension":`...)
		b = strconv.AppendInt(b, int64(e.opts.Dimension), 10)
	}
	return append(b, ',')
}

func (e *jsonFG) Begin() error {
	b := append([]byte(`{"type":"FeatureCollection",`), e.documentMembers()...)
	return write(e.w, append(b, `"features":[`...))
}

func (e *jsonFG) Feature(r *layers.Record) error {
	b := e.buf[:0]
	if e.some {
		b = append(b, ',', '\n')
	}
	e.some = true
	var err error
	if e.buf, err = e.appendFeature(append(b, `{"type":"Feature",`...), r); err != nil {
		return err
	}
	return write(e.w, e.buf)
}

// appendFeature appends the members of a feature after its type.
func (e *jsonFG) appendFeature(b []byte, r *layers.Record) ([]byte, error) {
	b = append(b, `"id":`...)
	b = strconv.AppendInt(b, int64(r.ID), 10)
	before, after := `,"place":null,"geometry":`, ""
	if e.opts.CRS != crs84 {
		before, after = `,"place":`, `,"geometry":null`
	}
	b, err := appendGeometry(append(b, before...), r.WKB, &e.opts)
	if err != nil {
		return b, fmt.Errorf("feature %d: %w", r.ID, err)
	}
	b = appendInstant(append(append(b, after...), `,"time":`...), r, e.opts.Instant)
	b = append(b, `,"properties":`...)
	return append(appendProperties(b, r, e.names), '}'), nil
}

// appendInstant appends when a feature is (21-045r1, section 7.6).
func appendInstant(b []byte, r *layers.Record, name string) []byte {
	i := slices.IndexFunc(r.Fields, func(f layers.Field) bool { return f.Name == name })
	if i < 0 || r.Null(i) {
		return append(b, "null"...)
	}
	at, finite := r.Time(i)
	switch {
	case !finite:
		return append(b, "null"...)
	case r.Fields[i].Type == layers.TypeDate:
		return append(at.AppendFormat(append(b, `{"date":"`...), time.DateOnly), `"}`...)
	}
	return append(at.AppendFormat(append(b, `{"timestamp":"`...), time.RFC3339Nano), `"}`...)
}

func (e *jsonFG) End(members []byte) error { return write(e.w, closeDocument(members)) }
