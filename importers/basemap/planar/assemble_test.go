package planar_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/peterstace/simplefeatures/geom"
	"pgregory.net/rapid"

	"kvartal/importers/basemap/planar"
)

func box(x, y, w, h int32) planar.Line {
	return planar.Line{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + h}, {X: x, Y: y + h}, {X: x, Y: y}}
}

func line(xy ...int32) planar.Line {
	var l planar.Line
	for i := 0; i < len(xy); i += 2 {
		l = append(l, planar.Point{X: xy[i], Y: xy[i+1]})
	}
	return l
}

// shape is what a test says of polygons: rings of each, and the area of all in
// square centimetres.
type shape struct {
	Rings []int
	Area  float64
}

func shapeOf(polygons []planar.Polygon) shape {
	var s shape
	for _, p := range polygons {
		s.Rings = append(s.Rings, len(p))
	}
	s.Area = math.Round(planar.Area(polygons) * 100 * 100)
	return s
}

// wantValid checks polygons against simplefeatures' reading of OGC 06-103r4.
func wantValid(t testing.TB, polygons []planar.Polygon) {
	t.Helper()
	for i, p := range polygons {
		if err := validity(p); err != nil {
			t.Errorf("polygon %d of %d is not valid: %v\n%v", i, len(polygons), err, p)
		}
	}
}

func validity(p planar.Polygon) error {
	rings := make([]geom.LineString, len(p))
	for i, r := range p {
		var xy []float64
		for _, q := range append(slices.Clone(r), r[0]) {
			xy = append(xy, float64(q.X), float64(q.Y))
		}
		rings[i] = geom.NewLineString(geom.NewSequence(xy, geom.DimXY))
	}
	return geom.NewPolygon(rings).Validate()
}

func TestAssemble(t *testing.T) {
	t.Parallel()
	const gap, crossing = 60, 1000
	for name, test := range map[string]struct {
		lines   []planar.Line
		want    shape
		defects planar.Defects
	}{
		"nothing":           {nil, shape{}, planar.Defects{}},
		"a closed way":      {[]planar.Line{box(0, 0, 1000, 1000)}, shape{[]int{1}, 1e6}, planar.Defects{}},
		"clockwise":         {[]planar.Line{line(0, 0, 0, 10, 10, 10, 10, 0, 0, 0)}, shape{[]int{1}, 100}, planar.Defects{}},
		"repeated point":    {[]planar.Line{line(0, 0, 10, 0, 10, 0, 10, 10, 0, 0)}, shape{[]int{1}, 50}, planar.Defects{}},
		"only one place":    {[]planar.Line{line(5, 5, 5, 5, 5, 5)}, shape{}, planar.Defects{}},
		"out and back":      {[]planar.Line{line(0, 0, 10, 0, 0, 0)}, shape{}, planar.Defects{Shared: 2}},
		"halves, one wrong": {[]planar.Line{line(0, 0, 10, 0, 10, 10), line(0, 0, 0, 10, 10, 10)}, shape{[]int{1}, 100}, planar.Defects{}},
		"hole":              {[]planar.Line{box(0, 0, 100, 100), box(20, 20, 10, 10)}, shape{[]int{2}, 9900}, planar.Defects{}},
		"island in a lake on an island": {
			[]planar.Line{box(0, 0, 100, 100), box(10, 10, 80, 80), box(20, 20, 60, 60), box(30, 30, 40, 40)},
			shape{[]int{2, 2}, 10000 - 6400 + 3600 - 1600},
			planar.Defects{},
		},
		"holes of two shells": {
			[]planar.Line{box(10, 10, 10, 10), box(0, 0, 100, 100), box(200, 0, 100, 100), box(210, 10, 20, 20), box(250, 10, 20, 20)},
			shape{[]int{2, 3}, 20000 - 100 - 800},
			planar.Defects{},
		},
		"shells that touch in a corner": {
			[]planar.Line{box(0, 0, 10, 10), box(10, 10, 10, 10)}, shape{[]int{1, 1}, 200}, planar.Defects{},
		},
		"one line through a corner twice": {
			[]planar.Line{line(0, 0, 10, 0, 10, 10, 20, 10, 20, 20, 10, 20, 10, 10, 0, 10, 0, 0)}, shape{[]int{1, 1}, 200}, planar.Defects{},
		},
		"shells that share an edge": {
			[]planar.Line{box(0, 0, 10, 10), box(10, 0, 10, 10)}, shape{[]int{1}, 200}, planar.Defects{Shared: 2},
		},
		"hole that touches the shell in a corner": {
			[]planar.Line{line(0, 0, 100, 0, 100, 100, 0, 100, 0, 50, 0, 0), line(0, 50, 10, 40, 10, 60, 0, 50)},
			shape{[]int{2}, 9900},
			planar.Defects{},
		},
		"hole that touches the middle of an edge": {
			[]planar.Line{box(0, 0, 100, 100), line(0, 50, 10, 40, 10, 60, 0, 50)},
			shape{[]int{2}, 9900},
			planar.Defects{Crossings: 1},
		},
		"hole that touches the shell twice": {
			[]planar.Line{line(0, 0, 100, 0, 100, 50, 100, 100, 0, 100, 0, 50, 0, 0), line(0, 50, 50, 40, 100, 50, 50, 60, 0, 50)},
			shape{[]int{1, 1}, 9000},
			planar.Defects{},
		},
		"holes that touch in a corner": {
			[]planar.Line{box(0, 0, 100, 100), box(20, 20, 10, 10), box(30, 30, 10, 10)}, shape{[]int{3}, 9800}, planar.Defects{},
		},
		"hole that shares an edge with the shell": {
			[]planar.Line{line(0, 0, 100, 0, 100, 100, 60, 100, 40, 100, 0, 100, 0, 0), box(40, 80, 20, 20)},
			shape{[]int{1}, 9600},
			planar.Defects{Shared: 2},
		},
		"bow tie": {
			[]planar.Line{line(0, 0, 1000, 1000, 1000, 0, 0, 1000, 0, 0)}, shape{[]int{1, 1}, 500000}, planar.Defects{Crossings: 1},
		},
		"hole that sticks out of its shell": {
			[]planar.Line{box(0, 0, 1000, 1000), box(900, 400, 200, 200)},
			shape{[]int{1, 1}, 1e6 - 20000 + 20000},
			planar.Defects{Crossings: 2},
		},
		"small gap": {
			[]planar.Line{line(0, 0, crossing, 0, crossing, crossing, 0, crossing, 0, gap)}, shape{[]int{1}, 1e6}, planar.Defects{Gaps: 1},
		},
		"wide gap beside a good ring": {
			[]planar.Line{line(0, 0, 1000, 0, 1000, 1000, 0, 1000, 0, 500), box(2000, 0, 10, 10)},
			shape{[]int{1}, 100},
			planar.Defects{Loose: 4},
		},
		"spur": {
			[]planar.Line{box(0, 0, 1000, 1000), line(1000, 1000, 1500, 1500, 2000, 1500)},
			shape{[]int{1}, 1e6},
			planar.Defects{Loose: 2},
		},
		"chord": {
			[]planar.Line{line(0, 0, 1000, 0, 1000, 1000, 0, 1000, 0, 0), line(1000, 0, 0, 1000)},
			shape{[]int{1}, 1e6},
			planar.Defects{Loose: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, defects := planar.Assemble(test.lines)
			if diff := cmp.Diff(test.want, shapeOf(got)); diff != "" {
				t.Errorf("Assemble(%v) = %v, -want +got:\n%s", test.lines, got, diff)
			}
			if diff := cmp.Diff(test.defects, defects); diff != "" {
				t.Errorf("Assemble(%v) defects, -want +got:\n%s", test.lines, diff)
			}
			wantValid(t, got)
		})
	}
}

// drawStar draws a ring around a point, simple because its angles grow.
func drawStar(t *rapid.T, x, y, least, most int32, label string) planar.Line {
	n := rapid.IntRange(3, 40).Draw(t, label+" corners")
	var l planar.Line
	for i := range n {
		r := float64(rapid.Int32Range(least, most).Draw(t, label+" radius"))
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		l = append(l, planar.Point{X: x + int32(r*cos), Y: y + int32(r*sin)})
	}
	return append(l, l[0])
}

// shatter cuts lines at random, turns some parts round and shuffles them all.
func shatter(t *rapid.T, lines []planar.Line) []planar.Line {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	var parts []planar.Line
	for _, l := range lines {
		for len(l) > 1 {
			n := 1 + rng.IntN(len(l)-1)
			part := slices.Clone(l[:n+1])
			if rng.IntN(2) == 0 {
				slices.Reverse(part)
			}
			parts, l = append(parts, part), l[n:]
		}
	}
	rng.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return parts
}

func TestAssembleDoesNotMindHowRingsAreCut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var lines []planar.Line
		want := 0.0
		for i := range rapid.IntRange(1, 4).Draw(t, "lakes") {
			x := int32(i) * 3_000_000
			shore := drawStar(t, x, 0, 500_000, 1_000_000, "shore")
			island := drawStar(t, x, 0, 100_000, 200_000, "island")
			pond := drawStar(t, x, 0, 10_000, 40_000, "pond")
			lines = append(lines, shore, island, pond)
			want += ringArea(shore) - ringArea(island) + ringArea(pond)
		}
		whole, _ := planar.Assemble(lines)
		got, defects := planar.Assemble(shatter(t, lines))
		if diff := cmp.Diff(whole, got); diff != "" {
			t.Fatalf("Assemble(parts) differs from Assemble(rings), -rings +parts:\n%s", diff)
		}
		if defects != (planar.Defects{}) {
			t.Fatalf("Assemble(parts) defects = %+v, want none", defects)
		}
		if area := planar.Area(got); math.Abs(area-want) > 1e-6*want {
			t.Fatalf("area of Assemble(parts) = %v, want %v", area, want)
		}
		for _, p := range got {
			if err := validity(p); err != nil {
				t.Fatalf("Assemble(parts) gave an invalid polygon: %v", err)
			}
		}
	})
}

func ringArea(l planar.Line) float64 {
	sum := 0.0
	for i := 1; i < len(l); i++ {
		sum += float64(l[i-1].X)*float64(l[i].Y) - float64(l[i].X)*float64(l[i-1].Y)
	}
	return math.Abs(sum) / 2 / 1e4
}

// Scribbles cross themselves everywhere; whatever they bound must come out
// valid.
func TestAssembleScribbles(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		span := rapid.SampledFrom([]int32{5, 20, 1000, 1_000_000}).Draw(t, "span")
		var lines []planar.Line
		for range rapid.IntRange(1, 4).Draw(t, "lines") {
			var l planar.Line
			for range rapid.IntRange(2, 12).Draw(t, "points") {
				l = append(l, planar.Point{
					X: rapid.Int32Range(0, span).Draw(t, "x"),
					Y: rapid.Int32Range(0, span).Draw(t, "y"),
				})
			}
			lines = append(lines, append(l, l[0]))
		}
		got, defects := planar.Assemble(lines)
		if defects.Tangled > 0 {
			t.Skip("rounding left crossings, as documented")
		}
		for _, p := range got {
			if err := validity(p); err != nil {
				t.Fatalf("Assemble(%v) gave an invalid polygon: %v\n%v", lines, err, p)
			}
		}
	})
}

func BenchmarkAssemble(b *testing.B) {
	circle := func(r float64, n int) planar.Line {
		var l planar.Line
		for i := range n {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
			l = append(l, planar.Point{X: int32(r * cos), Y: int32(r * sin)})
		}
		return append(l, l[0])
	}
	for name, lines := range map[string][]planar.Line{
		"building": {box(0, 0, 1000, 1000)},
		"lake":     {circle(1e6, 2000)},
		"forest":   {circle(1e7, 20000), circle(5e6, 20000), circle(1e6, 10000)},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				planar.Assemble(lines)
			}
		})
	}
}
