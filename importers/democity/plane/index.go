package plane

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// Index finds things by their envelopes. It is a grid, because what a city is
// made of has one size; it may be read concurrently once it is filled.
type Index struct {
	cell   float64
	things map[[2]int32][]int32
}

// NewIndex makes an index with cells of so many metres.
func NewIndex(cell float64) *Index {
	return &Index{cell: cell, things: map[[2]int32][]int32{}}
}

func (x *Index) cells(b orb.Bound, visit func(cell [2]int32)) {
	low, high := x.cellOf(b.Min), x.cellOf(b.Max)
	for i := low[0]; i <= high[0]; i++ {
		for j := low[1]; j <= high[1]; j++ {
			visit([2]int32{i, j})
		}
	}
}

func (x *Index) cellOf(p orb.Point) [2]int32 {
	return [2]int32{int32(math.Floor(p[0] / x.cell)), int32(math.Floor(p[1] / x.cell))}
}

// Add puts a thing at an envelope.
func (x *Index) Add(b orb.Bound, thing int) {
	x.cells(b, func(c [2]int32) { x.things[c] = append(x.things[c], int32(thing)) })
}

// Near returns the things whose cells an envelope meets, each once, in
// ascending order. They may lie outside of the envelope.
func (x *Index) Near(b orb.Bound) []int {
	var out []int
	x.cells(b, func(c [2]int32) {
		for _, thing := range x.things[c] {
			out = append(out, int(thing))
		}
	})
	slices.Sort(out)
	return slices.Compact(out)
}
