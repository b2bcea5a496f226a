package planar_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"kvartal/importers/basemap/planar"
)

func TestSubdivideKeepsTheAreaAndItsValidity(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := []planar.Line{
			drawStar(t, 0, 0, 200_000, 1_000_000, "shore"),
			drawStar(t, 0, 0, 10_000, 150_000, "island"),
		}
		whole, _ := planar.Assemble(lines)
		maxVertices := rapid.IntRange(8, 60).Draw(t, "vertices")
		side := rapid.Int32Range(50_000, 3_000_000).Draw(t, "side")
		pieces := planar.Subdivide(whole, maxVertices, side)
		if got, want := planar.Area(pieces), planar.Area(whole); math.Abs(got-want) > 1e-5*want {
			t.Fatalf("area of %d pieces = %v, want %v", len(pieces), got, want)
		}
		for _, p := range pieces {
			if err := validity(p); err != nil {
				t.Fatalf("a piece is not valid: %v\n%v", err, p)
			}
			b := planar.Bound(p[0])
			if b.Max.X-b.Min.X > side || b.Max.Y-b.Min.Y > side {
				t.Fatalf("a piece measures %v, want at most %d a side", b, side)
			}
		}
	})
}

func TestLabelPointIsInside(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := []planar.Line{
			drawStar(t, 0, 0, 100_000, 1_000_000, "shore"),
			drawStar(t, 0, 0, 10_000, 90_000, "island"),
		}
		polygons, _ := planar.Assemble(lines)
		if p := planar.LabelPoint(polygons); !planar.NewLocator(lines).Inside(p) {
			t.Fatalf("LabelPoint(%v) = %v, want a point inside", polygons, p)
		}
	})
}

func TestProject(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		lon, lat float64
		want     planar.Point
	}{
		{0, 0, planar.Point{}},
		{180, 90, planar.Point{X: 2003750834, Y: 2003750834}},
		{-180, -90, planar.Point{X: -2003750834, Y: -2003750834}},
		// EPSG Guidance Note 7-2, section 3.2.1.2: 100°20′W 24°22′54.433″N.
		{-100.33333333333333, 24.381786944444443, planar.Point{X: -1116905561, Y: 280000022}},
	} {
		got := planar.Project(test.lon, test.lat)
		if d := max(math.Abs(float64(got.X-test.want.X)), math.Abs(float64(got.Y-test.want.Y))); d > 30 {
			t.Errorf("Project(%v, %v) = %v, want %v", test.lon, test.lat, got, test.want)
		}
	}
}

func BenchmarkLabelPoint(b *testing.B) {
	crescent := planar.Line{}
	for i := range 200 {
		sin, cos := math.Sincos(math.Pi * float64(i) / 199)
		crescent = append(crescent, planar.Point{X: int32(1e6 * cos), Y: int32(1e6 * sin)})
	}
	for i := range 200 {
		sin, cos := math.Sincos(math.Pi * float64(199-i) / 199)
		crescent = append(crescent, planar.Point{X: int32(8e5 * cos), Y: int32(8e5 * sin)})
	}
	polygons, _ := planar.Assemble([]planar.Line{append(crescent, crescent[0])})
	for b.Loop() {
		planar.LabelPoint(polygons)
	}
}
