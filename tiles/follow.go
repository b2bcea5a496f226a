package tiles

import (
	"context"

	"github.com/paulmach/orb"

	"kvartal/layers"
)

// Follow brings each batch that the follower finds after a cursor to the source
// by apply and then notes what changed, until ctx ends. Its error is ctx's.
func (s *Service) Follow(ctx context.Context, follower *layers.Follower, from layers.Cursor, registry *layers.Registry,
	apply func(context.Context, layers.Batch) error,
) error {
	return follower.Run(ctx, from, func(ctx context.Context, b layers.Batch) error {
		// In this order: a tile asked for after a change is noted is made of a
		// source that has it, and one made before is not kept as being of later.
		if err := apply(ctx, b); err != nil {
			return err
		}
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
