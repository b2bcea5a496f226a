package basemap_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"kvartal"
	"kvartal/importers/basemap"
	"kvartal/importers/basemap/pbf"
	"kvartal/importers/basemap/pbf/pbftest"
)

// sketch is a small extract on a grid: node 100·y+x lies x and y hundredths of
// a degree east and north of the origin, for x and y from 1 to 20.
type sketch struct {
	ways      []pbf.Way
	relations []pbf.Relation
	missing   []int64 // nodes left out
}

func tags(kv ...string) pbf.Tags {
	var t pbf.Tags
	for i := 0; i < len(kv); i += 2 {
		t = append(t, pbf.Tag{Key: kv[i], Value: kv[i+1]})
	}
	return t
}

func way(id int64, t pbf.Tags, refs ...int64) pbf.Way { return pbf.Way{ID: id, Tags: t, Refs: refs} }

// square is a closed way round the corner x, y with a side of n.
func square(id int64, t pbf.Tags, x, y, n int64) pbf.Way {
	at := func(x, y int64) int64 { return 100*y + x }
	return way(id, t, at(x, y), at(x+n, y), at(x+n, y+n), at(x, y+n), at(x, y))
}

func relation(id int64, t pbf.Tags, members ...pbf.Member) pbf.Relation {
	return pbf.Relation{ID: id, Tags: t, Members: members}
}

func outer(id int64) pbf.Member { return pbf.Member{Kind: pbf.Ways, ID: id, Role: "outer"} }
func inner(id int64) pbf.Member { return pbf.Member{Kind: pbf.Ways, ID: id, Role: "inner"} }

func (s sketch) data() pbftest.Data {
	d := pbftest.Data{Bounds: &pbf.Bounds{East: 0.21, North: 0.21}, Ways: s.ways, Relations: s.relations}
	for y := int64(1); y <= 20; y++ {
		for x := int64(1); x <= 20; x++ {
			if id := 100*y + x; !slices.Contains(s.missing, id) {
				d.Nodes = append(d.Nodes, pbf.Node{ID: id, Lon: float64(x) / 100, Lat: float64(y) / 100})
			}
		}
	}
	return d
}

func writeFile(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sketch.osm.pbf")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// cells is the area of a feature in squares of the grid, which near the equator
// all have the same size.
func cells(g orb.Geometry) int {
	const metres = 111319.49079327357 / 100
	return int(planar.Area(g)/metres/metres + 0.5)
}

// outcome is what a test says of the features of a sketch: for each layer, the
// id and the cells of each.
type outcome map[kvartal.LayerID]map[int64]int

func TestSketches(t *testing.T) {
	t.Parallel()
	water := tags("natural", "water")
	lake := tags("type", "multipolygon", "natural", "water")
	bare := tags("type", "multipolygon")
	const way1, way2, relation9 = 4*1 + 1, 4*2 + 1, 4*9 + 2
	for name, test := range map[string]struct {
		sketch  sketch
		want    outcome
		defects map[basemap.Defect]int
	}{
		"plain way": {
			sketch{ways: []pbf.Way{square(1, water, 1, 1, 4)}},
			outcome{"base_water_polygons": {way1: 16}},
			nil,
		},
		"lake with an island, in parts, roles wrong": {
			sketch{
				ways: []pbf.Way{
					way(1, nil, 101, 105, 505), way(2, nil, 101, 501, 505), square(3, nil, 2, 2, 2),
				},
				relations: []pbf.Relation{relation(9, lake, inner(2), outer(3), inner(1))},
			},
			outcome{"base_water_polygons": {relation9: 12}},
			nil,
		},
		"member twice": {
			sketch{
				ways:      []pbf.Way{square(1, nil, 1, 1, 4)},
				relations: []pbf.Relation{relation(9, lake, outer(1), outer(1))},
			},
			outcome{"base_water_polygons": {relation9: 16}},
			nil,
		},
		"member missing, another ring whole": {
			sketch{
				ways:      []pbf.Way{square(1, nil, 1, 1, 4), way(2, nil, 1010, 1015, 1515)},
				relations: []pbf.Relation{relation(9, lake, outer(1), outer(2), outer(77))},
			},
			outcome{"base_water_polygons": {relation9: 16}},
			map[basemap.Defect]int{basemap.RelationIncomplete: 1, basemap.RingLoose: 2},
		},
		"nothing closes": {
			sketch{
				ways:      []pbf.Way{way(2, nil, 1010, 1015, 1515)},
				relations: []pbf.Relation{relation(9, lake, outer(2), outer(77))},
			},
			outcome{},
			map[basemap.Defect]int{basemap.RelationIncomplete: 1, basemap.RingLoose: 2, basemap.RelationEmpty: 1},
		},
		"old style: the outer way has the tags": {
			sketch{
				ways:      []pbf.Way{square(1, water, 1, 1, 4), square(2, nil, 2, 2, 2)},
				relations: []pbf.Relation{relation(9, bare, outer(1), inner(2))},
			},
			outcome{"base_water_polygons": {relation9: 12}},
			nil,
		},
		"old style: inner way is something of its own": {
			sketch{
				ways:      []pbf.Way{square(1, water, 1, 1, 4), square(2, tags("natural", "wood"), 2, 2, 2)},
				relations: []pbf.Relation{relation(9, bare, outer(1), inner(2))},
			},
			outcome{"base_water_polygons": {relation9: 12}, "base_land": {way2: 4}},
			nil,
		},
		"old style: outer ways disagree": {
			sketch{
				ways:      []pbf.Way{square(1, water, 1, 1, 4), square(2, tags("natural", "wood"), 10, 10, 2)},
				relations: []pbf.Relation{relation(9, bare, outer(1), outer(2))},
			},
			outcome{"base_water_polygons": {way1: 16}, "base_land": {way2: 4}},
			nil,
		},
		"old style: relation broken, outer way stands alone": {
			sketch{
				ways:      []pbf.Way{square(1, water, 1, 1, 4)},
				relations: []pbf.Relation{relation(8, bare, outer(1), outer(1)), relation(9, bare, outer(1), inner(66))},
			},
			outcome{"base_water_polygons": {4*8 + 2: 16, relation9: 16}},
			map[basemap.Defect]int{basemap.RelationIncomplete: 1},
		},
		"drawn twice: outer way tagged as its relation": {
			sketch{
				ways:      []pbf.Way{square(1, water, 1, 1, 4), square(2, nil, 2, 2, 2)},
				relations: []pbf.Relation{relation(9, lake, outer(1), inner(2))},
			},
			outcome{"base_water_polygons": {relation9: 12}},
			map[basemap.Defect]int{basemap.DrawnTwice: 1},
		},
		"several parts": {
			sketch{
				ways:      []pbf.Way{square(1, nil, 1, 1, 4), square(2, nil, 10, 10, 2)},
				relations: []pbf.Relation{relation(9, tags("type", "multipolygon", "building", "yes"), outer(1), outer(2))},
			},
			outcome{"base_buildings": {relation9: 20}},
			nil,
		},
		"state": {
			sketch{
				ways:      []pbf.Way{way(1, nil, 101, 105, 505), way(2, tags("natural", "coastline", "maritime", "yes"), 505, 501, 101)},
				relations: []pbf.Relation{relation(9, tags("type", "boundary", "boundary", "administrative", "admin_level", "4", "name", "Область"), outer(1), outer(2))},
			},
			outcome{"base_boundaries": {way1: 0, way2: 0}, "base_boundary_labels": {relation9: 0}, "base_ocean": {3: 1}},
			map[basemap.Defect]int{basemap.CoastLoose: 2},
		},
		"country cut off": {
			sketch{
				ways:      []pbf.Way{way(1, nil, 101, 105, 505)},
				relations: []pbf.Relation{relation(9, tags("type", "boundary", "boundary", "administrative", "admin_level", "2", "name", "Страна"), outer(1), outer(2))},
			},
			outcome{"base_boundaries": {way1: 0}},
			map[basemap.Defect]int{basemap.RelationIncomplete: 1, basemap.RelationEmpty: 1, basemap.RingLoose: 2},
		},
		"closed street is a line": {
			sketch{ways: []pbf.Way{square(1, tags("highway", "pedestrian"), 1, 1, 4)}},
			outcome{"base_streets": {way1: 0}},
			nil,
		},
		"square is an area": {
			sketch{ways: []pbf.Way{square(1, tags("highway", "pedestrian", "area", "yes"), 1, 1, 4)}},
			outcome{"base_street_polygons": {way1: 16}},
			nil,
		},
		"area=no": {
			sketch{ways: []pbf.Way{square(1, tags("man_made", "pier", "area", "no"), 1, 1, 4)}},
			outcome{"base_pier_lines": {way1: 0}},
			nil,
		},
		"self-crossing way": {
			sketch{ways: []pbf.Way{way(1, water, 101, 503, 501, 103, 101)}},
			outcome{"base_water_polygons": {way1: 4}},
			map[basemap.Defect]int{basemap.RingCrossing: 1},
		},
		"encloses nothing": {
			sketch{ways: []pbf.Way{way(1, water, 101, 105, 103, 101)}},
			outcome{},
			map[basemap.Defect]int{basemap.AreaEmpty: 1, basemap.RingCrossing: 1},
		},
		"too short": {
			sketch{ways: []pbf.Way{way(1, water, 101), way(2, tags("highway", "path"), 102, 102), way(3, water)}},
			outcome{},
			map[basemap.Defect]int{basemap.WayTooShort: 3},
		},
		"line lacks a node": {
			sketch{ways: []pbf.Way{way(1, tags("highway", "path"), 101, 102, 103, 104, 105, 106)}, missing: []int64{103}},
			outcome{"base_streets": {way1: 0}},
			map[basemap.Defect]int{basemap.WayWithoutNodes: 1},
		},
		"area lacks a node": {
			sketch{ways: []pbf.Way{square(1, water, 1, 1, 4)}, missing: []int64{101}},
			outcome{"base_water_polygons": {way1: 8}},
			map[basemap.Defect]int{basemap.WayWithoutNodes: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, report := importFile(t, writeFile(t, pbftest.Encode(test.sketch.data())))
			wantValid(t, got)
			wantDefined(t, got)
			outcome := outcome{}
			for layer, features := range got {
				outcome[layer] = map[int64]int{}
				for _, f := range features {
					outcome[layer][int64(f.ID)] = cells(f.Geometry)
				}
			}
			if sea, ok := outcome["base_ocean"]; ok { // its size is coast's business
				outcome["base_ocean"] = map[int64]int{3: min(1, sea[3])}
			}
			if diff := cmp.Diff(test.want, outcome); diff != "" {
				t.Errorf("features and their cells, -want +got:\n%s", diff)
			}
			if test.defects == nil {
				test.defects = map[basemap.Defect]int{}
			}
			if diff := cmp.Diff(test.defects, report.Defects); diff != "" {
				t.Errorf("defects, -want +got:\n%s", diff)
			}
		})
	}
}

func TestLineKeepsItsLongestWholePart(t *testing.T) {
	t.Parallel()
	s := sketch{ways: []pbf.Way{way(1, tags("highway", "path"), 101, 102, 103, 104, 105, 106)}, missing: []int64{103}}
	got, _ := importFile(t, writeFile(t, pbftest.Encode(s.data())))
	if line := got["base_streets"][0].Geometry.(orb.LineString); len(line) != 3 {
		t.Errorf("line that lacks its third of six nodes = %v, want the last three", line)
	}
}

func TestNodesOffTheMap(t *testing.T) {
	t.Parallel()
	d := pbftest.Data{Nodes: []pbf.Node{
		{ID: 1, Lon: 181, Lat: 0, Tags: tags("amenity", "bench")},
		{ID: 2, Lon: 0, Lat: -91, Tags: tags("amenity", "bench")},
		{ID: 3, Lon: 180, Lat: 90, Tags: tags("amenity", "bench")},
	}}
	got, report := importFile(t, writeFile(t, pbftest.Encode(d)))
	if n := len(got["base_pois"]); n != 1 || report.Defects[basemap.NodeOffTheMap] != 2 {
		t.Errorf("points of interest = %d, nodes off the map = %d; want 1 and 2", n, report.Defects[basemap.NodeOffTheMap])
	}
}

func TestFilesToBeRefused(t *testing.T) {
	t.Parallel()
	node := func(id int64) pbf.Node { return pbf.Node{ID: id, Lon: 1, Lat: 1} }
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"nodes not sorted":     {pbftest.Encode(pbftest.Data{Nodes: []pbf.Node{node(2), node(1)}}), "osmium sort"},
		"node twice":           {pbftest.Encode(pbftest.Data{Nodes: []pbf.Node{node(2), node(2)}}), "osmium sort"},
		"ways not sorted":      {pbftest.Encode(pbftest.Data{Nodes: []pbf.Node{node(1)}, Ways: []pbf.Way{{ID: 5}, {ID: 4}}}), "osmium sort"},
		"relation twice":       {pbftest.Encode(pbftest.Data{Nodes: []pbf.Node{node(1)}, Relations: []pbf.Relation{{ID: 5}, {ID: 5}}}), "osmium sort"},
		"only a header":        {pbftest.Encode(pbftest.Data{}), "no map data"},
		"object not saved yet": {pbftest.Encode(pbftest.Data{Nodes: []pbf.Node{node(-7)}}), "save new objects"},
		"id beyond reason":     {pbftest.Encode(pbftest.Data{Nodes: []pbf.Node{node(1 << 61)}}), "save new objects"},
		"text":                 {[]byte("type,id,lon,lat\n"), "not an OpenStreetMap PBF"},
		"empty":                {nil, "is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := basemap.Import(t.Context(), writeFile(t, test.file), collector{}, basemap.Options{TempDir: t.TempDir()})
			if kvartal.KindOf(err) != kvartal.KindInvalid || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Import = %v, want an error of KindInvalid with %q", err, test.want)
			}
		})
	}
}

// Order matters within a kind only: a file may have its ways first.
func TestKindsInAnyOrder(t *testing.T) {
	t.Parallel()
	d := sketch{
		ways:      []pbf.Way{square(1, nil, 1, 1, 4)},
		relations: []pbf.Relation{relation(9, tags("type", "multipolygon", "natural", "water"), outer(1))},
	}.data()
	file := pbftest.Encode(pbftest.Data{Relations: d.Relations})
	file = append(file, pbftest.Frame("OSMData", pbftest.Zlib(pbftest.WayBlock(d.Ways)))...)
	file = append(file, pbftest.Frame("OSMData", pbftest.Zlib(pbftest.NodeBlock(d.Nodes, true)))...)
	got, _ := importFile(t, writeFile(t, file))
	if n := len(got["base_water_polygons"]); n != 1 {
		t.Errorf("a file with relations, ways and nodes in this order has %d lakes, want 1", n)
	}
}

// No byte of a file may be lost without an error.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	d := sketch{
		ways:      []pbf.Way{square(1, tags("building", "yes"), 1, 1, 4)},
		relations: []pbf.Relation{relation(9, tags("type", "multipolygon"), outer(1))},
	}.data()
	d.Nodes = d.Nodes[:50]
	whole := pbftest.Encode(d)
	blocks := []int{len(pbftest.Encode(pbftest.Data{Bounds: d.Bounds}))}
	for _, part := range [][]byte{pbftest.NodeBlock(d.Nodes, false), pbftest.WayBlock(d.Ways), pbftest.RelationBlock(d.Relations)} {
		blocks = append(blocks, blocks[len(blocks)-1]+len(pbftest.Frame("OSMData", pbftest.Zlib(part))))
	}
	path := filepath.Join(t.TempDir(), "cut.osm.pbf")
	for n := range whole {
		if slices.Contains(blocks, n) {
			continue // the format does not tell a file that ends between blocks from a whole one
		}
		if err := os.WriteFile(path, bytes.Clone(whole[:n]), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := basemap.Import(t.Context(), path, collector{}, basemap.Options{TempDir: t.TempDir()}); kvartal.KindOf(err) != kvartal.KindInvalid {
			t.Fatalf("Import of the first %d of %d bytes = %v, want an error of KindInvalid", n, len(whole), err)
		}
	}
}

// Whatever the bytes, Import ends with valid features or an error of
// KindInvalid.
func FuzzImport(f *testing.F) {
	d := sketch{
		ways: []pbf.Way{
			square(1, tags("natural", "water"), 1, 1, 4), square(2, nil, 2, 2, 2), way(3, tags("natural", "coastline"), 101, 1010, 2020),
		},
		relations: []pbf.Relation{relation(9, tags("type", "multipolygon"), outer(1), inner(2))},
	}.data()
	head := pbftest.Encode(pbftest.Data{Bounds: d.Bounds})
	for _, plain := range []bool{false, true} {
		file := bytes.Clone(head)
		for _, block := range [][]byte{pbftest.NodeBlock(d.Nodes, plain), pbftest.WayBlock(d.Ways), pbftest.RelationBlock(d.Relations)} {
			file = append(file, pbftest.Frame("OSMData", pbftest.Raw(block))...)
		}
		f.Add(file)
	}
	path := filepath.Join(f.TempDir(), "fuzz.osm.pbf")
	f.Fuzz(func(t *testing.T, file []byte) {
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		got := collector{}
		_, err := basemap.Import(t.Context(), path, got, basemap.Options{TempDir: filepath.Dir(path), Workers: 1})
		if err != nil {
			if kvartal.KindOf(err) != kvartal.KindInvalid {
				t.Fatalf("Import = %v, want an error of KindInvalid", err)
			}
			return
		}
		wantValid(t, got)
	})
}
