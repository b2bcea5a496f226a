package basemap

import (
	"context"
	"math"
	"sync"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/importers/basemap/pbf"
	"kvartal/importers/basemap/planar"
	"kvartal/importers/basemap/shortbread"
)

// made is a feature on its way to the sink.
type made struct {
	layer   kvartal.LayerID
	feature kvartal.Feature
}

func makeFeature(d shortbread.Draft, id int64, g orb.Geometry) made {
	return made{d.Layer, kvartal.Feature{ID: kvartal.FeatureID(id), Geometry: g, Properties: d.Properties}}
}

// The features of an element are numbered by its id and kind.
func nodeID(id int64) int64     { return 4 * id }
func wayID(id int64) int64      { return 4*id + 1 }
func relationID(id int64) int64 { return 4*id + 2 }
func seaID(n int) int64         { return 4*int64(n) + 3 }

// nodeBlock is what the first pass makes of a block.
type nodeBlock struct {
	block     int
	holds     pbf.Kinds
	ids       []int64
	points    []planar.Point
	features  []made
	relations []plannedRelation
	defects   tally
}

// plannedRelation is a relation that the map needs.
type plannedRelation struct {
	members []pbf.Member
	why     purpose
}

// readNodes is the first pass.
func (im *importer) readNodes(ctx context.Context) error {
	blocks := make([]int, im.file.Blocks())
	for i := range blocks {
		blocks[i] = i
	}
	buffers := sync.Pool{New: func() any { return new(pbf.Block) }}
	work := func(_ context.Context, i int) (nodeBlock, error) {
		b := buffers.Get().(*pbf.Block)
		defer buffers.Put(b)
		if err := im.file.Read(i, pbf.Nodes|pbf.Relations, b); err != nil {
			return nodeBlock{}, err
		}
		return workNodes(i, b), nil
	}
	if err := ordered(ctx, im.options.Workers, blocks, work, im.takeNodes); err != nil {
		return err
	}
	if im.report.Nodes == 0 {
		return kvartal.Errorf(kvartal.KindInvalid, "the file holds no map data: give an OpenStreetMap extract of your city")
	}
	im.plan.sort()
	im.setBound()
	return im.nodes.flush()
}

func workNodes(block int, b *pbf.Block) nodeBlock {
	out := nodeBlock{
		block: block, holds: b.Holds, defects: tally{},
		ids: make([]int64, len(b.Nodes)), points: make([]planar.Point, len(b.Nodes)),
	}
	for i, n := range b.Nodes {
		out.ids[i] = n.ID
		if !onTheMap(n.Lon, n.Lat) {
			out.points[i] = nowhere
			out.defects.add(NodeOffTheMap, 1)
			continue
		}
		out.points[i] = planar.Project(n.Lon, n.Lat)
		if len(n.Tags) == 0 {
			continue
		}
		for _, d := range shortbread.Node(n.Tags) {
			out.features = append(out.features, makeFeature(d, nodeID(n.ID), out.points[i].Orb()))
		}
	}
	for _, r := range b.Relations {
		if why, ok := purposeOf(r.Tags); ok {
			members := append([]pbf.Member(nil), r.Members...)
			out.relations = append(out.relations, plannedRelation{members, why})
		}
	}
	return out
}

// nowhere marks nodes that are not stored; no place of the map is there.
var nowhere = planar.Point{X: math.MinInt32, Y: math.MinInt32}

func onTheMap(lon, lat float64) bool { return math.Abs(lon) <= 180 && math.Abs(lat) <= 90 }

func (im *importer) takeNodes(ctx context.Context, b nodeBlock) error {
	im.holds[b.block] = b.holds
	im.report.count(b.defects)
	if err := im.inOrder(pbf.Nodes, b.block, b.ids); err != nil {
		return err
	}
	for i, p := range b.points {
		if p == nowhere {
			continue
		}
		if im.nodes.count == 0 {
			im.bound = planar.Box{Min: p, Max: p}
		}
		im.bound = im.bound.Extend(p)
		if err := im.nodes.add(b.ids[i], p); err != nil {
			return err
		}
	}
	im.report.Nodes += len(b.ids)
	for _, r := range b.relations {
		im.plan.add(r.members, r.why)
	}
	if err := im.put(ctx, b.features); err != nil {
		return err
	}
	im.progress(PhaseNodes, b.block)
	return nil
}

// setBound prefers the box that the file gives: nodes of long ways lie beyond.
func (im *importer) setBound() {
	if b := im.file.Header().Bounds; b != nil {
		im.bound = planar.Box{Min: planar.Project(b.West, b.South), Max: planar.Project(b.East, b.North)}
	}
	west, south := im.bound.Min.LonLat()
	east, north := im.bound.Max.LonLat()
	im.report.Bound = orb.Bound{Min: orb.Point{west, south}, Max: orb.Point{east, north}}
}
