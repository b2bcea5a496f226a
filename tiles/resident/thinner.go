package resident

import (
	"cmp"
	"math"
	"slices"

	"kvartal/layers"
	"kvartal/tiles"
)

// Thinning. The world is divided at each zoom into blocks of blockUnits tile
// units, each having room for so much of small features, and blocks into cells.
// Where a block has more, it shows a choice of them. What a block shows depends
// on its own rows alone, so neighbouring tiles agree.
const (
	blockBits  = 8
	blockUnits = 1 << blockBits
	cellBits   = 6 // four cells a side
	sideBits   = blockBits - cellBits
	// across are the blocks of a tile and one around it on each side: what is at
	// most half a block wide and reaches into the buffer has its middle there.
	across = tiles.Extent/blockUnits + 2
	blocks = across * across
	// cells are numbered block by block.
	cellsOfBlock = 1 << (2 * sideBits)
	cells        = blocks * cellsOfBlock

	// blockRoom is for about as many bytes of a compressed tile.
	blockRoom = 1900
)

// Cells of features that are in none.
const (
	unthinned = -1 // too large for thinning, or not crowded out
	gone      = -2 // given way
)

// thinner is the working space for choosing the features of one tile.
type thinner struct {
	cells   []int32  // of each place
	stands  []uint32 // how many features each place stands for, if they are clustered
	counts  [blocks]int
	weights [blocks]int
	starts  [cells + 1]uint32 // where the features of each cell begin in ranked
	ranked  []ranked
	rank    []uint32 // places of one rank in their cells
}

// thinOut keeps of the features found those that are visible and for which their
// blocks have room.
func (e *encoding) thinOut(visible box) {
	cluster := e.layer.schema.def.Tiles.Crowded == layers.CrowdedCluster
	room := blockRoom
	if cluster {
		room = 1
	}
	e.assign()
	if cluster {
		e.thin.weights = e.thin.counts
		e.thin.stands = append(e.thin.stands[:0], make([]uint32, len(e.places))...)
	} else {
		e.weigh(room)
	}
	e.sortIntoCells(room)
	for block, weight := range e.thin.weights {
		switch {
		case weight <= room:
		case cluster:
			e.cluster(block)
		default:
			e.keepLargest(block)
		}
	}
	e.keep(visible, cluster)
}

// keep keeps what is visible and has not given way.
func (e *encoding) keep(visible box, cluster bool) {
	kept := e.places[:0]
	for n, p := range e.places {
		switch {
		case !e.layer.box(p).intersects(visible):
		case e.thin.cells[n] == gone:
			e.report.Thinned++
		default:
			if cluster {
				e.thin.stands[len(kept)] = e.thin.stands[n]
			}
			kept = append(kept, p)
		}
	}
	e.places = kept
}

// assign finds the cells of the features and counts those of each block.
func (e *encoding) assign() {
	t := &e.thin
	t.counts = [blocks]int{}
	t.cells = slices.Grow(t.cells[:0], len(e.places))[:len(e.places)]
	for n, p := range e.places {
		c := e.cell(e.layer.box(p))
		t.cells[n] = c
		if c != unthinned {
			t.counts[c/cellsOfBlock]++
		}
	}
}

// weigh finds the weights of the blocks. Of one that has no room for so many
// features, however light, it takes that weight.
func (e *encoding) weigh(room int) {
	t := &e.thin
	unknown := 0
	for block, n := range t.counts {
		t.weights[block] = n * e.lightest()
		if t.weights[block] <= room {
			t.weights[block] = 0
			unknown += n
		}
	}
	if unknown == 0 {
		return
	}
	for n, p := range e.places {
		if c := t.cells[n]; c != unthinned {
			if block := c / cellsOfBlock; t.counts[block]*e.lightest() <= room {
				t.weights[block] += e.weight(p)
			}
		}
	}
}

// cell returns the cell of a feature's middle, or unthinned for one wider than
// half a block.
func (e *encoding) cell(b box) int32 {
	unit := e.grid.unit()
	if b.size() > blockUnits/2<<unit {
		return unthinned
	}
	x, y := b.center()
	column, row := (x-e.grid.x)>>(unit+cellBits)+1<<sideBits, (y-e.grid.y)>>(unit+cellBits)+1<<sideBits
	if column < 0 || column >= across<<sideBits || row < 0 || row >= across<<sideBits {
		return unthinned // too far away to be seen
	}
	block := row>>sideBits*across + column>>sideBits
	const within = 1<<sideBits - 1
	return int32(block<<(2*sideBits) | row&within<<sideBits | column&within)
}

// weight is about how many bytes a feature adds to a compressed tile. It is the
// same for every view.
func (e *encoding) weight(p place) int {
	part, i := e.layer.at(p)
	return e.lightest() + 2*(min(part.vertexCount(i), 2*part.box(i).size()>>e.grid.down+4)-1)
}

// lightest is the weight of a feature of one vertex.
func (e *encoding) lightest() int { return 12 + 4*len(e.layer.schema.fields) }

// sortIntoCells lists the features of crowded blocks cell by cell.
func (e *encoding) sortIntoCells(room int) {
	t := &e.thin
	t.starts = [cells + 1]uint32{}
	crowded := 0
	for n, c := range t.cells {
		switch {
		case c == unthinned:
		case t.weights[c/cellsOfBlock] > room:
			t.starts[c]++
			crowded++
		default:
			t.cells[n] = unthinned
		}
	}
	end := uint32(0)
	for i, n := range t.starts {
		end += n
		t.starts[i] = end // moved back to the start below
	}
	t.ranked = slices.Grow(t.ranked[:0], crowded)[:crowded]
	for n, c := range t.cells {
		if c != unthinned {
			part, i := e.layer.at(e.places[n])
			t.starts[c]--
			t.ranked[t.starts[c]] = ranked{uint32(part.box(i).size()), uint32(n), part.ids[i]}
			t.cells[n] = gone // until it is chosen
		}
	}
}

// members returns the features of some cells of a crowded block.
func (t *thinner) members(block, from, to int) []ranked {
	first := block * cellsOfBlock
	return t.ranked[t.starts[first+from]:t.starts[first+to]]
}

// keepLargest keeps the largest features of each cell of a block: as many in all
// of them as the block has room for, one at least.
func (e *encoding) keepLargest(block int) {
	t := &e.thin
	var heaps [cellsOfBlock]heap
	for c := range heaps {
		heaps[c] = t.members(block, c, c+1)
		heaps[c].init()
	}
	for room, ranks := blockRoom, 0; ; ranks++ {
		t.rank = t.rank[:0]
		for c := range heaps {
			if len(heaps[c]) > 0 {
				n := heaps[c].pop().place
				room -= e.weight(e.places[n])
				t.rank = append(t.rank, n)
			}
		}
		if len(t.rank) == 0 || ranks > 0 && room < 0 {
			return
		}
		for _, n := range t.rank {
			t.cells[n] = unthinned
		}
	}
}

// cluster keeps of a block the feature nearest to the middle of all, which stands
// for them.
func (e *encoding) cluster(block int) {
	members := e.thin.members(block, 0, cellsOfBlock)
	var meanX, meanY float64
	for _, m := range members {
		x, y := e.layer.box(e.places[m.place]).center()
		meanX += float64(x) / float64(len(members))
		meanY += float64(y) / float64(len(members))
	}
	nearest := slices.MinFunc(members, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(e.distance(a, meanX, meanY), e.distance(b, meanX, meanY)), cmp.Compare(a.id, b.id))
	})
	e.thin.cells[nearest.place] = unthinned
	e.thin.stands[nearest.place] = uint32(len(members))
}

// distance is from the middle of a feature, in world units.
func (e *encoding) distance(m ranked, x, y float64) float64 {
	centerX, centerY := e.layer.box(e.places[m.place]).center()
	return math.Hypot(float64(centerX)-x, float64(centerY)-y)
}
