package live

import (
	"encoding/binary"
	"math"
	"time"
)

// Hash is a digest of what a device told in one fix.
type Hash uint64

// Int64 is the hash as databases keep it: signed, in the same order.
func (h Hash) Int64() int64 { return int64(uint64(h) ^ 1<<63) } //nolint:gosec // the same 64 bits

// HashOf is the hash that Int64 made a number of.
func HashOf(n int64) Hash { return Hash(uint64(n) ^ 1<<63) } //nolint:gosec // the same 64 bits

// Key tells fixes apart: two fixes of one key are one fix that came twice.
type Key struct {
	Device DeviceID
	Time   time.Time
	Hash   Hash
}

// Key returns the key of f. A fix without a time is told apart by its receipt: a
// device without a clock that stands still tells the same again and again.
func (f *Fix) Key() Key {
	told := f.Time
	if told.IsZero() {
		told = f.Received
	}
	return Key{Device: f.Device, Time: told.UTC(), Hash: f.Hash()}
}

// Hash digests the content of f (64-bit FNV-1a). Received and Late stay out of
// it: they tell how the fix came, and a black box repeats what was sent live.
func (f *Fix) Hash() Hash {
	d := fnvOffset
	d = d.text(f.Source).time(f.Time).float(f.Point[0]).float(f.Point[1])
	for _, n := range [...]Number{f.Altitude, f.Speed, f.Course, f.HDOP, f.Satellites, f.Odometer} {
		d = d.number(n)
	}
	d = d.byte(byte(f.Flags &^ Late)).uint64(uint64(len(f.Inputs)))
	for _, input := range f.Inputs {
		d = d.text(input.Name).float(input.Value).text(input.Text)
	}
	return Hash(d)
}

// merge returns the one fix that two of the same key are: received when the
// first of them was, late only if it never came in time.
func merge(a, b Fix) Fix {
	if b.Received.Before(a.Received) {
		a.Received = b.Received
	}
	a.Flags &^= Late &^ b.Flags
	return a
}

// digest is a running FNV-1a sum. hash/fnv would allocate it for each fix.
type digest uint64

const (
	fnvOffset digest = 14695981039346656037
	fnvPrime  digest = 1099511628211
)

func (d digest) byte(b byte) digest { return (d ^ digest(b)) * fnvPrime }

func (d digest) uint64(v uint64) digest {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	for _, c := range b {
		d = d.byte(c)
	}
	return d
}

func (d digest) float(v float64) digest { return d.uint64(math.Float64bits(v)) }

func (d digest) number(n Number) digest {
	if !n.Known {
		return d.byte(0)
	}
	return d.byte(1).float(n.Value)
}

// text is preceded by its length, so that neighbours cannot trade letters.
func (d digest) text(s string) digest {
	d = d.uint64(uint64(len(s)))
	for i := range len(s) {
		d = d.byte(s[i])
	}
	return d
}

func (d digest) time(t time.Time) digest {
	if t.IsZero() {
		return d.byte(0)
	}
	return d.byte(1).uint64(uint64(t.Unix())).uint64(uint64(t.Nanosecond()))
}
