// Package formats writes features, as the database sends them, in the formats
// that other systems read. Encoders keep one feature at a time, whatever there
// is to write. The package knows nothing of HTTP.
package formats

import (
	"fmt"
	"io"

	"kvartal/layers"
)

// Encoder writes features in one format: Begin, Feature for each, End. An
// encoder writes once and is for one goroutine.
type Encoder interface {
	Begin() error
	Feature(r *layers.Record) error
	// End closes the document. Formats that are JSON objects carry the members,
	// as in `"numberReturned":3`, if there are any.
	End(members []byte) error
}

// Options say what encoders cannot see in a record.
type Options struct {
	Fields []layers.Field
	// Digits are the decimals kept of a coordinate.
	Digits int
	// NorthFirst writes latitude or northing before longitude or easting.
	NorthFirst bool
	// CRS is the URI of the coordinates' system.
	CRS string
	// FeatureType names the layer in JSON-FG.
	FeatureType string
	// Instant names the field that says when a feature is; "" if none does.
	Instant string
	// Dimension is that of the layer's geometries, or -1 if they differ.
	Dimension int
}

// write writes one piece of the output.
func write(w io.Writer, b []byte) error {
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("write features: %w", err)
	}
	return nil
}
