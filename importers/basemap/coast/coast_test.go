package coast_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/peterstace/simplefeatures/geom"
	"pgregory.net/rapid"

	"kvartal/importers/basemap/coast"
	"kvartal/importers/basemap/planar"
)

// Tests draw on a chart of 100 by 100 units of a kilometre.
const unit = 100_000

var chart = planar.Box{Max: planar.Point{X: 100 * unit, Y: 100 * unit}}

func line(xy ...float64) planar.Line {
	var l planar.Line
	for i := 0; i < len(xy); i += 2 {
		l = append(l, planar.Point{X: int32(xy[i] * unit), Y: int32(xy[i+1] * unit)})
	}
	return l
}

func reversed(l planar.Line) planar.Line {
	l = slices.Clone(l)
	slices.Reverse(l)
	return l
}

// Islands have the land on their left: counter-clockwise.
func island(x, y, r float64) planar.Line {
	return line(x-r, y-r, x+r, y-r, x+r, y+r, x-r, y+r, x-r, y-r)
}

func wantValid(t *testing.T, polygons []planar.Polygon) {
	t.Helper()
	for _, p := range polygons {
		rings := make([]geom.LineString, len(p))
		for i, r := range p {
			var xy []float64
			for _, q := range append(slices.Clone(r), r[0]) {
				xy = append(xy, float64(q.X), float64(q.Y))
			}
			rings[i] = geom.NewLineString(geom.NewSequence(xy, geom.DimXY))
		}
		if err := geom.NewPolygon(rings).Validate(); err != nil {
			t.Errorf("polygon is not valid: %v\n%v", err, p)
		}
	}
}

func contains(polygons []planar.Polygon, x, y float64) bool {
	var lines []planar.Line
	for _, p := range polygons {
		for _, r := range p {
			lines = append(lines, append(slices.Clone(planar.Line(r)), r[0]))
		}
	}
	return planar.NewLocator(lines).Inside(planar.Point{X: int32(x * unit), Y: int32(y * unit)})
}

func TestWater(t *testing.T) {
	t.Parallel()
	type places [][2]float64
	for name, test := range map[string]struct {
		lines     []planar.Line
		sea, land places
		area      float64 // in units, 0 if not known
	}{
		"no coastline":              {nil, nil, places{{50, 50}}, 0},
		"coast passes outside":      {[]planar.Line{line(-10, -10, 110, -10)}, nil, places{{50, 50}}, 0},
		"west to east, sea south":   {[]planar.Line{line(-10, 30, 110, 30)}, places{{50, 10}, {1, 1}, {99, 29}}, places{{50, 50}, {99, 99}}, 3000},
		"east to west, sea north":   {[]planar.Line{line(110, 30, -10, 30)}, places{{50, 50}, {99, 99}}, places{{50, 10}}, 7000},
		"in pieces":                 {[]planar.Line{line(50, 30, 110, 30), line(-10, 30, 50, 30)}, places{{50, 10}}, places{{50, 50}}, 3000},
		"one island":                {[]planar.Line{island(50, 50, 10)}, places{{1, 1}, {99, 99}, {30, 50}}, places{{50, 50}}, 9600},
		"island in halves":          {[]planar.Line{line(40, 40, 60, 40, 60, 60), line(60, 60, 40, 60, 40, 40)}, places{{1, 1}}, places{{50, 50}}, 9600},
		"lagoon and nothing else":   {[]planar.Line{reversed(island(50, 50, 10))}, places{{50, 50}}, places{{1, 1}}, 400},
		"lagoon in an island":       {[]planar.Line{island(50, 50, 20), reversed(island(50, 50, 10))}, places{{1, 1}, {50, 50}}, places{{35, 50}}, 10000 - 1600 + 400},
		"island in the sea":         {[]planar.Line{line(-10, 30, 110, 30), island(50, 15, 5)}, places{{50, 5}}, places{{50, 15}, {50, 50}}, 2900},
		"island on land is ignored": {[]planar.Line{line(-10, 30, 110, 30), island(50, 60, 5)}, places{{50, 5}}, places{{50, 60}}, 3000},
		"island cut by the box":     {[]planar.Line{island(100, 50, 10)}, places{{1, 1}, {95, 80}}, places{{95, 50}}, 9800},
		"island round a corner":     {[]planar.Line{island(100, 100, 10)}, places{{1, 1}}, places{{95, 95}}, 9900},
		"two seas":                  {[]planar.Line{line(-10, 30, 110, 30), line(110, 70, -10, 70)}, places{{50, 10}, {50, 90}}, places{{50, 50}}, 6000},
		"a strait":                  {[]planar.Line{line(110, 30, -10, 30), line(-10, 70, 110, 70)}, places{{50, 50}}, places{{50, 10}, {50, 90}}, 4000},
		"in and out many times":     {[]planar.Line{line(-10, 10, 10, 10, 10, -10, 20, -10, 20, 10, 30, 10, 30, -10, 40, -10, 40, 50, 110, 50)}, places{{5, 5}, {25, 5}, {60, 20}}, places{{15, 5}, {35, 5}, {60, 60}}, 100 + 100 + 3000},
		"cuts off a corner":         {[]planar.Line{line(80, 110, 110, 80)}, places{{1, 1}}, places{{99, 99}}, 10000 - 50},
		"touches a corner":          {[]planar.Line{line(-10, 110, 110, -10)}, places{{10, 10}}, places{{90, 90}}, 5000},
		"runs along the edge":       {[]planar.Line{line(-10, 50, 0, 50, 0, 60, 50, 60, 110, 60)}, places{{50, 10}}, places{{50, 90}}, 6000},
		"ends inside, goes on":      {[]planar.Line{line(-10, 30, 60, 30)}, places{{50, 10}, {90, 10}}, places{{50, 50}, {90, 50}}, 3000},
		"begins and ends inside":    {[]planar.Line{line(20, 30, 80, 30)}, places{{10, 10}, {90, 10}}, places{{10, 50}, {90, 50}}, 3000},
		"river mouth cut upstream":  {[]planar.Line{line(40, -10, 40, 70), line(44, 70, 44, -10)}, places{{42, 10}, {42, 69}}, places{{10, 10}, {90, 10}, {42, 80}}, 4 * 70},
		"begins just inside, again": {[]planar.Line{line(41, 0.1, 40, -1, 42, -1, 40, 70, 110, 70)}, places{{60, 40}}, places{{10, 40}, {10, 90}, {60, 80}}, 0},
		"island with a piece lost":  {[]planar.Line{line(40, 45, 40, 40, 60, 40, 60, 60, 40, 60, 40, 55)}, places{{1, 1}}, places{{50, 50}}, 9600},
		"straight on would cross":   {[]planar.Line{line(110, 90, 50, 90, 50, 20, 45, 20, 45, 10, 55, 10)}, nil, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := coast.Water(test.lines, chart)
			wantValid(t, got)
			for _, p := range test.sea {
				if !contains(got, p[0], p[1]) {
					t.Errorf("Water(…) at %v = land, want sea", p)
				}
			}
			for _, p := range test.land {
				if contains(got, p[0], p[1]) {
					t.Errorf("Water(…) at %v = sea, want land", p)
				}
			}
			if area := planar.Area(got) / 1e6; test.area > 0 && math.Abs(area-test.area) > 0.1 {
				t.Errorf("area of Water(…) = %.2f, want %.2f", area, test.area)
			}
		})
	}
}

// However coastlines are cut into ways, and wherever the box is, water on the
// one side and water on the other make up the whole box.
func TestWaterOnTheRight(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 60).Draw(t, "corners")
		var shore planar.Line
		for i := range n {
			most := 100.0
			if i == 0 {
				most = 45 // inside the box: a coast that never enters it says nothing
			}
			r := rapid.Float64Range(20, most).Draw(t, "radius") * unit
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
			shore = append(shore, planar.Point{X: 50*unit + int32(r*cos), Y: 50*unit + int32(r*sin)})
		}
		shore = append(shore, shore[0])
		outside, defects := coast.Water(cutUp(t, shore), chart)
		inside, _ := coast.Water(cutUp(t, reversed(shore)), chart)
		if got, want := planar.Area(outside)+planar.Area(inside), 1e10; math.Abs(got-want) > 1e-5*want {
			t.Fatalf("sea around the island %v + sea in the lagoon %v = %v, want %v (%+v)",
				planar.Area(outside), planar.Area(inside), got, want, defects)
		}
		if defects != (coast.Defects{}) {
			t.Fatalf("Water(%v) defects = %+v, want none", shore, defects)
		}
	})
}

func cutUp(t *rapid.T, l planar.Line) []planar.Line {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	var parts []planar.Line
	for len(l) > 1 {
		n := 1 + rng.IntN(len(l)-1)
		parts, l = append(parts, slices.Clone(l[:n+1])), l[n:]
	}
	rng.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return parts
}

// A coast of 100,000 points with a thousand islands before it.
func BenchmarkWater(b *testing.B) {
	lines := []planar.Line{{}}
	for i := range int32(100_000) {
		lines[0] = append(lines[0], planar.Point{X: i*100 - 10, Y: 50*unit + i%7*1000})
	}
	lines[0] = append(lines[0], planar.Point{X: 110 * unit, Y: 50 * unit})
	for i := range 1000 {
		lines = append(lines, island(float64(i%40)*2+2, float64(i/40)+2, 0.3))
	}
	for b.Loop() {
		planar.Subdivide(first(coast.Water(lines, chart)), 1000, 40*unit)
	}
}

func first(polygons []planar.Polygon, _ coast.Defects) []planar.Polygon { return polygons }
