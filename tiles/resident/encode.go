package resident

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"

	"github.com/paulmach/orb/maptile"

	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/tiles/mvt"
	"kvartal/view"
)

// checkEvery is how many features are encoded between two looks at the context.
const checkEvery = 4096

// column is an attribute that a view may read.
type column struct {
	key   mvt.Number // in the tile
	field int        // its number in the schema
}

// columns returns the attributes that the view may read and their names.
func (l *layer) columns(v view.View) (columns []column, keys []string) {
	for i, f := range l.schema.fields {
		if v.Readable(f.Name) {
			columns = append(columns, column{mvt.NumberOf(uint32(len(keys))), i})
			keys = append(keys, f.Name)
		}
	}
	return columns, keys
}

// encoding is the making of one layer of one tile.
type encoding struct {
	*scratch
	layer   *layer
	grid    grid
	tile    maptile.Tile
	box     mvt.Box
	inner   box // of what comes to lie in box
	columns []column
	rules   []ruleRows            // that show rows; nil: all are shown
	count   mvt.Number            // the key of how many features a feature stands for
	counts  map[uint32]mvt.Number // the numbers of such values
	report  tiles.Report
}

// encode makes one layer of a tile of what the rules show, or of all if there are
// none, and reports what it left out.
func (l *layer) encode(ctx context.Context, s *scratch, v view.View, rules []ruleRows, t maptile.Tile) ([]byte, tiles.Report, error) {
	s.begin(len(l.values.ends))
	e := encoding{scratch: s, layer: l, grid: l.schema.grid(t), tile: t, rules: rules, box: tileBox()}
	e.inner = e.grid.within(e.box)
	var keys []string
	e.columns, keys = l.columns(v)
	if l.schema.def.Tiles.Crowded == layers.CrowdedCluster {
		e.count, keys = mvt.NumberOf(uint32(len(keys))), append(keys, tiles.CountKey)
	}
	e.choose()
	for n, p := range s.places {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return nil, e.report, ctx.Err()
		}
		e.feature(p, e.stands(n))
	}
	out := s.layer.Bytes(l.schema.def.Tiles.Layer, tiles.Extent, keys)
	e.report.Layer, e.report.Bytes = l.schema.def.ID, len(out)
	return out, e.report, nil
}

// tileBox is what a tile shows, in its units.
func tileBox() mvt.Box { return mvt.TileBox(tiles.Extent, tiles.Buffer) }

// stands returns how many features place n stands for, 0 if they are not
// clustered.
func (e *encoding) stands(n int) uint32 {
	if e.layer.schema.def.Tiles.Crowded != layers.CrowdedCluster || !e.layer.schema.thinned(e.tile.Z) {
		return 0
	}
	return e.thin.stands[n]
}

// feature adds a feature, which stands for so many, to the tile's layer.
func (e *encoding) feature(at place, stands uint32) {
	e.geometry.Reset()
	p, i := e.layer.at(at)
	kind := p.kinds[i]
	switch kind {
	case mvt.Points:
		e.addPoints(p, i)
	case mvt.Lines:
		e.addLines(p, i)
	case mvt.Polygons:
		e.addPolygon(p, i)
	}
	if e.geometry.Empty() {
		e.report.Vanished++
		return
	}
	e.addTags(at, p.values(i))
	if stands > 1 {
		e.tags.Add(e.count, e.countValue(stands))
	}
	e.scratch.layer.AddFeature(uint64(p.ids[i]), kind, &e.tags, &e.geometry)
	e.report.Written++
}

// addTags begins the tags of a feature with those of its values.
func (e *encoding) addTags(at place, codes []code) {
	hidden := uint64(0)
	if len(e.rules) > 1 { // the columns of one are those of the view
		shown, _ := permits(e.rules, at)
		hidden = ^shown
	}
	e.tags.Reset(len(e.columns) + 1)
	values := &e.layer.values
	for _, c := range e.columns {
		if code := codes[c.field]; code != 0 && hidden>>c.field&1 == 0 {
			e.tags.Add(c.key, e.number(code, values))
		}
	}
}

// countValue returns the number of a count's value in the tile.
func (e *encoding) countValue(n uint32) mvt.Number {
	value, known := e.counts[n]
	if !known {
		if e.counts == nil {
			e.counts = map[uint32]mvt.Number{}
		}
		value = e.scratch.layer.AddValue(mvt.AppendSigned(nil, int64(n)))
		e.counts[n] = value
	}
	return value
}

// snap rounds those vertices of a ring that matter on the tile's grid.
func (e *encoding) snap(p *part, ring uint32) []mvt.Point {
	vertices, steps := p.ring(ring)
	e.points = e.appendSnapped(e.points[:0], vertices, steps)
	return e.points
}

func (e *encoding) appendSnapped(points []mvt.Point, vertices []vertex, steps []uint8) []mvt.Point {
	for i, v := range vertices {
		if uint(steps[i]) >= e.grid.down {
			points = append(points, e.grid.point(v))
		}
	}
	return points
}

// addPoints adds those points of a feature that lie in the tile. Points that come
// to lie on one another are one.
func (e *encoding) addPoints(p *part, i uint32) {
	first, end := p.rings(i)
	all := e.points[:0]
	for j := first; j < end; j++ {
		vertices, _ := p.ring(j)
		for _, v := range vertices {
			if at := e.grid.point(v); e.box.Contains(at) {
				all = append(all, at)
			}
		}
	}
	e.points = all
	if len(all) > 1 {
		slices.SortFunc(all, func(a, b mvt.Point) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
		all = slices.Compact(all)
	}
	if len(all) > 0 {
		e.geometry.Points(all)
	}
}

func (e *encoding) addLines(p *part, i uint32) {
	e.line.Reset()
	first, end := p.rings(i)
	if e.inner.contains(p.box(i)) {
		for j := first; j < end; j++ {
			e.line.Add(e.snap(p, j))
		}
	} else {
		var points []mvt.Point
		stretches := p.stretchesOf(i)
		for j := first; j < end; j++ {
			points, stretches = e.reaching(p, j, stretches)
			e.line.AddClipped(points, e.box)
		}
	}
	e.line.AppendTo(&e.geometry)
}

func (e *encoding) addPolygon(p *part, i uint32) {
	e.polygon.Reset()
	if e.inner.contains(p.box(i)) {
		e.addWholePolygon(p, i)
	} else {
		e.addClippedPolygon(p, i)
	}
	e.polygon.AppendTo(&e.geometry)
}

// addWholePolygon adds a polygon and remembers if it is valid at this zoom.
func (e *encoding) addWholePolygon(p *part, i uint32) {
	first, end := p.rings(i)
	for j := first; j < end; j++ {
		e.polygon.AddRing(e.snap(p, j), p.holes.has(j))
	}
	if known := &p.clean[i]; atomic.LoadUint32(known)&(1<<e.tile.Z) == 0 && e.makeValid() {
		atomic.OrUint32(known, 1<<e.tile.Z)
	}
}

func (e *encoding) addClippedPolygon(p *part, i uint32) {
	var points []mvt.Point
	stretches := p.stretchesOf(i)
	first, end := p.rings(i)
	for j := first; j < end; j++ {
		points, stretches = e.reaching(p, j, stretches)
		e.polygon.AddClipped(points, p.holes.has(j), e.box)
	}
	e.makeValid()
}

// makeValid reports whether the polygon was valid before.
func (e *encoding) makeValid() bool {
	if e.polygon.Clean() {
		return true
	}
	e.polygon.Resolve()
	e.report.Repaired++
	return false
}
