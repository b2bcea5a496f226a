package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/project"

	"kvartal"
	"kvartal/layers"
	"kvartal/postgres"
	"kvartal/tiles"
	"kvartal/tiles/mvt"
	"kvartal/tiles/town"
)

const (
	editors       = 8
	editsASecond  = 1000
	editedSeconds = 10
)

// staleness measures how long after a thousand edits a second tiles show them,
// and looks for stale tiles on the node that edits.
func (b *tileBench) staleness(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	service := tiles.NewService(b.city.Resident, 256<<20)
	var took []time.Duration
	ended := make(chan error, 1)
	go func() {
		ended <- service.Follow(ctx, b.city.Follower, b.loaded, b.city.Store.Registry(), func(ctx context.Context, batch layers.Batch) error {
			err := b.city.Resident.Apply(ctx, batch)
			for _, c := range batch.Changes {
				took = append(took, time.Since(c.At))
			}
			return err
		})
	}()
	edited, stale, err := b.edit(ctx, service)
	stop()
	if followed := <-ended; err == nil && !errors.Is(followed, context.Canceled) {
		err = followed
	}
	if err != nil {
		return err
	}
	slices.Sort(took)
	all := load{took: took}
	b.section("staleness under edits", "measured", "target")
	b.figure("edits a second, one transaction each", fmt.Sprintf("%.0f", edited/editedSeconds), strconv.Itoa(editsASecond))
	for _, percent := range []int{50, 95, 99} {
		target := ""
		if percent == 95 {
			target = "200 ms"
		}
		b.figure(fmt.Sprintf("from statement to tiles, p%d", percent), milliseconds(all.percentile(percent)), target)
	}
	b.figure("stale tiles on the editing node", stale, "0")
	return nil
}

// edit edits at the pace wanted and reads tiles after some edits of its own.
func (b *tileBench) edit(ctx context.Context, service *tiles.Service) (edits float64, stale string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	counts, failures := make([]int, editors), make([]error, editors)
	for i := range editors {
		group.Go(func() { counts[i], failures[i] = b.editor(ctx, i) })
	}
	reads, wrong := 0, 0
	for end := time.Now().Add(editedSeconds * time.Second); time.Now().Before(end) && err == nil; reads++ {
		var fresh bool
		if fresh, err = b.readOwnWrite(ctx, service, reads); !fresh {
			wrong++
		}
	}
	cancel()
	group.Wait()
	for i, n := range counts {
		edits += float64(n)
		if err == nil {
			err = failures[i]
		}
	}
	return edits, fmt.Sprintf("%d of %d", wrong, reads), err
}

// editor makes its part of the edits, one row a transaction, and makes up for
// those that took too long.
func (b *tileBench) editor(ctx context.Context, number int) (edits int, err error) {
	random := rand.New(rand.NewPCG(uint64(number), 3)) //nolint:gosec // the same each time
	const pause = time.Second * editors / editsASecond
	for started := time.Now(); ; {
		select {
		case <-ctx.Done():
			return edits, nil
		case <-time.After(time.Until(started.Add(time.Duration(edits) * pause))):
		}
		_, err := b.db.app.Exec(ctx, "UPDATE layer.town_buildings SET storeys = 1 + (storeys + 1) % 9 WHERE id = $1", 2+random.IntN(b.Buildings-2))
		if err != nil && ctx.Err() == nil {
			return edits, postgres.Translate(err, "edit a building")
		}
		if err == nil {
			edits++
		}
	}
}

// readOwnWrite changes the first building and reports whether the next tile
// shows it.
func (b *tileBench) readOwnWrite(ctx context.Context, service *tiles.Service, number int) (bool, error) {
	d, err := b.city.Store.Registry().Layer(town.Buildings)
	if err != nil {
		return false, err
	}
	applied, err := b.city.Store.ApplyChangeset(ctx, "bench", kvartal.Changeset{CRS: kvartal.WGS84, Changes: []kvartal.Change{{
		Operation: kvartal.Update, Layer: d.ID, Feature: kvartal.Feature{ID: 1, Properties: map[string]any{"built_in": int64(number)}},
	}}})
	if err != nil {
		return false, err
	}
	if err := b.city.Follower.Await(ctx, applied.Token); err != nil {
		return false, err
	}
	at := project.Point(town.Bound(b.Buildings).Min, project.Mercator.ToWGS84)
	tile, err := service.Tile(ctx, []tiles.Layer{{Definition: d, View: d.View(kvartal.Public)}}, maptile.At(orb.Point{at[0] + 1e-5, at[1] + 1e-5}, 16))
	if err != nil {
		return false, err
	}
	shown, err := tile.Bytes(tiles.Identity)
	if err != nil {
		return false, err
	}
	decoded, err := mvt.Decode(shown)
	if err != nil {
		return false, err
	}
	for _, f := range decoded[0].Features {
		if f.ID == 1 {
			return fmt.Sprint(f.Properties["built_in"]) == strconv.Itoa(number), nil
		}
	}
	return false, nil
}
