package shortbread

import (
	"strings"
	"unicode/utf8"

	"kvartal/importers/basemap/pbf"
)

// road is a class of roads or rails.
type road struct {
	zoom      int // lowest zoom of its lines
	labelZoom int // of its names
	linkZoom  int // of the names of its links; 0 if it has none
}

var highways = map[string]road{
	"motorway":      {5, 10, 13},
	"trunk":         {6, 12, 13},
	"primary":       {8, 12, 13},
	"secondary":     {9, 13, 13},
	"tertiary":      {10, 13, 14},
	"unclassified":  {zoom: 12, labelZoom: 14},
	"residential":   {zoom: 12, labelZoom: 14},
	"busway":        {zoom: 12, labelZoom: 14},
	"bus_guideway":  {zoom: 12, labelZoom: 14},
	"living_street": {zoom: 13, labelZoom: 14},
	"service":       {zoom: 13, labelZoom: 14},
	"pedestrian":    {zoom: 13, labelZoom: 14},
	"track":         {zoom: 13, labelZoom: 14},
	"footway":       {zoom: 13, labelZoom: 14},
	"steps":         {zoom: 13, labelZoom: 14},
	"path":          {zoom: 13, labelZoom: 14},
	"cycleway":      {zoom: 13, labelZoom: 14},
}

var aeroways = map[string]road{
	"runway":  {zoom: 11, labelZoom: 11},
	"taxiway": {zoom: 13, labelZoom: 13},
}

var railways = map[string]road{
	"rail":         {zoom: 8, labelZoom: 10},
	"narrow_gauge": {zoom: 8, labelZoom: 10},
	"tram":         {zoom: 10, labelZoom: 10},
	"light_rail":   {zoom: 10, labelZoom: 10},
	"funicular":    {zoom: 10, labelZoom: 10},
	"subway":       {zoom: 10, labelZoom: 10},
	"monorail":     {zoom: 10, labelZoom: 10},
}

// way is what a street is, of all that its tags say.
type way struct {
	road
	kind string
	link bool
	rail bool
}

// streetOf returns what kind of street tags describe. A tram in a street is
// that street: one line, one feature.
func streetOf(t pbf.Tags) (way, bool) {
	highway := t.Get("highway")
	kind, link := strings.CutSuffix(highway, "_link")
	if r, ok := highways[kind]; ok && (!link || r.linkZoom > 0) {
		return way{road: r, kind: kind, link: link}, true
	}
	if kind := t.Get("railway"); kind != "" {
		if r, ok := railways[kind]; ok {
			if r.zoom < 10 && t.Get("service") != "" {
				r.zoom = 10
			}
			return way{road: r, kind: kind, rail: true}, true
		}
	}
	kind = t.Get("aeroway")
	r, ok := aeroways[kind]
	return way{road: r, kind: kind}, ok
}

func appendStreet(out []Draft, t pbf.Tags) []Draft {
	w, ok := streetOf(t)
	if !ok {
		return out
	}
	oneway := t.Get("oneway")
	p := map[string]any{
		"kind": w.kind, "link": w.link, "rail": w.rail, "tunnel": isTunnel(t), "bridge": isBridge(t),
		"oneway":         !w.rail && isOneOf(oneway, "yes", "1", "true", "-1"),
		"oneway_reverse": !w.rail && oneway == "-1",
	}
	for _, key := range [...]string{"tracktype", "surface", "service", "bicycle", "horse"} {
		put(p, key, t.Get(key))
	}
	out = append(out, draft("streets", w.zoom, p))
	return appendStreetLabel(out, t, w)
}

func appendStreetLabel(out []Draft, t pbf.Tags, w way) []Draft {
	kind, zoom := w.kind, w.labelZoom
	if w.link {
		kind, zoom = w.kind+"_link", w.linkZoom
	}
	p := map[string]any{"kind": kind, "tunnel": isTunnel(t)}
	named := addNames(p, t)
	if ref, rows, cols := refLines(t.Get("ref")); rows > 0 {
		p["ref"], p["ref_rows"], p["ref_cols"] = ref, rows, cols
		named = true
	}
	if !named {
		return out
	}
	return append(out, draft("street_labels", zoom, p))
}

// refLines puts each of the numbers in a ref tag on a line of its own.
func refLines(ref string) (lines string, rows, cols int64) {
	var parts []string
	for part := range strings.SplitSeq(ref, ";") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
			cols = max(cols, int64(utf8.RuneCountInString(part)))
		}
	}
	return strings.Join(parts, "\n"), int64(len(parts)), cols
}

// streetAreas is the lowest zoom of street areas.
var streetAreas = map[string]int{"pedestrian": MaxZoom, "service": MaxZoom, "runway": 11, "taxiway": 13}

// streetAreaKind returns the kind of a street area. Runways have a key of their
// own for areas; older data have aeroway=runway with area=yes.
func streetAreaKind(t pbf.Tags) string {
	if kind := t.Get("highway"); isOneOf(kind, "pedestrian", "service") {
		return kind
	}
	for _, key := range [...]string{"area:aeroway", "aeroway"} {
		if kind := t.Get(key); isOneOf(kind, "runway", "taxiway") {
			return kind
		}
	}
	return ""
}

func appendStreetArea(out []Draft, t pbf.Tags) []Draft {
	kind := streetAreaKind(t)
	if kind == "" {
		return out
	}
	p := map[string]any{"kind": kind, "rail": false, "tunnel": isTunnel(t), "bridge": isBridge(t)}
	put(p, "surface", t.Get("surface"))
	put(p, "service", t.Get("service"))
	out = append(out, draft("street_polygons", streetAreas[kind], p))
	label := map[string]any{"kind": kind}
	if addNames(label, t) {
		out = append(out, pointDraft("streets_polygons_labels", MaxZoom, label))
	}
	return out
}

func appendMotorwayExit(out []Draft, t pbf.Tags) []Draft {
	if t.Get("highway") != "motorway_junction" {
		return out
	}
	p := map[string]any{"kind": "motorway_junction"}
	named := addNames(p, t)
	put(p, "ref", t.Get("ref"))
	if !named && p["ref"] == nil {
		return out
	}
	return append(out, draft("street_labels_points", 12, p))
}

var aerialways = set("cable_car gondola goods chair_lift drag_lift t-bar j-bar platter rope_tow")

func appendAerialway(out []Draft, t pbf.Tags) []Draft {
	kind := oneOf(t, "aerialway", aerialways)
	if kind == "" {
		return out
	}
	if kind == "rope_tow" {
		kind = "rope-tow" // as the schema writes it
	}
	return append(out, draft("aerialways", 12, map[string]any{"kind": kind}))
}

func appendFerry(out []Draft, t pbf.Tags) []Draft {
	if t.Get("route") != "ferry" {
		return out
	}
	zoom := 10
	if t.Get("motor_vehicle") == "no" {
		zoom = 12
	}
	p := map[string]any{"kind": "ferry"}
	addNames(p, t)
	return append(out, draft("ferries", zoom, p))
}
