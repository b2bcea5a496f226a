package mvt

// decodeGeometry reads the commands of a geometry (section 4.3).
func decodeGeometry(t GeometryType, commands []uint32) ([][]Point, error) {
	d := geometryDecoder{rest: commands}
	if len(commands) == 0 {
		return nil, invalid("there is no geometry")
	}
	switch t {
	case Points:
		return d.points()
	case Lines:
		return d.lines(false)
	case Polygons:
		return d.lines(true)
	}
	return nil, invalid("there is no geometry type")
}

type geometryDecoder struct {
	rest []uint32
	at   Point
}

// command reads a command of the wanted kind and returns its count.
func (d *geometryDecoder) command(want uint32) (int, error) {
	if len(d.rest) == 0 {
		return 0, invalid("the geometry ends where command %d must come", want)
	}
	id, count := d.rest[0]&7, int(d.rest[0]>>3)
	if id != want || count == 0 {
		return 0, invalid("command %d×%d comes where %d must", id, count, want)
	}
	d.rest = d.rest[1:]
	if want != closePath && len(d.rest) < 2*count {
		return 0, invalid("the parameters of command %d×%d are cut off", id, count)
	}
	return count, nil
}

func (d *geometryDecoder) step() Point {
	d.at.X += int(unzigzag(uint64(d.rest[0])))
	d.at.Y += int(unzigzag(uint64(d.rest[1])))
	d.rest = d.rest[2:]
	return d.at
}

func (d *geometryDecoder) points() ([][]Point, error) {
	count, err := d.command(moveTo)
	if err != nil {
		return nil, err
	}
	if len(d.rest) != 2*count {
		return nil, invalid("points are followed by more commands")
	}
	out := make([][]Point, count)
	for i := range out {
		out[i] = []Point{d.step()}
	}
	return out, nil
}

// lines reads lines, or rings, which are closed.
func (d *geometryDecoder) lines(closed bool) (out [][]Point, err error) {
	for len(d.rest) > 0 {
		line, err := d.line(closed)
		if err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, nil
}

func (d *geometryDecoder) line(closed bool) ([]Point, error) {
	if count, err := d.command(moveTo); err != nil || count != 1 {
		return nil, invalid("a line or ring begins with MoveTo×%d, want ×1 (%v)", count, err)
	}
	line := []Point{d.step()}
	count, err := d.command(lineTo)
	if err != nil {
		return nil, err
	}
	for range count {
		before := d.at
		if d.step() == before {
			return nil, invalid("a line or ring stands still at %v", before)
		}
		line = append(line, d.at)
	}
	if !closed {
		return line, nil
	}
	if count < 2 || d.at == line[0] {
		return nil, invalid("a ring has %d points or repeats its first, %v", count+1, line[0])
	}
	if n, err := d.command(closePath); err != nil || n != 1 {
		return nil, invalid("a ring ends with ClosePath×%d, want ×1 (%v)", n, err)
	}
	return line, nil
}

// checkPolygons checks rings against section 4.3.4.4.
func checkPolygons(parts [][]Point) error {
	var polygon rings
	flush := func() error {
		defer polygon.reset()
		return checkPolygon(&polygon)
	}
	for i, ring := range parts {
		area := doubleArea(ring)
		switch {
		case area == 0:
			return invalid("ring %d has no area", i)
		case area < 0 && i == 0:
			return invalid("the first ring is an interior one")
		case area > 0:
			if err := flush(); err != nil {
				return err
			}
		}
		polygon.begin()
		polygon.points = append(polygon.points, ring...)
		polygon.end(3)
	}
	return flush()
}

// checkPolygon checks that the rings of one polygon do not cross and that its
// holes lie within it.
func checkPolygon(polygon *rings) error {
	var s sweep
	var err error
	s.load(polygon)
	s.pairs(func(a, b *sweptEdge) bool {
		if crosses(a.edge, b.edge) {
			err = invalid("edges %v and %v of a polygon cross or lie upon one another", a.edge, b.edge)
		}
		return err == nil
	})
	if err != nil {
		return err
	}
	for i := 1; i < polygon.len(); i++ {
		if !within(polygon.ring(i), polygon.ring(0)) {
			return invalid("hole %d lies outside its polygon", i)
		}
	}
	return nil
}

// within reports whether a hole that does not cross the ring lies in it: then
// the middle of some edge does, unless all of them touch the ring.
func within(hole, ring []Point) bool {
	a := hole[len(hole)-1]
	for _, b := range hole {
		if inside(a.X+b.X, a.Y+b.Y, ring) {
			return true
		}
		a = b
	}
	return false
}

// crosses reports whether edges have a point in common other than one at which
// one of them ends.
func crosses(a, b edge) bool {
	a1, a2 := side(b.from, b.to, a.from), side(b.from, b.to, a.to)
	b1, b2 := side(a.from, a.to, b.from), side(a.from, a.to, b.to)
	if a1 == 0 && a2 == 0 { // on one line
		return min(a.maxX(), b.maxX()) > max(a.minX(), b.minX()) || min(a.maxY(), b.maxY()) > max(a.minY(), b.minY())
	}
	return a1*a2 < 0 && b1*b2 < 0
}
