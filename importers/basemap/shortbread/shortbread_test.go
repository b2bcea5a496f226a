package shortbread_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kvartal/importers/basemap/pbf"
	"kvartal/importers/basemap/shortbread"
	"kvartal/layers"
)

// parse reads tags such as "highway=service name=Улица Мира;oneway=-1".
func parse(s string) pbf.Tags {
	var t pbf.Tags
	for part := range strings.SplitSeq(s, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		t = append(t, pbf.Tag{Key: key, Value: value})
	}
	return t
}

// features is drafts by layer, without the prefix, but for min_zoom kept apart.
type features map[string]map[string]any

func of(drafts []shortbread.Draft) features {
	out := features{}
	for _, d := range drafts {
		out[strings.TrimPrefix(string(d.Layer), "base_")] = d.Properties
	}
	return out
}

func TestNode(t *testing.T) {
	t.Parallel()
	for tags, want := range map[string]features{
		"highway=crossing":     {},
		"place=town":           {}, // without a name there is nothing to write
		"place=town;name=Абай": {"place_labels": {"kind": "town", "name": "Абай", "population": int64(5000), "min_zoom": int64(7)}},
		"place=city;name=Астана;name:en=Astana;name:ru=Астана;name:ky=Астана;capital=yes;population=1 029 556": {"place_labels": {
			"kind": "capital", "name": "Астана", "name_en": "Astana", "name_ru": "Астана", "name_ky": "Астана",
			"population": int64(1_029_556), "min_zoom": int64(4),
		}},
		"place=town;name:de=Neustadt;capital=4;population=many": {"place_labels": {
			"kind": "state_capital", "name": "Neustadt", "name_de": "Neustadt", "population": int64(5000), "min_zoom": int64(4),
		}},
		"highway=motorway_junction;ref=12": {"street_labels_points": {"kind": "motorway_junction", "ref": "12", "min_zoom": int64(12)}},
		"highway=motorway_junction":        {},
		"highway=bus_stop;name=ЦУМ":        {"public_transport": {"kind": "bus_stop", "name": "ЦУМ", "min_zoom": int64(14)}},
		"aerialway=station":                {"public_transport": {"kind": "aerialway_station", "min_zoom": int64(13)}},
		"amenity=bank;atm=yes;addr:housenumber=7": {"pois": {
			"amenity": "bank", "atm": true, "housenumber": "7", "min_zoom": int64(14),
		}},
		"amenity=recycling;recycling:paper=yes": {"pois": {
			"amenity": "recycling", "recycling_paper": true, "recycling_clothes": false,
			"recycling_glass_bottles": false, "recycling_scrap_metal": false, "min_zoom": int64(14),
		}},
		"man_made=tower;tower:type=bell_tower;cuisine=none": {"pois": {"man_made": "tower", "tower_type": "bell_tower", "min_zoom": int64(14)}},
		"shop=vacant;addr:housenumber=7/1;addr:place=Село":  {"addresses": {"housenumber": "7/1", "street": "Село", "min_zoom": int64(14)}},
	} {
		if diff := cmp.Diff(want, of(shortbread.Node(parse(tags)))); diff != "" {
			t.Errorf("Node(%s), -want +got:\n%s", tags, diff)
		}
	}
}

func street(kind string, zoom int64, more ...any) map[string]any {
	p := map[string]any{
		"kind": kind, "min_zoom": zoom, "link": false, "rail": false,
		"tunnel": false, "bridge": false, "oneway": false, "oneway_reverse": false,
	}
	for i := 0; i < len(more); i += 2 {
		p[more[i].(string)] = more[i+1]
	}
	return p
}

func TestWayLines(t *testing.T) {
	t.Parallel()
	const long = 100_000
	for tags, want := range map[string]features{
		"highway=construction":                     {},
		"highway=motorway_link;oneway=-1;ref=A1;x": {"streets": street("motorway", 5, "link", true, "oneway", true, "oneway_reverse", true), "street_labels": {"kind": "motorway_link", "ref": "A1", "ref_rows": int64(1), "ref_cols": int64(2), "tunnel": false, "min_zoom": int64(13)}},
		"highway=living_street_link":               {},
		"highway=track;tracktype=grade3;horse=yes": {"streets": street("track", 13, "tracktype", "grade3", "horse", "yes")},
		"highway=trunk;ref=М-36; tunnel=yes;name=Обход": {
			"streets":       street("trunk", 6, "tunnel", true),
			"street_labels": {"kind": "trunk", "name": "Обход", "ref": "М-36", "ref_rows": int64(1), "ref_cols": int64(4), "tunnel": true, "min_zoom": int64(12)},
		},
		"railway=rail;oneway=yes":                     {"streets": street("rail", 8, "rail", true)},
		"railway=rail;service=yard":                   {"streets": street("rail", 10, "rail", true, "service", "yard")},
		"highway=residential;railway=tram":            {"streets": street("residential", 12)},
		"railway=abandoned":                           {},
		"waterway=river;name=Ишим":                    {"water_lines": {"kind": "river", "tunnel": false, "bridge": false, "min_zoom": int64(9)}, "water_lines_labels": {"kind": "river", "name": "Ишим", "tunnel": false, "bridge": false, "min_zoom": int64(12)}},
		"waterway=stream;tunnel=culvert":              {"water_lines": {"kind": "stream", "tunnel": true, "bridge": false, "min_zoom": int64(14)}},
		"waterway=dam":                                {"dam_lines": {"kind": "dam", "min_zoom": int64(12)}},
		"man_made=groyne":                             {"pier_lines": {"kind": "groyne", "min_zoom": int64(12)}},
		"aerialway=rope_tow":                          {"aerialways": {"kind": "rope-tow", "min_zoom": int64(12)}},
		"route=ferry;motor_vehicle=no;name=Переправа": {"ferries": {"kind": "ferry", "name": "Переправа", "min_zoom": int64(12)}},
		"building=yes;natural=water":                  {},
	} {
		if diff := cmp.Diff(want, of(shortbread.WayLines(parse(tags), shortbread.Open, long))); diff != "" {
			t.Errorf("WayLines(%s), -want +got:\n%s", tags, diff)
		}
	}
}

func TestAreas(t *testing.T) {
	t.Parallel()
	const hectare = 10_000.0
	for tags, want := range map[string]features{
		"highway=residential":          {},
		"building=no":                  {},
		"building=yes":                 {"buildings": {"dummy": int64(1), "min_zoom": int64(14)}},
		"natural=wood;name=Роща":       {"land": {"kind": "forest", "min_zoom": int64(11)}},
		"leisure=park;landuse=grass":   {"land": {"kind": "park", "min_zoom": int64(11)}},
		"natural=wetland;wetland=bog":  {"land": {"kind": "bog", "min_zoom": int64(11)}},
		"landuse=cemetery":             {"land": {"kind": "cemetery", "min_zoom": int64(13)}},
		"amenity=parking":              {"sites": {"kind": "parking", "min_zoom": int64(14)}},
		"natural=water;water=river":    {"water_polygons": {"kind": "river", "way_area": hectare, "min_zoom": int64(11)}},
		"waterway=dock":                {"water_polygons": {"kind": "dock", "way_area": hectare, "min_zoom": int64(11)}},
		"waterway=canal":               {}, // a closed canal goes round something
		"landuse=basin;name=Пруд":      {"water_polygons": {"kind": "basin", "way_area": hectare, "min_zoom": int64(11)}, "water_polygons_labels": {"kind": "basin", "name": "Пруд", "way_area": hectare, "min_zoom": int64(14)}},
		"man_made=bridge":              {"bridges": {"kind": "bridge", "min_zoom": int64(12)}},
		"amenity=school;building=yes":  {"sites": {"kind": "school", "min_zoom": int64(14)}, "buildings": {"dummy": int64(1), "min_zoom": int64(14)}, "pois": {"amenity": "school", "min_zoom": int64(14)}},
		"place=island;name=Остров":     {"place_labels": {"kind": "island", "name": "Остров", "population": int64(0), "min_zoom": int64(10)}},
		"place=suburb;name=Район":      {},
		"area:aeroway=runway;name=9/7": {},
	} {
		if diff := cmp.Diff(want, of(shortbread.Areas(parse(tags), shortbread.Closed, hectare))); diff != "" {
			t.Errorf("Areas(%s, Closed), -want +got:\n%s", tags, diff)
		}
	}
}

func TestAreasDrawnAsPoints(t *testing.T) {
	t.Parallel()
	drafts := shortbread.Areas(parse("amenity=school;building=yes;landuse=basin;name=A;highway=pedestrian;addr:housenumber=1;railway=station"), shortbread.Area, 1e4)
	want := map[string]bool{
		"buildings": false, "sites": false, "water_polygons": false, "street_polygons": false,
		"pois": true, "water_polygons_labels": true, "streets_polygons_labels": true, "public_transport": true,
	}
	got := map[string]bool{}
	for _, d := range drafts {
		got[strings.TrimPrefix(string(d.Layer), "base_")] = d.Point
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("layers and whether they have points, -want +got:\n%s", diff)
	}
}

func TestSizeDecidesTheZoom(t *testing.T) {
	t.Parallel()
	for size, want := range map[float64]int64{0: 14, 1: 14, 1e4: 11, 1e6: 8, 1e7: 7, 1e12: 7} {
		got := shortbread.Areas(parse("natural=wood"), shortbread.Closed, size)[0].Properties["min_zoom"]
		if got != want {
			t.Errorf("zoom of a wood of %.0f m² = %v, want %d", size, got, want)
		}
	}
	for length, want := range map[float64]int64{0: 14, 10: 12, 100: 9, 1e6: 9} {
		got := shortbread.WayLines(parse("waterway=canal"), shortbread.Open, length)[0].Properties["min_zoom"]
		if got != want {
			t.Errorf("zoom of a canal of %.0f m = %v, want %d", length, got, want)
		}
	}
}

func TestShapeOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		closed bool
		tags   string
		want   shortbread.Shape
	}{
		{false, "area=yes", shortbread.Open},
		{true, "building=yes", shortbread.Closed},
		{true, "area=yes", shortbread.Area},
		{true, "area=no", shortbread.Line},
		{true, "area:aeroway=taxiway", shortbread.Area},
	} {
		if got := shortbread.ShapeOf(test.closed, parse(test.tags)); got != test.want {
			t.Errorf("ShapeOf(%v, %s) = %v, want %v", test.closed, test.tags, got, test.want)
		}
	}
}

func TestBoundary(t *testing.T) {
	t.Parallel()
	for tags, want := range map[string]struct {
		level    int
		disputed bool
	}{
		"boundary=administrative;admin_level=2": {2, false},
		"boundary=administrative;admin_level=4": {4, false},
		"boundary=administrative;admin_level=6": {0, false},
		"boundary=disputed":                     {0, true},
		"boundary=disputed;admin_level=8":       {0, false},
		"boundary=protected_area;admin_level=4": {0, false},
	} {
		if level, disputed := shortbread.Boundary(parse(tags)); level != want.level || disputed != want.disputed {
			t.Errorf("Boundary(%s) = %d, %v; want %d, %v", tags, level, disputed, want.level, want.disputed)
		}
	}
	for _, test := range []struct {
		level int
		km2   float64
		want  int64
	}{{2, 17e6, 2}, {2, 8e5, 3}, {2, 1e5, 4}, {2, 2, 5}, {4, 3e6, 3}, {4, 6446, 5}} {
		label, named := shortbread.BoundaryLabel(parse("name=Край"), test.level, test.km2*1e6)
		if got := label.Properties["min_zoom"]; got != test.want || !named {
			t.Errorf("zoom of the name of a level %d boundary around %.0f km² = %v, want %d", test.level, test.km2, got, test.want)
		}
	}
}

// Whatever is in a codelist of a definition can come out of the import, and
// with values from no codelist nothing comes out: the two lists are one.
func TestCodelistsAreTheKinds(t *testing.T) {
	t.Parallel()
	registry, err := layers.Load(layers.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	reached := reachedCodes(registry)
	for _, d := range registry.Layers() {
		layer, isBase := strings.CutPrefix(string(d.ID), "base_")
		if !isBase {
			continue
		}
		for _, f := range d.Fields {
			for _, code := range f.Codes {
				if !slices.Contains(reached[layer+"."+f.Name], code.Value) {
					t.Errorf("no tags make %s = %q in layer base_%s", f.Name, code.Value, layer)
				}
			}
		}
	}
}

// reachedCodes tries every code as the value of every key that matters.
func reachedCodes(registry *layers.Registry) map[string][]string {
	values := map[string]bool{"riverbank": true, "wood": true, "yes": true, "rope_tow": true}
	for _, d := range registry.Layers() {
		for _, f := range d.Fields {
			for _, code := range f.Codes {
				values[code.Value] = true
			}
		}
	}
	reached := map[string][]string{}
	keys := []string{
		"natural", "waterway", "landuse", "leisure", "amenity", "wetland", "man_made", "military", "highway", "railway",
		"aeroway", "aerialway", "route", "place", "shop", "tourism", "historic", "emergency", "office", "area:aeroway",
	}
	for value := range values {
		for _, key := range keys {
			tags := pbf.Tags{{Key: key, Value: value}, {Key: "name", Value: "x"}}
			drafts := slices.Concat(shortbread.Node(tags), shortbread.Areas(tags, shortbread.Area, 1), shortbread.WayLines(tags, shortbread.Open, 1))
			for _, capital := range []string{"yes", "4"} {
				drafts = append(drafts, shortbread.Node(append(tags, pbf.Tag{Key: "capital", Value: capital}))...)
			}
			for _, d := range drafts {
				for name, v := range d.Properties {
					if s, ok := v.(string); ok {
						field := strings.TrimPrefix(string(d.Layer), "base_") + "." + name
						reached[field] = append(reached[field], s)
					}
				}
			}
		}
	}
	for _, layer := range []string{"boundaries", "boundary_labels"} {
		reached[layer+".admin_level"] = []string{"2", "4"} // TestBoundary
	}
	return reached
}
