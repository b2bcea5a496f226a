package formats

import (
	"math"
	"strings"
)

// appendWKT appends well-known text (OGC 06-103r4, section 7.2).
func appendWKT(b, wkb []byte, opts *Options) ([]byte, error) {
	w := geometryWriter{b, wkb, opts}
	err := w.text()
	return w.out, err
}

func (w *geometryWriter) text() error {
	kind, err := w.header()
	if err != nil {
		return err
	}
	w.add(strings.ToUpper(geoJSONType(kind)) + " ")
	return w.textBody(kind)
}

func (w *geometryWriter) textBody(kind uint32) error {
	switch kind {
	case wkbPoint:
		w.add("(")
		err := w.textPosition()
		w.add(")")
		return err
	case wkbLineString:
		return w.textList(w.textPosition)
	case wkbPolygon:
		return w.textList(func() error { return w.textList(w.textPosition) })
	case wkbCollection:
		return w.textList(w.text)
	}
	return w.textList(func() error {
		kind, err := w.header()
		if err != nil {
			return err
		}
		return w.textBody(kind)
	})
}

func (w *geometryWriter) textList(item func() error) error {
	n, err := w.count()
	if err != nil {
		return err
	}
	if n == 0 {
		w.add("EMPTY")
		return nil
	}
	w.add("(")
	for i := range n {
		if i > 0 {
			w.add(",")
		}
		if err := item(); err != nil {
			return err
		}
	}
	w.add(")")
	return nil
}

func (w *geometryWriter) textPosition() error {
	x, y, err := w.xy()
	if err != nil {
		return err
	}
	if math.IsNaN(x) {
		w.add("NaN NaN")
		return nil
	}
	w.out = append(appendFixed(w.out, x, w.opts.Digits), ' ')
	w.out = appendFixed(w.out, y, w.opts.Digits)
	return nil
}
