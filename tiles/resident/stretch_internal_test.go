package resident

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/project"

	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/view"
)

// bay is a coast about 20 km around Bishkek with so many vertices, and an island
// as detailed in its middle.
func bay(vertices int) orb.Polygon {
	center := project.Point(orb.Point{74.6, 42.87}, project.WGS84.ToMercator)
	ring := func(radius float64, turn float64) orb.Ring {
		out := make(orb.Ring, 0, vertices+1)
		for i := range vertices {
			angle := turn * 2 * math.Pi * float64(i) / float64(vertices)
			r := radius * (1 + 0.1*math.Sin(9*angle) + 0.02*math.Sin(113*angle) + 0.001*math.Sin(1777*angle))
			out = append(out, orb.Point{center[0] + r*math.Cos(angle), center[1] + r*math.Sin(angle)})
		}
		return append(out, out[0])
	}
	return orb.Polygon{ring(10_000, 1), ring(3_000, -1)}
}

// layerOf is a layer of geometries in EPSG:3857, without attributes.
func layerOf(t testing.TB, geometries ...orb.Geometry) *layer {
	t.Helper()
	s := &schema{plane: newPlane(tiles.WebMercatorQuad()), def: &layers.Definition{ID: "coast", Geometry: layers.AnyGeometry, Tiles: layers.Tiles{Layer: "coast", Resident: true}}}
	values := newDictionary()
	build := newBuilder(s, values, 0)
	for i, g := range geometries {
		b, err := wkb.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		if err := build.add([][]byte{binary.BigEndian.AppendUint64(nil, uint64(i+1)), b, nil, nil}); err != nil {
			t.Fatal(err)
		}
	}
	return newLayer(s, values, build.finish())
}

// onCoast are tiles of a zoom along a line.
func onCoast(line orb.Ring, z maptile.Zoom) (out []maptile.Tile) {
	for i := 0; i < len(line); i += len(line)/12 + 1 {
		at := maptile.At(project.Point(line[i], project.Mercator.ToWGS84), z)
		out = append(out, at, maptile.New(at.X+1, at.Y, z), maptile.New(at.X, at.Y-2, z))
	}
	return out
}

func TestLongFeaturesAreClippedAsShortOnesAre(t *testing.T) {
	t.Parallel()
	coast := bay(5000)
	l := layerOf(t, coast, orb.MultiLineString{orb.LineString(coast[0]), orb.LineString(coast[1])})
	if got := len(l.base.long); got != 2 {
		t.Fatalf("long features = %d, want 2", got)
	}
	plain := layerOf(t, coast, orb.MultiLineString{orb.LineString(coast[0]), orb.LineString(coast[1])})
	plain.base.long, plain.base.stretches = nil, nil
	for z := maptile.Zoom(5); z <= 20; z++ {
		for _, at := range onCoast(coast[int(z)%2], z) {
			got, want := encodeAll(t, l, at), encodeAll(t, plain, at)
			if !bytes.Equal(got, want) {
				t.Errorf("tile %v has %d bytes, undivided %d, or others", at, len(got), len(want))
			}
		}
	}
}

func encodeAll(t testing.TB, l *layer, at maptile.Tile) []byte {
	t.Helper()
	tile, _, err := l.encode(t.Context(), new(scratch), view.New("coast", []view.Action{view.See}, nil), nil, at)
	if err != nil {
		t.Fatalf("encode(%v) = %v", at, err)
	}
	return tile
}

// The work for a tile is bounded by what is in it: of the rest, two vertices of
// each stretch are looked at.
func TestTilesLookAtFewVerticesOfALongFeature(t *testing.T) {
	t.Parallel()
	const vertices = 100_000
	coast := bay(vertices)
	l := layerOf(t, coast)
	for _, at := range onCoast(coast[0], 17) {
		s := new(scratch)
		e := encoding{scratch: s, layer: l, grid: newGrid(at), tile: at}
		e.inner = e.grid.within(tileBox())
		points, _ := e.reaching(l.base, 0, l.base.stretchesOf(0))
		const far, near = 2 * (vertices/stretchLength + 1), 40 * stretchLength
		if len(points) > far+near {
			t.Errorf("tile %v looks at %d of %d vertices, want %d at most", at, len(points), vertices, far+near)
		}
	}
}

// BenchmarkLongFeature is a tile at the coast of a bay of 200,000 vertices.
func BenchmarkLongFeature(b *testing.B) {
	coast := bay(100_000)
	l := layerOf(b, coast)
	s, v := new(scratch), view.New("coast", []view.Action{view.See}, nil)
	for _, z := range []maptile.Zoom{8, 12, 14, 17} {
		b.Run("z"+strconv.Itoa(int(z)), func(b *testing.B) {
			at := onCoast(coast[0], z)
			for i := 0; b.Loop(); i++ {
				if _, _, err := l.encode(b.Context(), s, v, nil, at[i%len(at)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
