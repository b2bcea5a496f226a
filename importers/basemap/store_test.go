package basemap

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kvartal/importers/basemap/pbf"
	"kvartal/importers/basemap/planar"
)

func TestNodeStoreFindsWhatWasAdded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.Int64Range(1, 5000), 0, 1500, rapid.ID).Draw(t, "ids")
		slices.Sort(ids)
		s, err := newNodeStore(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.close()
		for _, id := range ids {
			if err := s.add(id, planar.Point{X: int32(id), Y: -int32(id)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.flush(); err != nil {
			t.Fatal(err)
		}
		asked := rapid.SliceOf(rapid.Int64Range(-10, 5010)).Draw(t, "asked")
		found, err := s.find(slices.Clone(asked))
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range asked {
			p, ok := found.of(id)
			if want := slices.Contains(ids, id); ok != want || ok && (p.X != int32(id) || p.Y != -int32(id)) {
				t.Fatalf("node %d is found: %v at %v, want %v", id, ok, p, want)
			}
		}
	})
}

func TestLineStoreKeepsLinesAndTags(t *testing.T) {
	t.Parallel()
	s, err := newLineStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	lines := []storedLine{
		{id: 3, line: planar.Line{{X: 1, Y: -2}, {X: 2_000_000_000, Y: -2_000_000_000}}},
		{id: 9, line: planar.Line{{X: 5, Y: 6}}, tags: pbf.Tags{{Key: "natural", Value: "water"}, {Key: "name", Value: "Көл"}, {Key: "note", Value: ""}}},
		{id: 10, line: planar.Line{}},
	}
	for _, l := range lines {
		if err := s.add(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.flush(); err != nil {
		t.Fatal(err)
	}
	for _, want := range lines {
		got, ok, err := s.get(want.id)
		if err != nil || !ok {
			t.Fatalf("get(%d) = %v, %v; want it found", want.id, ok, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(storedLine{})); diff != "" {
			t.Errorf("get(%d), -want +got:\n%s", want.id, diff)
		}
	}
	if _, ok, err := s.get(4); ok || err != nil {
		t.Errorf("get(4) = %v, %v; want it not found", ok, err)
	}
}
