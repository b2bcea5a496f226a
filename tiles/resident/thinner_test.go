package resident_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"github.com/paulmach/orb/maptile"

	"kvartal"
	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/tiles/mvt"
	"kvartal/view"
)

// crowd fills a layer with features of all sizes over 8 km, most of them small
// and many near the middle.
func (c city) crowd(t testing.TB, layer string, features int) {
	t.Helper()
	c.exec(t, fmt.Sprintf(`INSERT INTO layer.%s (id, geom, name) SELECT n, CASE n %% 4
		WHEN 0 THEN ST_SetSRID(ST_MakePoint(x, y), 3857)
		WHEN 1 THEN ST_SetSRID(ST_MakeLine(ST_MakePoint(x, y), ST_MakePoint(x + size, y + size / 2)), 3857)
		ELSE ST_MakeEnvelope(x, y, x + size, y + size, 3857) END, 'number ' || n
		FROM (SELECT n, $1::float8 + 4000 * (random() + random()) AS x, $2::float8 + 4000 * (random() + random()) AS y, 2 + 4 / (random() + 0.001) AS size
		  FROM generate_series(1, %d) n, setseed(0.5)) AS plan`, layer, features), bishkek[0], bishkek[1])
}

// crowded are the tiles of a zoom over a crowd.
func crowded(z maptile.Zoom) (out []maptile.Tile) {
	first := maptile.At(home(), z)
	side := uint32(1 + (1 << z >> 12))
	for x := range side {
		for y := range side {
			out = append(out, maptile.New(first.X+x, first.Y-y, z))
		}
	}
	return out
}

func TestNeighbouringTilesChooseTheSame(t *testing.T) {
	t.Parallel()
	c := open(t)
	for _, id := range []kvartal.LayerID{"dense", "clusters"} {
		c.crowd(t, string(id), 20_000)
	}
	c.load(t)
	for _, id := range []kvartal.LayerID{"dense", "clusters"} {
		d, v := c.layer(t, id)
		shared := 0
		for z := maptile.Zoom(9); z <= 16; z++ {
			for _, at := range crowded(z)[:min(9, len(crowded(z)))] {
				west := features(t, c.set.Now(), d, v, at)
				east := features(t, c.set.Now(), d, v, maptile.New(at.X+1, at.Y, z))
				shared += wantShared(t, at, west, east, -tiles.Extent)
				shared += wantShared(t, at, east, west, tiles.Extent)
			}
		}
		if shared == 0 {
			t.Errorf("no feature of %s is in two tiles: this proves nothing", id)
		}
	}
}

// wantShared wants what a tile shows well within both buffers to be in the
// neighbour, too, and counts it.
func wantShared(t *testing.T, at maptile.Tile, tile, neighbour map[uint64]mvt.DecodedFeature, move int) (shared int) {
	t.Helper()
	const seen = tiles.Buffer - 3
	for id, f := range tile {
		for _, p := range f.Parts[0] {
			if x := p.X + min(move, 0); x > -seen && x < seen || move > 0 && p.X > -seen && p.X < seen {
				shared++
				if _, found := neighbour[id]; !found && p.Y > -seen && p.Y < tiles.Extent+seen {
					t.Errorf("near %v: feature %d at %v is not in the neighbour", at, id, p)
				}
				break
			}
		}
	}
	return shared
}

// zipped is the size of a tile with gzip.
func zipped(t testing.TB, tile []byte) int {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(tile); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

// accounted is what the report of a tile tells of its features.
func accounted(r tiles.Report) int { return r.Written + r.Hidden + r.TooSmall + r.Thinned + r.Vanished }

func TestCrowdedTilesStayLight(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.crowd(t, "dense", 100_000)
	c.load(t)
	d, v := c.layer(t, "dense")
	for z := maptile.Zoom(0); z < 16; z++ {
		for _, at := range crowded(z)[:min(4, len(crowded(z)))] {
			tile, report, err := c.set.Now().Encode(t.Context(), d, v, at)
			if err != nil {
				t.Fatalf("Encode(%v) = %v", at, err)
			}
			if size := zipped(t, tile); size > 500_000 {
				t.Errorf("tile %v has %d bytes with gzip, want 500,000 at most: %+v", at, size, report)
			}
			if report.Features != accounted(report) {
				t.Errorf("the report of tile %v accounts for %d features of %d: %+v", at, accounted(report), report.Features, report)
			}
			if z == 11 && report.Thinned == 0 {
				t.Errorf("nothing is thinned in tile %v: this proves nothing", at)
			}
		}
	}
}

func TestTheLargestStay(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.crowd(t, "dense", 50_000)
	c.exec(t, "INSERT INTO layer.dense (id, geom, name) SELECT 100000 + n, ST_Buffer(ST_Translate(geom, 5, 5), 300, 1), 'large' FROM (SELECT row_number() OVER () AS n, geom FROM layer.dense ORDER BY id LIMIT 20) AS few")
	c.load(t)
	d, v := c.layer(t, "dense")
	large := map[uint64]bool{}
	for _, at := range crowded(12) {
		for id := range features(t, c.set.Now(), d, v, at) {
			if id > 100_000 {
				large[id] = true
			}
		}
	}
	if len(large) != 20 {
		t.Errorf("%d of 20 large features are shown, want all", len(large))
	}
}

func TestClustersTellHowManyTheyStandFor(t *testing.T) {
	t.Parallel()
	const all = 5000
	c := open(t)
	c.exec(t, fmt.Sprintf(`INSERT INTO layer.clusters (id, geom, name) SELECT n, ST_SetSRID(ST_MakePoint($1::float8 + 4000 * random(), $2::float8 + 4000 * random()), 3857), n
		FROM generate_series(1, %d) n, setseed(0.5)`, all), bishkek[0], bishkek[1])
	c.load(t)
	d, v := c.layer(t, "clusters")
	for z := maptile.Zoom(8); z <= 16; z += 2 {
		total, shown := 0, 0
		for _, at := range crowded(z) {
			for _, f := range features(t, c.set.Now(), d, v, at) {
				if p := f.Parts[0][0]; p.X < 0 || p.X >= tiles.Extent || p.Y < 0 || p.Y >= tiles.Extent {
					continue // the neighbour counts it
				}
				shown++
				if n, cluster := f.Properties[tiles.CountKey]; cluster {
					total += int(n.(int64)) //nolint:forcetypeassert // as the tile has it
				} else {
					total++
				}
			}
		}
		if total != all {
			t.Errorf("clusters of zoom %d stand for %d features, want %d", z, total, all)
		}
		if z < 14 && shown > all/2 {
			t.Errorf("zoom %d shows %d of %d features, want them clustered", z, shown, all)
		}
	}
}

func TestRulesForLowZooms(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.crowd(t, "coarse", 3000)
	c.load(t)
	d, v := c.layer(t, "coarse")
	for z := maptile.Zoom(11); z <= 16; z++ {
		at := crowded(z)[len(crowded(z))/2]
		for id, f := range features(t, c.set.Now(), d, v, at) {
			if f.Type != mvt.Points && extent(f.Parts[0]) < 8 && !onBorder(f.Parts[0][0]) {
				if z < 14 {
					t.Errorf("feature %d in tile %v is %d units large, want 12 at least", id, at, extent(f.Parts[0]))
				}
			}
			for _, p := range f.Parts[0] {
				if z < 14 && (p.X%4 != 0 || p.Y%4 != 0) && !onBorder(p) && f.Type == mvt.Points {
					t.Errorf("feature %d in tile %v has a point %v, want steps of 4", id, at, p)
				}
			}
		}
	}
}

// Everybody's choice is made of the same rows, whatever attributes they read.
func TestTheChoiceDoesNotDependOnAttributes(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.crowd(t, "dense", 50_000)
	c.load(t)
	d, v := c.layer(t, "dense")
	bare := view.New(d.ID, []view.Action{view.See}, nil)
	for z := maptile.Zoom(9); z <= 16; z++ {
		at := crowded(z)[0]
		if got, want := shownIDs(features(t, c.set.Now(), d, bare, at)), shownIDs(features(t, c.set.Now(), d, v, at)); got != want {
			t.Errorf("tile %v without attributes shows %.80s, with them %.80s", at, got, want)
		}
	}
}

func shownIDs(shown map[uint64]mvt.DecodedFeature) string {
	var out strings.Builder
	for id := range uint64(50_001) {
		if _, found := shown[id]; found {
			fmt.Fprintf(&out, "%d ", id)
		}
	}
	return out.String()
}

func TestMistakenRulesAreRefused(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"crowded: pile":              "crowded",
		"detail: 3":                  "detail",
		"smallest: -1":               "smallest",
		"resident: perhaps":          "resident",
		"zoom_field: from_zoom":      "from_zoom",
		"crowded: cluster, other: 1": "other",
	} {
		definition := strings.Replace(dense, "max_zoom: 16", "max_zoom: 16, "+rule, 1)
		_, err := layers.Load(source(map[string]string{"dense": definition}))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load of a definition with %q = %v, want an error about %s", rule, err, want)
		}
	}
}
