// Package plane has the planar geometry by which the demo city is laid out:
// convex polygons that are cut until they do not overlap, lines that are walked
// by metres, and a grid to find neighbours. Coordinates are metres of a
// projected CRS. It repairs nothing and knows no registers.
package plane

import (
	"math"

	"github.com/paulmach/orb"
)

// Add returns p + k·v.
func Add(p, v orb.Point, k float64) orb.Point { return orb.Point{p[0] + k*v[0], p[1] + k*v[1]} }

// Sub returns the vector from q to p.
func Sub(p, q orb.Point) orb.Point { return orb.Point{p[0] - q[0], p[1] - q[1]} }

// Dot returns the scalar product.
func Dot(a, b orb.Point) float64 { return a[0]*b[0] + a[1]*b[1] }

// Cross returns the z component of a × b: positive if b lies to the left of a.
func Cross(a, b orb.Point) float64 { return a[0]*b[1] - a[1]*b[0] }

// Left returns v turned a quarter counter-clockwise.
func Left(v orb.Point) orb.Point { return orb.Point{-v[1], v[0]} }

// Distance returns the distance of two points.
func Distance(p, q orb.Point) float64 { return math.Hypot(p[0]-q[0], p[1]-q[1]) }

// Unit returns v at length 1, or v itself if it has none.
func Unit(v orb.Point) orb.Point {
	length := math.Hypot(v[0], v[1])
	if length == 0 {
		return v
	}
	return orb.Point{v[0] / length, v[1] / length}
}

// Between returns the point a share of the way from p to q.
func Between(p, q orb.Point, share float64) orb.Point { return Add(p, Sub(q, p), share) }

// nearest returns the point of the segment ab that is nearest to p.
func nearest(p, a, b orb.Point) orb.Point {
	v := Sub(b, a)
	square := Dot(v, v)
	if square == 0 {
		return a
	}
	return Add(a, v, min(1, max(0, Dot(Sub(p, a), v)/square)))
}
