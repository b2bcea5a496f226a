package mvt_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"

	ours "kvartal/tiles/mvt"
)

// example is a tile with one layer that has every kind of geometry and value.
func example() []byte {
	var l ours.Layer
	var g ours.Geometry
	var tags ours.Tags
	tags.Reset(6)
	values := [][]byte{
		ours.AppendString(nil, []byte("Ө")), ours.AppendInt(nil, 300), ours.AppendInt(nil, -300),
		ours.AppendDouble(nil, 12.5), ours.AppendBool(nil, true), ours.AppendBool(nil, false),
	}
	for i, v := range values {
		tags.Add(ours.NumberOf(uint32(i)), l.AddValue(v))
	}
	g.Points(ring(5, 7, -64, 4160))
	l.AddFeature(1<<40, ours.Points, &tags, &g)
	g.Reset()
	tags.Reset(0)
	g.Line(ring(2, 2, 2, 10, 10, 10))
	g.Line(ring(1, 1, 3, 5))
	l.AddFeature(2, ours.Lines, &tags, &g)
	g.Reset()
	g.Ring(ring(0, 0, 10, 0, 10, 10, 0, 10))
	g.Ring(ring(2, 2, 2, 4, 4, 4, 4, 2))
	l.AddFeature(3, ours.Polygons, &tags, &g)
	return l.Bytes("place", 4096, []string{"a", "b", "c", "d", "e", "f"})
}

func TestTilesReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	got, err := ours.Decode(example())
	if err != nil {
		t.Fatalf("Decode = %v", err)
	}
	want := []ours.DecodedLayer{{Name: "place", Extent: 4096, Features: []ours.DecodedFeature{
		{
			ID: 1 << 40, Type: ours.Points, Parts: [][]ours.Point{ring(5, 7), ring(-64, 4160)},
			Properties: map[string]any{"a": "Ө", "b": uint64(300), "c": int64(-300), "d": 12.5, "e": true, "f": false},
		},
		{ID: 2, Type: ours.Lines, Parts: [][]ours.Point{ring(2, 2, 2, 10, 10, 10), ring(1, 1, 3, 5)}, Properties: map[string]any{}},
		{
			ID: 3, Type: ours.Polygons, Properties: map[string]any{},
			Parts: [][]ours.Point{ring(0, 0, 10, 0, 10, 10, 0, 10), ring(2, 2, 2, 4, 4, 4, 4, 2)},
		},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Decode (-want +got):\n%s", diff)
	}
}

func TestOthersReadOurTiles(t *testing.T) {
	t.Parallel()
	got, err := mvt.Unmarshal(example())
	if err != nil {
		t.Fatalf("Unmarshal = %v", err)
	}
	features := got[0].Features
	if len(features) != 3 || features[0].Properties["c"] != -300.0 || features[0].Properties["a"] != "Ө" {
		t.Fatalf("features = %v", features)
	}
	want := orb.Polygon{
		{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}},
		{{2, 2}, {2, 4}, {4, 4}, {4, 2}, {2, 2}},
	}
	if polygon, ok := features[2].Geometry.(orb.Polygon); !ok || !polygon.Equal(want) {
		t.Errorf("polygon = %v, want %v", features[2].Geometry, want)
	}
}

func TestALayerWithoutFeaturesIsNothing(t *testing.T) {
	t.Parallel()
	var l ours.Layer
	l.AddValue(ours.AppendBool(nil, true))
	if got := l.Bytes("empty", 4096, []string{"a"}); got != nil {
		t.Errorf("Bytes = %v, want nil", got)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(example())
	f.Add([]byte{0x1a, 0x00})
	f.Fuzz(func(t *testing.T, tile []byte) {
		if len(tile) > 1<<12 {
			t.Skip()
		}
		layers, err := ours.Decode(tile)
		if err != nil {
			return
		}
		for _, l := range layers {
			if len(l.Features) == 0 {
				t.Errorf("Decode took layer %q without features", l.Name)
			}
		}
	})
}
