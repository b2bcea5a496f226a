package resident

import (
	"math"
	"math/bits"

	"github.com/paulmach/orb/maptile"

	"kvartal/tiles"
	"kvartal/tiles/mvt"
)

// Coordinates are in world units: the square of the grid has 2³² of them each way
// (9.3 mm on the equator, if it is Web Mercator's), x to the east and y to the
// south, 0 in the middle.
const (
	worldBits = 32
	halfWorld = 1 << (worldBits - 1)
	unitZoom  = worldBits - 12 // where a tile's unit (of 4096) is a world unit
)

// vertex is a position in world units.
type vertex struct{ x, y int32 }

// plane is where a grid lies in the plane of its CRS.
type plane struct {
	x, y  float64 // of the middle
	scale float64 // world units to a unit of the CRS
}

func newPlane(g tiles.Grid) plane {
	return plane{g.West + g.Side/2, g.North - g.Side/2, 2 * halfWorld / g.Side}
}

// vertex converts a position in the CRS. What lies beyond the square comes to its
// edge.
func (p *plane) vertex(x, y float64) vertex {
	return vertex{rounded((x - p.x) * p.scale), rounded((p.y - y) * p.scale)}
}

func rounded(units float64) int32 {
	units = math.RoundToEven(units)
	switch {
	case units >= halfWorld:
		return halfWorld - 1
	case units > -halfWorld:
		return int32(units)
	}
	return -halfWorld
}

// bounds returns the sides of a box in the CRS.
func (p *plane) bounds(b box) (west, south, east, north float64) {
	return p.x + float64(b.minX)/p.scale, p.y - float64(b.maxY)/p.scale,
		p.x + float64(b.maxX)/p.scale, p.y - float64(b.minY)/p.scale
}

// box is a rectangle in world units with its edges.
type box struct{ minX, minY, maxX, maxY int32 }

// nowhere is the box of nothing.
func nowhere() box { return box{math.MaxInt32, math.MaxInt32, math.MinInt32, math.MinInt32} }

func (b *box) extend(v vertex) {
	b.minX, b.maxX = min(b.minX, v.x), max(b.maxX, v.x)
	b.minY, b.maxY = min(b.minY, v.y), max(b.maxY, v.y)
}

func (b *box) union(other box) {
	b.minX, b.maxX = min(b.minX, other.minX), max(b.maxX, other.maxX)
	b.minY, b.maxY = min(b.minY, other.minY), max(b.maxY, other.maxY)
}

func (b box) intersects(other box) bool {
	return b.minX <= other.maxX && b.maxX >= other.minX && b.minY <= other.maxY && b.maxY >= other.minY
}

func (b box) contains(other box) bool {
	return b.minX <= other.minX && b.maxX >= other.maxX && b.minY <= other.minY && b.maxY >= other.maxY
}

// size is the longer side.
func (b box) size() int { return int(max(int64(b.maxX)-int64(b.minX), int64(b.maxY)-int64(b.minY))) }

func (b box) center() (x, y int) {
	return (int(b.minX) + int(b.maxX)) >> 1, (int(b.minY) + int(b.maxY)) >> 1
}

// grid is the grid of a tile's units.
type grid struct {
	x, y int // the tile's corner in world units
	// A step of the grid is 2^down world units and 2^up tile units.
	down, up uint
	half     int // a step, in world units
}

func newGrid(t maptile.Tile) grid {
	g := grid{
		x: int(t.X)<<(worldBits-t.Z) - halfWorld,
		y: int(t.Y)<<(worldBits-t.Z) - halfWorld,
	}
	if t.Z > unitZoom {
		g.up = uint(t.Z - unitZoom)
		return g
	}
	g.down = uint(unitZoom - t.Z)
	g.half = 1 << g.down >> 1
	return g
}

// coarsen makes a step as many tile units, a power of 2.
func (g *grid) coarsen(units int) {
	g.up = uint(bits.Len(uint(units)) - 1)
	g.down += g.up
	g.half = 1 << g.down >> 1
}

// unit is the power of 2 that a tile unit has of world units. There must be no
// less than one.
func (g *grid) unit() uint { return g.down - g.up }

// point rounds a position to the grid: the grids of neighbours agree.
func (g *grid) point(v vertex) mvt.Point {
	return mvt.Point{
		X: (int(v.x) - g.x + g.half) >> (g.down & 63) << (g.up & 63),
		Y: (int(v.y) - g.y + g.half) >> (g.down & 63) << (g.up & 63),
	}
}

// within is the box in world units of the positions that, rounded, lie in a box
// whose edges are on the grid.
func (g *grid) within(b mvt.Box) box {
	first := func(corner, unit int) int32 { return clamp(corner - g.half + unit>>g.up<<g.down) }
	return box{
		minX: first(g.x, b.MinX), maxX: clamp(int(first(g.x, b.MaxX)) + 1<<g.down - 1),
		minY: first(g.y, b.MinY), maxY: clamp(int(first(g.y, b.MaxY)) + 1<<g.down - 1),
	}
}

// reach is the box in world units of what comes within margin units of the tile
// when it is rounded.
func (g *grid) reach(margin int) box {
	before := (margin<<g.down)>>g.up + g.half + 1
	after := ((tiles.Extent+margin)<<g.down)>>g.up + g.half + 1
	return box{clamp(g.x - before), clamp(g.y - before), clamp(g.x + after), clamp(g.y + after)}
}

func clamp(x int) int32 { return int32(min(max(x, math.MinInt32), math.MaxInt32)) }
