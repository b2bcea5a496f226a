// Package proj turns coordinates of the systems that cities measure in into
// longitude and latitude on WGS 84: Transverse Mercator, with it UTM and
// Gauss-Krüger zones and local systems on other ellipsoids, and Web Mercator. It
// does so tens of times faster than the database, and as exactly. What it does
// not know is for PostGIS.
package proj

import (
	"math"
	"strconv"
	"strings"
)

// Projection is a coordinate system. It may be used concurrently.
type Projection struct {
	inverse func(x, y float64) (lon, lat float64) // radians on the system's own ellipsoid
	shift   *shift                                // to WGS 84; nil: is on it
	patches patches
}

// ToWGS84 returns the longitude and latitude in degrees of an easting and a
// northing in metres; NaN where the system is not defined.
func (p *Projection) ToWGS84(x, y float64) (lon, lat float64) {
	lon, lat = p.inverse(x, y)
	if p.shift != nil {
		lon, lat = p.shift.apply(lon, lat)
	}
	return degrees(lon), degrees(lat)
}

func degrees(radians float64) float64 { return radians * (180 / math.Pi) }
func radians(degrees float64) float64 { return degrees * (math.Pi / 180) }

// Parse reads a PROJ string such as "+proj=utm +zone=43 +datum=WGS84 +units=m
// +no_defs". It returns nil if anything in it is not known here.
func Parse(definition string) *Projection {
	values := map[string]string{}
	for field := range strings.FieldsSeq(definition) {
		name, value, _ := strings.Cut(strings.TrimPrefix(field, "+"), "=")
		if _, twice := values[name]; twice || !known(name) {
			return nil
		}
		values[name] = value
	}
	if units, ok := values["units"]; ok && units != "m" {
		return nil
	}
	if isWebMercator(values) {
		return &Projection{inverse: webMercator}
	}
	return parseTransverse(values)
}

// known reports whether a parameter of PROJ is one that is understood, or that
// changes nothing here.
func known(name string) bool {
	switch name {
	case "proj", "zone", "south", "datum", "ellps", "a", "b", "rf", "towgs84", "lat_0", "lon_0", "k", "k_0", "x_0", "y_0", "units", "no_defs", "type",
		"lat_ts", "nadgrids", "wktext":
		return true
	}
	return false
}

func isWebMercator(v map[string]string) bool {
	return v["proj"] == "merc" && v["a"] == "6378137" && v["b"] == "6378137" && v["nadgrids"] == "@null" &&
		number(v, "lat_ts", 0) == 0 && number(v, "lon_0", 0) == 0 && number(v, "x_0", 0) == 0 && number(v, "y_0", 0) == 0 && number(v, "k", 1) == 1
}

// webMercator is EPSG:3857 (EPSG guidance note 7-2, section 3.2.1.2).
func webMercator(x, y float64) (lon, lat float64) {
	const a = 6378137
	return x / a, math.Atan(math.Sinh(y / a))
}

func parseTransverse(v map[string]string) *Projection {
	body, ok := parseEllipsoid(v)
	if !ok || v["nadgrids"] != "" || number(v, "lat_ts", 0) != 0 {
		return nil
	}
	t := transverse{lon0: number(v, "lon_0", 0), lat0: number(v, "lat_0", 0), k: number(v, "k", number(v, "k_0", 1)), x0: number(v, "x_0", 0), y0: number(v, "y_0", 0)}
	switch v["proj"] {
	case "tmerc", "etmerc":
	case "utm":
		zone := number(v, "zone", 0)
		if !(zone >= 1 && zone <= 60) || zone != math.Trunc(zone) {
			return nil
		}
		t = transverse{lon0: 6*zone - 183, k: 0.9996, x0: 500_000}
		if _, south := v["south"]; south {
			t.y0 = 10_000_000
		}
	default:
		return nil
	}
	if math.IsNaN(t.lon0 + t.lat0 + t.k + t.x0 + t.y0) {
		return nil
	}
	t.lon0, t.lat0 = radians(t.lon0), radians(t.lat0)
	t.on(body.ellipsoid)
	return &Projection{inverse: t.inverse, shift: body.shift()}
}

// number reads a parameter; NaN if it is none.
func number(v map[string]string, name string, absent float64) float64 {
	text, ok := v[name]
	if !ok {
		return absent
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return x
}
