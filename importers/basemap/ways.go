package basemap

import (
	"context"
	"math"
	"slices"
	"sync"

	"kvartal/importers/basemap/pbf"
	"kvartal/importers/basemap/planar"
	"kvartal/importers/basemap/shortbread"
)

// wayBlock is what the second pass makes of a block.
type wayBlock struct {
	block    int
	ids      []int64
	features []made
	stored   []storedLine
	coast    []planar.Line
	defects  tally
}

// readWays is the second pass.
func (im *importer) readWays(ctx context.Context) error {
	buffers := sync.Pool{New: func() any { return new(pbf.Block) }}
	work := func(_ context.Context, i int) (wayBlock, error) {
		b := buffers.Get().(*pbf.Block)
		defer buffers.Put(b)
		if err := im.file.Read(i, pbf.Ways, b); err != nil {
			return wayBlock{}, err
		}
		return im.workWays(i, b)
	}
	if err := ordered(ctx, im.options.Workers, im.blocks(pbf.Ways), work, im.takeWays); err != nil {
		return err
	}
	return im.lines.flush()
}

func (im *importer) takeWays(ctx context.Context, b wayBlock) error {
	im.report.count(b.defects)
	if err := im.inOrder(pbf.Ways, b.block, b.ids); err != nil {
		return err
	}
	im.report.Ways += len(b.ids)
	im.coast = append(im.coast, b.coast...)
	for _, l := range b.stored {
		if err := im.lines.add(l); err != nil {
			return err
		}
	}
	if err := im.put(ctx, b.features); err != nil {
		return err
	}
	im.progress(PhaseWays, b.block)
	return nil
}

func (im *importer) workWays(block int, b *pbf.Block) (wayBlock, error) {
	out := wayBlock{block: block, ids: make([]int64, len(b.Ways)), defects: tally{}}
	var refs []int64
	for i, w := range b.Ways {
		out.ids[i] = w.ID
		refs = append(refs, w.Refs...)
	}
	found, err := im.nodes.find(refs)
	if err != nil {
		return out, err
	}
	for _, w := range b.Ways {
		duties := im.plan.duties(w.ID)
		if len(w.Tags) == 0 && !duties.stored {
			continue
		}
		line := lineOf(w.Refs, found, out.defects)
		if len(line) < 2 {
			out.defects.add(WayTooShort, 1)
			continue
		}
		out.add(w, line, duties)
	}
	return out, nil
}

// lineOf returns the line of a way, without repeated places. Of a way that
// lacks nodes it returns the longest part that is whole, of a closed one all
// that there is, closed: an area at the edge of the extract is cut straight.
func lineOf(refs []int64, found places, defects tally) planar.Line {
	line := make(planar.Line, 0, len(refs))
	var longest planar.Line
	closed := len(refs) > 3 && refs[0] == refs[len(refs)-1]
	missing := false
	for _, ref := range refs {
		p, ok := found.of(ref)
		if ok {
			line = append(line, p)
			continue
		}
		missing = true
		if !closed {
			longest, line = longer(longest, line), nil
		}
	}
	if missing {
		defects.add(WayWithoutNodes, 1)
	}
	if missing && closed && len(line) > 2 && line[0] != line[len(line)-1] {
		line = append(line, line[0])
	}
	return longer(longest, line).Compact()
}

func longer(a, b planar.Line) planar.Line {
	if len(a) >= len(b) && len(a) > 0 {
		return a
	}
	return b
}

// add makes of a way what it becomes.
func (b *wayBlock) add(w pbf.Way, line planar.Line, d duties) {
	shape := shortbread.ShapeOf(line.Closed(), w.Tags)
	for _, draft := range shortbread.WayLines(w.Tags, shape, line.Length()) {
		b.features = append(b.features, makeFeature(draft, wayID(w.ID), line.Orb()))
	}
	if d.level > 0 {
		draft := shortbread.BoundaryLine(w.Tags, d.level, d.disputed)
		b.features = append(b.features, makeFeature(draft, wayID(w.ID), line.Orb()))
	}
	if w.Tags.Get("natural") == "coastline" {
		b.coast = append(b.coast, line)
	}
	if d.stored {
		s := storedLine{id: w.ID, line: line}
		if d.bare {
			s.tags = slices.Clone(w.Tags)
		}
		b.stored = append(b.stored, s)
	}
	if shape != shortbread.Open && !d.bare {
		b.features = append(b.features, closedWay(w.ID, w.Tags, line, d.drawnByRelation, b.defects)...)
	}
}

// closedWay returns the areas that a closed way becomes, but for those that a
// relation draws.
func closedWay(id int64, t pbf.Tags, line planar.Line, drawn []look, defects tally) []made {
	shape := shortbread.ShapeOf(true, t)
	drafts := shortbread.Areas(t, shape, math.Abs(planar.Ring(line[:len(line)-1]).Area()))
	n := len(drafts)
	drafts = slices.DeleteFunc(drafts, func(d shortbread.Draft) bool { return slices.Contains(drawn, lookOf(d)) })
	defects.add(DrawnTwice, n-len(drafts))
	if len(drafts) == 0 {
		return nil
	}
	polygons, found := planar.Assemble([]planar.Line{line})
	defects.area(found)
	if len(polygons) == 0 {
		defects.add(AreaEmpty, 1)
		return nil
	}
	return makeAreas(drafts, wayID(id), polygons)
}

// makeAreas makes features of drafts, areas or points inside.
func makeAreas(drafts []shortbread.Draft, id int64, polygons []planar.Polygon) []made {
	var out []made
	var label *planar.Point
	area := planar.Orb(polygons)
	for _, d := range drafts {
		if !d.Point {
			out = append(out, makeFeature(d, id, area))
			continue
		}
		if label == nil {
			p := planar.LabelPoint(polygons)
			label = &p
		}
		out = append(out, makeFeature(d, id, label.Orb()))
	}
	return out
}
