package resident

import (
	"cmp"
	"math"
	"slices"

	"kvartal"
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
	unthinned = -1 // too large for thinning
	gone      = -2 // given way
)

// thinner is the working space for choosing the features of one tile.
type thinner struct {
	weights [blocks]int
	starts  [cells + 1]uint32 // where the features of each cell begin in ranked
	ranked  []ranked
	byRank  []int
}

// ranked is a feature of a crowded block.
type ranked struct {
	size  uint32 // in world units
	place uint32 // its number in places
	id    kvartal.FeatureID
}

// thinOut keeps of the features found those that are visible and for which their
// blocks have room.
func (e *encoding) thinOut(visible box) {
	cluster := e.layer.schema.def.Tiles.Crowded == layers.CrowdedCluster
	room := blockRoom
	if cluster {
		room = 1
	}
	e.weigh(cluster)
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
	kept := e.places[:0]
	for _, p := range e.places {
		switch {
		case !p.box().intersects(visible):
		case p.cell == gone:
			e.report.Thinned++
		default:
			kept = append(kept, p)
		}
	}
	e.places = kept
}

// weigh finds the cells of the features and the weights of the blocks, where each
// feature weighs one if they are to be clustered.
func (e *encoding) weigh(cluster bool) {
	e.thin.weights = [blocks]int{}
	for i := range e.places {
		p := &e.places[i]
		p.cell = e.cell(p.box())
		switch {
		case p.cell == unthinned:
		case cluster:
			e.thin.weights[p.cell/cellsOfBlock]++
		default:
			e.thin.weights[p.cell/cellsOfBlock] += e.weight(*p)
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
	vertices := min(p.part.vertexCount(p.i), 2*p.box().size()>>e.grid.down+4)
	return 10 + 4*len(e.layer.schema.fields) + 2*vertices
}

// sortIntoCells lists the features of crowded blocks cell by cell.
func (e *encoding) sortIntoCells(room int) {
	t := &e.thin
	t.starts = [cells + 1]uint32{}
	crowded := 0
	for _, p := range e.places {
		if p.cell != unthinned && t.weights[p.cell/cellsOfBlock] > room {
			t.starts[p.cell]++
			crowded++
		}
	}
	end := uint32(0)
	for i, n := range t.starts {
		end += n
		t.starts[i] = end // moved back to the start below
	}
	t.ranked = slices.Grow(t.ranked[:0], crowded)[:crowded]
	for i, p := range e.places {
		if p.cell != unthinned && t.weights[p.cell/cellsOfBlock] > room {
			t.starts[p.cell]--
			t.ranked[t.starts[p.cell]] = ranked{uint32(p.box().size()), uint32(i), p.id}
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
	t.byRank = t.byRank[:0] // the weight of the features of each rank in their cells
	for c := range cellsOfBlock {
		members := t.members(block, c, c+1)
		slices.SortFunc(members, func(a, b ranked) int {
			return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.id, b.id))
		})
		for rank, m := range members {
			if rank == len(t.byRank) {
				t.byRank = append(t.byRank, 0)
			}
			t.byRank[rank] += e.weight(e.places[m.place])
		}
	}
	room, ranks := blockRoom, 0
	for ranks < len(t.byRank) && (ranks == 0 || room >= t.byRank[ranks]) {
		room -= t.byRank[ranks]
		ranks++
	}
	for c := range cellsOfBlock {
		members := t.members(block, c, c+1)
		for _, m := range members[min(ranks, len(members)):] {
			e.places[m.place].cell = gone
		}
	}
}

// cluster keeps of a block the feature nearest to the middle of all, which stands
// for them.
func (e *encoding) cluster(block int) {
	members := e.thin.members(block, 0, cellsOfBlock)
	var meanX, meanY float64
	for _, m := range members {
		x, y := e.places[m.place].box().center()
		meanX += float64(x) / float64(len(members))
		meanY += float64(y) / float64(len(members))
	}
	nearest := slices.MinFunc(members, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(e.distance(a, meanX, meanY), e.distance(b, meanX, meanY)), cmp.Compare(a.id, b.id))
	})
	for _, m := range members {
		if p := &e.places[m.place]; m == nearest {
			p.stands = uint32(len(members))
		} else {
			p.cell = gone
		}
	}
}

// distance is from the middle of a feature, in world units.
func (e *encoding) distance(m ranked, x, y float64) float64 {
	centerX, centerY := e.places[m.place].box().center()
	return math.Hypot(float64(centerX)-x, float64(centerY)-y)
}
