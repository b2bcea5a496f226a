package mvt

// Polygon makes valid polygons of rings whose points have been rounded to the
// grid of tile units. Rounding makes rings touch and cross: what comes out is
// the area with a positive winding number, as simple rings that meet in points
// at most, exterior ones clockwise on a screen.
type Polygon struct {
	rings   rings
	holes   []bool // of each ring, whether it is to be an interior one
	clipper ringClipper
	sweep   sweep
	noder   noder
	tracer  tracer
}

// Reset removes all rings.
func (p *Polygon) Reset() {
	p.rings.reset()
	p.holes = p.holes[:0]
}

// Empty reports whether no ring is left.
func (p *Polygon) Empty() bool { return p.rings.len() == 0 }

// AddRing adds a ring, the first point not repeated at its end. Exterior rings
// have positive areas and are followed by their holes, which have negative ones.
// A ring without area is left out.
func (p *Polygon) AddRing(ring []Point, hole bool) {
	p.rings.begin()
	p.rings.points = appendTidy(p.rings.points, ring)
	if p.rings.end(3) {
		p.holes = append(p.holes, hole)
	}
}

// AddClipped adds the part of a ring that lies in the box.
func (p *Polygon) AddClipped(ring []Point, hole bool, box Box) {
	p.AddRing(p.clipper.clip(ring, box), hole)
}

// Clean reports whether the rings can stay as they are: each turns the right way,
// no two edges meet but where one follows the other, and holes are in their
// polygons.
func (p *Polygon) Clean() bool {
	var exterior []Point
	for i := range p.rings.len() {
		ring := p.rings.ring(i)
		area := doubleArea(ring)
		switch {
		case !p.holes[i]:
			exterior = ring
			if area <= 0 {
				return false
			}
		case area >= 0 || len(exterior) == 0 || !within(ring, exterior):
			return false
		}
	}
	if p.rings.len() == 1 && len(exterior) <= fewEdges {
		return convex(exterior) || simple(exterior)
	}
	return !p.sweep.meet(&p.rings)
}

// Resolve makes valid polygons of rings that are not clean.
func (p *Polygon) Resolve() {
	p.tracer.trace(p.noder.boundary(p.noder.node(&p.rings, &p.sweep)))
	p.Reset()
	p.tracer.polygons(func(ring []Point, hole bool) { p.AddRing(ring, hole) })
}

// AppendTo adds the polygons to a feature's geometry.
func (p *Polygon) AppendTo(g *Geometry) {
	for i := range p.rings.len() {
		g.Ring(p.rings.ring(i))
	}
}

// simple reports whether no two edges of a tidy ring meet but where one follows
// the other, comparing each with each.
func simple(ring []Point) bool {
	last := ring[len(ring)-1]
	a := last
	for i, b := range ring {
		minX, maxX, minY, maxY := min(a.X, b.X), max(a.X, b.X), min(a.Y, b.Y), max(a.Y, b.Y)
		rest := ring[min(i+1, len(ring)-1):]
		if i == 0 {
			rest = rest[:len(rest)-1] // the last edge is followed by the first
		}
		c := rest[0]
		for _, d := range rest[1:] {
			if min(c.X, d.X) <= maxX && max(c.X, d.X) >= minX && min(c.Y, d.Y) <= maxY && max(c.Y, d.Y) >= minY &&
				touch(edge{a, b}, edge{c, d}) {
				return false
			}
			c = d
		}
		a = b
	}
	return true
}

// convex reports whether a tidy ring of positive area always turns right, once
// around: it cannot cross itself then.
func convex(ring []Point) bool {
	n := len(ring)
	if n == 3 {
		return true
	}
	a, b := ring[n-2], ring[n-1]
	downs := 0 // how often the ring begins to go down
	up := b.Y < a.Y || b.Y == a.Y && b.X < a.X
	for _, c := range ring {
		if cross(a, b, c) < 0 {
			return false
		}
		wasUp := up
		up = c.Y < b.Y || c.Y == b.Y && c.X < b.X
		if wasUp && !up {
			downs++
		}
		a, b = b, c
	}
	return downs == 1
}
