package resident

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"kvartal"
	"kvartal/tiles/mvt"
)

// errBudget is that a layer does not fit its budget of memory.
var errBudget = errors.New("the layer is over its budget of memory")

// builder collects features in any order and makes a part of them.
type builder struct {
	schema *schema
	values *dictionary
	budget int // bytes; 0 is no limit
	raw    part

	kind    mvt.GeometryType // of the row being read
	box     box
	skip    bool // the polygon being read: its exterior ring has no area
	message []byte
}

func newBuilder(s *schema, values *dictionary, budget int) *builder {
	return &builder{schema: s, values: values, budget: budget, raw: newPart(len(s.fields))}
}

func newPart(columns int) part {
	return part{
		index:   index{levels: [][]box{nil}},
		columns: columns,
		firsts:  []uint32{0},
	}
}

// add adds the feature of a row that schema.sql selects, in PostgreSQL's binary
// format. A row without geometry is no feature.
func (b *builder) add(row [][]byte) error {
	if len(row) != fixedColumns+len(b.schema.fields) {
		return fmt.Errorf("%w: a row has %d columns", errCopy, len(row))
	}
	if row[1] == nil {
		return nil
	}
	id, err := bigint(row[0])
	if err != nil {
		return err
	}
	zoom, err := b.schema.zoom(row[2])
	if err != nil {
		return err
	}
	version, err := xid(row[3])
	if err != nil {
		return err
	}
	b.kind, b.box = 0, nowhere()
	if err := readWKB(row[1], b); err != nil && !errors.Is(err, errNoPlace) {
		return fmt.Errorf("feature %d: %w", id, err)
	}
	if b.kind == 0 {
		return nil // empty, or without area
	}
	b.raw.room()
	if err := b.addValues(row[fixedColumns:]); err != nil {
		return fmt.Errorf("feature %d: %w", id, err)
	}
	b.raw.addFeature(kvartal.FeatureID(id), version, b.kind, zoom, b.box)
	return b.checkBudget()
}

// doubling makes room for n more. It at least doubles what is large, which append
// grows by a quarter and so copies four times.
func doubling[T any](s []T, n int) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	return slices.Grow(s, max(n, len(s)))
}

func (b *builder) addValues(columns [][]byte) (err error) {
	for i, column := range columns {
		var c code
		if column != nil {
			b.message, err = appendValue(b.message[:0], b.schema.fields[i].Type, column)
			if err != nil {
				return err
			}
			c = b.values.code(b.message)
		}
		b.raw.codes = append(b.raw.codes, c)
	}
	return nil
}

// part takes a part of the geometry being read: see sink.
func (b *builder) part(kind mvt.GeometryType, hole bool, points wkbPoints) {
	start := len(b.raw.vertices)
	b.raw.vertices, b.raw.steps = doubling(b.raw.vertices, points.len()), doubling(b.raw.steps, points.len())
	for i := range points.len() {
		v := b.schema.plane.vertex(points.at(i))
		if n := len(b.raw.vertices); n > start && kind != mvt.Points && b.raw.vertices[n-1] == v {
			continue
		}
		b.raw.vertices = append(b.raw.vertices, v)
	}
	added := b.raw.vertices[start:]
	switch kind {
	case mvt.Lines:
		if len(added) < 2 {
			added = added[:0]
		}
	case mvt.Polygons:
		added = b.ring(added, hole)
	}
	b.raw.vertices = b.raw.vertices[:start+len(added)]
	if len(added) == 0 {
		return
	}
	b.kind = kind
	for _, v := range added {
		b.box.extend(v)
	}
	b.raw.addRing(kind, hole)
}

// ring opens a ring and turns it the right way; it returns none if the ring has
// no area or lies in one that has none.
func (b *builder) ring(ring []vertex, hole bool) []vertex {
	if hole && b.skip {
		return nil
	}
	if n := len(ring); n > 1 && ring[n-1] == ring[0] {
		ring = ring[:n-1]
	}
	area := doubleArea(ring)
	if !hole {
		b.skip = area == 0
	}
	if area == 0 {
		return nil
	}
	if area > 0 == hole {
		slices.Reverse(ring)
	}
	return ring
}

// doubleArea is twice the area of a ring, positive as mvt has it. It is in
// floating point, because the products of the largest rings fit no integer; of
// small ones it is exact.
func doubleArea(ring []vertex) (sum float64) {
	for i := 2; i < len(ring); i++ {
		x1, y1 := float64(int(ring[i-1].x)-int(ring[0].x)), float64(int(ring[i-1].y)-int(ring[0].y))
		x2, y2 := float64(int(ring[i].x)-int(ring[0].x)), float64(int(ring[i].y)-int(ring[0].y))
		sum += x1*y2 - x2*y1
	}
	return sum
}

// checkBudget looks at the memory now and then.
func (b *builder) checkBudget() error {
	const every = 1024
	if b.budget > 0 && b.raw.len()%every == 0 && b.raw.bytes()+b.values.bytes() > b.budget {
		return errBudget
	}
	return nil
}

// finish makes the part. The builder must not be used any more.
func (b *builder) finish() *part { return sorted(&b.raw) }

// addRing ends the ring whose vertices have been appended.
func (p *part) addRing(kind mvt.GeometryType, hole bool) {
	p.steps = appendSteps(p.steps, p.vertices[len(p.steps):], kind)
	p.endRing(uint32(len(p.vertices)), hole)
}

// endRing notes a ring that ends before a vertex.
func (p *part) endRing(end uint32, hole bool) {
	j := uint32(len(p.ends))
	p.ends = append(p.ends, end)
	if int(j)>>6 == len(p.holes) {
		p.holes = append(p.holes, 0)
	}
	if hole {
		p.holes.add(j)
	}
}

// room makes room for one more feature.
func (p *part) room() {
	p.ids, p.versions = doubling(p.ids, 1), doubling(p.versions, 1)
	p.kinds, p.zooms = doubling(p.kinds, 1), doubling(p.zooms, 1)
	p.index.levels[0] = doubling(p.index.levels[0], 1)
	p.firsts, p.codes = doubling(p.firsts, 1), doubling(p.codes, p.columns)
}

// addFeature ends the feature whose rings and codes have been appended.
func (p *part) addFeature(id kvartal.FeatureID, version uint32, kind mvt.GeometryType, zoom uint8, b box) {
	p.ids = append(p.ids, id)
	p.versions = append(p.versions, version)
	p.kinds = append(p.kinds, kind)
	p.zooms = append(p.zooms, zoom)
	p.index.levels[0] = append(p.index.levels[0], b)
	p.firsts = append(p.firsts, uint32(len(p.ends)))
	p.addStretches()
}

// sorted returns the features of raw in Hilbert order, with an index.
func sorted(raw *part) *part {
	type place struct {
		curve uint64
		i     uint32
	}
	places := make([]place, raw.len())
	for i := range places {
		places[i] = place{hilbert(raw.box(uint32(i)).center()), uint32(i)}
	}
	slices.SortFunc(places, func(a, b place) int {
		if a.curve != b.curve {
			return cmp.Compare(a.curve, b.curve)
		}
		return cmp.Compare(raw.ids[a.i], raw.ids[b.i])
	})
	p := newPart(raw.columns)
	p.reserve(raw)
	p.byID = make([]uint32, len(places))
	for i, place := range places {
		p.byID[place.i] = uint32(i)
		p.copyRun(raw, place.i, place.i+1)
	}
	p.index = newIndex(p.index.levels[0])
	if !slices.IsSorted(raw.ids) { // tables mostly come in the order of their ids
		slices.SortFunc(p.byID, func(a, b uint32) int { return cmp.Compare(p.ids[a], p.ids[b]) })
	}
	p.members = newMembers(p.len())
	if slices.Contains(p.kinds, mvt.Polygons) {
		p.clean = make([]uint32, p.len())
	}
	return &p
}

// reserve makes room for what other parts have, no more.
func (p *part) reserve(like ...*part) {
	var features, rings, holes, vertices, codes, long, stretches int
	for _, l := range like {
		features, rings, holes, vertices = features+l.len(), rings+len(l.ends), holes+len(l.holes), vertices+len(l.vertices)
		codes, long, stretches = codes+len(l.codes), long+len(l.long), stretches+len(l.stretches)
	}
	p.ids = make([]kvartal.FeatureID, 0, features)
	p.versions = make([]uint32, 0, features)
	p.kinds = make([]mvt.GeometryType, 0, features)
	p.zooms = make([]uint8, 0, features)
	p.index.levels[0] = make([]box, 0, features)
	p.firsts = append(make([]uint32, 0, features+1), 0)
	p.ends = make([]uint32, 0, rings)
	p.holes = make(bitset, 0, holes)
	p.vertices = make([]vertex, 0, vertices)
	p.steps = make([]uint8, 0, vertices)
	p.codes = make([]code, 0, codes)
	p.long = make([]longFeatureAt, 0, long)
	p.stretches = make([]box, 0, stretches)
}
