package egts

import (
	"math"

	"github.com/paulmach/orb"
)

// ellipsoid is a figure of the Earth: half axis in metres, flattening.
type ellipsoid struct{ a, f float64 }

// fromPZ90 converts a position in PZ-90.02 to WGS 84, by the shift of the
// centre that GOST R 51794-2008 gives; there is no turn and no scale.
func fromPZ90(p orb.Point) orb.Point {
	pz90 := ellipsoid{6378136, 1 / 298.25784}
	wgs84 := ellipsoid{6378137, 1 / 298.257223563}
	x, y, z := pz90.geocentric(p)
	return wgs84.geodetic(x-0.36, y+0.08, z+0.18)
}

// geocentric converts degrees at height 0 to metres from the centre.
func (e ellipsoid) geocentric(p orb.Point) (x, y, z float64) {
	sinLon, cosLon := math.Sincos(p[0] * math.Pi / 180)
	sinLat, cosLat := math.Sincos(p[1] * math.Pi / 180)
	e2 := e.f * (2 - e.f)
	n := e.a / math.Sqrt(1-e2*sinLat*sinLat)
	return n * cosLat * cosLon, n * cosLat * sinLon, n * (1 - e2) * sinLat
}

// geodetic converts metres from the centre to degrees, by Bowring's formula,
// which is exact to a micrometre at the surface.
func (e ellipsoid) geodetic(x, y, z float64) orb.Point {
	e2 := e.f * (2 - e.f)
	b := e.a * (1 - e.f)
	p := math.Hypot(x, y)
	sin, cos := math.Sincos(math.Atan2(z*e.a, p*b))
	lat := math.Atan2(z+e2/(1-e2)*b*sin*sin*sin, p-e2*e.a*cos*cos*cos)
	return orb.Point{math.Atan2(y, x) * 180 / math.Pi, lat * 180 / math.Pi}
}
