// Package coast makes water polygons of coastlines within an extract.
//
// OpenStreetMap draws the sea as lines with the water on their right
// (natural=coastline); an extract holds only some of them, cut where its own
// outline happened to run. The package joins them, ends them at the edge of the
// extract's box and walks along that edge from one to the next with the water
// on the right.
package coast

import (
	"math"
	"slices"

	"kvartal/importers/basemap/planar"
)

// Defects counts what was wrong with the coastlines.
type Defects struct {
	Loose         int // ends inside the box, connected by the rules of connect.go
	Contradictory int // coastlines left out because others have land where they have water
	Crossed       int // places where coastlines cross
}

// Water returns the part of box that lies to the right of the coastlines.
// Lines that follow one another must share their end points. Without lines
// there is no water: nothing says whether the box lies in the sea or inland;
// and so if no line enters the box.
func Water(lines []planar.Line, box planar.Box) ([]planar.Polygon, Defects) {
	box = widen(box, lines)
	c := connector{box: box, lines: joinLines(lines)}
	c.connect()
	// What goes on to a point beyond the box must not end on its edge either.
	box = widen(box, c.lines)
	chart := newChart(c.lines, box)
	contradictions := chart.settle()
	polygons, found := planar.Assemble(chart.shores())
	return polygons, Defects{Loose: c.loose, Contradictory: contradictions, Crossed: found.Crossings}
}

// widen moves the sides of box outwards until no point of lines is on its edge, so that every line
// either crosses the edge or keeps off it.
func widen(box planar.Box, lines []planar.Line) planar.Box {
	xs, ys := map[int32]bool{}, map[int32]bool{}
	for _, l := range lines {
		for _, p := range l {
			xs[p.X], ys[p.Y] = true, true
		}
	}
	for xs[box.Min.X] {
		box.Min.X--
	}
	for xs[box.Max.X] {
		box.Max.X++
	}
	for ys[box.Min.Y] {
		box.Min.Y--
	}
	for ys[box.Max.Y] {
		box.Max.Y++
	}
	return box
}

// joinLines puts lines together that follow one another, as far as that goes.
func joinLines(lines []planar.Line) []planar.Line {
	j := joiner{lines: lines, from: map[planar.Point][]int{}, used: make([]bool, len(lines))}
	ends := map[planar.Point]bool{}
	for i, l := range lines {
		if len(l) < 2 {
			j.used[i] = true
			continue
		}
		j.from[l[0]] = append(j.from[l[0]], i)
		ends[l[len(l)-1]] = true
	}
	for i, l := range lines { // those that follow no other first
		if len(l) > 0 && !ends[l[0]] {
			j.follow(i)
		}
	}
	for i := range lines {
		j.follow(i)
	}
	return j.joined
}

// joiner joins lines.
type joiner struct {
	lines  []planar.Line
	from   map[planar.Point][]int // lines that begin there
	used   []bool
	joined []planar.Line
}

// follow joins line i and those after it until they close or none is left.
func (j *joiner) follow(i int) {
	var l planar.Line
	for i >= 0 && !j.used[i] {
		j.used[i] = true
		l = append(l, j.lines[i]...)
		i = -1
		if !l.Closed() {
			i = j.unused(l[len(l)-1])
		}
	}
	if len(l) > 0 {
		j.joined = append(j.joined, l.Compact())
	}
}

// unused returns a line not joined yet that begins at p, or -1.
func (j *joiner) unused(p planar.Point) int {
	for _, i := range j.from[p] {
		if !j.used[i] {
			return i
		}
	}
	return -1
}

// chart is the coastlines inside the box.
type chart struct {
	box    planar.Box
	closed []planar.Line // either way round
	open   []planar.Line // from edge to edge of the box
}

func newChart(lines []planar.Line, box planar.Box) *chart {
	c := &chart{box: box}
	for _, l := range lines {
		if len(l) > 1 {
			c.add(l)
		}
	}
	return c
}

// add cuts l to the box.
func (c *chart) add(l planar.Line) {
	parts := clip(l, c.box)
	if last := len(parts) - 1; l.Closed() && last > 0 && parts[0][0] == l[0] && parts[last][len(parts[last])-1] == l[0] {
		// A ring that begins inside the box: its first and last part are one.
		parts[0] = append(parts[last], parts[0][1:]...)
		parts = parts[:last]
	}
	for _, p := range parts {
		if p.Closed() {
			c.closed = append(c.closed, p)
		} else {
			c.open = append(c.open, p)
		}
	}
}

// clip returns the parts of l inside box. No point of l is on the edge of box.
func clip(l planar.Line, box planar.Box) []planar.Line {
	var parts []planar.Line
	var part planar.Line
	if box.Contains(l[0]) {
		part = planar.Line{l[0]}
	}
	for i := 1; i < len(l); i++ {
		from, to, ok := clipSegment(l[i-1], l[i], box)
		if !ok {
			continue
		}
		if len(part) == 0 {
			part = planar.Line{from}
		}
		part = append(part, to)
		if to != l[i] {
			parts, part = append(parts, part.Compact()), nil
		}
	}
	if len(part) > 0 {
		parts = append(parts, part.Compact())
	}
	return slices.DeleteFunc(parts, func(p planar.Line) bool { return len(p) < 2 })
}

// clipSegment returns the part of p–q inside box (Liang and Barsky, 1984).
func clipSegment(p, q planar.Point, box planar.Box) (from, to planar.Point, ok bool) {
	px, py := float64(p.X), float64(p.Y)
	dx, dy := float64(q.X)-px, float64(q.Y)-py
	t0, t1 := 0.0, 1.0
	var edge0, edge1 int // which side of the box decides
	for side, k := range [4][2]float64{
		{-dx, px - float64(box.Min.X)},
		{dx, float64(box.Max.X) - px},
		{-dy, py - float64(box.Min.Y)},
		{dy, float64(box.Max.Y) - py},
	} {
		switch speed, room := k[0], k[1]; {
		case speed == 0 && room < 0:
			return p, q, false
		case speed < 0 && room/speed > t0:
			t0, edge0 = room/speed, side
		case speed > 0 && room/speed < t1:
			t1, edge1 = room/speed, side
		}
	}
	if t0 >= t1 {
		return p, q, false
	}
	from, to = p, q
	if t0 > 0 {
		from = onSide(box, edge0, px+t0*dx, py+t0*dy)
	}
	if t1 < 1 {
		to = onSide(box, edge1, px+t1*dx, py+t1*dy)
	}
	return from, to, true
}

// onSide returns the point of a side of box nearest to x, y. Sides are
// numbered left, right, lower, upper.
func onSide(box planar.Box, side int, x, y float64) planar.Point {
	p := planar.Point{
		X: int32(math.Round(max(float64(box.Min.X), min(float64(box.Max.X), x)))),
		Y: int32(math.Round(max(float64(box.Min.Y), min(float64(box.Max.Y), y)))),
	}
	switch side {
	case 0:
		p.X = box.Min.X
	case 1:
		p.X = box.Max.X
	case 2:
		p.Y = box.Min.Y
	case 3:
		p.Y = box.Max.Y
	}
	return p
}
