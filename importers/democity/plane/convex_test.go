package plane_test

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"kvartal/importers/democity/plane"
)

func point(t *rapid.T, label string) orb.Point {
	x := rapid.Float64Range(-50, 50)
	return orb.Point{x.Draw(t, label+" x"), x.Draw(t, label+" y")}
}

// polygon draws a convex polygon that is not a sliver.
func polygon(t *rapid.T, label string) plane.Convex {
	for {
		points := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) orb.Point { return point(t, label) }), 3, 12).Draw(t, label)
		if c := plane.Hull(points); c != nil && c.Area() > 5 {
			return c
		}
	}
}

func normal(t *rapid.T) orb.Point {
	a := rapid.Float64Range(0, 2*math.Pi).Draw(t, "direction")
	return orb.Point{math.Cos(a), math.Sin(a)}
}

// A cut loses nothing but corners nearer than a centimetre to one another.
func TestCutPartsAPolygon(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, p, n := polygon(t, "polygon"), point(t, "point"), normal(t)
		one, other := c.Cut(p, n), c.Cut(p, orb.Point{-n[0], -n[1]})
		area := 0.0
		for _, part := range []plane.Convex{one, other} {
			if part != nil {
				area += part.Area()
				if !part.IsConvex() {
					t.Errorf("Cut = %v, which is not convex", part)
				}
			}
		}
		if area > c.Area()+1e-6 || area < c.Area()-2*0.01*200 {
			t.Errorf("areas of both parts = %g, want %g", area, c.Area())
		}
		if one != nil && other != nil && one.Overlaps(other) {
			t.Errorf("the parts %v and %v overlap", one, other)
		}
	})
}

func TestCutBeyondClearsTheObstacle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, obstacle, keep := polygon(t, "polygon"), polygon(t, "obstacle"), point(t, "keep")
		if obstacle.Depth(keep) > -0.1 || c.Depth(keep) < 0.1 {
			return
		}
		part := c.CutBeyond(obstacle, keep)
		if part == nil {
			t.Fatalf("CutBeyond = nil although %v is to be kept", keep)
		}
		if part.Overlaps(obstacle) {
			t.Errorf("CutBeyond = %v, which overlaps the obstacle", part)
		}
		if part.Depth(keep) < -0.02 {
			t.Errorf("CutBeyond = %v, which does not hold %v", part, keep)
		}
	})
}

func TestHullAndBoxHoldEverything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := polygon(t, "polygon")
		box := c.Box(2)
		if !c.Holds(c, -1e-9) || !box.Holds(c, 2-1e-6) {
			t.Errorf("Box(2) of %v = %v, which does not hold it with a margin of 2", c, box)
		}
		if got := len(box); got != 4 || !box.IsConvex() {
			t.Errorf("Box = %v, want a rectangle", box)
		}
	})
}

// Polygons overlap exactly if no distance parts them and they do not only touch.
func TestOverlapsAgreesWithDistance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := polygon(t, "a"), polygon(t, "b")
		on, off := a.Closest(b)
		if a.Overlaps(b) != b.Overlaps(a) {
			t.Errorf("Overlaps depends on the order")
		}
		if apart := plane.Distance(on, off) > 1e-6 && a.Depth(b[0]) < 0 && b.Depth(a[0]) < 0; !a.Overlaps(b) && !apart && plane.Distance(on, off) > 1e-6 {
			t.Errorf("Overlaps = false, distance = %g", plane.Distance(on, off))
		}
		inner := plane.Between(a.Center(), b.Center(), 0.5)
		if a.Depth(inner) > 1e-3 && b.Depth(inner) > 1e-3 && !a.Overlaps(b) {
			t.Errorf("Overlaps = false although both hold %v", inner)
		}
	})
}

func TestRectanglesSideBySideOnlyTouch(t *testing.T) {
	t.Parallel()
	a := plane.Convex{{0, 0}, {10, 0}, {10, 20}, {0, 20}}
	b := plane.Convex{{10, 0}, {20, 0}, {20, 20}, {10, 20}}
	if a.Overlaps(b) {
		t.Error("rectangles with a common side overlap, want that they only touch")
	}
	if got := a.Area(); got != 200 {
		t.Errorf("Area = %g, want 200", got)
	}
}
