package basemap

import (
	"context"

	"kvartal/importers/basemap/coast"
	"kvartal/importers/basemap/planar"
	"kvartal/importers/basemap/shortbread"
)

// Pieces of the sea are at most this large, so that a tile needs few corners
// of it: 40 km a side at the equator's scale, as tiles of zoom 10.
const (
	seaCorners = 1000
	seaSide    = 40_000 * 100
)

// makeSea makes the sea within the extract. Without coastlines there is none.
func (im *importer) makeSea(ctx context.Context) error {
	water, found := coast.Water(im.coast, im.bound)
	im.report.count(tally{CoastLoose: found.Loose, CoastContradictory: found.Contradictory, CoastCrossing: found.Crossed})
	pieces := planar.Subdivide(water, seaCorners, seaSide)
	for i, p := range pieces {
		f := makeFeature(shortbread.Sea(), seaID(i), p.Orb())
		if err := im.put(ctx, []made{f}); err != nil {
			return err
		}
	}
	im.progress(PhaseSea, -1)
	return nil
}
