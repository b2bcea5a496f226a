package server

import (
	"context"
	"slices"

	"github.com/paulmach/orb"

	"kvartal/tiles"
	"kvartal/view"
)

// knowsExtent reports whether a view shows every row, at least where: the extent
// of a layer tells where its outermost rows are.
func knowsExtent(v view.View) bool {
	return slices.ContainsFunc(v.Actions, func(a view.Action) bool {
		return slices.ContainsFunc(v.For(a).Rules, func(r view.Rule) bool { return r.Rows == nil })
	})
}

// boundsOf returns where the features of the layers lie, in longitude and
// latitude, or nil if none has a feature.
func boundsOf(ctx context.Context, city *City, wanted []tiles.Layer) (*orb.Bound, error) {
	var all *orb.Bound
	for _, l := range wanted {
		if !knowsExtent(l.View) {
			continue
		}
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
