package resident

import (
	"github.com/paulmach/orb/maptile"

	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/tiles/mvt"
)

// generalised reports whether a zoom shows a choice of the features, and those
// less exactly, by the layer's rules.
func (s *schema) generalised(zoom maptile.Zoom) bool {
	return int(zoom) < min(s.def.Tiles.MaxZoom, unitZoom)
}

// thinned reports whether features give way to others at a zoom.
func (s *schema) thinned(zoom maptile.Zoom) bool {
	return s.generalised(zoom) && s.def.Tiles.Crowded != layers.CrowdedKeep
}

// grid is the grid to which geometry is rounded in a tile.
func (s *schema) grid(t maptile.Tile) grid {
	g := newGrid(t)
	if s.generalised(t.Z) {
		g.coarsen(s.def.Tiles.Detail)
	}
	return g
}

// smallest is the size in world units below which lines and polygons are left
// out, both ways.
func (s *schema) smallest(g grid, zoom maptile.Zoom) int {
	if !s.generalised(zoom) {
		return g.half
	}
	return max(g.half, s.def.Tiles.Smallest<<g.unit())
}

// window is the box of all features that decide what a tile shows.
func (s *schema) window(t maptile.Tile) box {
	g := s.grid(t)
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
	smallest := schema.smallest(e.grid, e.tile.Z)
	kept := e.places[:0]
	for _, p := range e.places {
		if e.permitted(p) && e.shown(p, visible, smallest) {
			kept = append(kept, p)
		}
	}
	e.places = kept
	if schema.thinned(e.tile.Z) {
		e.thinOut(visible)
	}
}

// permitted reports whether the view shows the feature.
func (e *encoding) permitted(p place) bool {
	if e.rules == nil {
		return true
	}
	_, shown := permits(e.rules, p)
	return shown
}

// shown reports whether the feature is neither hidden at this zoom nor too small.
func (e *encoding) shown(p place, visible box, smallest int) bool {
	part, i := e.layer.at(p)
	b := part.box(i)
	counts := 0
	if b.intersects(visible) {
		counts = 1
	}
	e.report.Features += counts
	switch {
	case part.zooms[i] > uint8(e.tile.Z):
		e.report.Hidden += counts
		return false
	case b.size() < smallest && part.kinds[i] != mvt.Points:
		e.report.TooSmall += counts
		return false
	}
	return true
}
