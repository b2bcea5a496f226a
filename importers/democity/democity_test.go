package democity_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"kvartal"
	"kvartal/importers/basemap"
	"kvartal/importers/basemap/demo"
	"kvartal/importers/democity"
	"kvartal/layers"
	"kvartal/live"
	"kvartal/live/simulator"
	"kvartal/postgres/pgtest"
)

// town is a database with the real base map, ready for registers.
type town struct {
	*layers.Store
	db *pgtest.DB
}

// openTown loads the base map of the demo city.
func openTown(t *testing.T) town {
	t.Helper()
	extract, err := demo.Find("")
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.New(t)
	city := layers.City{Title: layers.Text{Ru: "Довер (демо)"}, CRS: "EPSG:32618", Center: [2]float64{-75.5244, 39.1582}, Zoom: 13}
	if err := layers.SaveCity(t.Context(), db.Pool, city); err != nil {
		t.Fatal(err)
	}
	registry, err := layers.Load(layers.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	store, err := layers.Open(t.Context(), db.Pool, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Sync(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	var base []*layers.Definition
	for _, d := range registry.Layers() {
		if d.History == layers.HistoryRevisions {
			base = append(base, d)
		}
	}
	revision, err := store.BeginRevision(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := basemap.Import(t.Context(), extract, revision, basemap.Options{TempDir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(revision.Publish(t.Context()), revision.Discard()); err != nil {
		t.Fatal(err)
	}
	return town{store, db}
}

func (w town) generate(ctx context.Context, o democity.Options) (democity.Report, error) {
	return democity.Generate(ctx, w.db.Pool, w.Store, o)
}

// registers are the layers that the generator fills: devices register themselves
// when they are simulated.
func (w town) registers() []*layers.Definition {
	var out []*layers.Definition
	for _, d := range w.Registry().Layers() {
		if d.History == layers.HistoryRows && d.Group != "live" {
			out = append(out, d)
		}
	}
	return out
}

// checksums returns a digest of every register, to the last digit of the
// geometry.
func (w town) checksums(ctx context.Context) (map[kvartal.LayerID]string, error) {
	out := map[kvartal.LayerID]string{}
	for _, d := range w.registers() {
		geometry := "''"
		if d.HasGeometry() {
			geometry = "encode(ST_AsEWKB(geom), 'hex')"
		}
		var sum string
		err := w.db.Pool.QueryRow(ctx, fmt.Sprintf(
			`SELECT count(*) || ' ' || coalesce(md5(string_agg(md5((to_jsonb(t) - '{version,valid_from,changeset,geom}'::text[])::text || %s), '' ORDER BY id)), '') FROM %s AS t`,
			geometry, w.Table(d))).Scan(&sum)
		if err != nil {
			return nil, err
		}
		out[d.ID] = sum
	}
	return out, nil
}

func (w town) mustChecksums(t *testing.T) map[kvartal.LayerID]string {
	t.Helper()
	sums, err := w.checksums(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

func TestDemoCity(t *testing.T) {
	t.Parallel()
	w := openTown(t)
	report, err := w.generate(t.Context(), democity.Options{Seed: 1, Scale: 0.3})
	if err != nil {
		t.Fatalf("Generate = %v", err)
	}
	if err := w.sound(t.Context()); err != nil {
		t.Errorf("the city of seed 1 is not sound: %v", err)
	}
	t.Run("fills every register", func(t *testing.T) {
		for _, d := range w.registers() {
			if report[d.ID] == 0 {
				t.Errorf("Generate wrote nothing into %s", d.ID)
			}
		}
	})
	t.Run("names the devices that the simulation moves", func(t *testing.T) {
		rows, err := w.db.Pool.Query(t.Context(), "SELECT device, class FROM layer.devices ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
			Device live.DeviceID
			Class  simulator.Class
		}])
		units := simulator.Fleet(24, 16, 24)
		if err != nil || len(got) != len(units) {
			t.Fatalf("the register has %d devices, %v, want %d", len(got), err, len(units))
		}
		for i, u := range units {
			if got[i].Device != u.Device || got[i].Class != u.Class {
				t.Errorf("device %d is %v, want %s, a %s", i+1, got[i], u.Device, u.Class)
			}
		}
	})
	first := w.mustChecksums(t)
	t.Run("makes tiles that are light", w.testTiles)
	t.Run("is another with another seed", func(t *testing.T) {
		if _, err := w.generate(t.Context(), democity.Options{Seed: 2, Scale: 0.3}); err != nil {
			t.Fatalf("Generate = %v", err)
		}
		other := w.mustChecksums(t)
		for _, layer := range []kvartal.LayerID{"parcels", "buildings", "contracts", "trees", "burials", "water"} {
			if first[layer] == other[layer] {
				t.Errorf("checksum of %s with seed 2 = %s, the same as with seed 1", layer, first[layer])
			}
		}
	})
	t.Run("stops when told to, and is the same again with the same seed", func(t *testing.T) { w.testCancel(t, first) })
	t.Run("is sound with any seed", w.testEverySeed)
	t.Run("refuses registers of somebody else", w.testForeignRows)
	t.Run("refuses a scale out of range", func(t *testing.T) {
		for _, scale := range []float64{-1, democity.MaxScale + 1} {
			if _, err := w.generate(t.Context(), democity.Options{Scale: scale}); kvartal.KindOf(err) != kvartal.KindInvalid {
				t.Errorf("Generate at scale %v = %v, want KindInvalid", scale, err)
			}
		}
	})
}

func (w town) testCancel(t *testing.T, want map[kvartal.LayerID]string) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := w.generate(ctx, democity.Options{Seed: 1, Scale: 0.3, Progress: func(p democity.Progress) {
		if p.Step == "writing registers" && p.Done == 5 {
			cancel()
		}
	}})
	if err == nil {
		t.Fatal("Generate with a cancelled context = nil, want an error")
	}
	if _, err := w.generate(t.Context(), democity.Options{Seed: 1, Scale: 0.3}); err != nil {
		t.Fatalf("Generate after an interruption = %v", err)
	}
	if diff := cmp.Diff(want, w.mustChecksums(t)); diff != "" {
		t.Errorf("checksums after an interruption (-want +got):\n%s", diff)
	}
}

func (w town) testForeignRows(t *testing.T) {
	insert := `INSERT INTO layer.trees (inventory_number, species) VALUES ('of somebody', 'oak')`
	if _, err := w.db.Pool.Exec(t.Context(), insert); err != nil {
		t.Fatal(err)
	}
	if _, err := w.generate(t.Context(), democity.Options{Seed: 1, Scale: 0.05}); kvartal.KindOf(err) != kvartal.KindConflict {
		t.Errorf("Generate over a tree of somebody else = %v, want KindConflict", err)
	}
	if _, err := w.db.Pool.Exec(t.Context(), "DELETE FROM layer.trees WHERE inventory_number = 'of somebody'"); err != nil {
		t.Fatal(err)
	}
}

// testEverySeed tries some seeds at small scales, down to where hardly a street
// is left.
func (w town) testEverySeed(t *testing.T) {
	const cities = 3
	tried := 0
	rapid.Check(t, func(rt *rapid.T) {
		if tried++; tried > cities {
			return // a city takes long; rapid's own count is for short checks
		}
		o := democity.Options{Seed: rapid.Uint64().Draw(rt, "seed"), Scale: rapid.Float64Range(0.001, 0.12).Draw(rt, "scale")}
		if _, err := w.generate(t.Context(), o); err != nil {
			rt.Fatalf("Generate(%+v) = %v", o, err)
		}
		if err := w.sound(t.Context()); err != nil {
			rt.Errorf("the city of %+v is not sound: %v", o, err)
		}
	})
}

// sound returns what is wrong with the registers.
func (w town) sound(ctx context.Context) error {
	var wrong []error
	for name, query := range soundness() {
		rows, err := w.db.Pool.Query(ctx, "SELECT (t.*)::text FROM ("+query+") AS t LIMIT 3")
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		bad, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if len(bad) > 0 {
			wrong = append(wrong, fmt.Errorf("%s: %v", name, bad))
		}
	}
	for pipes, n := range utilities() {
		wrong = append(wrong, w.connected(ctx, pipes, n))
	}
	return errors.Join(wrong...)
}
