package pbf

import "encoding/binary"

// message reads a protobuf message field by field. What cannot be read sets
// bad and ends the message; until then every value is within the bytes given.
type message struct {
	b     []byte
	field int
	wire  int
	bad   bool
}

// Wire types of protobuf.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// next goes to the next field; its value must be taken or skipped.
func (m *message) next() bool {
	if m.bad || len(m.b) == 0 {
		return false
	}
	tag := m.uvarint()
	m.field, m.wire = int(tag>>3&0x1fffffff), int(tag&7)
	if m.field == 0 {
		m.fail()
	}
	return !m.bad
}

func (m *message) fail() {
	m.bad, m.b = true, nil
}

func (m *message) uvarint() uint64 {
	v, n := binary.Uvarint(m.b)
	if n <= 0 {
		m.fail()
		return 0
	}
	m.b = m.b[n:]
	return v
}

// varint takes the value of a varint field.
func (m *message) varint() uint64 {
	if m.wire != wireVarint {
		m.fail()
		return 0
	}
	return m.uvarint()
}

// bytes takes the value of a bytes, string, message or packed field.
func (m *message) bytes() []byte {
	if m.wire != wireBytes {
		m.fail()
		return nil
	}
	n := m.uvarint()
	if n > uint64(len(m.b)) {
		m.fail()
		return nil
	}
	v := m.b[:n]
	m.b = m.b[n:]
	return v
}

// skip passes over the value of the field.
func (m *message) skip() {
	size := 0
	switch m.wire {
	case wireVarint:
		m.uvarint()
	case wireBytes:
		m.bytes()
	case wire64:
		size = 8
	case wire32:
		size = 4
	default:
		m.fail()
	}
	if size > len(m.b) {
		m.fail()
		return
	}
	m.b = m.b[size:]
}

func zigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// packed reads a packed field value by value.
type packed struct {
	b   []byte
	bad bool
}

func (p *packed) more() bool { return len(p.b) > 0 }

func (p *packed) uvarint() uint64 {
	v, n := binary.Uvarint(p.b)
	if n <= 0 {
		p.bad, p.b = true, nil
		return 0
	}
	p.b = p.b[n:]
	return v
}

func (p *packed) sint() int64 { return zigzag(p.uvarint()) }
