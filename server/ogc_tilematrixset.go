package server

import (
	"math"
	"net/http"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"kvartal"
	"kvartal/tiles"
)

// The one tile matrix set: that of every web map (17-083r4, annex D.1).
const (
	webMercatorQuad    = "WebMercatorQuad"
	webMercatorQuadURI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
	webMercatorURI     = "http://www.opengis.net/def/crs/EPSG/0/3857"
	mercatorHalf       = 20037508.342789244 // metres from the centre to a side
	pixel              = 0.00028            // metres, of the standard's display
	tilePixels         = 256
)

type tileMatrixSet struct {
	ID                string       `json:"id"`
	Title             string       `json:"title"`
	URI               string       `json:"uri"`
	CRS               string       `json:"crs"`
	OrderedAxes       []string     `json:"orderedAxes"`
	WellKnownScaleSet string       `json:"wellKnownScaleSet"`
	TileMatrices      []tileMatrix `json:"tileMatrices"`
}

type tileMatrix struct {
	ID               string     `json:"id"`
	ScaleDenominator float64    `json:"scaleDenominator"`
	CellSize         float64    `json:"cellSize"`
	CornerOfOrigin   string     `json:"cornerOfOrigin"`
	PointOfOrigin    [2]float64 `json:"pointOfOrigin"`
	TileWidth        int        `json:"tileWidth"`
	TileHeight       int        `json:"tileHeight"`
	MatrixWidth      int        `json:"matrixWidth"`
	MatrixHeight     int        `json:"matrixHeight"`
}

type tileMatrixSets struct {
	TileMatrixSets []tileMatrixSetItem `json:"tileMatrixSets"`
	Links          []link              `json:"links"`
}

type tileMatrixSetItem struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	URI   string `json:"uri"`
	CRS   string `json:"crs"`
	Links []link `json:"links"`
}

// tileMatrixSets answers /ogc/tileMatrixSets.
func (s *Server) tileMatrixSets(w http.ResponseWriter, o *ogcRequest) error {
	self := link{Href: o.at("/tileMatrixSets/"+webMercatorQuad, formatJSON), Rel: "self", Type: formatJSON.Media(), Title: webMercatorQuad}
	doc := tileMatrixSets{[]tileMatrixSetItem{{webMercatorQuad, webMercatorQuad, webMercatorQuadURI, webMercatorURI, []link{self}}}, o.selfLinks()}
	return o.represent(w, htmlPage{template: "document", Title: o.T("tile matrix sets")}, doc)
}

// tileMatrixSet answers /ogc/tileMatrixSets/{tileMatrixSetId} (17-083r4, 7.1).
func (s *Server) tileMatrixSet(w http.ResponseWriter, o *ogcRequest) error {
	if err := o.checkTileMatrixSet(); err != nil {
		return err
	}
	set := tileMatrixSet{
		ID: webMercatorQuad, Title: "Google Maps Compatible for the World", URI: webMercatorQuadURI, CRS: webMercatorURI,
		OrderedAxes: []string{"X", "Y"}, WellKnownScaleSet: "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
	}
	for z := range tiles.MaxZoom + 1 {
		n := 1 << z
		cell := 2 * mercatorHalf / float64(tilePixels*n)
		set.TileMatrices = append(set.TileMatrices, tileMatrix{
			ID: strconv.Itoa(z), ScaleDenominator: cell / pixel, CellSize: cell, CornerOfOrigin: "topLeft",
			PointOfOrigin: [2]float64{-mercatorHalf, mercatorHalf}, TileWidth: tilePixels, TileHeight: tilePixels, MatrixWidth: n, MatrixHeight: n,
		})
	}
	return o.represent(w, htmlPage{template: "document", Title: webMercatorQuad}, set)
}

func (o *ogcRequest) checkTileMatrixSet() error {
	name, err := variable(o.Request, "tileMatrixSetId")
	if err != nil {
		return err
	}
	if name != webMercatorQuad {
		return kvartal.Errorf(kvartal.KindNotFound, "there is no tile matrix set %.60q: tiles are in %s", name, webMercatorQuad)
	}
	return nil
}

// tileLimits are the tiles of one matrix in which there may be data (17-083r4,
// section 6.3).
type tileLimits struct {
	TileMatrix string `json:"tileMatrix"`
	MinTileRow uint32 `json:"minTileRow"`
	MaxTileRow uint32 `json:"maxTileRow"`
	MinTileCol uint32 `json:"minTileCol"`
	MaxTileCol uint32 `json:"maxTileCol"`
}

// limitsOf are those of layers with their zooms; bounds in degrees, nil where
// nothing is known.
func limitsOf(wanted []tiles.Layer, bounds *orb.Bound) []tileLimits {
	const north = 85.0511
	b := orb.Bound{Min: orb.Point{-180, -north}, Max: orb.Point{180, north}}
	if bounds != nil {
		b.Min = orb.Point{math.Max(bounds.Min[0], -180), math.Max(bounds.Min[1], -north)}
		b.Max = orb.Point{math.Min(bounds.Max[0], 180), math.Min(bounds.Max[1], north)}
	}
	lowest, highest := tiles.Zooms(wanted)
	var all []tileLimits
	for z := lowest; z <= highest; z++ {
		zoom := maptile.Zoom(z)
		first, last := maptile.At(orb.Point{b.Min[0], b.Max[1]}, zoom), maptile.At(orb.Point{b.Max[0], b.Min[1]}, zoom)
		most := uint32(1)<<z - 1
		all = append(all, tileLimits{strconv.Itoa(z), min(first.Y, most), min(last.Y, most), min(first.X, most), min(last.X, most)})
	}
	return all
}

// within reports whether limits admit a tile.
func within(limits []tileLimits, t maptile.Tile) bool {
	for _, l := range limits {
		if l.TileMatrix == strconv.Itoa(int(t.Z)) {
			return t.X >= l.MinTileCol && t.X <= l.MaxTileCol && t.Y >= l.MinTileRow && t.Y <= l.MaxTileRow
		}
	}
	return false
}
