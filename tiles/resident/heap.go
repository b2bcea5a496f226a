package resident

import "kvartal"

// ranked is a feature of a crowded block.
type ranked struct {
	size  uint32 // in world units
	place uint32 // its number in places
	id    kvartal.FeatureID
}

// before reports whether a is kept rather than b.
func (a ranked) before(b ranked) bool {
	return a.size > b.size || a.size == b.size && a.id < b.id
}

// heap gives out features from the largest on: mostly the first few of many.
type heap []ranked

func (h heap) init() {
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.sink(i)
	}
}

// pop takes the largest away; there must be one.
func (h *heap) pop() ranked {
	old := *h
	last := len(old) - 1
	first := old[0]
	old[0] = old[last]
	*h = old[:last]
	h.sink(0)
	return first
}

// sink moves feature i down to where it belongs.
func (h heap) sink(i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if other := child + 1; other < len(h) && h[other].before(h[child]) {
			child = other
		}
		if !h[child].before(h[i]) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}
