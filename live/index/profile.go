package index

import (
	"math"

	"kvartal/live"
)

// profile says of a kind of device what its raw readings mean.
type profile struct {
	meanings map[string]*meaning // by the name of what is meant
	wanted   []*meaning          // of the readings that layers show, nil where it has none
}

func newProfile(meanings map[string]*meaning, w wanted) *profile {
	p := &profile{meanings, make([]*meaning, len(w.readings))}
	for i, name := range w.readings {
		p.wanted[i] = meanings[name]
	}
	return p
}

// meaning is how one reading comes of a raw input: of one bit of it if that is
// set, else of its value, times a factor, plus an offset; compared with a
// threshold if there is one.
type meaning struct {
	input                 string
	bit                   *int
	factor, offset, above *float64
	inverted              bool
}

// reading is what an input means.
type reading struct {
	number float64
	text   string // of an input that told one
	known  bool
}

// mostBits is how many bits of a raw input are whole in a double.
const mostBits = 53

// read returns what a fix says of the reading.
func (m *meaning) read(f *live.Fix) reading {
	in, ok := f.Input(m.input)
	if !ok {
		return reading{}
	}
	if in.Text != "" {
		return reading{text: in.Text, known: true}
	}
	return reading{number: m.value(in.Value), known: true}
}

// value is the number that a raw value means; of what is yes or no, 1 or 0.
func (m *meaning) value(raw float64) float64 {
	if m.bit != nil {
		if *m.bit < 0 || *m.bit >= mostBits || raw < 0 || raw >= 1<<mostBits {
			raw = 0
		} else {
			raw = float64(uint64(raw) >> *m.bit & 1)
		}
	}
	v := raw
	if m.factor != nil {
		v *= *m.factor
	}
	if m.offset != nil {
		v += *m.offset
	}
	if m.above != nil {
		v = number(v > *m.above)
	}
	if m.inverted {
		v = number(v == 0 || math.IsNaN(v))
	}
	return v
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
