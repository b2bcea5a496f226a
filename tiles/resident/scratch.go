package resident

import (
	"kvartal/tiles/mvt"
)

// scratch is the working space of one encoding, to be used again.
type scratch struct {
	found  []uint32
	news   []uint32
	places []place
	thin   thinner

	points   []mvt.Point
	line     mvt.Line
	polygon  mvt.Polygon
	geometry mvt.Geometry
	tags     mvt.Tags
	layer    mvt.Layer

	// numbers holds for each code the number of its value in the tile, valid if
	// round is the present one.
	numbers []number
	round   uint32
}

type number struct {
	round uint32
	value mvt.Number
}

// begin makes the space ready for a layer with that many codes.
func (s *scratch) begin(codes int) {
	s.places = s.places[:0]
	s.layer.Reset()
	if len(s.numbers) < codes {
		s.numbers = make([]number, codes+codes/8)
		s.round = 0
	}
	if s.round++; s.round == 0 { // once in four billion tiles
		clear(s.numbers)
		s.round = 1
	}
}

// number returns the number of a code's value in the tile.
func (s *scratch) number(c code, v *values) mvt.Number {
	n := &s.numbers[c]
	if n.round != s.round {
		*n = number{s.round, s.layer.AddValue(v.message(c))}
	}
	return n.value
}
