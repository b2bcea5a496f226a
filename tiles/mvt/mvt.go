// Package mvt writes Mapbox Vector Tiles by version 2.1 of their specification
// (https://github.com/mapbox/vector-tile-spec/tree/master/2.1): it clips
// geometry to a tile, makes valid polygons of whatever rounding to the tile's
// grid has left of them, and packs features with their tables of keys and
// values. Decode reads tiles as strictly as the specification permits.
//
// The package knows nothing of layers, rows or projections: points come in tile
// units, x to the east and y to the south, the tile's own corner at 0, 0. Its
// types are working space to be reused; none may be used concurrently.
package mvt

// Version is the version of the specification that tiles declare.
const Version = 2

// GeometryType is the type of a feature's geometry (section 4.3.4).
type GeometryType uint8

// The geometry types.
const (
	Points   GeometryType = 1
	Lines    GeometryType = 2
	Polygons GeometryType = 3
)

// Point is a position in tile units.
type Point struct{ X, Y int }

// Box is a rectangle in tile units with its edges.
type Box struct{ MinX, MinY, MaxX, MaxY int }

// TileBox is the part of the plane that a tile shows: its square and a buffer
// around it.
func TileBox(extent, buffer int) Box { return Box{-buffer, -buffer, extent + buffer, extent + buffer} }

// Contains reports whether p lies in the box or on its edge.
func (b Box) Contains(p Point) bool {
	return p.X >= b.MinX && p.X <= b.MaxX && p.Y >= b.MinY && p.Y <= b.MaxY
}

// cross is twice the signed area of the triangle a, b, c: positive if it turns
// clockwise on a screen, where y points down. Coordinates must be below 2³⁰.
func cross(a, b, c Point) int { return (b.X-a.X)*(c.Y-a.Y) - (b.Y-a.Y)*(c.X-a.X) }

// doubleArea is twice the signed area of a ring by the surveyor's formula:
// positive for exterior rings, negative for interior ones.
func doubleArea(ring []Point) int {
	sum := 0
	if len(ring) == 0 {
		return 0
	}
	previous := ring[len(ring)-1]
	for _, p := range ring {
		sum += previous.X*p.Y - p.X*previous.Y
		previous = p
	}
	return sum
}
