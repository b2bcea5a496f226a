package resident_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/project"

	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/tiles/resident"
	"kvartal/view"
)

// wantFresh compares the set, which has followed changes, with one loaded anew:
// their tiles are equal byte by byte.
func (c city) wantFresh(t *testing.T) {
	t.Helper()
	fresh := city{c.db, c.store, c.post, resident.New(resident.Config{Pool: c.db.Pool, Store: c.store, Log: slog.New(slog.DiscardHandler)})}
	fresh.load(t)
	d, v := c.layer(t, "things")
	for z := maptile.Zoom(0); z <= 18; z += 3 {
		tile := maptile.At(home(), z)
		got, want := encode(t, c.set.Now(), d, v, tile), encode(t, fresh.set.Now(), d, v, tile)
		if !bytes.Equal(got, want) {
			t.Errorf("tile %v after following has %d bytes, loaded anew %d, or others", tile, len(got), len(want))
		}
	}
}

func encode(t *testing.T, e tiles.Encoder, d *layers.Definition, v view.View, at maptile.Tile) []byte {
	t.Helper()
	tile, _, err := e.Encode(t.Context(), d, v, at)
	if err != nil {
		t.Fatalf("Encode(%v) = %v", at, err)
	}
	return tile
}

// home is where the houses are, in longitude and latitude.
func home() orb.Point { return project.Point(bishkek, project.Mercator.ToWGS84) }

const houses = `INSERT INTO layer.things (id, geom, name, count)
	SELECT n, ST_MakeEnvelope(%[1]s + n %% 50 * 20, %[2]s + n / 50 * 20, %[1]s + n %% 50 * 20 + 12, %[2]s + n / 50 * 20 + 12, 3857), 'house ' || n, n %% 7
	FROM generate_series(%[3]d, %[4]d) n`

// build adds houses with the ids from first to last.
func (c city) build(t testing.TB, first, last int) {
	t.Helper()
	c.exec(t, fmt.Sprintf(houses, fmt.Sprint(bishkek[0]), fmt.Sprint(bishkek[1]), first, last))
}

func TestFollowingGivesWhatLoadingDoes(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.build(t, 1, 1000)
	follower, cursor := c.load(t)
	c.follow(t, follower, cursor)
	for _, step := range []struct{ name, sql string }{
		{"insert", fmt.Sprintf(houses, fmt.Sprint(bishkek[0]), fmt.Sprint(bishkek[1]), 1001, 1300)},
		{"update", "UPDATE layer.things SET name = 'new ' || id, geom = ST_Translate(geom, 3, 0) WHERE id % 3 = 0"},
		{"update again", "UPDATE layer.things SET count = NULL WHERE id % 6 = 0"},
		{"delete", "DELETE FROM layer.things WHERE id % 5 = 0"},
		{"insert deleted ones", "INSERT INTO layer.things (id, geom, name) SELECT n, ST_SetSRID(ST_MakePoint(8304434, 5292205 + n), 3857), 'lamp' FROM generate_series(5, 500, 5) n"},
		{"take the geometry", "UPDATE layer.things SET geom = NULL WHERE id = 7"},
		{"enough to be merged", "UPDATE layer.things SET name = 'merged ' || id"},
		{"more than a base", fmt.Sprintf(houses, fmt.Sprint(bishkek[0]), fmt.Sprint(bishkek[1]), 2001, 6000)},
		{"after merging", "UPDATE layer.things SET name = 'late' WHERE id % 50 = 1"},
		{"truncate", "TRUNCATE layer.things"},
		{"anew", fmt.Sprintf(houses, fmt.Sprint(bishkek[0]), fmt.Sprint(bishkek[1]), 1, 20)},
	} {
		c.exec(t, step.sql)
		c.await(t, follower)
		c.wantFresh(t)
		if t.Failed() {
			t.Fatalf("after step %q", step.name)
		}
	}
}

func TestASnapshotStaysAsItIs(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.build(t, 1, 100)
	follower, cursor := c.load(t)
	c.follow(t, follower, cursor)
	d, v := c.layer(t, "things")
	tile := maptile.At(home(), 15)
	old := c.set.Snapshot()
	before := encode(t, old, d, v, tile)
	c.exec(t, "UPDATE layer.things SET name = 'other', count = id")
	c.await(t, follower)
	if again := encode(t, old, d, v, tile); !bytes.Equal(again, before) {
		t.Error("the old snapshot has another tile")
	}
	now := c.set.Snapshot()
	if now.Revision() <= old.Revision() {
		t.Errorf("revision = %d, want more than %d", now.Revision(), old.Revision())
	}
	for id, f := range features(t, now, d, v, tile) {
		if f.Properties["name"] != "other" {
			t.Fatalf("feature %d in the new snapshot = %v, want the name other", id, f.Properties)
		}
	}
}

// Readers meet writers: for the race detector, and every tile is of one moment.
func TestReadersAndWritersDoNotWait(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.build(t, 1, 500)
	c.exec(t, "UPDATE layer.things SET name = '0'")
	follower, cursor := c.load(t)
	c.follow(t, follower, cursor)
	d, v := c.layer(t, "things")
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		random := rand.New(rand.NewPCG(1, 2))
		for {
			select {
			case <-stop:
				return
			default:
			}
			names := map[any]bool{}
			for _, f := range features(t, c.set.Now(), d, v, maptile.At(home(), maptile.Zoom(14+random.IntN(3)))) {
				names[f.Properties["name"]] = true
			}
			if len(names) != 1 {
				t.Errorf("a tile has the names %v, want those of one moment", names)
				return
			}
		}
	}()
	for i := 1; i <= 20; i++ {
		c.exec(t, "UPDATE layer.things SET name = $1::int::text", i)
		c.await(t, follower)
	}
	close(stop)
	<-stopped
}

func TestTheSetReloadsWhenTheLogIsLost(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.build(t, 1, 50)
	follower, _ := c.load(t)
	c.exec(t, "UPDATE layer.things SET name = 'unseen'")
	c.follow(t, follower, layers.Cursor{})
	c.await(t, follower)
	c.wantFresh(t)
}
