package server

import (
	"fmt"
	"math"
	"net/http"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/project"

	"kvartal/tiles"
)

// writeGeoJSONTile writes a tile as a FeatureCollection (20-057, class geojson):
// the features of the vector tile, as generalised and cut as they are there. The
// member featureType of each names its layer in the tile.
func writeGeoJSONTile(w http.ResponseWriter, r *http.Request, tile *tiles.Packed, at maptile.Tile) error {
	encoded, err := tile.Bytes(tiles.Identity)
	if err != nil {
		return err
	}
	parts, err := mvt.Unmarshal(encoded)
	if err != nil {
		return fmt.Errorf("read a tile of our own: %w", err)
	}
	collection := geojson.NewFeatureCollection()
	for _, part := range parts {
		for _, f := range part.Features {
			f.Geometry = orb.Round(project.Geometry(f.Geometry, fromTile(at)), 1e9)
			f.ExtraMembers = geojson.Properties{"featureType": part.Name}
			collection.Append(f)
		}
	}
	return respondJSON(w, r, geoJSONType, collection)
}

// fromTile turns places in units of a tile into longitude and latitude.
func fromTile(at maptile.Tile) orb.Projection {
	side := math.Exp2(float64(at.Z))
	return func(p orb.Point) orb.Point {
		x, y := (float64(at.X)+p[0]/tiles.Extent)/side, (float64(at.Y)+p[1]/tiles.Extent)/side
		return orb.Point{360*x - 180, math.Atan(math.Sinh(math.Pi*(1-2*y))) * 180 / math.Pi}
	}
}
