package resident

import (
	"cmp"
	"slices"

	"github.com/paulmach/orb/maptile"

	"kvartal/tiles"
	"kvartal/tiles/mvt"
)

// Thinning. The world is divided at each zoom into blocks of blockUnits tile
// units, each having room for blockBudget bytes of small features, and blocks
// into cells. Where a block has more, each of its cells shows its largest
// features, the same number in all of them. What a block shows depends on its own
// rows alone, so neighbouring tiles agree.
const (
	blockBits  = 8
	blockUnits = 1 << blockBits
	cellBits   = 6 // four cells a side
	// blocksAcross are those of a tile and one around it on each side: what is at
	// most half a block wide and reaches into the buffer has its middle there.
	blocksAcross = tiles.Extent/blockUnits + 2
	blockBudget  = 1900
)

// unthinned is the block of features too large for thinning.
const unthinned = -1

// thinner chooses the features of one tile.
type thinner struct {
	weights [blocksAcross * blocksAcross]int
	ranks   []ranked
}

// ranked is a feature of a block that has too many.
type ranked struct {
	place place
	cell  int // unique in the tile
	size  int // in world units
}

// thinned reports whether a zoom shows a choice of the features only.
func (s *schema) thinned(zoom maptile.Zoom) bool {
	return int(zoom) < min(s.def.Tiles.MaxZoom, unitZoom)
}

// window is the box of all features that decide what a tile shows.
func (s *schema) window(t maptile.Tile) box {
	g := newGrid(t)
	if s.thinned(t.Z) {
		return g.reach(blockUnits)
	}
	return g.reach(tiles.Buffer)
}

// choose finds the features that the tile shows.
func (e *encoding) choose() {
	schema := e.layer.schema
	visible := e.grid.reach(tiles.Buffer)
	e.layer.search(schema.window(e.tile), e.scratch)
	kept := e.places[:0]
	for _, p := range e.places {
		if e.shown(p, visible) {
			kept = append(kept, p)
		}
	}
	e.places = kept
	if schema.thinned(e.tile.Z) {
		e.thinOut(visible)
	}
}

// shown reports whether the feature is neither hidden at this zoom nor smaller
// than half a unit each way.
func (e *encoding) shown(p place, visible box) bool {
	counts := p.box().intersects(visible)
	if counts {
		e.report.Features++
	}
	if p.part.zooms[p.i] > uint8(e.tile.Z) {
		if counts {
			e.report.Hidden++
		}
		return false
	}
	if p.part.kinds[p.i] != mvt.Points && p.box().size() < e.grid.half {
		if counts {
			e.report.TooSmall++
		}
		return false
	}
	return true
}

// thinOut keeps of the features found those that are visible and for which their
// blocks have room.
func (e *encoding) thinOut(visible box) {
	t := &e.thin
	t.weights = [blocksAcross * blocksAcross]int{}
	over := false
	for i := range e.places {
		p := &e.places[i]
		p.block = e.block(*p)
		if p.block != unthinned {
			t.weights[p.block] += e.weight(*p)
			over = over || t.weights[p.block] > blockBudget
		}
	}
	t.ranks = t.ranks[:0]
	kept := e.places[:0]
	for _, p := range e.places {
		switch {
		case over && p.block != unthinned && t.weights[p.block] > blockBudget:
			t.ranks = append(t.ranks, ranked{p, e.cell(p), p.box().size()})
		case p.box().intersects(visible):
			kept = append(kept, p)
		}
	}
	e.places = kept
	if over {
		e.keepLargest(visible)
	}
}

// block returns the block of a feature's middle, or unthinned for one wider than
// half a block.
func (e *encoding) block(p place) int32 {
	if p.box().size() > blockUnits/2<<e.grid.down {
		return unthinned
	}
	x, y := p.box().center()
	column, row := (x-e.grid.x)>>(e.grid.down+blockBits)+1, (y-e.grid.y)>>(e.grid.down+blockBits)+1
	if column < 0 || column >= blocksAcross || row < 0 || row >= blocksAcross {
		return unthinned // too far away to be seen
	}
	return int32(row*blocksAcross + column)
}

// cell returns the cell of a feature's middle.
func (e *encoding) cell(p place) int {
	const across = blocksAcross << (blockBits - cellBits)
	x, y := p.box().center()
	column, row := (x-e.grid.x+blockUnits<<e.grid.down)>>(e.grid.down+cellBits), (y-e.grid.y+blockUnits<<e.grid.down)>>(e.grid.down+cellBits)
	return row*across + column
}

// weight is about how many bytes a feature adds to a compressed tile. It is the
// same for every view.
func (e *encoding) weight(p place) int {
	vertices := min(p.part.vertexCount(p.i), 2*p.box().size()>>e.grid.down+4)
	return 10 + 4*len(e.layer.schema.fields) + 2*vertices
}

// keepLargest keeps the largest features of each cell of the blocks that have too
// many: as many in all cells of a block as it has room for, one at least.
func (e *encoding) keepLargest(visible box) {
	ranks := e.thin.ranks
	slices.SortFunc(ranks, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.place.block, b.place.block), cmp.Compare(a.cell, b.cell), cmp.Compare(b.size, a.size), cmp.Compare(a.place.id, b.place.id))
	})
	for start := 0; start < len(ranks); {
		end := start
		for end < len(ranks) && ranks[end].place.block == ranks[start].place.block {
			end++
		}
		e.keepOfBlock(ranks[start:end], visible)
		start = end
	}
}

// keepOfBlock does so for one block.
func (e *encoding) keepOfBlock(block []ranked, visible box) {
	var byRank []int // the weight of the features of each rank in their cells
	eachRank(block, func(r ranked, rank int) {
		if rank == len(byRank) {
			byRank = append(byRank, 0)
		}
		byRank[rank] += e.weight(r.place)
	})
	room, ranks := blockBudget, 0
	for ranks < len(byRank) && (ranks == 0 || room >= byRank[ranks]) {
		room -= byRank[ranks]
		ranks++
	}
	eachRank(block, func(r ranked, rank int) {
		switch {
		case !r.place.box().intersects(visible):
		case rank < ranks:
			e.places = append(e.places, r.place)
		default:
			e.report.Thinned++
		}
	})
}

// eachRank visits the features of a block with their rank in their cell.
func eachRank(block []ranked, visit func(r ranked, rank int)) {
	rank := 0
	for i, r := range block {
		if i > 0 && r.cell == block[i-1].cell {
			rank++
		} else {
			rank = 0
		}
		visit(r, rank)
	}
}
