package styles

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// encodeNode writes a value as JSON, members in their order.
func encodeNode(n node) ([]byte, error) {
	var b bytes.Buffer
	if err := n.encode(&b); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

func (n node) encode(b *bytes.Buffer) error {
	switch v := n.value.(type) {
	case []node:
		return bracketed(b, '[', ']', len(v), func(i int) error { return v[i].encode(b) })
	case object:
		return bracketed(b, '{', '}', len(v), func(i int) error {
			if err := encodeScalar(b, v[i].name); err != nil {
				return err
			}
			b.WriteByte(':')
			return v[i].value.encode(b)
		})
	}
	return encodeScalar(b, n.value)
}

// bracketed writes items between brackets, with commas.
func bracketed(b *bytes.Buffer, opening, closing byte, n int, item func(int) error) error {
	b.WriteByte(opening)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := item(i); err != nil {
			return err
		}
	}
	b.WriteByte(closing)
	return nil
}

// encodeScalar writes a string, number, boolean or null; "<" stays as it is, for
// it is an operator that people look for.
func encodeScalar(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode style: %w", err)
	}
	b.Truncate(b.Len() - 1) // the encoder ends a line
	return nil
}
