package mvt_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"kvartal/tiles/mvt"
)

func TestLinesAreCut(t *testing.T) {
	t.Parallel()
	box := mvt.TileBox(10, 0)
	for name, test := range map[string]struct {
		line []mvt.Point
		want string
	}{
		"within":             {ring(1, 1, 5, 5, 5, 9), "[[{1 1} {5 5} {5 9}]]"},
		"points on the way":  {ring(1, 1, 1, 1, 2, 2, 5, 5, 5, 9), "[[{1 1} {5 5} {5 9}]]"},
		"there and back":     {ring(1, 1, 5, 1, 2, 1), "[[{1 1} {5 1} {2 1}]]"},
		"out":                {ring(5, 5, 15, 5), "[[{5 5} {10 5}]]"},
		"out and in":         {ring(5, 5, 15, 5, 15, 7, 5, 7), "[[{5 5} {10 5}] [{10 7} {5 7}]]"},
		"right through":      {ring(-10, -10, 20, 20), "[[{0 0} {10 10}]]"},
		"past":               {ring(-5, 5, 5, 20), "[]"},
		"past a corner":      {ring(-5, 5, 5, -5), "[]"},
		"a point":            {ring(5, 5, 5, 5), "[]"},
		"across a corner":    {ring(8, -2, 12, 2), "[]"},
		"along the edge":     {ring(10, -5, 10, 15), "[[{10 0} {10 10}]]"},
		"from the other end": {ring(1<<34, 5, -1<<34, 5), "[[{10 5} {0 5}]]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var l mvt.Line
			l.AddClipped(test.line, box)
			if got := fmt.Sprint(lineParts(t, &l)); got != test.want {
				t.Errorf("AddClipped(%v) = %s, want %s", test.line, got, test.want)
			}
		})
	}
}

func lineParts(t fataler, l *mvt.Line) [][]mvt.Point {
	if l.Empty() {
		return nil
	}
	var g mvt.Geometry
	l.AppendTo(&g)
	return decode(t, mvt.Lines, &g).Parts
}

// A line keeps to its old course: no end or bend of a part is farther than a
// unit from it, and all of the line in the box is there.
func TestCutLinesKeepTheirCourse(t *testing.T) {
	t.Parallel()
	box := mvt.TileBox(64, 8)
	rapid.Check(t, func(t *rapid.T) {
		line := drawRing(t, 200)
		for i := range line {
			line[i].X -= 70
			line[i].Y -= 70
		}
		var l mvt.Line
		l.AddClipped(line, box)
		parts := lineParts(t, &l)
		open := asOpen(line)
		var cut [][]mvt.Point
		for _, part := range parts {
			cut = append(cut, asOpen(part)...)
			for _, p := range part {
				if d := distance(open, float64(p.X), float64(p.Y)); d > 1 {
					t.Fatalf("%v is %g from the line", p, d)
				}
			}
		}
		for _, p := range line {
			if p.X > box.MinX && p.X < box.MaxX && p.Y > box.MinY && p.Y < box.MaxY && standsOut(line) {
				if d := distance(cut, float64(p.X), float64(p.Y)); d > 1 {
					t.Fatalf("%v of the line is %g from its parts %v", p, d, parts)
				}
			}
		}
	})
}

// standsOut reports whether a line is more than a point.
func standsOut(line []mvt.Point) bool {
	for _, p := range line {
		if p != line[0] {
			return true
		}
	}
	return false
}

// asOpen makes rings of two points of a line's segments, for eachEdge.
func asOpen(line []mvt.Point) (out [][]mvt.Point) {
	for i := 1; i < len(line); i++ {
		out = append(out, line[i-1:i+1])
	}
	return out
}
