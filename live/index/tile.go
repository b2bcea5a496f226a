package index

import (
	"context"
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/project"

	"kvartal/tiles"
	"kvartal/view"
)

// mostInTile is how many objects one tile shows.
const mostInTile = 20_000

// encode makes one layer of a tile. Objects are points: where there are more than
// a tile holds, which no city has, those of the highest ids are left out.
func (l *Layer) encode(ctx context.Context, v view.View, t maptile.Tile) ([]byte, tiles.Report, error) {
	s := l.Sight(v, view.See)
	grid := tiles.WebMercatorQuad()
	reach := grid.Reach(t)
	box := orb.Bound{Min: project.Mercator.ToWGS84(reach.Min), Max: project.Mercator.ToWGS84(reach.Max)}
	objects, _ := s.Objects(&box, math.MaxInt)
	report := tiles.Report{Layer: l.Definition.ID, Features: len(objects)}
	objects = sortByID(objects)
	if len(objects) > mostInTile {
		report.Thinned = len(objects) - mostInTile
		objects = objects[:mostInTile]
	}
	if err := ctx.Err(); err != nil {
		return nil, report, err
	}
	e, _ := encodings.Get().(*encoding)
	defer encodings.Put(e)
	e.begin(l, v, grid, t)
	for _, o := range objects {
		if e.add(o) {
			report.Written++
		} else {
			report.Vanished++
		}
	}
	out := e.layer.Bytes(l.Definition.Tiles.Layer, tiles.Extent, e.keys)
	report.Bytes = len(out)
	return out, report, nil
}

// sortByID sorts by digits, the lowest first: most of what comparing costs is that
// the processor cannot guess the outcome.
func sortByID(objects []Seen) []Seen {
	const bits = 11 // of a digit
	var all uint64
	for _, o := range objects {
		all |= uint64(o.ID) //nolint:gosec // ids are positive
	}
	sorted := make([]Seen, len(objects))
	for shift := 0; all>>shift != 0; shift += bits {
		digit := func(o Seen) uint64 { return uint64(o.ID) >> shift & (1<<bits - 1) } //nolint:gosec // as above
		var ends [1<<bits + 1]int
		for _, o := range objects {
			ends[digit(o)+1]++
		}
		for i := 1; i < len(ends); i++ {
			ends[i] += ends[i-1]
		}
		for _, o := range objects {
			sorted[ends[digit(o)]] = o
			ends[digit(o)]++
		}
		objects, sorted = sorted, objects
	}
	return objects
}
