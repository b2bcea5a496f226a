package shortbread

import (
	"cmp"

	"kvartal/importers/basemap/pbf"
)

// transport lists stops and stations: what makes one, its kind if that is not
// the value, and its lowest zoom.
var transport = []struct {
	key, value, kind string
	zoom             int
}{
	{"aeroway", "aerodrome", "", 11},
	{"aeroway", "helipad", "", 13},
	{"railway", "station", "", 13},
	{"railway", "halt", "", 13},
	{"railway", "tram_stop", "", 14},
	{"amenity", "bus_station", "", 13},
	{"highway", "bus_stop", "", 14},
	{"amenity", "ferry_terminal", "", 12},
	{"aerialway", "station", "aerialway_station", 13},
}

func appendTransport(out []Draft, t pbf.Tags) []Draft {
	for _, s := range transport {
		if t.Get(s.key) != s.value {
			continue
		}
		p := map[string]any{"kind": s.value}
		put(p, "kind", s.kind)
		addNames(p, t)
		put(p, "iata", t.Get("iata"))
		return append(out, draft("public_transport", s.zoom, p))
	}
	return out
}

// poiValues are the values of each key that make a point of interest. Dog parks
// and playgrounds are tagged as leisure, although the schema's text has them
// under amenity; both are taken.
var poiValues = []struct {
	key    string
	values map[string]bool
}{
	{"amenity", set(`arts_centre atm bank bar bench bicycle_rental biergarten cafe car_rental car_sharing
		car_wash cinema clinic college community_centre courthouse dentist doctors dog_park drinking_water
		embassy fast_food fire_station food_court fountain grave_yard hospital hunting_stand library
		marketplace nightclub nursing_home pharmacy place_of_worship playground police post_box post_office
		prison pub public_building recycling restaurant school shelter telephone theatre toilets townhall
		university vending_machine veterinary waste_basket`)},
	{"leisure", set("dog_park golf_course ice_rink pitch playground sports_centre stadium swimming_pool water_park")},
	{"tourism", set(`alpine_hut artwork bed_and_breakfast camp_site caravan_site chalet guest_house hostel hotel
		information motel picnic_site theme_park viewpoint zoo`)},
	{"shop", set(`alcohol bakery beauty beverages bicycle books butcher car chemist clothes computer convenience
		department_store doityourself dry_cleaning florist furniture garden_centre general gift greengrocer
		hairdresser hardware jewelry kiosk laundry mall mobile_phone newsagent optician outdoor shoes sports
		stationery supermarket toys travel_agency video`)},
	{"man_made", set("lighthouse surveillance tower wastewater_plant water_well water_works watermill windmill")},
	{"historic", set("archaeological_site battlefield castle fort memorial monument ruins wayside_cross wayside_shrine")},
	{"emergency", set("defibrillator fire_hydrant phone")},
	{"highway", set("emergency_access_point")},
	{"office", set("diplomatic")},
}

// poiDetails are attributes that only some points of interest have.
var poiDetails = []struct {
	key    string
	values map[string]bool
	detail string // a tag
	field  string
}{
	{"amenity", set("restaurant fast_food pub bar cafe"), "cuisine", "cuisine"},
	{"leisure", set("pitch sports_centre"), "sport", "sport"},
	{"amenity", set("vending_machine"), "vending", "vending"},
	{"tourism", set("information"), "information", "information"},
	{"man_made", set("tower"), "tower:type", "tower_type"},
	{"amenity", set("place_of_worship"), "religion", "religion"},
	{"amenity", set("place_of_worship"), "denomination", "denomination"},
}

// poiFlags are attributes of some points of interest that hold or do not.
var poiFlags = []struct {
	amenity, tag, field string
}{
	{"recycling", "recycling:glass_bottles", "recycling_glass_bottles"},
	{"recycling", "recycling:paper", "recycling_paper"},
	{"recycling", "recycling:clothes", "recycling_clothes"},
	{"recycling", "recycling:scrap_metal", "recycling_scrap_metal"},
	{"bank", "atm", "atm"},
}

// appendPOIOrAddress adds a point of interest or else an address: what is in
// the one layer is not repeated in the other.
func appendPOIOrAddress(out []Draft, t pbf.Tags) []Draft {
	p := map[string]any{}
	for _, c := range poiValues {
		put(p, c.key, oneOf(t, c.key, c.values))
	}
	if len(p) == 0 {
		return appendAddress(out, t)
	}
	for _, d := range poiDetails {
		if oneOf(t, d.key, d.values) != "" {
			put(p, d.field, t.Get(d.detail))
		}
	}
	for _, f := range poiFlags {
		if t.Get("amenity") == f.amenity {
			p[f.field] = t.Get(f.tag) == "yes"
		}
	}
	addNames(p, t)
	put(p, "housename", t.Get("addr:housename"))
	put(p, "housenumber", t.Get("addr:housenumber"))
	return append(out, draft("pois", MaxZoom, p))
}

func appendAddress(out []Draft, t pbf.Tags) []Draft {
	p := map[string]any{}
	put(p, "housename", t.Get("addr:housename"))
	put(p, "housenumber", t.Get("addr:housenumber"))
	if len(p) == 0 {
		return out
	}
	put(p, "street", cmp.Or(t.Get("addr:street"), t.Get("addr:place")))
	return append(out, draft("addresses", MaxZoom, p))
}
