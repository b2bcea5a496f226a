package resident

import (
	"encoding/binary"
	"reflect"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"pgregory.net/rapid"
)

// feature draws a geometry of any kind, a long one now and then.
func feature(t *rapid.T) orb.Geometry {
	c := rapid.Float64Range(-3000, 3000)
	x, y := 8_304_434+c.Draw(t, "x"), 5_292_205+c.Draw(t, "y")
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0, 1, 2:
		return orb.Point{x, y}
	case 3, 4:
		return orb.LineString{{x, y}, {x + 30, y + 7}, {x + 40, y}}
	case 5:
		return orb.LineString(bay(150)[0])
	case 6:
		coast := bay(longFeature)
		return orb.MultiPolygon{coast[:1], {orb.Ring{{x, y}, {x + 1, y}, {x, y + 1}, {x, y}}}}
	}
	outer := orb.Ring{{x, y}, {x + 50, y}, {x + 50, y + 50}, {x, y + 50}, {x, y}}
	inner := orb.Ring{{x + 10, y + 10}, {x + 10, y + 20}, {x + 20, y + 20}, {x + 10, y + 10}}
	return orb.Polygon{outer, inner}
}

func TestMergingIsAsSortingAnew(t *testing.T) {
	t.Parallel()
	s := layerOf(t).schema
	build := func(t *rapid.T, rows map[int64]orb.Geometry, version uint32) *builder {
		b := newBuilder(s, newDictionary(), 0)
		for id, g := range rows {
			text, err := wkb.Marshal(g)
			if err != nil {
				t.Fatalf("Marshal = %v", err)
			}
			if err := b.add([][]byte{binary.BigEndian.AppendUint64(nil, uint64(id)), text, nil, binary.BigEndian.AppendUint32(nil, version)}); err != nil {
				t.Fatalf("add = %v", err)
			}
		}
		return b
	}
	draw := func(t *rapid.T, label string) map[int64]orb.Geometry {
		return rapid.MapOfN(rapid.Int64Range(1, 60), rapid.Custom(feature), 0, 40).Draw(t, label)
	}
	rapid.Check(t, func(t *rapid.T) {
		old, changed := draw(t, "old"), draw(t, "changed")
		gone := rapid.SliceOf(rapid.Int64Range(1, 60)).Draw(t, "gone")
		left := map[int64]orb.Geometry{}
		for id, g := range old {
			if _, again := changed[id]; !again && !slices.Contains(gone, id) {
				left[id] = g
			}
		}
		for id := range changed {
			gone = append(gone, id)
		}
		base := newLayer(s, newDictionary(), build(t, old, 1).finish())
		got, _ := base.with(gone, build(t, changed, 2).finish(), values{ends: []uint32{0}}).merged(newDictionary())
		all := build(t, changed, 2)
		rest := build(t, left, 1).finish()
		all.raw.copyRun(rest, 0, uint32(rest.len()))
		want := all.finish()
		for name, pair := range map[string][2]any{
			"ids":       {got.base.ids, want.ids},
			"versions":  {got.base.versions, want.versions},
			"kinds":     {got.base.kinds, want.kinds},
			"zooms":     {got.base.zooms, want.zooms},
			"index":     {got.base.index, want.index},
			"firsts":    {got.base.firsts, want.firsts},
			"ends":      {got.base.ends, want.ends},
			"holes":     {got.base.holes, want.holes},
			"vertices":  {got.base.vertices, want.vertices},
			"steps":     {got.base.steps, want.steps},
			"long":      {got.base.long, want.long},
			"stretches": {got.base.stretches, want.stretches},
			"byID":      {got.base.byID, want.byID},
		} {
			if !reflect.DeepEqual(pair[0], pair[1]) {
				t.Fatalf("%s of the merged part = %v, want %v", name, pair[0], pair[1])
			}
		}
	})
}
