package basemap

import (
	"context"
	"slices"
	"sync"

	"kvartal/importers/basemap/pbf"
	"kvartal/importers/basemap/planar"
	"kvartal/importers/basemap/shortbread"
)

// maxEdges is the most edges of an area that are put together. The outline of
// a continent has fewer at the detail of a base map.
const maxEdges = 2_000_000

// relationBlock is what the third pass makes of a block.
type relationBlock struct {
	block    int
	ids      []int64
	features []made
	alone    []outerWay
	defects  tally
}

// outerWay is an outer way that turned out to be an area of its own.
type outerWay struct {
	id       int64
	features []made
}

// readRelations is the third pass.
func (im *importer) readRelations(ctx context.Context) error {
	buffers := sync.Pool{New: func() any { return new(pbf.Block) }}
	work := func(ctx context.Context, i int) (relationBlock, error) {
		b := buffers.Get().(*pbf.Block)
		defer buffers.Put(b)
		if err := im.file.Read(i, pbf.Relations, b); err != nil {
			return relationBlock{}, err
		}
		return im.workRelations(ctx, i, b)
	}
	return ordered(ctx, im.options.Workers, im.blocks(pbf.Relations), work, im.takeRelations)
}

func (im *importer) takeRelations(ctx context.Context, b relationBlock) error {
	im.report.count(b.defects)
	if err := im.inOrder(pbf.Relations, b.block, b.ids); err != nil {
		return err
	}
	im.report.Relations += len(b.ids)
	if err := im.put(ctx, b.features); err != nil {
		return err
	}
	for _, w := range b.alone {
		if im.alone[w.id] {
			continue // it is in two relations
		}
		im.alone[w.id] = true
		if err := im.put(ctx, w.features); err != nil {
			return err
		}
	}
	im.progress(PhaseRelations, b.block)
	return nil
}

func (im *importer) workRelations(ctx context.Context, block int, b *pbf.Block) (relationBlock, error) {
	out := relationBlock{block: block, ids: make([]int64, len(b.Relations)), defects: tally{}}
	for i, r := range b.Relations {
		out.ids[i] = r.ID
		why, ok := purposeOf(r.Tags)
		if !ok || len(why.draws) == 0 && !why.bare && why.level == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return out, err
		}
		ways, whole, err := im.waysOf(r)
		if err != nil {
			return out, err
		}
		out.add(r, why, ways, whole)
	}
	return out, nil
}

// memberWay is a way of a relation.
type memberWay struct {
	storedLine
	outer bool
}

// waysOf returns the ways of a relation, each once, and whether all are there.
func (im *importer) waysOf(r pbf.Relation) (ways []memberWay, whole bool, err error) {
	whole = true
	seen := map[int64]bool{}
	for _, m := range r.Members {
		if m.Kind != pbf.Ways || seen[m.ID] {
			continue
		}
		seen[m.ID] = true
		l, ok, err := im.lines.get(m.ID)
		if err != nil {
			return nil, false, err
		}
		if !ok {
			whole = false
			continue
		}
		ways = append(ways, memberWay{l, isOuter(m)})
	}
	return ways, whole, nil
}

// add makes of a relation what it becomes.
func (b *relationBlock) add(r pbf.Relation, why purpose, ways []memberWay, whole bool) {
	if !whole {
		b.defects.add(RelationIncomplete, 1)
	}
	polygons := b.assemble(ways)
	if why.bare {
		b.addBare(r, ways, polygons)
		return
	}
	if len(polygons) == 0 {
		return
	}
	b.features = append(b.features, makeAreas(shortbread.Areas(r.Tags, shortbread.Area, planar.Area(polygons)), relationID(r.ID), polygons)...)
	if why.level > 0 && whole { // a part of a country says nothing of its size or middle
		if label, ok := shortbread.BoundaryLabel(r.Tags, why.level, planar.GroundArea(polygons)); ok {
			b.features = append(b.features, makeAreas([]shortbread.Draft{label}, relationID(r.ID), polygons)...)
		}
	}
}

func (b *relationBlock) assemble(ways []memberWay) []planar.Polygon {
	var lines []planar.Line
	edges := 0
	for _, w := range ways {
		lines = append(lines, w.line)
		edges += len(w.line)
	}
	if edges > maxEdges {
		b.defects.add(RelationTooLarge, 1)
		return nil
	}
	polygons, found := planar.Assemble(lines)
	b.defects.area(found)
	if len(polygons) == 0 {
		b.defects.add(RelationEmpty, 1)
	}
	return polygons
}

// addBare makes areas of an old multipolygon, whose outer ways have the tags.
// If these do not agree on what it is, each is an area of its own.
func (b *relationBlock) addBare(r pbf.Relation, ways []memberWay, polygons []planar.Polygon) {
	var tags pbf.Tags
	var looks []look
	agreed := len(polygons) > 0
	for _, w := range ways {
		if !w.outer {
			continue
		}
		l := looksOf(shortbread.Areas(w.tags, shortbread.ShapeOf(true, w.tags), 0))
		switch {
		case len(l) == 0:
		case tags == nil:
			tags, looks = w.tags, l
		case !slices.Equal(l, looks):
			agreed = false
		}
	}
	if tags == nil {
		return
	}
	if agreed {
		drafts := shortbread.Areas(tags, shortbread.ShapeOf(true, tags), planar.Area(polygons))
		b.features = append(b.features, makeAreas(drafts, relationID(r.ID), polygons)...)
		return
	}
	for _, w := range ways {
		if w.outer && w.line.Closed() {
			b.alone = append(b.alone, outerWay{w.id, closedWay(w.id, w.tags, w.line, nil, b.defects)})
		}
	}
}
