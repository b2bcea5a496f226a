package mvt

import (
	"encoding/binary"

	"kvartal"
)

// message reads the fields of a protocol buffer message.
type message []byte

// field is one field: its key joined with the wire type, and its value.
type field struct {
	key    uint64
	number uint64 // of a varint or a fixed one
	bytes  []byte
}

// invalid is an error about a tile that breaks the specification.
func invalid(format string, args ...any) error {
	return kvartal.Errorf(kvartal.KindInvalid, "vector tile: "+format, args...)
}

func (m *message) varint() (uint64, error) {
	x, n := binary.Uvarint(*m)
	if n <= 0 {
		return 0, invalid("a varint is cut off or too long")
	}
	*m = (*m)[n:]
	return x, nil
}

func (m *message) take(n uint64) ([]byte, error) {
	if n > uint64(len(*m)) {
		return nil, invalid("a field of %d bytes is cut off after %d", n, len(*m))
	}
	b := (*m)[:n]
	*m = (*m)[n:]
	return b, nil
}

// next reads a field.
func (m *message) next() (f field, err error) {
	if f.key, err = m.varint(); err != nil {
		return f, err
	}
	switch f.key & 7 {
	case wireVarint:
		f.number, err = m.varint()
	case wireBytes:
		var n uint64
		if n, err = m.varint(); err == nil {
			f.bytes, err = m.take(n)
		}
	case wireFixed32:
		var b []byte
		if b, err = m.take(4); err == nil {
			f.number = uint64(binary.LittleEndian.Uint32(b))
		}
	case wireFixed64:
		var b []byte
		if b, err = m.take(8); err == nil {
			f.number = binary.LittleEndian.Uint64(b)
		}
	default:
		err = invalid("wire type %d does not exist here", f.key&7)
	}
	return f, err
}

// packed reads a field of varints.
func packed(b []byte) ([]uint32, error) {
	m := message(b)
	out := make([]uint32, 0, len(b))
	for len(m) > 0 {
		x, err := m.varint()
		if err != nil {
			return nil, err
		}
		if x > 1<<32-1 {
			return nil, invalid("%d does not fit 32 bits", x)
		}
		out = append(out, uint32(x))
	}
	return out, nil
}
