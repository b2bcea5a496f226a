package mvt_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/peterstace/simplefeatures/geom"
	"pgregory.net/rapid"

	"kvartal/tiles/mvt"
)

// encode returns the decoded parts of a polygon after it has been made valid.
func encode(t fataler, p *mvt.Polygon) [][]mvt.Point {
	t.Helper()
	if !p.Empty() && !p.Clean() {
		p.Resolve()
	}
	if p.Empty() {
		return nil
	}
	var g mvt.Geometry
	p.AppendTo(&g)
	return decode(t, mvt.Polygons, &g).Parts
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func decode(t fataler, kind mvt.GeometryType, g *mvt.Geometry) mvt.DecodedFeature {
	t.Helper()
	var l mvt.Layer
	l.AddFeature(7, kind, &mvt.Tags{}, g)
	layers, err := mvt.Decode(l.Bytes("l", 4096, nil))
	if err != nil {
		t.Fatalf("Decode = %v", err)
	}
	return layers[0].Features[0]
}

func ring(xy ...int) []mvt.Point {
	out := make([]mvt.Point, 0, len(xy)/2)
	for i := 0; i < len(xy); i += 2 {
		out = append(out, mvt.Point{X: xy[i], Y: xy[i+1]})
	}
	return out
}

// reversed makes a hole of a ring.
func reversed(points []mvt.Point) []mvt.Point {
	out := make([]mvt.Point, len(points))
	for i, p := range points {
		out[len(points)-1-i] = p
	}
	return out
}

func TestPolygonsAreMadeValid(t *testing.T) {
	t.Parallel()
	square := ring(0, 0, 10, 0, 10, 10, 0, 10)
	for name, test := range map[string]struct {
		rings [][]mvt.Point // the first one exterior, others holes
		want  string
	}{
		"a square stays":                  {[][]mvt.Point{square}, "[[{0 0} {10 0} {10 10} {0 10}]]"},
		"points on an edge go":            {[][]mvt.Point{ring(0, 0, 5, 0, 5, 0, 10, 0, 10, 10, 0, 10, 0, 4)}, "[[{0 0} {10 0} {10 10} {0 10}]]"},
		"a spike goes":                    {[][]mvt.Point{ring(0, 0, 10, 0, 20, 0, 10, 0, 10, 10, 0, 10)}, "[[{0 0} {10 0} {10 10} {0 10}]]"},
		"a line has no area":              {[][]mvt.Point{ring(0, 0, 5, 5, 9, 9, 5, 5)}, "[]"},
		"a bow tie keeps its right half":  {[][]mvt.Point{ring(0, 0, 10, 10, 10, 0, 0, 10)}, "[[{0 0} {5 5} {0 10}]]"},
		"a hole stays":                    {[][]mvt.Point{square, reversed(ring(2, 2, 4, 2, 4, 4, 2, 4))}, "[[{0 0} {10 0} {10 10} {0 10}] [{2 4} {4 4} {4 2} {2 2}]]"},
		"a hole at the edge is a bay":     {[][]mvt.Point{square, reversed(ring(2, 0, 4, 0, 4, 4, 2, 4))}, "[[{0 0} {2 0} {2 4} {4 4} {4 0} {10 0} {10 10} {0 10}]]"},
		"a hole across makes two":         {[][]mvt.Point{square, reversed(ring(4, 0, 6, 0, 6, 10, 4, 10))}, "[[{0 0} {4 0} {4 10} {0 10}] [{6 0} {10 0} {10 10} {6 10}]]"},
		"a hole outside goes":             {[][]mvt.Point{square, reversed(ring(20, 0, 26, 0, 26, 10))}, "[[{0 0} {10 0} {10 10} {0 10}]]"},
		"a ring turned inside out goes":   {[][]mvt.Point{reversed(square)}, "[]"},
		"two that touch at a point part":  {[][]mvt.Point{ring(0, 0, 5, 5, 10, 0, 10, 10, 5, 5, 0, 10)}, "[[{0 0} {5 5} {0 10}] [{5 5} {10 0} {10 10}]]"},
		"holes that share an edge join":   {[][]mvt.Point{square, reversed(ring(2, 2, 4, 2, 4, 4, 2, 4)), reversed(ring(4, 2, 6, 2, 6, 4, 4, 4))}, "[[{0 0} {10 0} {10 10} {0 10}] [{2 2} {2 4} {6 4} {6 2}]]"},
		"a hole as big leaves nothing":    {[][]mvt.Point{square, reversed(square)}, "[]"},
		"a narrow neck closes to a point": {[][]mvt.Point{ring(0, 0, 4, 0, 4, 5, 5, 5, 5, 0, 9, 0, 9, 9, 5, 9, 5, 5, 4, 5, 4, 9, 0, 9)}, "[[{0 0} {4 0} {4 9} {0 9}] [{5 0} {9 0} {9 9} {5 9}]]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p mvt.Polygon
			for i, r := range test.rings {
				p.AddRing(r, i > 0)
			}
			if got := fmt.Sprint(encode(t, &p)); got != test.want {
				t.Errorf("polygon = %s, want %s", got, test.want)
			}
		})
	}
}

// drawRing draws points of a small grid, so that much meets.
func drawRing(t *rapid.T, width int) []mvt.Point {
	coordinate := rapid.IntRange(0, width)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) mvt.Point {
		return mvt.Point{X: coordinate.Draw(t, "x"), Y: coordinate.Draw(t, "y")}
	}), 3, 60).Draw(t, "ring")
}

func TestAnyRingsBecomeTheValidAreaTheyWind(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.SampledFrom([]int{4, 12, 100, 4000}).Draw(t, "width")
		var p mvt.Polygon
		var input [][]mvt.Point
		for range rapid.IntRange(1, 4).Draw(t, "rings") {
			r := drawRing(t, width)
			input = append(input, r)
			p.AddRing(r, false)
		}
		p.Resolve()
		if p.Empty() {
			return
		}
		parts := encodeAsIs(t, &p)
		checkValid(t, parts)
		checkWinding(t, input, parts, width)
	})
}

func encodeAsIs(t fataler, p *mvt.Polygon) [][]mvt.Point {
	var g mvt.Geometry
	p.AppendTo(&g)
	return decode(t, mvt.Polygons, &g).Parts
}

// checkValid asks another library whether each polygon is valid by OGC 06-103r4.
func checkValid(t fataler, parts [][]mvt.Point) {
	t.Helper()
	for _, polygon := range polygonsOf(parts) {
		if err := polygon.Validate(); err != nil {
			t.Fatalf("polygon %s: %v", polygon.AsText(), err)
		}
	}
}

// polygonsOf groups rings to polygons without looking whether they are valid.
func polygonsOf(parts [][]mvt.Point) []geom.Polygon {
	var out []geom.Polygon
	var current []geom.LineString
	flush := func() {
		if len(current) > 0 {
			out = append(out, geom.NewPolygon(current))
		}
		current = nil
	}
	for _, r := range parts {
		var coordinates []float64
		for _, p := range append(append([]mvt.Point{}, r...), r[0]) {
			coordinates = append(coordinates, float64(p.X), float64(p.Y))
		}
		if area(r) > 0 {
			flush()
		}
		current = append(current, geom.NewLineString(geom.NewSequence(coordinates, geom.DimXY)))
	}
	flush()
	return out
}

func area(r []mvt.Point) (sum int) {
	for i, p := range r {
		q := r[(i+1)%len(r)]
		sum += p.X*q.Y - q.X*p.Y
	}
	return sum
}

// checkWinding compares winding numbers before and after at points that are
// farther from the edges than these may have moved.
func checkWinding(t fataler, before, after [][]mvt.Point, width int) {
	t.Helper()
	const steps = 25
	for i := range steps {
		for j := range steps {
			x, y := (float64(i)+0.37)*float64(width)/steps, (float64(j)+0.41)*float64(width)/steps
			if distance(before, x, y) < 2.5 {
				continue
			}
			if got, want := winding(after, x, y), winding(before, x, y) > 0; (got == 1) != want || got != 0 && got != 1 {
				t.Fatalf("winding number at %g %g = %d, want inside = %t\nbefore %v\nafter %v", x, y, got, want, before, after)
			}
		}
	}
}

func winding(rings [][]mvt.Point, x, y float64) (n int) {
	eachEdge(rings, func(x1, y1, x2, y2 float64) {
		if (y1 <= y) == (y2 <= y) || x1+(y-y1)/(y2-y1)*(x2-x1) <= x {
			return
		}
		if y2 > y1 {
			n++
		} else {
			n--
		}
	})
	return n
}

func distance(rings [][]mvt.Point, x, y float64) float64 {
	least := math.Inf(1)
	eachEdge(rings, func(x1, y1, x2, y2 float64) {
		along := 0.0
		if length := (x2-x1)*(x2-x1) + (y2-y1)*(y2-y1); length > 0 {
			along = min(1, max(0, ((x-x1)*(x2-x1)+(y-y1)*(y2-y1))/length))
		}
		least = min(least, math.Hypot(x-x1-along*(x2-x1), y-y1-along*(y2-y1)))
	})
	return least
}

func eachEdge(rings [][]mvt.Point, visit func(x1, y1, x2, y2 float64)) {
	for _, r := range rings {
		for i, p := range r {
			q := r[(i+1)%len(r)]
			visit(float64(p.X), float64(p.Y), float64(q.X), float64(q.Y))
		}
	}
}

func TestClippedPolygonsAreWhatTheBoxShows(t *testing.T) {
	t.Parallel()
	box := mvt.TileBox(64, 8)
	rapid.Check(t, func(t *rapid.T) {
		var whole, clipped mvt.Polygon
		r := drawRing(t, 200)
		for i := range r {
			r[i].X -= 70
			r[i].Y -= 70
		}
		whole.AddRing(r, false)
		whole.Resolve()
		if whole.Empty() {
			return
		}
		valid := encodeAsIs(t, &whole)
		for _, r := range valid {
			clipped.AddClipped(r, area(r) < 0, box)
		}
		parts := encode(t, &clipped)
		checkValid(t, parts)
		for _, r := range parts {
			for _, p := range r {
				if p.X < box.MinX || p.X > box.MaxX || p.Y < box.MinY || p.Y > box.MaxY {
					t.Fatalf("point %v lies outside %v", p, box)
				}
			}
		}
		for x := -7.5; x < 72; x++ {
			for y := -7.5; y < 72; y++ {
				if distance(valid, x, y) > 2.5 && winding(parts, x, y) != winding(valid, x, y) {
					t.Fatalf("winding number at %g %g = %d, want %d", x, y, winding(parts, x, y), winding(valid, x, y))
				}
			}
		}
	})
}
