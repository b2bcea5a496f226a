package tiles

import (
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"kvartal/layers"
)

// TileJSON describes tiles to clients (TileJSON 3.0.0).
type TileJSON struct {
	TileJSON     string        `json:"tilejson"`
	Scheme       string        `json:"scheme"`
	Tiles        []string      `json:"tiles"`
	MinZoom      int           `json:"minzoom"`
	MaxZoom      int           `json:"maxzoom"`
	Bounds       *[4]float64   `json:"bounds,omitempty"` // west, south, east, north in degrees
	Attribution  string        `json:"attribution,omitempty"`
	VectorLayers []VectorLayer `json:"vector_layers"`
}

// VectorLayer is one layer inside the tiles.
type VectorLayer struct {
	ID          string            `json:"id"`
	Description string            `json:"description"`
	MinZoom     int               `json:"minzoom"`
	MaxZoom     int               `json:"maxzoom"`
	Fields      map[string]string `json:"fields"`
}

// NewTileJSON describes the tiles of the layers at the URL template, with the
// attributes their views may read. Bounds is nil where nothing is known.
func NewTileJSON(wanted []Layer, template string, bounds *orb.Bound) TileJSON {
	t := TileJSON{TileJSON: "3.0.0", Scheme: "xyz", Tiles: []string{template}, VectorLayers: []VectorLayer{}}
	t.MinZoom, t.MaxZoom = Zooms(wanted)
	if bounds != nil {
		t.Bounds = &[4]float64{bounds.Min[0], bounds.Min[1], bounds.Max[0], bounds.Max[1]}
	}
	var attributions []string
	for _, l := range wanted {
		if a := l.Definition.Attribution; a != "" && !slices.Contains(attributions, a) {
			attributions = append(attributions, a)
		}
		if l.Definition.HasGeometry() {
			t.VectorLayers = append(t.VectorLayers, vectorLayer(l))
		}
	}
	t.Attribution = strings.Join(attributions, " | ")
	return t
}

func vectorLayer(l Layer) VectorLayer {
	d := l.Definition
	out := VectorLayer{
		ID: d.Tiles.Layer, Description: d.Title.En, MinZoom: d.Tiles.MinZoom, MaxZoom: d.Tiles.MaxZoom,
		Fields: map[string]string{},
	}
	for _, f := range d.Fields {
		if f.Tile && l.View.Readable(f.Name) {
			out.Fields[f.Name] = jsonType(f.Type)
		}
	}
	if d.Tiles.Crowded == layers.CrowdedCluster {
		out.Fields[CountKey] = "Number"
	}
	return out
}

func jsonType(t layers.FieldType) string {
	switch t {
	case layers.TypeInteger, layers.TypeNumber, layers.TypeDecimal:
		return "Number"
	case layers.TypeBoolean:
		return "Boolean"
	}
	return "String"
}
