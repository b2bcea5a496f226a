package cql2

import (
	"math"

	"github.com/paulmach/orb"
)

// vertices collects the heights of a geometry literal while it is read, and
// sees to it that all vertices have one or none.
type vertices struct {
	at    Position
	count int
	z     []float64
}

// add takes the coordinates of one vertex and returns its place.
func (v *vertices) add(at Position, c []float64) (orb.Point, error) {
	if len(c) < 2 {
		return orb.Point{}, at.invalid("a position has two or three coordinates, found %d", len(c))
	}
	for _, x := range c {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return orb.Point{}, at.invalid("a coordinate is not a number")
		}
	}
	v.count++
	if len(c) > 2 {
		v.z = append(v.z, c[2])
	}
	return orb.Point{c[0], c[1]}, nil
}

// complete checks the geometry after its last vertex.
func (v *vertices) complete() error {
	if len(v.z) != 0 && len(v.z) != v.count {
		return v.at.invalid("some positions have two coordinates and some three: give all a height or none")
	}
	return nil
}

func checkLine(at Position, points []orb.Point) error {
	if len(points) < 2 {
		return at.invalid("a line has at least two positions, found %d", len(points))
	}
	return nil
}

func checkRing(at Position, points []orb.Point) error {
	if len(points) < 4 {
		return at.invalid("a ring has at least four positions, found %d", len(points))
	}
	if points[0] != points[len(points)-1] {
		return at.invalid("the ring is open: repeat its first position at its end")
	}
	return nil
}

// checkBounds checks the numbers of a box. West may exceed east: that box spans
// the antimeridian.
func checkBounds(at Position, b []float64) error {
	if len(b) != 4 && len(b) != 6 {
		return at.invalid("a BBOX has four or six numbers, found %d", len(b))
	}
	if south, north := b[1], b[len(b)/2+1]; south > north {
		return at.invalid("the BBOX is upside down: its south %v exceeds its north %v", south, north)
	}
	return nil
}
