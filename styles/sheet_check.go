package styles

import (
	"fmt"
	"slices"
	"strings"

	"kvartal"
)

// maxComplaints bounds what Check tells of one document.
const maxComplaints = 20

// sheetChecker finds what is wrong with a document.
type sheetChecker struct {
	sheet      *Sheet
	sources    map[string]string // types by name
	complaints []string
}

// Check reports where a document does not follow the MapLibre style
// specification, version 8, or draws layers and attributes that the city's tiles
// do not have: one error of KindInvalid with a complaint a line.
func (s *Sheet) Check() error {
	c := &sheetChecker{sheet: s, sources: map[string]string{}}
	sources, _ := s.root.get("sources")
	listed, _ := sources.value.(object)
	for _, m := range listed {
		c.source(m, place{pointer: "/sources/" + m.name})
	}
	ids := map[string]bool{}
	for i, l := range s.layers {
		at := place{pointer: fmt.Sprintf("/layers/%d", i)}
		o, _ := l.node.value.(object)
		id, _ := o.get("id")
		if id.text() == "" || ids[id.text()] {
			c.complain(l.node, at.step("id"), "is %s: want a string that no other style layer has", show(id))
		}
		ids[id.text()] = true
		c.styleLayer(l, o, at)
	}
	if len(c.complaints) == 0 {
		return nil
	}
	return kvartal.Errorf(kvartal.KindInvalid, "%s", strings.Join(c.complaints[:min(len(c.complaints), maxComplaints)], "\n")).In("body")
}

func (c *sheetChecker) complain(n node, at place, format string, args ...any) {
	c.complaints = append(c.complaints, fmt.Sprintf("line %d: %s: %s", n.line, at.pointer, fmt.Sprintf(format, args...)))
}

func (c *sheetChecker) source(m member, at place) {
	o, _ := m.value.value.(object)
	kind, _ := o.get("type")
	c.sources[m.name] = kind.text()
	if !slices.Contains([]string{"vector", "raster", "raster-dem", "geojson", "image", "video"}, kind.text()) {
		c.complain(m.value, at.step("type"), "is %s: want vector, raster, raster-dem, geojson, image or video", show(kind))
	}
	_, byURL := o.get("url")
	_, byTiles := o.get("tiles")
	if kind.text() == "vector" && !byURL && !byTiles {
		c.complain(m.value, at, `want "url" or "tiles"`)
	}
}

// sheetTypes are the types of style layers with how the names of their properties
// begin.
func sheetTypes() map[string][]string {
	return map[string][]string{
		"background": {"background-"}, "fill": {"fill-"}, "line": {"line-"}, "symbol": {"symbol-", "icon-", "text-"}, "circle": {"circle-"},
		"fill-extrusion": {"fill-extrusion-"}, "heatmap": {"heatmap-"}, "raster": {"raster-"}, "hillshade": {"hillshade-"}, "color-relief": {"color-relief-"},
	}
}

func (c *sheetChecker) styleLayer(l sheetLayer, o object, at place) {
	kind, _ := o.get("type")
	prefixes, known := sheetTypes()[kind.text()]
	if !known {
		c.complain(l.node, at.step("type"), "is %s, which is no type of a style layer", show(kind))
		return
	}
	of, exists := c.sources[l.source]
	if kind.text() != "background" && !exists {
		c.complain(l.node, at.step("source"), "is %q: want one of the sources", l.source)
	}
	inTile, _ := o.get("source-layer")
	if of == "vector" && inTile.text() == "" {
		c.complain(l.node, at.step("source-layer"), "is missing: the source is of vector tiles")
	}
	if _, ours := c.sheet.sources[l.source]; ours && len(l.drawn) == 0 && inTile.text() != "" {
		c.complain(inTile, at.step("source-layer"), "is %s, which the tiles of source %q do not have", show(inTile), l.source)
	}
	c.zooms(o, at)
	for _, section := range []string{"layout", "paint"} {
		if part, ok := o.get(section); ok {
			c.section(layerType(kind.text()), member{section, part}, prefixes, at.step(section))
		}
	}
	if filter, ok := o.get("filter"); ok {
		c.expression(filter, at.step("filter"), true)
	}
	if _, ours := c.sheet.sources[l.source]; ours {
		c.attributes(l, l.node, at)
	}
}

func (c *sheetChecker) zooms(o object, at place) {
	limits := [2]float64{0, maxZoom}
	for i, name := range []string{"minzoom", "maxzoom"} {
		n, ok := o.get(name)
		if !ok {
			continue
		}
		z, isNumber := n.number()
		if !isNumber || z < 0 || z > maxZoom {
			c.complain(n, at.step(name), "is %s: want a number from 0 to %d", show(n), maxZoom)
		}
		limits[i] = z
	}
	if limits[0] > limits[1] {
		c.complain(node{}, at, "minzoom is above maxzoom")
	}
}

func (c *sheetChecker) section(kind layerType, m member, prefixes []string, at place) {
	o, ok := m.value.value.(object)
	if !ok {
		c.complain(m.value, at, "is %s: want an object", show(m.value))
		return
	}
	known := properties(kind, m.name)
	for _, p := range o {
		begins := func(prefix string) bool { return strings.HasPrefix(p.name, prefix) }
		if p.name != "visibility" && !slices.ContainsFunc(prefixes, begins) {
			c.complain(p.value, at.step(p.name), "is no property of a style layer of type %s", kind)
			continue
		}
		c.value(known[p.name], p.value, at.step(p.name))
	}
}

// value checks what a property is given: a constant of its kind, an expression,
// or a function of former versions of the specification.
func (c *sheetChecker) value(want property, n node, at place) {
	switch v := n.value.(type) {
	case object:
	case []node:
		words := want.kind == kindStrings || want.kind == kindFonts // look like expressions
		numbers := len(v) == 0 || v[0].text() == ""                 // are none
		if !words && (!numbers || !want.kind.array() && want.kind != 0) {
			c.expression(n, at, false)
		}
	default:
		if !want.takes(n) {
			c.complain(n, at, "is %s, which the property does not take", show(n))
		}
	}
}

// takes reports whether a constant may be the value of a property.
func (p property) takes(n node) bool {
	_, isNumber := n.number()
	_, isBool := n.value.(bool)
	_, isText := n.value.(string)
	switch p.kind {
	case kindNumber:
		return isNumber
	case kindBoolean:
		return isBool
	case kindEnum:
		return isText && slices.Contains(p.values, n.text())
	case kindColor, kindText, kindImage:
		return isText
	}
	return true
}

// moreOperators are the operators of the specification that styles of ours do not
// use; the last four are those of former filters.
func moreOperators() []string {
	return []string{
		"let", "var", "within", "distance", "heatmap-density", "line-progress", "elevation", "accumulated", "properties", "global-state", "typeof", "array", "object",
		"collator", "resolved-locale", "is-supported-script", "to-rgba", "index-of", "split", "join", "number-format", "e", "pi", "ln2", "sin", "cos", "tan", "asin", "acos",
		"atan", "none", "!in", "!has", "has",
	}
}

func (c *sheetChecker) expression(n node, at place, filter bool) {
	args := n.list()
	if _, constant := n.value.(bool); constant && filter {
		return
	}
	op := n.operator()
	takes, ours := operators()[op]
	if !ours && !slices.Contains(moreOperators(), op) {
		c.complain(n, at, "%s is no expression: want an array that begins with an operator", show(n))
		return
	}
	if ours && !filter && (len(args)-1 < takes.least || len(args)-1 > takes.most) {
		c.complain(n, at, "%q has %d arguments: want %s", op, len(args)-1, takes)
	}
	if op == "literal" || op == "match" { // their arrays are values
		return
	}
	for i, arg := range args[1:] {
		if i == 0 && strings.HasPrefix(op, "interpolate") {
			continue // how to interpolate
		}
		if len(arg.list()) > 0 && arg.list()[0].text() != "" {
			c.expression(arg, at.step(i+1), filter)
		}
	}
}

// attributes complains of attributes that no layer drawn has in its tiles.
func (c *sheetChecker) attributes(l sheetLayer, n node, at place) {
	switch v := n.value.(type) {
	case object:
		for _, m := range v {
			c.attributes(l, m.value, at.step(m.name))
		}
	case []node:
		if op := n.operator(); (op == "get" || op == "has") && len(v) == 2 && v[1].text() != "" && !l.carries(v[1].text()) {
			c.complain(n, at, "the tiles of %s have no attribute %s", show(node{value: l.names()}), show(v[1]))
		}
		for i, item := range v {
			c.attributes(l, item, at.step(i))
		}
	}
}

func (l sheetLayer) names() string {
	var names []string
	for _, d := range l.drawn {
		names = append(names, string(d.ID))
	}
	return strings.Join(names, ", ")
}

// carries reports whether tiles of some layer drawn have an attribute; clusters
// have one more.
func (l sheetLayer) carries(name string) bool {
	if strings.HasPrefix(name, "point_count") || len(l.drawn) == 0 {
		return true
	}
	for _, d := range l.drawn {
		if f, ok := d.Field(name); ok && f.Tile {
			return true
		}
	}
	return false
}
