package proj

import (
	"math"
	"strconv"
	"strings"
)

// ellipsoid has a semi-major axis in metres and a flattening.
type ellipsoid struct{ a, f float64 }

func wgs84() ellipsoid { return ellipsoid{6378137, 1 / 298.257223563} }

// datum is an ellipsoid and where it lies.
type datum struct {
	ellipsoid

	towgs84 []float64 // nil: as WGS 84 does
}

// parseEllipsoid reads the datum of a definition.
func parseEllipsoid(v map[string]string) (datum, bool) {
	ellipsoids := map[string]ellipsoid{
		"WGS84": wgs84(), "GRS80": {6378137, 1 / 298.257222101}, "krass": {6378245, 1 / 298.3}, "bessel": {6377397.155, 1 / 299.1528128},
		"intl": {6378388, 1 / 297.}, "GSK2011": {6378136.5, 1 / 298.2564151}, "PZ90": {6378136, 1 / 298.25784},
	}
	if name, ok := v["datum"]; ok {
		return datum{ellipsoid: wgs84()}, name == "WGS84" && v["towgs84"] == "" && v["ellps"] == "" && v["a"] == ""
	}
	if v["a"] != "" || v["b"] != "" || v["rf"] != "" {
		return datum{}, false
	}
	body, ok := ellipsoids[v["ellps"]]
	if !ok {
		return datum{}, false
	}
	d := datum{ellipsoid: body}
	if v["towgs84"] == "" {
		// Without a shift PROJ takes another ellipsoid's coordinates as they are.
		return d, true
	}
	for text := range strings.SplitSeq(v["towgs84"], ",") {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return datum{}, false
		}
		d.towgs84 = append(d.towgs84, x)
	}
	return d, len(d.towgs84) == 3 || len(d.towgs84) == 7
}

// shift moves positions from one datum to WGS 84 by the Helmert transformation of
// small angles, position vector convention (EPSG guidance note 7-2, section
// 4.3.3.1).
type shift struct {
	from       ellipsoid
	dx, dy, dz float64 // metres
	rx, ry, rz float64 // radians
	scale      float64
}

func (d datum) shift() *shift {
	if d.towgs84 == nil {
		return nil
	}
	s := &shift{from: d.ellipsoid, dx: d.towgs84[0], dy: d.towgs84[1], dz: d.towgs84[2], scale: 1}
	if len(d.towgs84) == 7 {
		const second = math.Pi / 180 / 3600
		s.rx, s.ry, s.rz = d.towgs84[3]*second, d.towgs84[4]*second, d.towgs84[5]*second
		s.scale = 1 + d.towgs84[6]*1e-6
	}
	if *s == (shift{from: wgs84(), scale: 1}) {
		return nil
	}
	return s
}

// apply moves a position on the ellipsoid, in radians.
func (s *shift) apply(lon, lat float64) (float64, float64) {
	x, y, z := s.from.cartesian(lon, lat)
	return wgs84().geographic(
		s.scale*(x-s.rz*y+s.ry*z)+s.dx,
		s.scale*(s.rz*x+y-s.rx*z)+s.dy,
		s.scale*(-s.ry*x+s.rx*y+z)+s.dz)
}

// cartesian is the geocentric position of a point on the ellipsoid.
func (el ellipsoid) cartesian(lon, lat float64) (x, y, z float64) {
	e2 := el.f * (2 - el.f)
	sin, cos := math.Sincos(lat)
	n := el.a / math.Sqrt(1-e2*sin*sin)
	sinLon, cosLon := math.Sincos(lon)
	return n * cos * cosLon, n * cos * sinLon, n * (1 - e2) * sin
}

// geographic is the position of a geocentric point near the ellipsoid (Bowring,
// 1976; two rounds are exact to a nanometre for heights of kilometres).
func (el ellipsoid) geographic(x, y, z float64) (lon, lat float64) {
	e2 := el.f * (2 - el.f)
	b := el.a * (1 - el.f)
	second := e2 / (1 - e2)
	p := math.Hypot(x, y)
	tan := z / p * (1 + second*b/math.Hypot(p, z)) // of the parametric latitude, nearly
	for range 2 {
		reduced := math.Atan((1 - el.f) * tan)
		sin, cos := math.Sincos(reduced)
		tan = (z + second*b*sin*sin*sin) / (p - e2*el.a*cos*cos*cos)
	}
	return math.Atan2(y, x), math.Atan(tan)
}
