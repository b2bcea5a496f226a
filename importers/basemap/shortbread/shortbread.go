// Package shortbread decides what an OpenStreetMap element becomes on the base
// map: which features of which layers, with which attributes, from which zoom.
//
// It follows the Shortbread schema 1.0 (https://shortbread-tiles.org/schema/1.0/)
// and departs from it only where said so: areas appear when they have become
// large enough to see, culverts are tunnels, and islands drawn as areas are
// labelled. It looks at tags and sizes alone; geometry is made elsewhere.
package shortbread

import (
	"math"
	"strings"

	"kvartal"
	"kvartal/importers/basemap/pbf"
)

// Draft is a feature but for its id and geometry.
type Draft struct {
	Layer kvartal.LayerID
	// Point asks for a point inside an area instead of the area.
	Point      bool
	Properties map[string]any
}

// Shape is the ways in which an element can be drawn.
type Shape int

// The shapes.
const (
	// Open is a line that does not end where it begins.
	Open Shape = iota
	// Closed is a line or an area, as its tags usually are.
	Closed
	// Line is a closed line that is said to be no area.
	Line
	// Area is what is said to be an area.
	Area
)

// ShapeOf returns the shape of a way. Multipolygon relations are Areas.
func ShapeOf(closed bool, t pbf.Tags) Shape {
	switch area := t.Get("area"); {
	case !closed:
		return Open
	case area == "yes", isOneOf(t.Get("area:aeroway"), "runway", "taxiway"):
		return Area
	case area == "no":
		return Line
	}
	return Closed
}

// line reports whether a shape is drawn as a line; usually says whether closed
// ways with such tags are areas.
func (s Shape) line(usually bool) bool { return s == Open || s == Line || s == Closed && !usually }

// area reports whether a shape is drawn as an area.
func (s Shape) area(usually bool) bool { return s == Area || s == Closed && usually }

// MaxZoom is the highest zoom of the base map's tiles.
const MaxZoom = 14

const prefix = "base_"

// draft makes a draft for a Shortbread layer.
func draft(layer string, minZoom int, properties map[string]any) Draft {
	properties["min_zoom"] = int64(min(minZoom, MaxZoom))
	return Draft{Layer: kvartal.LayerID(prefix + layer), Properties: properties}
}

// pointDraft is a draft of a point inside an area.
func pointDraft(layer string, minZoom int, properties map[string]any) Draft {
	d := draft(layer, minZoom, properties)
	d.Point = true
	return d
}

// Node returns what a node becomes.
func Node(t pbf.Tags) []Draft {
	var out []Draft
	out = appendPlace(out, t)
	out = appendMotorwayExit(out, t)
	out = appendTransport(out, t)
	return appendPOIOrAddress(out, t)
}

// WayLines returns what a way of a shape becomes as a line of a length in
// metres of the projection.
func WayLines(t pbf.Tags, shape Shape, length float64) []Draft {
	var out []Draft
	if shape.line(false) {
		out = appendStreet(out, t)
		out = appendWaterLine(out, t, length)
	}
	if shape.line(true) {
		out = appendPlainLine(out, t)
	}
	out = appendAerialway(out, t)
	return appendFerry(out, t)
}

// Areas returns what an element of a shape becomes as an area of a size in
// square metres of the projection.
func Areas(t pbf.Tags, shape Shape, size float64) []Draft {
	var out []Draft
	if shape.area(true) {
		out = appendWater(out, t, shape, size)
		out = appendPlainArea(out, t, size)
		out = appendLand(out, t, size)
		out = appendSite(out, t, size)
		out = appendBuilding(out, t)
		out = appendTransport(out, t)
		out = appendIsland(out, t)
		out = appendPOIOrAddress(out, t)
	}
	if shape.area(false) {
		out = appendStreetArea(out, t)
	}
	for i := range out {
		out[i].Point = out[i].Point || isPointLayer(out[i].Layer)
	}
	return out
}

// isPointLayer tells the layers that have points for areas too.
func isPointLayer(id kvartal.LayerID) bool {
	return isOneOf(string(id), prefix+"public_transport", prefix+"pois", prefix+"addresses", prefix+"place_labels")
}

func isOneOf(s string, list ...string) bool {
	for _, v := range list {
		if s == v {
			return true
		}
	}
	return false
}

// oneOf returns the value of a key if it is in set, else "".
func oneOf(t pbf.Tags, key string, set map[string]bool) string {
	if v := t.Get(key); set[v] {
		return v
	}
	return ""
}

// set makes a set of the words of a text.
func set(words string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		out[w] = true
	}
	return out
}

// put sets a text if there is one.
func put(properties map[string]any, name, value string) {
	if value != "" {
		properties[name] = value
	}
}

// addNames adds the names of an element and reports whether it has any. One
// that is named in other languages only is known by the first of those.
func addNames(properties map[string]any, t pbf.Tags) bool {
	name := strings.TrimSpace(t.Get("name"))
	for _, lang := range [...]string{"en", "ru", "ky", "de"} {
		v := strings.TrimSpace(t.Get("name:" + lang))
		put(properties, "name_"+lang, v)
		if name == "" {
			name = v
		}
	}
	put(properties, "name", name)
	return name != ""
}

// circumference of the world in metres of EPSG:3857.
const circumference = 2 * math.Pi * 6378137

// visible returns the lowest zoom from least on at which an area covers a
// number of pixels of tiles with 512 a side.
func visible(size, pixels float64, least int) int {
	if size <= 0 {
		return MaxZoom
	}
	z := math.Ceil(math.Log2(circumference / 512 * math.Sqrt(pixels/size)))
	return int(max(float64(least), min(z, MaxZoom)))
}

// Sizes from which areas and their names are shown, in pixels.
const (
	areaPixels  = 4
	labelPixels = 3000
)

// reaches returns the lowest zoom from least on at which a line is a quarter of
// a pixel long, on tiles with 256 a side.
func reaches(length float64, least int) int {
	if length <= 0 {
		return MaxZoom
	}
	z := math.Ceil(math.Log2(circumference / 256 * 0.25 / length))
	return int(max(float64(least), min(z, MaxZoom)))
}

func isTunnel(t pbf.Tags) bool {
	return isOneOf(t.Get("tunnel"), "yes", "building_passage", "culvert") || t.Get("covered") == "yes"
}

func isBridge(t pbf.Tags) bool {
	return isOneOf(t.Get("bridge"), "yes", "viaduct", "boardwalk", "cantilever", "covered", "low_water_crossing", "movable", "trestle")
}
