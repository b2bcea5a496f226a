package resident

import (
	"bytes"
	"hash/maphash"
)

// code stands for a value of an attribute; 0 for none.
type code = uint32

// values are the values that codes stand for, as Value messages of MVT. They do
// not change, so that readers need no lock while the dictionary grows beyond.
type values struct {
	messages []byte
	ends     []uint32 // where the message of each code ends; ends[0] is 0
}

func (v *values) message(c code) []byte { return v.messages[v.ends[c-1]:v.ends[c]] }

func (v values) bytes() int { return cap(v.messages) + 4*cap(v.ends) }

// dictionary numbers the different values of a layer. One goroutine writes it.
type dictionary struct {
	values
	seed  maphash.Seed
	slots []code // a hash table with open addressing, its length a power of 2
}

func newDictionary() *dictionary {
	return &dictionary{
		values: values{ends: []uint32{0}},
		seed:   maphash.MakeSeed(),
		slots:  make([]code, 64),
	}
}

func (d *dictionary) bytes() int { return d.values.bytes() + 4*cap(d.slots) }

// code returns the code of a message, a new one for a new message.
func (d *dictionary) code(message []byte) code {
	mask := uint64(len(d.slots) - 1)
	for i := maphash.Bytes(d.seed, message) & mask; ; i = (i + 1) & mask {
		c := d.slots[i]
		if c == 0 {
			return d.add(message, i)
		}
		if bytes.Equal(d.message(c), message) {
			return c
		}
	}
}

func (d *dictionary) add(message []byte, slot uint64) code {
	c := code(len(d.ends))
	d.messages = append(d.messages, message...)
	d.ends = append(d.ends, uint32(len(d.messages)))
	d.slots[slot] = c
	if 4*len(d.ends) > 3*len(d.slots) {
		d.grow()
	}
	return c
}

// reorder numbers the values anew, in the order in which codes first have them,
// so that those of features beside one another lie together. The codes, which
// must have every value, are changed.
func (d *dictionary) reorder(codes []code) {
	now := values{messages: make([]byte, 0, len(d.messages)), ends: append(make([]uint32, 0, len(d.ends)), 0)}
	numbers := make([]code, len(d.ends))
	for i, c := range codes {
		if c != 0 && numbers[c] == 0 {
			numbers[c] = code(len(now.ends))
			now.messages = append(now.messages, d.message(c)...)
			now.ends = append(now.ends, uint32(len(now.messages)))
		}
		codes[i] = numbers[c]
	}
	for i, c := range d.slots {
		d.slots[i] = numbers[c]
	}
	d.values = now
}

// grow doubles the table.
func (d *dictionary) grow() {
	d.slots = make([]code, 2*len(d.slots))
	mask := uint64(len(d.slots) - 1)
	for c := code(1); int(c) < len(d.ends); c++ {
		i := maphash.Bytes(d.seed, d.message(c)) & mask
		for d.slots[i] != 0 {
			i = (i + 1) & mask
		}
		d.slots[i] = c
	}
}
