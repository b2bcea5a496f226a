package mvt

import (
	"encoding/binary"
	"math/bits"
)

// Number is the number of a key or a value in its table as it is written: a
// varint of up to four bytes, the first one lowest. So it is made once a tile and
// not once a feature.
type Number uint32

// NumberOf returns n as it is written. It must be below 2²⁸; a table of as many
// would take gigabytes.
func NumberOf(n uint32) Number {
	var b [binary.MaxVarintLen32]byte
	binary.PutUvarint(b[:], uint64(n))
	return Number(binary.LittleEndian.Uint32(b[:]))
}

// bits is how many bits the number has: the first byte below 0x80 is its last.
func (n Number) bits() int { return bits.TrailingZeros32(^uint32(n)&0x80808080) + 1 }

// Tags are the attributes of one feature.
type Tags struct {
	packed []byte
	used   int
}

// Reset removes all tags and makes room for so many.
func (t *Tags) Reset(most int) {
	const bytes = 8 // of a tag, written at once
	if need := bytes * (most + 1); len(t.packed) < need {
		t.packed = make([]byte, need)
	}
	t.used = 0
}

// Add adds an attribute by the numbers of its key and its value; no more than
// Reset has made room for.
func (t *Tags) Add(key, value Number) {
	n := key.bits()
	binary.LittleEndian.PutUint64(t.packed[t.used:], uint64(key)|uint64(value)<<n)
	t.used += (n + value.bits()) / 8
}

func (t *Tags) bytes() []byte { return t.packed[:t.used] }
