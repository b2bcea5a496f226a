package tiles

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"kvartal"
)

// Grid is a tile matrix set: a square in the plane of a CRS that each zoom cuts
// into four times as many tiles, their rows counted from the north (OGC
// 17-083r4, quadtrees). Axes are easting and northing. The grid of a city's own
// CRS is one as well as that of the world; tiles meet without seams in each.
type Grid struct {
	ID   string
	SRID kvartal.SRID
	// The upper left corner of the square and its side, in units of the CRS.
	West, North, Side float64
}

// WebMercatorQuad is the grid of web maps.
func WebMercatorQuad() Grid {
	const half = math.Pi * 6378137
	return Grid{ID: "WebMercatorQuad", SRID: kvartal.WebMercator, West: -half, North: half, Side: 2 * half}
}

// Square is the whole of the grid.
func (g Grid) Square() orb.Bound {
	return orb.Bound{Min: orb.Point{g.West, g.North - g.Side}, Max: orb.Point{g.West + g.Side, g.North}}
}

// Reach is the extent that features of a tile may come from: the tile and its
// buffer, and a unit more, for what lies on its edge is encoded, too.
func (g Grid) Reach(t maptile.Tile) orb.Bound {
	side := g.Side / float64(uint64(1)<<t.Z)
	margin := side * (Buffer + 1) / Extent
	west, north := g.West+float64(t.X)*side, g.North-float64(t.Y)*side
	return orb.Bound{
		Min: orb.Point{west - margin, north - side - margin},
		Max: orb.Point{west + side + margin, north + margin},
	}
}
