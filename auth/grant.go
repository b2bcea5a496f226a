package auth

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kvartal"
	"kvartal/postgres"
	"kvartal/view"
)

// Grants returns all grants but those of definitions, in the order they were given.
func (s *Service) Grants(ctx context.Context) ([]view.Grant, error) {
	grants, err := listGrants(ctx, s.pool)
	return grants, postgres.Translate(err, "list grants")
}

func listGrants(ctx context.Context, pool *pgxpool.Pool) ([]view.Grant, error) {
	rows, err := pool.Query(ctx, `SELECT id, role, layer, actions, attributes, masked, filter, area, personal FROM auth.access ORDER BY id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (view.Grant, error) {
		var g view.Grant
		err := row.Scan(&g.ID, &g.Role, &g.Layer, &g.Actions, &g.Attributes, &g.Masked, &g.Filter, &g.Area, &g.Personal)
		return g, err
	})
}

// Give adds a grant and returns its id. The caller has fitted it to its layer
// (layers.Store.Rule).
func (s *Service) Give(ctx context.Context, by Actor, g view.Grant) (int64, error) {
	if len(g.Actions) == 0 {
		return 0, kvartal.Errorf(kvartal.KindInvalid, "a grant needs an action: name some of %v", view.Actions())
	}
	var id int64
	err := s.change(ctx, by, "grant.give", string(g.Layer)+" to "+g.Role, g, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `INSERT INTO auth.access (role, layer, actions, attributes, masked, filter, area, personal)
			SELECT name, $2, $3, $4, $5, $6, $7, $8 FROM auth.role WHERE name = $1 RETURNING id`,
			g.Role, string(g.Layer), g.Actions, list(g.Attributes), list(g.Masked), g.Filter, g.Area, g.Personal).Scan(&id)
		return orUnknown(err, "role", g.Role)
	})
	return id, err
}

// Revoke takes a grant back.
func (s *Service) Revoke(ctx context.Context, by Actor, id int64) error {
	return s.change(ctx, by, "grant.revoke", "", map[string]int64{"id": id}, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "DELETE FROM auth.access WHERE id = $1", id)
		if err == nil && tag.RowsAffected() == 0 {
			err = kvartal.Errorf(kvartal.KindNotFound, "there is no grant %d: see the list of grants", id)
		}
		return err
	})
}

// Close lets the rights of a layer's own definition hold no more, or again.
func (s *Service) Close(ctx context.Context, by Actor, layer kvartal.LayerID, closed bool) error {
	return s.change(ctx, by, "layer.close", string(layer), map[string]bool{"closed": closed}, func(tx pgx.Tx) error {
		sql := "DELETE FROM auth.closed WHERE layer = $1"
		if closed {
			sql = "INSERT INTO auth.closed VALUES ($1) ON CONFLICT DO NOTHING"
		}
		_, err := tx.Exec(ctx, sql, string(layer))
		return err
	})
}

// list is an array that is not NULL.
func list(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}
