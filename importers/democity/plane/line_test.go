package plane_test

import (
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"kvartal/importers/democity/plane"
)

func TestLineIsWalkedByMetres(t *testing.T) {
	t.Parallel()
	l := plane.NewLine(orb.LineString{{0, 0}, {30, 0}, {30, 40}})
	if got := l.Length(); got != 70 {
		t.Errorf("Length = %g, want 70", got)
	}
	for s, want := range map[float64]orb.Point{-5: {0, 0}, 0: {0, 0}, 10: {10, 0}, 30: {30, 0}, 50: {30, 20}, 99: {30, 40}} {
		if got := l.At(s); plane.Distance(got, want) > 1e-9 {
			t.Errorf("At(%g) = %v, want %v", s, got, want)
		}
	}
	if got := l.Part(20, 40); !slices.Equal(got, orb.LineString{{20, 0}, {30, 0}, {30, 10}}) {
		t.Errorf("Part(20, 40) = %v", got)
	}
	s, distance, left := l.Nearest(orb.Point{25, 12})
	if math.Abs(s-42) > 1e-9 || math.Abs(distance-5) > 1e-9 || !left {
		t.Errorf("Nearest = %g, %g, %v, want 42, 5, true", s, distance, left)
	}
	if got := l.Direction(70, 5); got != (orb.Point{0, 1}) {
		t.Errorf("Direction at the end = %v, want north", got)
	}
}

func TestIndexFindsWhatIsNear(t *testing.T) {
	t.Parallel()
	x := plane.NewIndex(10)
	x.Add(orb.Bound{Min: orb.Point{-25, -25}, Max: orb.Point{25, 25}}, 7)
	x.Add(orb.Bound{Min: orb.Point{1, 1}, Max: orb.Point{2, 2}}, 3)
	x.Add(orb.Bound{Min: orb.Point{100, 100}, Max: orb.Point{101, 101}}, 5)
	if got := x.Near(orb.Bound{Min: orb.Point{-4, -4}, Max: orb.Point{4, 4}}); !slices.Equal(got, []int{3, 7}) {
		t.Errorf("Near = %v, want [3 7]", got)
	}
}
