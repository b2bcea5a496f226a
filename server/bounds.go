package server

import (
	"context"

	"github.com/paulmach/orb"

	"kvartal/tiles"
)

// boundsOf returns where the features of the layers lie, in longitude and
// latitude, or nil if none has a feature.
func boundsOf(ctx context.Context, city *City, wanted []tiles.Layer) (*orb.Bound, error) {
	var all *orb.Bound
	for _, l := range wanted {
		b, known, err := city.Store.Bounds(ctx, l.Definition)
		if err != nil {
			return nil, err
		}
		switch {
		case !known:
		case all == nil:
			all = &b
		default:
			union := all.Union(b)
			all = &union
		}
	}
	return all, nil
}
