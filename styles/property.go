package styles

// layerType is the type of a style layer.
type layerType string

// The types a fragment may use. The others of the specification need sources
// that layers do not have (raster, hillshade) or cost too much (heatmap).
const (
	typeFill          layerType = "fill"
	typeLine          layerType = "line"
	typeSymbol        layerType = "symbol"
	typeCircle        layerType = "circle"
	typeFillExtrusion layerType = "fill-extrusion"
)

// valueKind is what a literal value of a property may be.
type valueKind int

const (
	kindNumber  valueKind = iota + 1
	kindColor             // "@token" or #rrggbb
	kindBoolean           // true, false
	kindEnum              // one of property.values
	kindText              // a string or "{label}"
	kindImage             // an icon's name
	kindNumbers           // an array of numbers
	kindStrings           // an array of strings
	kindFonts             // an array of our fonts' names
)

// array reports whether constants of the kind are arrays.
func (k valueKind) array() bool { return k >= kindNumbers }

// property says what a layout or paint property takes.
type property struct {
	kind   valueKind
	values []string // of kindEnum
}

// group is the properties of one layer type in one of "layout" and "paint".
type group map[string]property

// properties returns what a style layer of type t may say in section "layout"
// or "paint", nil for an unknown type: the part of the MapLibre style
// specification 26 that all of MapLibre GL JS, MapLibre Native and QGIS draw.
func properties(t layerType, section string) group {
	return map[layerType]map[string]group{
		typeFill: {
			"layout": with(group{"fill-sort-key": {kind: kindNumber}}),
			"paint": {
				"fill-antialias": {kind: kindBoolean}, "fill-opacity": {kind: kindNumber}, "fill-color": {kind: kindColor},
				"fill-outline-color": {kind: kindColor}, "fill-translate": {kind: kindNumbers}, "fill-pattern": {kind: kindImage},
			},
		},
		typeLine: {
			"layout": with(group{
				"line-cap": enum("butt", "round", "square"), "line-join": enum("bevel", "round", "miter"),
				"line-miter-limit": {kind: kindNumber}, "line-round-limit": {kind: kindNumber}, "line-sort-key": {kind: kindNumber},
			}),
			"paint": {
				"line-opacity": {kind: kindNumber}, "line-color": {kind: kindColor}, "line-translate": {kind: kindNumbers},
				"line-width": {kind: kindNumber}, "line-gap-width": {kind: kindNumber}, "line-offset": {kind: kindNumber},
				"line-blur": {kind: kindNumber}, "line-dasharray": {kind: kindNumbers}, "line-pattern": {kind: kindImage},
			},
		},
		typeCircle: {
			"layout": with(group{"circle-sort-key": {kind: kindNumber}}),
			"paint": {
				"circle-radius": {kind: kindNumber}, "circle-color": {kind: kindColor}, "circle-blur": {kind: kindNumber},
				"circle-opacity": {kind: kindNumber}, "circle-translate": {kind: kindNumbers},
				"circle-pitch-alignment": enum("map", "viewport"), "circle-pitch-scale": enum("map", "viewport"),
				"circle-stroke-width": {kind: kindNumber}, "circle-stroke-color": {kind: kindColor}, "circle-stroke-opacity": {kind: kindNumber},
			},
		},
		typeFillExtrusion: {
			"layout": with(group{}),
			"paint": {
				"fill-extrusion-opacity": {kind: kindNumber}, "fill-extrusion-color": {kind: kindColor},
				"fill-extrusion-height": {kind: kindNumber}, "fill-extrusion-base": {kind: kindNumber},
				"fill-extrusion-vertical-gradient": {kind: kindBoolean},
			},
		},
		typeSymbol: {"layout": with(symbolLayout()), "paint": symbolPaint()},
	}[t][section]
}

func symbolLayout() group {
	anchor := enum("center", "left", "right", "top", "bottom", "top-left", "top-right", "bottom-left", "bottom-right")
	alignment := enum("map", "viewport", "auto")
	overlap := enum("never", "always", "cooperative")
	return group{
		"symbol-placement": enum("point", "line", "line-center"), "symbol-spacing": {kind: kindNumber},
		"symbol-avoid-edges": {kind: kindBoolean}, "symbol-sort-key": {kind: kindNumber}, "symbol-z-order": enum("auto", "viewport-y", "source"),
		"icon-image": {kind: kindImage}, "icon-size": {kind: kindNumber}, "icon-rotate": {kind: kindNumber}, "icon-padding": {kind: kindNumbers},
		"icon-offset": {kind: kindNumbers}, "icon-anchor": anchor, "icon-overlap": overlap, "icon-allow-overlap": {kind: kindBoolean},
		"icon-ignore-placement": {kind: kindBoolean}, "icon-optional": {kind: kindBoolean}, "icon-keep-upright": {kind: kindBoolean},
		"icon-rotation-alignment": alignment, "icon-pitch-alignment": alignment,
		"icon-text-fit": enum("none", "width", "height", "both"), "icon-text-fit-padding": {kind: kindNumbers},
		"text-field": {kind: kindText}, "text-font": {kind: kindFonts}, "text-size": {kind: kindNumber}, "text-max-width": {kind: kindNumber},
		"text-line-height": {kind: kindNumber}, "text-letter-spacing": {kind: kindNumber}, "text-justify": enum("auto", "left", "center", "right"),
		"text-radial-offset": {kind: kindNumber}, "text-variable-anchor": {kind: kindStrings}, "text-anchor": anchor,
		"text-max-angle": {kind: kindNumber}, "text-rotate": {kind: kindNumber}, "text-padding": {kind: kindNumber},
		"text-keep-upright": {kind: kindBoolean}, "text-transform": enum("none", "uppercase", "lowercase"), "text-offset": {kind: kindNumbers},
		"text-overlap": overlap, "text-allow-overlap": {kind: kindBoolean}, "text-ignore-placement": {kind: kindBoolean},
		"text-optional": {kind: kindBoolean}, "text-rotation-alignment": alignment, "text-pitch-alignment": alignment,
	}
}

func symbolPaint() group {
	paint := group{}
	for _, part := range []string{"icon-", "text-"} {
		paint[part+"opacity"] = property{kind: kindNumber}
		paint[part+"color"] = property{kind: kindColor}
		paint[part+"halo-color"] = property{kind: kindColor}
		paint[part+"halo-width"] = property{kind: kindNumber}
		paint[part+"halo-blur"] = property{kind: kindNumber}
		paint[part+"translate"] = property{kind: kindNumbers}
	}
	return paint
}

func enum(values ...string) property { return property{kind: kindEnum, values: values} }

// with adds what every layout has.
func with(g group) group {
	g["visibility"] = enum("visible", "none")
	return g
}
