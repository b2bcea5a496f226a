package proj_test

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/project"
	"pgregory.net/rapid"

	"kvartal/layers/proj"
	"kvartal/postgres/pgtest"
)

// systems are definitions with the place that they are made for, in degrees.
func systems() map[string]struct {
	definition string
	lon, lat   float64
} {
	return map[string]struct {
		definition string
		lon, lat   float64
	}{
		"UTM 43N":              {"+proj=utm +zone=43 +datum=WGS84 +units=m +no_defs", 74.6, 42.9},
		"UTM 18N":              {"+proj=utm +zone=18 +datum=WGS84 +units=m +no_defs", -75.5, 39.2},
		"UTM 34S":              {"+proj=utm +zone=34 +south +datum=WGS84 +units=m +no_defs", 18.4, -33.9},
		"Web Mercator":         {"+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +wktext +no_defs", 92.9, 56},
		"local, three numbers": {"+proj=tmerc +lat_0=0 +lon_0=74.5 +k=1 +x_0=3300000 +y_0=14743.5 +ellps=krass +towgs84=28,-130,-95 +units=m +no_defs", 74.6, 42.9},
		"local, seven numbers": {"+proj=tmerc +lat_0=55.66666666667 +lon_0=37.5 +k=1 +x_0=16.098 +y_0=14.512 +ellps=bessel +towgs84=316.151,78.924,589.65,-1.57273,2.69209,2.34693,8.4507 +units=m +no_defs", 37.6, 55.75},
		"local, no shift":      {"+proj=tmerc +lat_0=0 +lon_0=-75.5 +k=1 +x_0=4500000 +y_0=-4000000 +ellps=krass +units=m +no_defs", -75.5, 39.2},
		"GSK-2011":             {"+proj=tmerc +lat_0=0 +lon_0=93 +k=1 +x_0=16500000 +y_0=0 +ellps=GSK2011 +towgs84=0.013,-0.092,-0.03,-0.001738,0.003559,-0.004263,0.0074 +units=m +no_defs", 92.9, 56},
	}
}

// A geometry is projected by patches, which are as exact as the projection.
func TestPatchesAreExact(t *testing.T) {
	t.Parallel()
	homes := map[string]orb.Point{
		"UTM 43N": {5e5, 4.75e6}, "UTM 18N": {5e5, 4.33e6}, "UTM 34S": {3e5, 6.2e6}, "Web Mercator": {1e7, 7.5e6}, "local, three numbers": {3.3e6, 4.76e6},
		"local, seven numbers": {0, 0}, "local, no shift": {4.5e6, 3.3e5}, "GSK-2011": {16.5e6, 6.2e6},
	}
	for name, s := range systems() {
		p := proj.Parse(s.definition)
		worst := 0.0
		rapid.Check(t, func(t *rapid.T) {
			x, y := homes[name][0]+rapid.Float64Range(-3e5, 3e5).Draw(t, "x"), homes[name][1]+rapid.Float64Range(-1e6, 1e6).Draw(t, "y")
			b := wkb.MustMarshal(orb.Point{x, y}, binary.LittleEndian)
			if err := p.WKB(b); err != nil {
				t.Fatal(err)
			}
			got, err := wkb.Unmarshal(b)
			if err != nil {
				t.Fatal(err)
			}
			lon, lat := p.ToWGS84(x, y)
			worst = max(worst, math.Abs(got.Bound().Min[0]-lon)*math.Cos(lat*math.Pi/180), math.Abs(got.Bound().Min[1]-lat))
		})
		if worst > 1e-10 {
			t.Fatalf("%s: by patches up to %g degrees from the projection, want less than 1e-10", name, worst)
		}
	}
}

// PostGIS is the judge: to 1e-9 degrees, a tenth of a millimetre.
func TestProjectionsAgreeWithPostGIS(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	srid := 990_000
	for name, s := range systems() {
		srid++
		if _, err := db.Pool.Exec(t.Context(), "INSERT INTO spatial_ref_sys (srid, proj4text) VALUES ($1, $2)", srid, s.definition); err != nil {
			t.Fatal(err)
		}
		p := proj.Parse(s.definition)
		if p == nil {
			t.Errorf("Parse(%s) = nil, want a projection", s.definition)
			continue
		}
		rows, err := db.Pool.Query(t.Context(), `
			SELECT ST_X(p), ST_Y(p), ST_X(q), ST_Y(q) FROM (
			  SELECT p, ST_Transform(p, 4326) AS q FROM (
			    SELECT ST_Transform(ST_SetSRID(ST_MakePoint($1::float8 + i / 10., $2::float8 + j / 7.), 4326), $3::int) AS p
			    FROM generate_series(-30, 30) AS i, generate_series(-30, 30) AS j) AS there) AS back`, s.lon, s.lat, srid)
		if err != nil {
			t.Fatal(err)
		}
		worst, n := 0.0, 0
		for rows.Next() {
			var x, y, lon, lat float64
			if err := rows.Scan(&x, &y, &lon, &lat); err != nil {
				t.Fatal(err)
			}
			gotLon, gotLat := p.ToWGS84(x, y)
			worst, n = max(worst, math.Abs(gotLon-lon), math.Abs(gotLat-lat)), n+1
		}
		if rows.Err() != nil || n != 61*61 || !(worst < 1e-9) {
			t.Errorf("%s: %d places are up to %g degrees from those of PostGIS, %v, want less than 1e-9", name, n, worst, rows.Err())
		}
	}
}

func TestUnknownSystemsAreLeftAlone(t *testing.T) {
	t.Parallel()
	for _, definition := range []string{
		"", "+proj=longlat +datum=WGS84 +no_defs", "+proj=lcc +lat_1=1 +ellps=WGS84", "+proj=utm +zone=61 +datum=WGS84", "+proj=utm +zone=1.5 +datum=WGS84",
		"+proj=utm +zone=43 +datum=NAD27", "+proj=utm +zone=43", "+proj=tmerc +ellps=airy", "+proj=tmerc +ellps=krass +towgs84=1,2",
		"+proj=tmerc +ellps=krass +towgs84=1,2,x", "+proj=tmerc +ellps=krass +units=us-ft", "+proj=tmerc +ellps=krass +gamma=4", "+proj=tmerc +lon_0=x +ellps=krass",
		"+proj=tmerc +ellps=krass +nadgrids=a.gsb", "+proj=tmerc +ellps=krass +axis=neu", "+proj=merc +a=6378137 +b=6378137", "+proj=utm +proj=tmerc +zone=4 +datum=WGS84",
		"+proj=tmerc +ellps=krass +pm=paris", "+proj=tmerc +a=6378245 +rf=298.3", "+proj=tmerc +ellps=krass +k=",
	} {
		if proj.Parse(definition) != nil {
			t.Errorf("Parse(%q) = a projection, want nil", definition)
		}
	}
}

func TestNowhereIsNowhere(t *testing.T) {
	t.Parallel()
	p := proj.Parse("+proj=utm +zone=43 +datum=WGS84 +units=m +no_defs")
	for _, at := range [][2]float64{{1e9, 0}, {math.Inf(1), 0}, {math.NaN(), 4e6}, {5e5, math.NaN()}, {5e5, math.Inf(-1)}} {
		if lon, lat := p.ToWGS84(at[0], at[1]); !math.IsNaN(lon) && !math.IsNaN(lat) {
			t.Errorf("ToWGS84(%v) = %v, %v, want NaN", at, lon, lat)
		}
	}
}

// Every position of a geometry is projected, and nothing else changes.
func TestGeometriesAreProjectedInPlace(t *testing.T) {
	t.Parallel()
	p := proj.Parse("+proj=utm +zone=43 +datum=WGS84 +units=m +no_defs")
	rapid.Check(t, func(t *rapid.T) {
		point := rapid.Custom(func(t *rapid.T) orb.Point {
			return orb.Point{rapid.Float64Range(4e5, 6e5).Draw(t, "x"), rapid.Float64Range(4.5e6, 5e6).Draw(t, "y")}
		})
		points := rapid.SliceOfN(point, 1, 9).Draw(t, "points")
		ring := orb.Ring(append(points, points[0]))
		g := rapid.SampledFrom([]orb.Geometry{
			points[0], orb.LineString(points),
			orb.Polygon{ring, ring},
			orb.MultiPoint(points),
			orb.MultiLineString{points, points},
			orb.MultiPolygon{{ring}, {ring, ring}},
			orb.Collection{points[0], orb.LineString(points), orb.Collection{points[0]}},
		}).Draw(t, "geometry")
		b := wkb.MustMarshal(g, binary.LittleEndian)
		if err := p.WKB(b); err != nil {
			t.Fatalf("WKB(%v) = %v", g, err)
		}
		got, err := wkb.Unmarshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if want := inDegrees(g, p); !alike(got, want) {
			t.Fatalf("WKB(%v) = %v, want %v", g, got, want)
		}
	})
}

// alike reports whether two geometries differ by rounding alone.
func alike(a, b orb.Geometry) bool {
	form, p := apart(a)
	other, q := apart(b)
	if !orb.Equal(form, other) {
		return false
	}
	for i := range p {
		if math.Abs(p[i][0]-q[i][0]) > 1e-9 || math.Abs(p[i][1]-q[i][1]) > 1e-9 {
			return false
		}
	}
	return true
}

// apart returns a geometry of the same parts with all vertices at 0°/0°, and the
// vertices.
func apart(g orb.Geometry) (form orb.Geometry, vertices []orb.Point) {
	form = project.Geometry(orb.Clone(g), func(at orb.Point) orb.Point {
		vertices = append(vertices, at)
		return orb.Point{}
	})
	return form, vertices
}

func inDegrees(g orb.Geometry, p *proj.Projection) orb.Geometry {
	return project.Geometry(orb.Clone(g), func(at orb.Point) orb.Point {
		lon, lat := p.ToWGS84(at[0], at[1])
		return orb.Point{lon, lat}
	})
}

func FuzzWKB(f *testing.F) {
	f.Add(wkb.MustMarshal(orb.MultiPolygon{{{{5e5, 4e6}, {5e5, 5e6}, {6e5, 5e6}, {5e5, 4e6}}}}, binary.LittleEndian))
	p := proj.Parse("+proj=utm +zone=43 +datum=WGS84 +units=m +no_defs")
	f.Fuzz(func(_ *testing.T, b []byte) { _ = p.WKB(b) })
}

func BenchmarkToWGS84(b *testing.B) {
	for name, s := range systems() {
		p := proj.Parse(s.definition)
		b.Run(name, func(b *testing.B) {
			x, y := 500_000.0, 4_700_000.0
			for b.Loop() {
				x += 0.001
				_, _ = p.ToWGS84(x, y)
			}
		})
		b.Run(name+", a thousand at once", func(b *testing.B) {
			line := make(orb.LineString, 1000)
			for i := range line {
				line[i] = orb.Point{500_000 + float64(i), 4_700_000}
			}
			from := wkb.MustMarshal(line, binary.LittleEndian)
			for b.Loop() {
				if err := p.WKB(slices.Clone(from)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
