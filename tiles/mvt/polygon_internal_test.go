package mvt

import (
	"testing"

	"pgregory.net/rapid"
)

func TestSmallRingsAreJudgedAsLargeOnes(t *testing.T) {
	t.Parallel()
	simples := 0
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.IntRange(0, 12)
		var drawn []Point
		for range rapid.IntRange(3, 9).Draw(t, "points") {
			drawn = append(drawn, Point{c.Draw(t, "x"), c.Draw(t, "y")})
		}
		ring := appendTidy(nil, drawn)
		if len(ring) < 3 {
			t.Skip("no area")
		}
		var r rings
		r.begin()
		r.points = append(r.points, ring...)
		r.end(3)
		var s sweep
		want := !s.meet(&r)
		if got := simple(ring); got != want {
			t.Fatalf("simple(%v) = %t, want %t", ring, got, want)
		}
		if want {
			simples++
		}
	})
	if simples == 0 {
		t.Error("no ring drawn was simple: this proves nothing")
	}
}
