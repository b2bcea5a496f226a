package tiles

import (
	"context"

	"github.com/paulmach/orb"

	"kvartal/layers"
)

// Follow notes the changes of each batch that the follower brings, until ctx
// ends. Its error is ctx's.
func (s *Service) Follow(ctx context.Context, follower *layers.Follower, registry *layers.Registry) error {
	return follower.Run(ctx, layers.Cursor{}, func(_ context.Context, b layers.Batch) error {
		if areas := areasOf(b, registry); len(areas) > 0 {
			s.Changed(areas)
		}
		return nil
	})
}

// areasOf returns where layers changed in a batch: the old place and the new.
func areasOf(b layers.Batch, registry *layers.Registry) []Area {
	var areas []Area
	if b.ReloadAll {
		for _, d := range registry.Layers() {
			areas = append(areas, Area{d.ID, Everywhere()})
		}
		return areas
	}
	for _, c := range b.Changes {
		for _, bound := range []*orb.Bound{c.Old, c.New} {
			if bound != nil {
				areas = append(areas, Area{c.Layer, *bound})
			}
		}
	}
	return areas
}
