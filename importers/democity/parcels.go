package democity

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"kvartal/importers/democity/plane"
)

// parcel is a piece of land with one use. All parcels are convex, which makes
// "do they overlap" and "cut the one by the other" exact and quick.
type parcel struct {
	shape   plane.Convex
	number  string // cadastral
	use     use
	edge    int     // the street it belongs to, in graph.edges; -1 for none near
	s       float64 // where along that edge, in metres
	left    bool    // on which side of it
	block   int     // in base.blocks
	address string
	// front is the middle of the side at the street, inward the unit vector from
	// there into the parcel. A parcel around real buildings has none.
	front, inward orb.Point
	buildings     []int
}

// use is what a parcel is for.
type use string

const (
	houseUse      use = "house"
	apartmentUse  use = "apartments"
	tradeUse      use = "trade"
	publicUse     use = "public"
	industrialUse use = "industrial"
	freeUse       use = "free"
)

// segment is a piece of a way that parcels keep away from.
type segment struct {
	ends plane.Convex // two
	half float64
}

// land knows what parcels must not touch, and the parcels so far.
type land struct {
	c        *city
	segments []segment
	near     *plane.Index // of segments
	grounds  *plane.Index
	parcels  []parcel
	taken    *plane.Index // of parcels
}

func newLand(c *city) *land {
	l := &land{c: c, near: plane.NewIndex(60), grounds: plane.NewIndex(120), taken: plane.NewIndex(60)}
	for _, s := range c.base.streets {
		if half := s.half(); half > 0 {
			l.addLine(s.line, half)
		}
	}
	for _, b := range c.base.barriers {
		l.addLine(b.line, b.half)
	}
	for i, g := range c.base.grounds {
		if !builtUpon(g.kind) {
			l.grounds.Add(g.shape.Bound(), i)
		}
	}
	return l
}

// builtUpon reports whether parcels may lie on ground of a kind.
func builtUpon(kind string) bool {
	return kind == "industrial" || kind == "retail" || kind == "commercial"
}

func (l *land) addLine(line orb.LineString, half float64) {
	for i := 1; i < len(line); i++ {
		s := segment{plane.Convex{line[i-1], line[i]}, half}
		l.near.Add(s.ends.Bound().Pad(half), len(l.segments))
		l.segments = append(l.segments, s)
	}
}

// layParcels covers the streets with parcels: first around the real buildings,
// then in rows along the streets, wide ones on main streets.
func (c *city) layParcels(ctx context.Context) error {
	l := newLand(c)
	l.aroundBuildings()
	order := make([]int, len(c.graph.edges))
	for i := range order {
		order[i] = i
	}
	rank := func(e int) int { return slices.Index(frontages(), c.street(e).kind) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rank(a), rank(b)) })
	for _, e := range order {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, left := range []bool{true, false} {
			l.along(e, left)
		}
	}
	c.parcels = l.parcels
	c.numberParcels()
	return nil
}

// frontages lists the kinds of streets with houses, main streets first.
func frontages() []string {
	return []string{"primary", "secondary", "tertiary", "unclassified", "residential", "living_street"}
}

// put adds a parcel.
func (l *land) put(p parcel) {
	l.taken.Add(p.shape.Bound(), len(l.parcels))
	l.parcels = append(l.parcels, p)
}

// clear cuts a shape until it keeps away from the ways near it; anchor is what
// must stay in it. It returns nil if a way is too near to the anchor.
func (l *land) clear(shape, anchor plane.Convex) plane.Convex {
	for _, i := range l.near.Near(shape.Bound()) {
		s := l.segments[i]
		on, off := anchor.Closest(s.ends)
		if plane.Distance(on, off) <= s.half+0.1 {
			return nil
		}
		toward := plane.Unit(plane.Sub(on, off))
		if shape = shape.Cut(plane.Add(off, toward, s.half+0.05), toward); shape == nil {
			return nil
		}
	}
	return shape
}

// onGround reports whether one of the points lies on ground that is not built
// upon.
func (l *land) onGround(points ...orb.Point) bool {
	for _, p := range points {
		for _, i := range l.grounds.Near(p.Bound()) {
			if shape := l.c.base.grounds[i].shape; shape.Bound().Contains(p) && planar.PolygonContains(shape, p) {
				return true
			}
		}
	}
	return false
}

// inArea reports whether points are well inside of the demo area.
func (l *land) inArea(points ...orb.Point) bool {
	for _, p := range points {
		if plane.Distance(p, l.c.center) > l.c.radius-30 {
			return false
		}
	}
	return true
}

// lot is how parcels along an edge are cut.
type lot struct {
	use          use
	width, depth float64
}

// lotOf decides what stands along one side of an edge.
func (c *city) lotOf(e int, left bool) lot {
	d := c.dice("side", int64(e)*2+int64(boolean(left)))
	s := c.street(e)
	middle := c.graph.edges[e].line.At(c.graph.edges[e].line.Length() / 2)
	fromCenter := plane.Distance(middle, c.center)
	switch {
	case s.kind == "primary" || s.kind == "secondary":
		if fromCenter > 1500 && d.chance(0.15) {
			return lot{industrialUse, d.within(60, 90), d.within(70, 100)}
		}
		return lot{tradeUse, d.within(38, 60), d.within(45, 65)}
	case fromCenter < 700 && d.chance(0.5):
		return lot{tradeUse, d.within(22, 34), d.within(30, 40)}
	case d.chance(0.1):
		return lot{apartmentUse, d.within(52, 68), d.within(42, 55)}
	case d.chance(0.03):
		return lot{publicUse, d.within(70, 90), d.within(60, 80)}
	}
	return lot{houseUse, d.within(18, 26), d.within(32, 44)}
}

// along lays a row of parcels on one side of an edge. Neighbours share their
// corners, so that nothing is between them.
func (l *land) along(e int, left bool) {
	line, s := l.c.graph.edges[e].line, l.c.street(e)
	from, to := l.room(e)
	lot := l.c.lotOf(e, left)
	count := int((to - from) / lot.width)
	if count == 0 && to-from > 0.7*lot.width {
		count = 1
	}
	if count == 0 {
		return
	}
	step := (to - from) / float64(count)
	var front, rear orb.Point
	for i := range count + 1 {
		at := from + float64(i)*step
		in := plane.Left(line.Direction(at, 8))
		if !left {
			in = orb.Point{-in[0], -in[1]}
		}
		begin := plane.Add(line.At(at), in, s.half()+0.1)
		end := plane.Add(begin, in, l.depth(begin, in, lot.depth))
		if i > 0 {
			shape := plane.Convex{front, begin, end, rear}
			if !left {
				slices.Reverse(shape)
			}
			l.tryLot(parcel{shape: shape, use: lot.use, edge: e, s: at - step/2, left: left, front: plane.Between(front, begin, 0.5)}, 0.6*step)
		}
		front, rear = begin, end
	}
}

// room returns the part of an edge that parcels front: junctions are left to
// the crossing streets.
func (l *land) room(e int) (from, to float64) {
	edge := l.c.graph.edges[e]
	widest := func(junction int) float64 {
		if len(l.c.graph.at[junction]) < 2 {
			return 0
		}
		half := 0.0
		for _, other := range l.c.graph.at[junction] {
			half = max(half, l.c.street(other).half())
		}
		return half
	}
	return widest(edge.from), edge.line.Length() - widest(edge.to)
}

// depth returns how deep a parcel may reach from its front: to half of what is
// free up to the next street.
func (l *land) depth(front, in orb.Point, most float64) float64 {
	reach := 2*most + 15
	ray := plane.Convex{front, plane.Add(front, in, reach)}
	free := reach
	for _, i := range l.near.Near(ray.Bound()) {
		s := l.segments[i]
		if d, ok := crossing(ray, s.ends); ok && d*reach < free {
			free = d*reach - s.half
		}
	}
	return max(0, min(most, free/2-0.05))
}

// crossing returns at which share of its way a ray meets a segment.
func crossing(ray, s plane.Convex) (float64, bool) {
	r, v := plane.Sub(ray[1], ray[0]), plane.Sub(s[1], s[0])
	across := plane.Cross(r, v)
	if across == 0 {
		return 0, false
	}
	w := plane.Sub(s[0], ray[0])
	along, other := plane.Cross(w, v)/across, plane.Cross(w, r)/across
	return along, along > 0 && other >= 0 && other <= 1
}

// tryLot puts a parcel, cut by what is there already, if enough is left of it.
func (l *land) tryLot(p parcel, width float64) {
	if !p.shape.IsConvex() || p.shape.Area() < 150 {
		return
	}
	p.inward = plane.Unit(plane.Sub(p.shape.Center(), p.front))
	anchor := plane.Add(p.front, p.inward, 3)
	shape := l.clear(p.shape, plane.Convex{anchor})
	for _, i := range l.taken.Near(p.shape.Bound()) {
		if shape == nil {
			return
		}
		if other := l.parcels[i].shape; shape.Overlaps(other) {
			shape = shape.CutBeyond(other, anchor)
		}
	}
	if shape == nil || !l.useful(shape, p, width) {
		return
	}
	p.shape = shape
	l.put(p)
}

// useful reports whether a shape is still a parcel: wide and deep enough, on
// the street, on free ground.
func (l *land) useful(shape plane.Convex, p parcel, width float64) bool {
	along := plane.Left(p.inward)
	low, high, deep := math.Inf(1), math.Inf(-1), 0.0
	for _, q := range shape {
		v := plane.Sub(q, p.front)
		low, high, deep = min(low, plane.Dot(v, along)), max(high, plane.Dot(v, along)), max(deep, plane.Dot(v, p.inward))
	}
	box := (high - low) * deep
	return high-low > max(width, 10) && deep > 14 && shape.Area() > max(220, 0.55*box) && shape.Depth(plane.Add(p.front, p.inward, 3)) > 0.5 &&
		l.inArea(shape...) && !l.onGround(append(shape[:len(shape):len(shape)], shape.Center())...)
}

// numberParcels gives every parcel its block and its cadastral number, blocks
// and parcels in them counted from the north-west in rows.
func (c *city) numberParcels() {
	index := plane.NewIndex(150)
	for i, b := range c.base.blocks {
		index.Add(b.shape.Bound(), i)
	}
	for i := range c.parcels {
		c.parcels[i].block = c.blockAt(index, c.parcels[i].shape.Center())
	}
	c.parcels = slices.DeleteFunc(c.parcels, func(p parcel) bool { return p.block < 0 })
	slices.SortStableFunc(c.parcels, func(a, b parcel) int { return cmp.Compare(a.block, b.block) })
	n := 0
	for i := range c.parcels {
		if i == 0 || c.parcels[i-1].block != c.parcels[i].block {
			n = 0
		}
		n++
		c.parcels[i].number = fmt.Sprintf("%s:%07d:%d", cadastralDistrict, c.parcels[i].block+1, n)
	}
	c.houses()
}

// cadastralDistrict is a district that the real cadastre does not have.
const cadastralDistrict = "00:01"

func (c *city) blockAt(index *plane.Index, p orb.Point) int {
	for _, i := range index.Near(p.Bound()) {
		if shape := c.base.blocks[i].shape; shape.Bound().Contains(p) && planar.PolygonContains(shape, p) {
			return i
		}
	}
	return -1
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
