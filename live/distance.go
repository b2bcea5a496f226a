package live

import (
	"math"

	"github.com/paulmach/orb"
)

// Millimetres is a length. Lengths are whole numbers, so that their sum does
// not depend on the order of adding.
type Millimetres int64

// Kilometres returns the length in kilometres.
func (m Millimetres) Kilometres() float64 { return float64(m) / 1e6 }

// earthRadius is the mean radius of the Earth in millimetres (IUGG R1).
const earthRadius = 6_371_008_771.4

// Distance returns the length of the great circle between two points in
// degrees, by the haversine formula: within 0.6 % of the ellipsoid, far below
// the noise of a receiver's positions.
func Distance(a, b orb.Point) Millimetres {
	const radians = math.Pi / 180
	sinLat := math.Sin((b[1] - a[1]) * radians / 2)
	sinLon := math.Sin((b[0] - a[0]) * radians / 2)
	h := sinLat*sinLat + math.Cos(a[1]*radians)*math.Cos(b[1]*radians)*sinLon*sinLon
	return Millimetres(math.Round(2 * earthRadius * math.Asin(math.Sqrt(min(1, h)))))
}
