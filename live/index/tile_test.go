package index

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kvartal"
)

func TestObjectsAreSortedByID(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(rapid.Int64Range(1, 10), rapid.Int64Range(1, 100_000), rapid.Int64Range(1, 1<<62))
		var objects []Seen
		for i, n := range rapid.SliceOfN(id, 0, 50).Draw(t, "ids") {
			objects = append(objects, Seen{&Object{ID: kvartal.FeatureID(n)}, uint64(i)})
		}
		want := slices.Clone(objects)
		slices.SortStableFunc(want, func(a, b Seen) int { return cmp.Compare(a.ID, b.ID) })
		if got := sortByID(objects); !slices.Equal(got, want) {
			t.Errorf("sortByID = %v, want %v", got, want)
		}
	})
}
