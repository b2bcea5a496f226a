package tiles_test

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"
	"testing/fstest"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"kvartal"
	"kvartal/layers"
	"kvartal/postgres/pgtest"
	"kvartal/tiles"
	"kvartal/tiles/resident"
	"kvartal/view"
)

const definition = `id: lamps
title: {ru: Фонари, en: Lamps, ky: Фонарлар}
group: light
geometry: geometry
crs: EPSG:32618
tiles: {zoom_field: from_zoom}
fields:
  - {name: name, type: text, title: {ru: Имя, en: Name, ky: Аты}}
  - {name: power, type: decimal, title: {ru: Мощность, en: Power, ky: Кубаты}}
  - {name: lit_at, type: timestamp, title: {ru: Включён, en: Lit at, ky: Күйгөн}}
  - {name: note, type: text, tile: false, title: {ru: Заметка, en: Note, ky: Эскертүү}}
  - {name: from_zoom, type: integer, tile: false, title: {ru: С масштаба, en: From zoom, ky: Масштабдан}}
rights: {public: [see]}
`

type lamps struct {
	store   *layers.Store
	kept    *resident.Set // nothing is loaded
	service *tiles.Service
	layer   tiles.Layer
}

func open(t *testing.T) lamps {
	t.Helper()
	registry, err := layers.Load(layers.Source{Name: "defs", FS: fstest.MapFS{
		"groups.yaml":      {Data: []byte("- {id: light, title: {ru: Свет, en: Light, ky: Жарык}}")},
		"lamps/layer.yaml": {Data: []byte(definition)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.New(t)
	store, err := layers.Open(t.Context(), db.Pool, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Sync(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	d := registry.Layers()[0]
	kept := resident.New(resident.Config{Pool: db.Pool, Store: store, Log: slog.New(slog.DiscardHandler)})
	return lamps{store, kept, tiles.NewService(kept, 0), tiles.Layer{Definition: d, View: d.View(kvartal.Public)}}
}

func (l lamps) add(t *testing.T, g orb.Geometry, properties map[string]any) {
	t.Helper()
	_, err := l.store.ApplyChangeset(t.Context(), "test", kvartal.Changeset{CRS: kvartal.WGS84, Changes: []kvartal.Change{{
		Operation: kvartal.Create, Layer: "lamps", Feature: kvartal.Feature{Geometry: g, Properties: properties},
	}}})
	if err != nil {
		t.Fatal(err)
	}
}

// features returns those of the tile at a place and zoom.
func (l lamps) features(t *testing.T, at orb.Point, z maptile.Zoom) []tileFeature {
	t.Helper()
	decoded, err := mvt.Unmarshal(l.bytes(t, maptile.At(at, z)))
	if err != nil {
		t.Fatal(err)
	}
	var out []tileFeature
	for _, layer := range decoded {
		for _, f := range layer.Features {
			out = append(out, tileFeature{f.Geometry, f.Properties})
		}
	}
	return out
}

func (l lamps) bytes(t *testing.T, tile maptile.Tile) []byte {
	t.Helper()
	packed, err := l.service.Tile(t.Context(), []tiles.Layer{l.layer}, tile)
	if err != nil {
		t.Fatalf("Tile(%v) = %v", tile, err)
	}
	b, err := packed.Bytes(tiles.Identity)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type tileFeature struct {
	geometry   orb.Geometry
	properties map[string]any
}

var dover = orb.Point{-75.5244, 39.1582}

func TestATileOfALocalCRSAtEveryZoom(t *testing.T) {
	t.Parallel()
	l := open(t)
	l.add(t, dover, map[string]any{"name": "first", "from_zoom": int64(0)})
	for z := range maptile.Zoom(tiles.MaxZoom + 1) {
		if got := l.features(t, dover, z); len(got) != 1 {
			t.Errorf("zoom %d: %d features, want 1", z, len(got))
		}
	}
	// The other side of the world, where the projection is not defined.
	for _, far := range []orb.Point{{104.4756, -39.1582}, {0, 0}, {14.4, 84}, {-179.9, -85}, {179.9, 85}} {
		for _, z := range []maptile.Zoom{1, 3, 8, 22} {
			if got := l.features(t, far, z); len(got) != 0 && z > 1 {
				t.Errorf("tile at %v, zoom %d has %d features, want none", far, z, len(got))
			}
		}
	}
}

func TestATileCarriesWhatItsViewMayRead(t *testing.T) {
	t.Parallel()
	l := open(t)
	l.add(t, dover, map[string]any{"name": "Ө", "power": kvartal.Decimal("12.50"), "lit_at": "2026-05-01T06:00:00+06:00", "note": "secret", "from_zoom": int64(0)})
	got := l.features(t, dover, 14)[0].properties
	if got["name"] != "Ө" || got["power"] != 12.5 || got["lit_at"] != "2026-05-01T00:00:00Z" || len(got) != 3 {
		t.Errorf("properties = %v, want name, power as a number, lit_at in UTC and no note", got)
	}
	l.layer.View = view.New("lamps", []view.Action{view.See}, []string{"power", "note"})
	if got := l.features(t, dover, 14)[0].properties; len(got) != 1 || got["power"] != 12.5 {
		t.Errorf("properties for a narrow view = %v, want power alone", got)
	}
	l.layer.View = view.New("lamps", nil, []string{"name"})
	if _, err := l.service.Tile(t.Context(), []tiles.Layer{l.layer}, maptile.New(0, 0, 0)); kvartal.KindOf(err) != kvartal.KindNotFound {
		t.Errorf("Tile without the right to see = %v, want %v", err, kvartal.KindNotFound)
	}
}

func TestFeaturesAppearAtTheirZoom(t *testing.T) {
	t.Parallel()
	l := open(t)
	l.add(t, dover, map[string]any{"from_zoom": int64(12)})
	if at11, at12 := len(l.features(t, dover, 11)), len(l.features(t, dover, 12)); at11 != 0 || at12 != 1 {
		t.Errorf("features at zooms 11, 12 = %d, %d, want 0, 1", at11, at12)
	}
}

func TestNewRowsAreInTheNextTile(t *testing.T) {
	t.Parallel()
	l := open(t)
	for i := range 3 {
		// Each one farther out than all before: no estimate may cut it off.
		l.add(t, orb.Point{dover[0] + float64(i)*0.5, dover[1]}, map[string]any{"from_zoom": int64(0)})
		if got := len(l.features(t, orb.Point{dover[0] + float64(i)*0.5, dover[1]}, 14)); got != 1 {
			t.Errorf("row %d: %d features in its tile, want 1", i, got)
		}
	}
}

func TestGeometryIsWhereItBelongs(t *testing.T) {
	t.Parallel()
	l := open(t)
	const z = 14
	tile := maptile.At(dover, z)
	bound := tile.Bound()
	l.add(t, orb.LineString{bound.Center(), {bound.Max[0], bound.Center()[1]}}, map[string]any{"from_zoom": int64(0)})
	line, ok := l.features(t, dover, z)[0].geometry.(orb.LineString)
	if !ok || len(line) < 2 {
		t.Fatalf("geometry = %v, want a line", line)
	}
	start, end := line[0], line[len(line)-1]
	if distance(start, orb.Point{2048, 2048}) > 1.5 || distance(end, orb.Point{4096, 2048}) > 1.5 {
		t.Errorf("line from %v to %v, want from the middle to the eastern edge", start, end)
	}
}

func distance(a, b orb.Point) float64 { return max(abs(a[0]-b[0]), abs(a[1]-b[1])) }

func abs(x float64) float64 { return max(x, -x) }

func TestEqualTilesAreEqualBytes(t *testing.T) {
	t.Parallel()
	l := open(t)
	for i := range 50 {
		l.add(t, orb.Point{dover[0] + float64(i)*1e-5, dover[1]}, map[string]any{"from_zoom": int64(0)})
	}
	first := l.bytes(t, maptile.At(dover, 12))
	for range 5 {
		if again := l.bytes(t, maptile.At(dover, 12)); !bytes.Equal(again, first) {
			t.Fatal("the same tile has other bytes: its ETag would change")
		}
	}
}

func TestTwoLayersOfOneNameAreRefused(t *testing.T) {
	t.Parallel()
	l := open(t)
	_, err := l.service.Tile(t.Context(), []tiles.Layer{l.layer, l.layer}, maptile.New(0, 0, 0))
	var e *kvartal.Error
	if !errors.As(err, &e) || e.Kind != kvartal.KindInvalid {
		t.Errorf("Tile = %v, want %v", err, kvartal.KindInvalid)
	}
}

func TestParseAddress(t *testing.T) {
	t.Parallel()
	if got, err := tiles.ParseAddress("14", "4755", "6263"); err != nil || got != maptile.New(4755, 6263, 14) {
		t.Errorf("ParseAddress = %v, %v", got, err)
	}
	for _, bad := range [][3]string{{"23", "0", "0"}, {"-1", "0", "0"}, {"x", "0", "0"}, {"1", "2", "0"}, {"1", "0", "2"}, {"0", "", "0"}, {"1", "1.5", "0"}, {"22", "4294967296", "0"}} {
		if _, err := tiles.ParseAddress(bad[0], bad[1], bad[2]); kvartal.KindOf(err) != kvartal.KindInvalid {
			t.Errorf("ParseAddress(%v) = %v, want %v", bad, err, kvartal.KindInvalid)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("14", "4755", "6263")
	f.Add("22", "4194304", "-0")
	f.Fuzz(func(t *testing.T, z, x, y string) {
		tile, err := tiles.ParseAddress(z, x, y)
		if err == nil && !tile.Valid() {
			t.Errorf("ParseAddress(%q, %q, %q) = %v, which is no tile", z, x, y, tile)
		}
	})
}
