package tiles_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"kvartal"
	"kvartal/layers"
	"kvartal/tiles"
)

// TestNoTileIsOlderThanAnAcknowledgedChange hunts stale tiles: writers change
// and move features while readers keep the cache warm; once a writer's change
// has been applied, every tile must show it.
func TestNoTileIsOlderThanAnAcknowledgedChange(t *testing.T) {
	t.Parallel()
	l := open(t)
	service := tiles.NewService(l.kept, 1<<24)
	follower := layers.NewFollower(l.store, layers.FollowerConfig{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- service.Follow(ctx, follower, layers.Cursor{}, l.store.Registry(), l.kept.Apply) }()
	const writers, edits, zoom = 4, 25, 14
	var group sync.WaitGroup
	reading, stopReading := context.WithCancel(ctx)
	for writer := range writers {
		group.Go(func() {
			place := orb.Point{dover[0] + float64(writer)*0.001, dover[1]}
			id := l.create(t, follower, place)
			for edit := range edits {
				name := fmt.Sprintf("%d:%d", writer, edit)
				// Every fifth edit moves the lamp to another tile.
				if edit%5 == 4 {
					place[0] += 0.03
				}
				l.edit(t, follower, id, place, name)
				if got := lampIn(t, service, l.layer, maptile.At(place, zoom), id); got != name {
					t.Errorf("after edit %s the tile shows %q", name, got)
				}
			}
		})
	}
	go func() { // keeps every tile of the area in the cache
		for reading.Err() == nil {
			for i := range 8 {
				at := orb.Point{dover[0] + float64(i)*0.02, dover[1]}
				_, _ = service.Tile(reading, []tiles.Layer{l.layer}, maptile.At(at, zoom))
			}
		}
	}()
	group.Wait()
	stopReading()
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Follow = %v, want %v", err, context.Canceled)
	}
}

func (l lamps) create(t *testing.T, follower *layers.Follower, place orb.Point) kvartal.FeatureID {
	return l.apply(t, follower, kvartal.Change{Operation: kvartal.Create, Layer: "lamps", Feature: kvartal.Feature{
		Geometry: place, Properties: map[string]any{"from_zoom": int64(0)},
	}})
}

func (l lamps) edit(t *testing.T, follower *layers.Follower, id kvartal.FeatureID, place orb.Point, name string) {
	l.apply(t, follower, kvartal.Change{Operation: kvartal.Update, Layer: "lamps", Feature: kvartal.Feature{
		ID: id, Geometry: place, Properties: map[string]any{"name": name},
	}})
}

// apply makes a change and waits until it has been applied.
func (l lamps) apply(t *testing.T, follower *layers.Follower, change kvartal.Change) kvartal.FeatureID {
	applied, err := l.store.ApplyChangeset(t.Context(), "test", kvartal.Changeset{CRS: kvartal.WGS84, Changes: []kvartal.Change{change}})
	if err != nil {
		t.Error(err)
		return 0
	}
	if err := follower.Await(t.Context(), applied.Token); err != nil {
		t.Error(err)
	}
	return applied.IDs[0]
}

// lampIn returns the name of a lamp in a tile, or "" if it is not there.
func lampIn(t *testing.T, service *tiles.Service, layer tiles.Layer, tile maptile.Tile, id kvartal.FeatureID) string {
	packed, err := service.Tile(t.Context(), []tiles.Layer{layer}, tile)
	if err != nil {
		t.Error(err)
		return ""
	}
	b, err := packed.Bytes(tiles.Identity)
	if err != nil {
		t.Error(err)
	}
	decoded, err := mvt.Unmarshal(b)
	if err != nil {
		t.Error(err)
	}
	for _, layer := range decoded {
		for _, f := range layer.Features {
			if fmt.Sprint(f.ID) == strconv.FormatInt(int64(id), 10) {
				return fmt.Sprint(f.Properties["name"])
			}
		}
	}
	return ""
}
