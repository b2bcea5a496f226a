package shortbread

import "kvartal/importers/basemap/pbf"

// waterKind returns kind and lowest zoom of inland water.
func waterKind(t pbf.Tags, shape Shape) (kind string, minZoom int) {
	natural, waterway, landuse := t.Get("natural"), t.Get("waterway"), t.Get("landuse")
	switch {
	case waterway == "riverbank", natural == "water" && t.Get("water") == "river":
		return "river", 4
	case natural == "glacier", natural == "water":
		return natural, 4
	case isOneOf(landuse, "reservoir", "basin"):
		return landuse, 4
	case waterway == "dock", waterway == "canal" && shape == Area:
		return waterway, 10
	}
	return "", 0
}

func appendWater(out []Draft, t pbf.Tags, shape Shape, size float64) []Draft {
	kind, minZoom := waterKind(t, shape)
	if kind == "" {
		return out
	}
	minZoom = visible(size, areaPixels, minZoom)
	out = append(out, draft("water_polygons", minZoom, map[string]any{"kind": kind, "way_area": size}))
	label := map[string]any{"kind": kind, "way_area": size}
	if addNames(label, t) {
		out = append(out, pointDraft("water_polygons_labels", visible(size, labelPixels, minZoom), label))
	}
	return out
}

func appendWaterLine(out []Draft, t pbf.Tags, length float64) []Draft {
	kind := t.Get("waterway")
	minZoom, labelZoom := MaxZoom, MaxZoom
	switch kind {
	case "river", "canal":
		minZoom, labelZoom = reaches(length, 9), reaches(length, 12)
	case "stream", "ditch":
	default:
		return out
	}
	properties := func() map[string]any {
		return map[string]any{"kind": kind, "tunnel": isTunnel(t), "bridge": isBridge(t)}
	}
	out = append(out, draft("water_lines", minZoom, properties()))
	if label := properties(); addNames(label, t) {
		out = append(out, draft("water_lines_labels", labelZoom, label))
	}
	return out
}

func pierKind(t pbf.Tags) string {
	if kind := t.Get("man_made"); isOneOf(kind, "pier", "breakwater", "groyne") {
		return kind
	}
	return ""
}

// appendPlainLine adds what is a line unless it is closed.
func appendPlainLine(out []Draft, t pbf.Tags) []Draft {
	if t.Get("waterway") == "dam" {
		out = append(out, draft("dam_lines", 12, map[string]any{"kind": "dam"}))
	}
	if kind := pierKind(t); kind != "" {
		out = append(out, draft("pier_lines", 12, map[string]any{"kind": kind}))
	}
	return out
}

// appendPlainArea adds the same as areas, and bridges.
func appendPlainArea(out []Draft, t pbf.Tags, size float64) []Draft {
	minZoom := visible(size, areaPixels, 12)
	if t.Get("waterway") == "dam" {
		out = append(out, draft("dam_polygons", minZoom, map[string]any{"kind": "dam"}))
	}
	if kind := pierKind(t); kind != "" {
		out = append(out, draft("pier_polygons", minZoom, map[string]any{"kind": kind}))
	}
	if t.Get("man_made") == "bridge" {
		out = append(out, draft("bridges", minZoom, map[string]any{"kind": "bridge"}))
	}
	return out
}

// Sea returns what a piece of the sea becomes.
func Sea() Draft { return draft("ocean", 0, map[string]any{}) }
