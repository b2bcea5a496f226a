package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/project"
	"golang.org/x/sys/unix"

	"kvartal"
	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/tiles/resident"
	"kvartal/tiles/town"
	"kvartal/view"
)

// load measures loading layers one after the other, and the memory they take.
func (b *tileBench) load(ctx context.Context) error {
	b.section("loading, one connection, features a second", "by the clock", "of our CPU")
	started, spent := time.Now(), spentCPU()
	one := resident.New(resident.Config{Pool: b.db.app, Store: b.city.Store, Workers: 1, Log: b.db.log, Progress: func(s resident.Stats) {
		if n := float64(s.Features); n >= 50_000 {
			b.figure(fmt.Sprintf("%s, %d features, %.0f B each", s.Layer, s.Features, float64(s.Bytes)/n),
				fmt.Sprintf("%.0f", n/time.Since(started).Seconds()), fmt.Sprintf("%.0f", n/(spentCPU()-spent).Seconds()))
		}
		started, spent = time.Now(), spentCPU()
	}})
	start, err := b.city.Follower.Begin(ctx, nil)
	if err != nil {
		return err
	}
	defer start.Done()
	if err := one.Load(ctx, start.Snapshot); err != nil {
		return err
	}
	b.city.Resident, b.loaded = one, start.Cursor
	features := 0
	for _, s := range one.Snapshot().Stats() {
		features += s.Features
	}
	b.figure("all layers", fmt.Sprintf("%d features", features), "")
	return nil
}

// spentCPU is the time that processors have worked for this process.
func spentCPU() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		panic(err) // there is nothing to it that could fail
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// wilmington is the densest place of the base map.
func wilmington() orb.Point { return orb.Point{-75.55, 39.745} }

// cold measures tiles that nobody has asked for before, from memory and by the
// prepared ST_AsMVT statement, which draws every feature. Both are the time until
// the bytes of the tile are here, before they are compressed.
func (b *tileBench) cold(ctx context.Context) error {
	b.section("cold tiles, not compressed (kB: gzip)", "memory", "ST_AsMVT")
	for _, z := range []maptile.Zoom{10, 11, 12, 13, 14, 15, 16} {
		if err := b.coldLine(ctx, town.Buildings, "buildings", z, tilesIn(town.Bound(b.Buildings), z)); err != nil {
			return err
		}
	}
	if err := b.coldRules(ctx); err != nil {
		return err
	}
	for _, other := range []struct {
		layer kvartal.LayerID
		zooms []maptile.Zoom
	}{
		{town.Parcels, []maptile.Zoom{12, 14, 16}},
		{town.Trees, []maptile.Zoom{12, 14, 16}},
		{town.Streets, []maptile.Zoom{10, 12, 14, 16}},
	} {
		for _, z := range other.zooms {
			if err := b.coldLine(ctx, other.layer, string(other.layer), z, tilesIn(town.Bound(b.Buildings), z)); err != nil {
				return err
			}
		}
	}
	for _, layer := range []kvartal.LayerID{"base_streets", "base_buildings", "base_land"} {
		for _, z := range []maptile.Zoom{8, 10, 12, 14} {
			if err := b.coldLine(ctx, layer, "Delaware "+string(layer), z, []maptile.Tile{maptile.At(wilmington(), z)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// coldRules measures tiles of those who may see some rows only.
func (b *tileBench) coldRules(ctx context.Context) error {
	d, err := b.city.Store.Registry().Layer(town.Buildings)
	if err != nil {
		return err
	}
	low, high := town.Bound(b.Buildings).Min, town.Bound(b.Buildings).Center()
	half := orb.Bound{Min: low, Max: orb.Point{high[0], high[1] + (high[1] - low[1])}}
	area := wkt.MarshalString(project.Bound(half, project.Mercator.ToWGS84).ToPolygon())
	for _, some := range []struct {
		name  string
		grant view.Grant
	}{
		{"buildings with storeys >= 5", view.Grant{Filter: "storeys >= 5"}},
		{"buildings of the western half", view.Grant{Area: area}},
	} {
		some.grant.Actions, some.grant.Attributes = []view.Action{view.See}, []string{view.EveryAttribute}
		rule, err := b.city.Store.Rule(d, some.grant)
		if err != nil {
			return err
		}
		v := view.Of(d.ID, rule)
		started := time.Now()
		if _, _, err := b.city.Resident.Now().Encode(ctx, d, v, maptile.New(0, 0, tiles.MaxZoom)); err != nil {
			return err
		}
		b.figure("finding the "+some.name+", once", milliseconds(time.Since(started)), "")
		for _, z := range []maptile.Zoom{10, 12, 14, 16} {
			if err := b.coldView(ctx, d, v, some.name, z, tilesIn(town.Bound(b.Buildings), z)); err != nil {
				return err
			}
		}
	}
	return nil
}

// mostCold is how many tiles of a zoom are measured.
const mostCold = 16

// tilesIn are the tiles of a zoom in the middle of a bound in EPSG:3857.
func tilesIn(bound orb.Bound, z maptile.Zoom) (out []maptile.Tile) {
	at := func(p orb.Point) maptile.Tile { return maptile.At(project.Point(p, project.Mercator.ToWGS84), z) }
	first, last, middle := at(bound.Min), at(bound.Max), at(bound.Center())
	const around = 2
	for x := max(first.X, middle.X-around); x <= min(last.X, middle.X+around-1); x++ {
		for y := max(last.Y, middle.Y-around); y <= min(first.Y, middle.Y+around-1); y++ {
			out = append(out, maptile.New(x, y, z))
		}
	}
	return out[:min(len(out), mostCold)]
}

func (b *tileBench) coldLine(ctx context.Context, id kvartal.LayerID, name string, z maptile.Zoom, at []maptile.Tile) error {
	d, err := b.city.Store.Registry().Layer(id)
	if err != nil {
		return err
	}
	if int(z) < d.Tiles.MinZoom || b.empty(id) {
		return nil
	}
	return b.coldView(ctx, d, d.View(kvartal.Public), name, z, at)
}

func (b *tileBench) coldView(ctx context.Context, d *layers.Definition, v view.View, name string, z maptile.Zoom, at []maptile.Tile) error {
	database := tiles.NewPostGIS(b.db.app, b.city.Store)
	encode := func(e tiles.Encoder, t maptile.Tile) (time.Duration, []byte, tiles.Report, error) {
		started := time.Now()
		tile, report, err := e.Encode(ctx, d, v, t)
		return time.Since(started), tile, report, err
	}
	// Six times, because a statement is planned for good after five.
	for range 6 {
		if _, _, _, err := encode(database, maptile.New(0, 0, 22)); err != nil {
			return err
		}
	}
	var ours, theirs time.Duration
	features, size := 0, 0
	for _, t := range at { // in turns, so that both meet the same machine
		took, tile, report, err := encode(b.city.Resident.Now(), t)
		if err != nil {
			return err
		}
		ours += took
		features, size = max(features, report.Features), max(size, gzipSize(tile))
		if took, _, _, err = encode(database, t); err != nil {
			return err
		}
		theirs += took
	}
	n := time.Duration(len(at))
	b.line(fmt.Sprintf("cold z%d %s, %d features, %d kB", z, name, features, size/1000),
		milliseconds(ours/n), milliseconds(theirs/n), float64(theirs)/float64(ours))
	return nil
}

func (b *tileBench) empty(id kvartal.LayerID) bool {
	for _, s := range b.city.Resident.Snapshot().Stats() {
		if s.Layer == id {
			return s.Features == 0
		}
	}
	return true
}

func gzipSize(tile []byte) int {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(tile) // to memory
	_ = w.Close()
	return out.Len()
}
