package shortbread

import "kvartal/importers/basemap/pbf"

// landZooms is the lowest zoom of each kind of land.
var landZooms = map[string]int{
	"forest": 7,
	"grass":  11, "meadow": 11, "orchard": 11, "vineyard": 11, "allotments": 11,
	"cemetery": 13, "grave_yard": 13,
	"village_green": 11, "recreation_ground": 11, "greenhouse_horticulture": 11, "plant_nursery": 11,
	"sand": 10, "beach": 10,
	"heath": 11, "scrub": 11, "grassland": 11, "bare_rock": 11, "scree": 11, "shingle": 11,
	"swamp": 11, "bog": 11, "string_bog": 11, "wet_meadow": 11, "marsh": 11,
	"golf_course": 11, "park": 11, "garden": 11, "playground": 11, "miniature_golf": 11,
	"residential": 10, "industrial": 10, "commercial": 10, "garages": 10, "retail": 10, "railway": 10, "landfill": 10,
	"quarry":     11,
	"brownfield": 10, "greenfield": 10, "farmyard": 10, "farmland": 10,
}

// landValues are the values of each key that say what land is. A key further up
// says more about it: grass in a park is a park.
var landValues = []struct {
	key    string
	values map[string]bool
}{
	{"leisure", set("golf_course park garden playground miniature_golf")},
	{"amenity", set("grave_yard")},
	{"landuse", set(`forest grass meadow orchard vineyard allotments cemetery village_green
		recreation_ground greenhouse_horticulture plant_nursery residential industrial commercial
		garages retail railway landfill quarry brownfield greenfield farmyard farmland`)},
	{"natural", set("wood sand beach heath scrub grassland bare_rock scree shingle")},
	{"wetland", set("swamp bog string_bog wet_meadow marsh")},
}

func landKind(t pbf.Tags) string {
	for _, l := range landValues {
		kind := oneOf(t, l.key, l.values)
		if kind == "wood" {
			return "forest"
		}
		if kind != "" {
			return kind
		}
	}
	return ""
}

func appendLand(out []Draft, t pbf.Tags, size float64) []Draft {
	kind := landKind(t)
	if kind == "" {
		return out
	}
	return append(out, draft("land", visible(size, areaPixels, landZooms[kind]), map[string]any{"kind": kind}))
}

// siteValues are the values of each key that make a site.
var siteValues = []struct {
	key    string
	values map[string]bool
}{
	{"amenity", set("university college school hospital prison parking bicycle_parking")},
	{"leisure", set("sports_centre")},
	{"landuse", set("construction")},
	{"military", set("danger_area")},
}

func appendSite(out []Draft, t pbf.Tags, size float64) []Draft {
	for _, s := range siteValues {
		if kind := oneOf(t, s.key, s.values); kind != "" {
			return append(out, draft("sites", visible(size, areaPixels, MaxZoom), map[string]any{"kind": kind}))
		}
	}
	return out
}

func appendBuilding(out []Draft, t pbf.Tags) []Draft {
	if isOneOf(t.Get("building"), "", "no") {
		return out
	}
	return append(out, draft("buildings", MaxZoom, map[string]any{"dummy": int64(1)}))
}
