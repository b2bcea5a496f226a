package resident

import "slices"

// fanOut is the number of boxes under a node of an index.
const fanOut = 16

// index is a packed R-tree: what it indexes lies in the order of a Hilbert curve,
// so that each node's children follow one another and need no pointers (Kamel and
// Faloutsos, 1993). It does not change.
type index struct {
	// levels of boxes, those of the features first and the root's last.
	levels [][]box
}

// newIndex indexes boxes that are in Hilbert order already, and keeps them.
func newIndex(boxes []box) index {
	t := index{levels: [][]box{boxes}}
	for level := boxes; len(level) > fanOut; {
		parents := make([]box, 0, (len(level)+fanOut-1)/fanOut)
		for children := range slices.Chunk(level, fanOut) {
			parent := nowhere()
			for _, child := range children {
				parent.union(child)
			}
			parents = append(parents, parent)
		}
		t.levels = append(t.levels, parents)
		level = parents
	}
	return t
}

// search appends the numbers of the boxes that intersect the window, ascending.
func (t index) search(window box, found []uint32) []uint32 {
	top := len(t.levels) - 1
	return t.searchNodes(top, 0, len(t.levels[top]), window, found)
}

// searchNodes looks at the nodes from start to end of a level.
func (t index) searchNodes(level, start, end int, window box, found []uint32) []uint32 {
	boxes := t.levels[level]
	for i := start; i < end; i++ {
		switch {
		case !boxes[i].intersects(window):
		case level == 0:
			found = append(found, uint32(i))
		case window.contains(boxes[i]):
			found = t.all(level, i, found)
		default:
			found = t.searchNodes(level-1, i*fanOut, min((i+1)*fanOut, len(t.levels[level-1])), window, found)
		}
	}
	return found
}

// all appends the numbers of all boxes under a node.
func (t index) all(level, node int, found []uint32) []uint32 {
	start, end := node, node+1
	for range level {
		start, end = start*fanOut, end*fanOut
	}
	for i := start; i < min(end, len(t.levels[0])); i++ {
		found = append(found, uint32(i))
	}
	return found
}

// bytes is the memory of the inner nodes.
func (t index) bytes() (n int) {
	for _, level := range t.levels[1:] {
		n += boxBytes * len(level)
	}
	return n
}

// hilbert returns the place of a position on a Hilbert curve through the world.
func hilbert(x, y int) uint64 {
	// Quadrant by quadrant: each turns or mirrors the curve within it.
	u, v := uint32(x+halfWorld), uint32(y+halfWorld)
	var d uint64
	for s := uint32(1 << (worldBits - 1)); s > 0; s >>= 1 {
		var right, lower uint64
		if u&s != 0 {
			right = 1
		}
		if v&s != 0 {
			lower = 1
		}
		d = d<<2 | (3*right ^ lower)
		if lower == 0 {
			if right == 1 {
				u, v = ^u, ^v
			}
			u, v = v, u
		}
	}
	return d
}
