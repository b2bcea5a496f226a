package resident

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"
	"github.com/paulmach/orb/encoding/wkb"

	"kvartal/tiles/mvt"
)

// taken notes the parts of a geometry.
type taken struct {
	kind  mvt.GeometryType
	holes []bool
	sizes []int
}

func (t *taken) part(kind mvt.GeometryType, hole bool, points wkbPoints) {
	t.kind = kind
	t.holes = append(t.holes, hole)
	t.sizes = append(t.sizes, points.len())
	for i := range points.len() {
		points.at(i)
	}
}

func marshal(t testing.TB, g orb.Geometry) []byte {
	t.Helper()
	b, err := ewkb.Marshal(g, 3857)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGeometryIsReadByItsHighestDimension(t *testing.T) {
	t.Parallel()
	ring := orb.Ring{{0, 0}, {9, 0}, {9, 9}, {0, 0}}
	polygon := orb.Polygon{ring, {{1, 1}, {2, 1}, {2, 2}, {1, 1}}}
	for name, test := range map[string]struct {
		geometry orb.Geometry
		kind     mvt.GeometryType
		sizes    []int
	}{
		"point":       {orb.Point{1, 2}, mvt.Points, []int{1}},
		"empty point": {orb.Point{math.NaN(), math.NaN()}, 0, nil},
		"points":      {orb.MultiPoint{{1, 2}, {3, 4}}, mvt.Points, []int{1, 1}},
		"line":        {orb.LineString{{1, 2}, {3, 4}}, mvt.Lines, []int{2}},
		"lines":       {orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}, {9, 9}}}, mvt.Lines, []int{2, 3}},
		"polygon":     {polygon, mvt.Polygons, []int{4, 4}},
		"polygons":    {orb.MultiPolygon{polygon, {ring}}, mvt.Polygons, []int{4, 4, 4}},
		"collection":  {orb.Collection{orb.Point{1, 2}, orb.LineString{{1, 2}, {3, 4}}, orb.MultiPoint{{1, 1}}}, mvt.Lines, []int{2}},
		"nothing":     {orb.Collection{}, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got taken
			if err := readWKB(marshal(t, test.geometry), &got); err != nil {
				t.Fatalf("readWKB = %v", err)
			}
			if got.kind != test.kind || !slices.Equal(got.sizes, test.sizes) {
				t.Errorf("readWKB = type %d, parts %v, want type %d, parts %v", got.kind, got.sizes, test.kind, test.sizes)
			}
		})
	}
}

func TestBrokenGeometryIsRefused(t *testing.T) {
	t.Parallel()
	point := marshal(t, orb.Point{1, 2})
	for name, b := range map[string][]byte{
		"nothing":          {},
		"cut off":          point[:len(point)-1],
		"too long":         append(slices.Clone(point), 0),
		"byte order":       {7, 1, 0, 0, 0},
		"more than there":  {1, 2, 0, 0, 0, 255, 255, 255, 255},
		"nested very deep": nested(100),
	} {
		if err := readWKB(b, &taken{}); !errors.Is(err, errWKB) {
			t.Errorf("readWKB(%s) = %v, want %v", name, err, errWKB)
		}
	}
	surface := []byte{1, 16, 0, 0, 0, 0, 0, 0, 0}
	if err := readWKB(surface, &taken{}); !errors.Is(err, errNoPlace) {
		t.Errorf("readWKB(TIN) = %v, want %v", err, errNoPlace)
	}
}

func nested(depth int) (b []byte) {
	for range depth {
		b = append(b, 1, 7, 0, 0, 0, 1, 0, 0, 0)
	}
	return b
}

func FuzzReadWKB(f *testing.F) {
	f.Add(marshal(f, orb.Point{1, 2}))
	f.Add(marshal(f, orb.Collection{orb.MultiPolygon{{{{0, 0}, {9, 0}, {9, 9}, {0, 0}}}}}))
	f.Add([]byte{0, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var got taken
		if err := readWKB(b, &got); err != nil {
			return
		}
		// What another reader takes too, it sees the same.
		g, err := wkb.Unmarshal(b)
		if err != nil {
			return
		}
		if p, ok := g.(orb.LineString); ok && len(p) > 0 && (len(got.sizes) != 1 || got.sizes[0] != len(p)) {
			t.Errorf("a line of %d points has parts %v", len(p), got.sizes)
		}
	})
}
