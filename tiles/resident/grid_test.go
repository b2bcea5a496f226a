package resident_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb/maptile"

	"kvartal"
	"kvartal/tiles"
	"kvartal/tiles/resident"
)

// A city may have a grid in its own CRS: here that of Bishkek in UTM zone 43.
func TestTilesInACitysOwnGrid(t *testing.T) {
	t.Parallel()
	grid := tiles.Grid{ID: "Bishkek", SRID: 32643, West: 400_000, North: 4_800_000, Side: 1 << 17}
	c := open(t, func(cfg *resident.Config) { cfg.Grid = grid })
	c.build(t, 1, 3000)
	c.exec(t, "INSERT INTO layer.local (id, geom, name, from_zoom) SELECT id, ST_Transform(geom, 32643), name, 0 FROM layer.things")
	c.load(t)
	post := c.post.In(grid)
	var east, north float64
	if err := c.db.Pool.QueryRow(t.Context(), "SELECT ST_X(p), ST_Y(p) FROM ST_Transform(ST_SetSRID(ST_MakePoint($1 + 500, $2 + 600), 3857), 32643) p",
		bishkek[0], bishkek[1]).Scan(&east, &north); err != nil {
		t.Fatal(err)
	}
	for _, id := range []kvartal.LayerID{"things", "local"} {
		d, v := c.layer(t, id)
		seen := 0
		for z := maptile.Zoom(4); z <= 14; z++ {
			side := grid.Side / float64(int(1)<<z)
			at := maptile.New(uint32((east-grid.West)/side), uint32((grid.North-north)/side), z)
			got, want := features(t, c.set.Now(), d, v, at), features(t, post, d, v, at)
			for feature, w := range want {
				g, found := got[feature]
				if negligible(w) && !found {
					continue
				}
				if diff := cmp.Diff(w.Properties, g.Properties); diff != "" {
					t.Errorf("tile %v of %s: properties of feature %d (-want +got):\n%s", at, id, feature, diff)
				}
				if d := max(farthest(w.Parts, g.Parts, w.Type), farthest(g.Parts, w.Parts, w.Type)); d > 2 {
					t.Errorf("tile %v of %s: feature %d is %g units from PostGIS's", at, id, feature, d)
				}
				seen++
			}
			compareSeam(t, at, got, features(t, c.set.Now(), d, v, maptile.New(at.X+1, at.Y, z)))
		}
		if seen < 1000 {
			t.Errorf("%d features of %s compared: this proves little", seen, id)
		}
	}
}
