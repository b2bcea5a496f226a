// Package planar is exact plane geometry on whole centimetres: it turns lines
// in any order and direction into valid polygons, clips them, measures them
// and finds a point to write a name at.
//
// Coordinates are EPSG:3857 in centimetres. The Mercator square then fits into
// 32 bits, a step is finer than the 1e-7 degrees of OpenStreetMap, and whether
// two lines meet is a question of integers, with one answer. The package knows
// nothing of OpenStreetMap's tags and files.
package planar

import (
	"cmp"
	"math"

	"github.com/paulmach/orb"
)

// Point is a place in EPSG:3857, in centimetres.
type Point struct{ X, Y int32 }

// Line is a run of points. It is closed if it ends where it begins.
type Line []Point

// Ring is a closed line without the repeated last point. Rings that bound an
// area have it on their left: shells run counter-clockwise, holes clockwise.
type Ring []Point

// Polygon is a shell followed by its holes.
type Polygon []Ring

const (
	earthRadius = 6378137.0 // of EPSG:3857, in metres
	centimetres = 100.0
	// maxLatitude is where the Mercator square ends.
	maxLatitude = 85.0511287
)

// Project returns the place at a longitude and latitude in degrees. Latitudes
// beyond the Mercator square are drawn to its edge.
func Project(lon, lat float64) Point {
	lat = max(-maxLatitude, min(maxLatitude, lat))
	x := lon * math.Pi / 180 * earthRadius
	y := math.Asinh(math.Tan(lat*math.Pi/180)) * earthRadius
	return Point{int32(math.Round(x * centimetres)), int32(math.Round(y * centimetres))}
}

// LonLat returns longitude and latitude of p in degrees.
func (p Point) LonLat() (lon, lat float64) {
	x, y := float64(p.X)/centimetres/earthRadius, float64(p.Y)/centimetres/earthRadius
	return x * 180 / math.Pi, math.Atan(math.Sinh(y)) * 180 / math.Pi
}

// Orb returns p in metres.
func (p Point) Orb() orb.Point {
	return orb.Point{float64(p.X) / centimetres, float64(p.Y) / centimetres}
}

// Compare orders points by X, then Y.
func (p Point) Compare(q Point) int {
	return cmp.Or(cmp.Compare(p.X, q.X), cmp.Compare(p.Y, q.Y))
}

// Closed reports whether l ends where it begins and has more than one place.
func (l Line) Closed() bool { return len(l) > 2 && l[0] == l[len(l)-1] }

// Orb returns l in metres.
func (l Line) Orb() orb.LineString {
	out := make(orb.LineString, len(l))
	for i, p := range l {
		out[i] = p.Orb()
	}
	return out
}

// Length returns the length of l in metres of the projection.
func (l Line) Length() float64 {
	sum := 0.0
	for i := 1; i < len(l); i++ {
		sum += distance(l[i-1], l[i])
	}
	return sum / centimetres
}

func distance(p, q Point) float64 {
	return math.Hypot(float64(q.X)-float64(p.X), float64(q.Y)-float64(p.Y))
}

// Compact returns l without points that repeat the one before. It may change l.
func (l Line) Compact() Line {
	out := l[:0]
	for _, p := range l {
		if len(out) == 0 || out[len(out)-1] != p {
			out = append(out, p)
		}
	}
	return out
}

// Orb returns the ring in metres, closed as orb and OGC want it.
func (r Ring) Orb() orb.Ring {
	out := make(orb.Ring, len(r)+1)
	for i, p := range r {
		out[i] = p.Orb()
	}
	out[len(r)] = out[0]
	return out
}

// doubleArea is twice the signed area in square centimetres, positive if r
// runs counter-clockwise.
func (r Ring) doubleArea() float64 {
	sum := 0.0
	for i, p := range r {
		q := r[(i+1)%len(r)]
		// About the first point, so that small areas keep their digits.
		px, py := float64(p.X)-float64(r[0].X), float64(p.Y)-float64(r[0].Y)
		qx, qy := float64(q.X)-float64(r[0].X), float64(q.Y)-float64(r[0].Y)
		sum += px*qy - qx*py
	}
	return sum
}

// Area returns the signed area in square metres of the projection, positive if
// r runs counter-clockwise.
func (r Ring) Area() float64 { return r.doubleArea() / 2 / centimetres / centimetres }

// Orb returns the polygon in metres.
func (p Polygon) Orb() orb.Polygon {
	out := make(orb.Polygon, len(p))
	for i, r := range p {
		out[i] = r.Orb()
	}
	return out
}

// Area returns the area in square metres of the projection, holes taken off.
func (p Polygon) Area() float64 {
	sum := 0.0
	for _, r := range p {
		sum += r.Area()
	}
	return sum
}

// Vertices counts the points of all rings.
func (p Polygon) Vertices() int {
	n := 0
	for _, r := range p {
		n += len(r)
	}
	return n
}

// Area returns the area of all polygons in square metres of the projection.
func Area(polygons []Polygon) float64 {
	sum := 0.0
	for _, p := range polygons {
		sum += p.Area()
	}
	return sum
}

// GroundArea returns the area of all polygons on the sphere of EPSG:3857's
// radius, in square metres.
func GroundArea(polygons []Polygon) float64 {
	sum := 0.0
	for _, p := range polygons {
		for _, r := range p {
			sum += r.groundArea()
		}
	}
	return sum
}

// groundArea integrates the sine of the latitude along the ring: on the
// cylinder of that height areas are those of the sphere (Lambert).
func (r Ring) groundArea() float64 {
	sum := 0.0
	for i, p := range r {
		q := r[(i+1)%len(r)]
		lambda := (float64(q.X) - float64(p.X)) / centimetres / earthRadius
		sum -= lambda * (sinLatitude(p) + sinLatitude(q)) / 2
	}
	return sum * earthRadius * earthRadius
}

func sinLatitude(p Point) float64 { return math.Tanh(float64(p.Y) / centimetres / earthRadius) }

// Orb returns the polygons in metres: one as a Polygon, several as a
// MultiPolygon.
func Orb(polygons []Polygon) orb.Geometry {
	if len(polygons) == 1 {
		return polygons[0].Orb()
	}
	out := make(orb.MultiPolygon, len(polygons))
	for i, p := range polygons {
		out[i] = p.Orb()
	}
	return out
}

// turn is positive if the way from a over b to c turns left, negative if
// right, 0 if straight on or back. It is exact for parts less than half the
// world apart.
func turn(a, b, c Point) int {
	abx, aby := int64(b.X)-int64(a.X), int64(b.Y)-int64(a.Y)
	acx, acy := int64(c.X)-int64(a.X), int64(c.Y)-int64(a.Y)
	const half = 1 << 31 // beyond it the products overflow
	if max(abs(abx), abs(aby), abs(acx), abs(acy)) >= half {
		return cmp.Compare(float64(abx)*float64(acy), float64(aby)*float64(acx))
	}
	return cmp.Compare(abx*acy, aby*acx)
}

func abs(v int64) int64 { return max(v, -v) }

// Box is a rectangle with sides along the axes.
type Box struct{ Min, Max Point }

// Bound returns the box around points. An empty set gives the empty box at 0.
func Bound(points []Point) Box {
	if len(points) == 0 {
		return Box{}
	}
	b := Box{points[0], points[0]}
	for _, p := range points[1:] {
		b = b.Extend(p)
	}
	return b
}

// Extend returns the least box around b and p.
func (b Box) Extend(p Point) Box {
	return Box{
		Point{min(b.Min.X, p.X), min(b.Min.Y, p.Y)},
		Point{max(b.Max.X, p.X), max(b.Max.Y, p.Y)},
	}
}

// Contains reports whether p is in b or on its edge.
func (b Box) Contains(p Point) bool {
	return b.Min.X <= p.X && p.X <= b.Max.X && b.Min.Y <= p.Y && p.Y <= b.Max.Y
}

// Ring returns the edge of b, counter-clockwise.
func (b Box) Ring() Ring {
	return Ring{b.Min, {b.Max.X, b.Min.Y}, b.Max, {b.Min.X, b.Max.Y}}
}
