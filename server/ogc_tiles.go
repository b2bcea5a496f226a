package server

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"kvartal"
	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/view"
)

// OGC API – Tiles – Part 1 (20-057) over the tile service: of the whole dataset,
// of some of its collections, and of each.

type tileset struct {
	Title               string         `json:"title"`
	DataType            string         `json:"dataType"`
	CRS                 string         `json:"crs"`
	TileMatrixSetID     string         `json:"tileMatrixSetId"`
	TileMatrixSetURI    string         `json:"tileMatrixSetURI"`
	TileMatrixSetLimits []tileLimits   `json:"tileMatrixSetLimits"`
	BoundingBox         *tilesetBox    `json:"boundingBox,omitempty"`
	Layers              []tilesetLayer `json:"layers,omitempty"`
	Links               []link         `json:"links"`
}

type tilesetBox struct {
	LowerLeft  orb.Point `json:"lowerLeft"`
	UpperRight orb.Point `json:"upperRight"`
	CRS        string    `json:"crs"`
}

type tilesetLayer struct {
	ID                string `json:"id"`
	Title             string `json:"title"`
	DataType          string `json:"dataType"`
	GeometryDimension *int   `json:"geometryDimension,omitempty"`
	MinTileMatrix     int    `json:"minTileMatrix,string"`
	MaxTileMatrix     int    `json:"maxTileMatrix,string"`
	PropertiesSchema  object `json:"propertiesSchema"`
}

type tilesetList struct {
	Tilesets []tileset `json:"tilesets"`
	Links    []link    `json:"links"`
}

// tiled is what a tile resource is about: a collection, or layers of the
// dataset.
func (o *ogcRequest) tiled() (wanted []tiles.Layer, path string, err error) {
	if strings.HasPrefix(o.route.path, "/collections/") {
		l, err := o.layer(view.See)
		if err != nil {
			return nil, "", err
		}
		if !l.Definition.HasGeometry() {
			return nil, "", kvartal.Errorf(kvartal.KindNotFound, "layer %q has no tiles: its features have no place", l.Definition.ID)
		}
		return []tiles.Layer{l}, collectionPath(l.Definition), nil
	}
	if names := o.query.Get("collections"); names != "" {
		wanted, err = layersFor(o.Request, o.city, names, view.See)
		return wanted, "", err
	}
	return o.datasetLayers(), "", nil
}

// datasetLayers are the layers of a tile of everything: where the base map and
// a register have one name in tiles, the register has it.
func (o *ogcRequest) datasetLayers() []tiles.Layer {
	var all []tiles.Layer
	taken := map[string]bool{}
	visible := o.layers(view.See)
	for _, base := range []bool{false, true} {
		for _, l := range visible {
			d := l.Definition
			if d.HasGeometry() && (d.History == layers.HistoryRevisions) == base && !taken[d.Tiles.Layer] {
				taken[d.Tiles.Layer] = true
				all = append(all, l)
			}
		}
	}
	return all
}

// tilesets answers …/tiles (20-057, section 8).
func (s *Server) tilesets(w http.ResponseWriter, o *ogcRequest) error {
	wanted, path, err := o.tiled()
	if err != nil {
		return err
	}
	set, err := o.newTileset(wanted, path)
	if err != nil {
		return err
	}
	set.Layers = nil // told by the tileset itself
	return o.represent(w, htmlPage{template: "document", Title: o.T("tiles")}, tilesetList{[]tileset{set}, o.selfLinks()})
}

// tileset answers …/tiles/{tileMatrixSetId} (17-083r4, section 6.2).
func (s *Server) tileset(w http.ResponseWriter, o *ogcRequest) error {
	if err := o.checkTileMatrixSet(); err != nil {
		return err
	}
	wanted, path, err := o.tiled()
	if err != nil {
		return err
	}
	set, err := o.newTileset(wanted, path)
	if err != nil {
		return err
	}
	return o.represent(w, htmlPage{template: "document", Title: set.Title}, set)
}

func (o *ogcRequest) newTileset(wanted []tiles.Layer, path string) (tileset, error) {
	if _, err := o.interval(); err != nil {
		return tileset{}, err
	}
	bounds, err := boundsOf(o.ctx(), o.city, wanted)
	if err != nil {
		return tileset{}, err
	}
	set := tileset{
		Title: o.text(o.city.Store.City().Title), DataType: "vector", CRS: webMercatorURI, TileMatrixSetID: webMercatorQuad,
		TileMatrixSetURI: webMercatorQuadURI, TileMatrixSetLimits: limitsOf(wanted, bounds),
	}
	if path != "" {
		set.Title = o.text(wanted[0].Definition.Title)
	}
	if bounds != nil {
		set.BoundingBox = &tilesetBox{bounds.Min, bounds.Max, crs84}
	}
	for _, l := range wanted {
		set.Layers = append(set.Layers, o.tilesetLayer(l))
	}
	address := path + "/tiles/" + webMercatorQuad
	var selected strings.Builder
	for _, name := range []string{"collections", "datetime"} {
		if o.query.Get(name) != "" {
			selected.WriteString("&" + name + "=" + url.QueryEscape(o.query.Get(name)))
		}
	}
	selection := selected.String()
	set.Links = []link{
		{Href: o.at(address, formatJSON) + selection, Rel: "self", Type: formatJSON.Media(), Title: set.Title},
		{Href: o.at("/tileMatrixSets/"+webMercatorQuad, formatJSON), Rel: relOGC + "tiling-scheme", Type: formatJSON.Media(), Title: webMercatorQuad},
		{Href: o.root + address + "/{tileMatrix}/{tileRow}/{tileCol}?f=mvt" + selection, Rel: "item", Type: mvtType, Title: set.Title, Templated: true},
		{Href: o.root + address + "/{tileMatrix}/{tileRow}/{tileCol}?f=geojson" + selection, Rel: "item", Type: geoJSONType, Title: set.Title, Templated: true},
	}
	return set, nil
}

func (o *ogcRequest) tilesetLayer(l tiles.Layer) tilesetLayer {
	d := l.Definition
	properties := object{}
	for i, f := range d.Fields {
		if f.Tile && l.View.Readable(f.Name) {
			properties[f.Name] = o.fieldSchema(d, f, i, codelistInline)
		}
	}
	out := tilesetLayer{
		ID: d.Tiles.Layer, Title: o.text(d.Title), DataType: "vector", MinTileMatrix: d.Tiles.MinZoom, MaxTileMatrix: d.Tiles.MaxZoom,
		PropertiesSchema: object{"type": "object", "properties": properties},
	}
	if dimension := d.Geometry.Dimension(); dimension >= 0 {
		out.GeometryDimension = &dimension
	}
	return out
}

// vectorTile answers …/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}
// (20-057, section 7). A tile without features is an empty one; there is none
// outside of the limits.
func (s *Server) vectorTile(w http.ResponseWriter, o *ogcRequest) error {
	if err := o.checkTileMatrixSet(); err != nil {
		return err
	}
	wanted, _, err := o.tiled()
	if err != nil {
		return err
	}
	var parts [3]string
	for i, name := range []string{"tileMatrix", "tileCol", "tileRow"} {
		if parts[i], err = variable(o.Request, name); err != nil {
			return err
		}
	}
	address, err := tiles.ParseAddress(parts[0], parts[1], parts[2])
	if err != nil {
		return kvartal.Errorf(kvartal.KindNotFound, "there is no tile %.20s/%.20s/%.20s in %s", parts[0], parts[2], parts[1], webMercatorQuad)
	}
	bounds, err := boundsOf(o.ctx(), o.city, wanted)
	if err != nil {
		return err
	}
	if !within(limitsOf(wanted, bounds), address) {
		return kvartal.Errorf(kvartal.KindNotFound, "tile %.20s/%.20s/%.20s is outside of the limits that the tileset tells", parts[0], parts[2], parts[1])
	}
	tile, err := o.tile(wanted, address)
	if err != nil {
		return err
	}
	if o.format == formatTile {
		return writeGeoJSONTile(w, o.Request, tile, address)
	}
	_, err = writeTile(w, o.Request, tile, freshness(wanted))
	return err
}

// tile makes a tile, of the time that parameter datetime names.
func (o *ogcRequest) tile(wanted []tiles.Layer, address maptile.Tile) (*tiles.Packed, error) {
	during, err := o.interval()
	if err != nil {
		return nil, err
	}
	if during == nil {
		return o.city.Tiles.Tile(o.ctx(), wanted, address)
	}
	for i := range wanted { // what may be seen of the past depends on other actions, too
		wanted[i].View = viewOf(o.Request, wanted[i].Definition)
	}
	return o.city.Tiles.TileDuring(o.ctx(), wanted, address, *during)
}
