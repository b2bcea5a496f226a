package formats

import (
	"bytes"
	"fmt"
	"io"
	"strconv"

	"kvartal/layers"
)

// NewCSV writes comma-separated values (RFC 4180) in UTF-8: id, the fields, and
// the geometry as well-known text in a column WKT, which GDAL knows by its name.
func NewCSV(w io.Writer, opts Options) Encoder { return &csvTable{w: w, opts: opts} }

type csvTable struct {
	w    io.Writer
	opts Options
	row  []byte
	cell []byte
}

func (e *csvTable) Begin() error {
	row := []byte("id")
	for _, f := range e.opts.Fields {
		row = append(append(row, ','), f.Name...)
	}
	return write(e.w, append(row, ",WKT\r\n"...))
}

func (e *csvTable) Feature(r *layers.Record) error {
	e.row = strconv.AppendInt(e.row[:0], int64(r.ID), 10)
	for i := range r.Fields {
		e.cell = appendPlain(e.cell[:0], r, i)
		e.row = appendCell(append(e.row, ','), e.cell)
	}
	e.cell = e.cell[:0]
	if r.WKB != nil {
		var err error
		if e.cell, err = appendWKT(e.cell, r.WKB, &e.opts); err != nil {
			return fmt.Errorf("feature %d: %w", r.ID, err)
		}
	}
	e.row = append(appendCell(append(e.row, ','), e.cell), '\r', '\n')
	return write(e.w, e.row)
}

func (e *csvTable) End([]byte) error { return nil }

// appendCell appends a cell, in quotes where it needs them.
func appendCell(b, cell []byte) []byte {
	if !bytes.ContainsAny(cell, ",\"\r\n") {
		return append(b, cell...)
	}
	b = append(b, '"')
	for _, c := range cell {
		if c == '"' {
			b = append(b, '"')
		}
		b = append(b, c)
	}
	return append(b, '"')
}
