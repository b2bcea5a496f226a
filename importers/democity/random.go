package democity

import (
	"hash/fnv"
	"math/rand/v2"
)

// dice draws for one thing of the city. What it draws depends on the seed and
// on which thing it is, never on what was drawn for others, so that a change to
// one register leaves the others as they were.
type dice struct{ *rand.Rand }

// dice returns the dice of the thing of some kind with this number.
func (c *city) dice(kind string, number int64) dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(kind)) // a hash never fails
	//nolint:gosec // the same draws again and again are the point
	return dice{rand.New(rand.NewPCG(c.seed^h.Sum64(), uint64(number)*0x9e3779b97f4a7c15+c.seed))}
}

// between draws from low to high, both included.
func (d dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// within draws a number of a range.
func (d dice) within(low, high float64) float64 { return low + d.Float64()*(high-low) }

// chance is true with the probability p.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// pick draws one of the values, all equally likely; repeat one to favour it.
func pick[T any](d dice, values ...T) T { return values[d.IntN(len(values))] }
