package auth

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kvartal"
	"kvartal/view"
)

// Policy is all grants of one moment. It does not change.
type Policy struct {
	version int64
	grants  map[kvartal.LayerID][]view.Grant
	closed  map[kvartal.LayerID]bool
	areas   map[kvartal.LayerID]bool
}

func readPolicy(ctx context.Context, pool *pgxpool.Pool, version int64) (*Policy, error) {
	p := &Policy{version: version, grants: map[kvartal.LayerID][]view.Grant{}, closed: map[kvartal.LayerID]bool{}, areas: map[kvartal.LayerID]bool{}}
	grants, err := listGrants(ctx, pool)
	if err != nil {
		return nil, err
	}
	for _, g := range grants {
		p.grants[g.Layer] = append(p.grants[g.Layer], g)
		if layer, _, ok := g.FeatureArea(); ok {
			p.areas[layer] = true
		}
	}
	rows, err := pool.Query(ctx, "SELECT layer FROM auth.closed")
	if err != nil {
		return nil, err
	}
	closed, err := pgx.CollectRows(rows, pgx.RowTo[kvartal.LayerID])
	for _, layer := range closed {
		p.closed[layer] = true
	}
	return p, err
}

// Version numbers policies; a later one is greater.
func (p *Policy) Version() int64 { return p.version }

// AreaLayers are the layers whose features are areas of grants.
func (p *Policy) AreaLayers() map[kvartal.LayerID]bool { return p.areas }

// Grants returns what roles are granted on a layer. The grants of its definition
// are among them unless the layer is closed.
func (p *Policy) Grants(layer kvartal.LayerID, defaults []view.Grant, roles []string) []view.Grant {
	var out []view.Grant
	if !p.closed[layer] {
		out = grantedTo(roles, defaults)
	}
	return append(out, grantedTo(roles, p.grants[layer])...)
}

func grantedTo(roles []string, grants []view.Grant) []view.Grant {
	var out []view.Grant
	for _, g := range grants {
		if slices.Contains(roles, g.Role) {
			out = append(out, g)
		}
	}
	return out
}
