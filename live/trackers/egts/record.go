package egts

import (
	"encoding/binary"
	"iter"
	"time"
)

// service is the kind of a record (SST).
type service byte

const (
	authService    service = 1
	teleService    service = 2
	sourceOnDevice         = 0x80 // SSOD, bit of a record's flags
)

// Bits of a record's flags that say which fields are there.
const (
	hasObject = 0x01
	hasEvent  = 0x02
	hasTime   = 0x04
)

// record is a record of the service layer (SDR) with its data not taken apart.
type record struct {
	number  uint16
	object  uint32 // OID
	named   bool   // object is there
	time    time.Time
	service service
	data    []byte
}

// parseRecord reads the first record of body and returns the rest.
func parseRecord(body []byte) (record, []byte, bool) {
	if len(body) < 5 {
		return record{}, nil, false
	}
	length := int(binary.LittleEndian.Uint16(body))
	r := record{number: binary.LittleEndian.Uint16(body[2:])}
	flags := body[4]
	in := reader{data: body[5:]}
	if flags&hasObject != 0 {
		r.object, r.named = in.uint32(), true
	}
	if flags&hasEvent != 0 {
		in.uint32()
	}
	if flags&hasTime != 0 {
		r.time = moment(in.uint32())
	}
	r.service = service(in.byte())
	in.byte() // RST, the recipient's service
	r.data = in.bytes(length)
	return r, in.data, !in.short
}

// leastRecord is the length of a record with nothing in it.
const leastRecord = 7

// records takes the body apart; false if it does not end with a record.
func (p packet) records() ([]record, bool) {
	var records []record
	for rest := p.body; len(rest) > 0; {
		r, after, ok := parseRecord(rest)
		if !ok {
			return nil, false
		}
		if records == nil { // they are mostly of one length
			records = make([]record, 0, len(p.body)/max(len(rest)-len(after), leastRecord)+1)
		}
		records, rest = append(records, r), after
	}
	return records, true
}

// subrecord is a part of a record: one kind of data.
type subrecord struct {
	kind byte // SRT
	data []byte
}

// subrecords gives the parts of a record; whole is false if the last one is cut.
func (r record) subrecords(whole *bool) iter.Seq[subrecord] {
	return func(yield func(subrecord) bool) {
		in := reader{data: r.data}
		for len(in.data) > 0 {
			kind := in.byte()
			data := in.bytes(int(in.uint16()))
			if in.short {
				*whole = false
				return
			}
			if !yield(subrecord{kind, data}) {
				return
			}
		}
	}
}

// moment converts seconds since 2010-01-01T00:00:00Z.
func moment(seconds uint32) time.Time {
	return time.Unix(epoch+int64(seconds), 0).UTC()
}

const epoch = 1262304000

// reader takes little-endian values off the front of data. Once there is too
// little it is short for good and gives zeros.
type reader struct {
	data  []byte
	short bool
}

func (r *reader) bytes(n int) []byte {
	if r.short || n > len(r.data) {
		r.short, r.data = true, nil
		return nil
	}
	taken := r.data[:n]
	r.data = r.data[n:]
	return taken
}

func (r *reader) byte() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint16() uint16 {
	if b := r.bytes(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (r *reader) uint24() uint32 {
	if b := r.bytes(3); b != nil {
		return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if b := r.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}
