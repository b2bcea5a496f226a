package auth

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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
	rows, err := pool.Query(ctx, `SELECT id, role, layer, actions, attributes, masked, writable, hidden, filter, area, personal FROM auth.access ORDER BY id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (view.Grant, error) {
		var g view.Grant
		err := row.Scan(&g.ID, &g.Role, &g.Layer, &g.Actions, &g.Attributes, &g.Masked, &g.Writable, &g.Hidden, &g.Filter, &g.Area, &g.Personal)
		return g, err
	})
}

// Give adds a grant and returns its id. The caller has fitted it to its layer
// (layers.Store.Rule).
func (s *Service) Give(ctx context.Context, by Actor, g view.Grant) (int64, error) {
	if err := checkActions(g); err != nil {
		return 0, err
	}
	c := grantChange(by, "grant.give", g)
	err := s.change(ctx, c, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `INSERT INTO auth.access (role, layer, actions, attributes, masked, writable, hidden, filter, area, personal)
			SELECT name, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM auth.role WHERE name = $1 RETURNING id`, grantValues(g)...).Scan(&g.ID)
		c.key = g.ID
		return orUnknown(err, "role", g.Role)
	})
	return g.ID, err
}

// Replace puts a grant in the place of that of the same id and role. The caller
// has fitted it to its layer.
func (s *Service) Replace(ctx context.Context, by Actor, g view.Grant) error {
	if err := checkActions(g); err != nil {
		return err
	}
	return s.change(ctx, grantChange(by, "grant.replace", g), func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE auth.access SET layer = $2, actions = $3, attributes = $4, masked = $5, writable = $6, hidden = $7,
			filter = $8, area = $9, personal = $10 WHERE role = $1 AND id = $11`, append(grantValues(g), g.ID)...)
		return orNoGrant(tag, err, g.ID)
	})
}

// Revoke takes a grant back.
func (s *Service) Revoke(ctx context.Context, by Actor, id int64) error {
	return s.revoke(ctx, by, id, "")
}

// RevokeFrom takes a grant back that is one of the role's.
func (s *Service) RevokeFrom(ctx context.Context, by Actor, role string, id int64) error {
	return s.revoke(ctx, by, id, role)
}

func (s *Service) revoke(ctx context.Context, by Actor, id int64, role string) error {
	c := &change{by: by, action: "grant.revoke", detail: map[string]any{"id": id}, state: stateGrant, key: id}
	return s.change(ctx, c, func(tx pgx.Tx) error {
		var layer, from string
		err := tx.QueryRow(ctx, "DELETE FROM auth.access WHERE id = $1 AND ($2 = '' OR role = $2) RETURNING layer, role", id, role).Scan(&layer, &from)
		if errors.Is(err, pgx.ErrNoRows) {
			return errNoGrant(id)
		}
		c.subject, c.detail["layer"] = layer+" to "+from, layer
		return err
	})
}

func checkActions(g view.Grant) error {
	if len(g.Actions) == 0 {
		return kvartal.Errorf(kvartal.KindInvalid, "a grant needs an action: name some of %v", view.Actions()).In("actions")
	}
	return nil
}

func grantChange(by Actor, action string, g view.Grant) *change {
	detail := told(g)
	detail["layer"] = g.Layer
	c := &change{by: by, action: action, subject: string(g.Layer) + " to " + g.Role, detail: detail, state: stateGrant}
	if g.ID != 0 {
		c.key = g.ID
	}
	return c
}

func grantValues(g view.Grant) []any {
	return []any{g.Role, string(g.Layer), g.Actions, list(g.Attributes), list(g.Masked), list(g.Writable), list(g.Hidden), g.Filter, g.Area, g.Personal}
}

func orNoGrant(tag pgconn.CommandTag, err error, id int64) error {
	if err == nil && tag.RowsAffected() == 0 {
		err = errNoGrant(id)
	}
	return err
}

func errNoGrant(id int64) error {
	return kvartal.Errorf(kvartal.KindNotFound, "there is no grant %d: see the list of grants", id)
}

// Close lets the rights of a layer's own definition hold no more, or again.
func (s *Service) Close(ctx context.Context, by Actor, layer kvartal.LayerID, closed bool) error {
	return s.change(ctx, &change{by: by, action: "layer.close", subject: string(layer), detail: map[string]any{"closed": closed, "layer": layer}}, func(tx pgx.Tx) error {
		sql := "DELETE FROM auth.closed WHERE layer = $1"
		if closed {
			sql = "INSERT INTO auth.closed VALUES ($1) ON CONFLICT DO NOTHING"
		}
		_, err := tx.Exec(ctx, sql, string(layer))
		return err
	})
}

// Closed reports whether the rights of a layer's own definition do not hold.
func (p *Policy) Closed(layer kvartal.LayerID) bool { return p.closed[layer] }

// list is an array that is not NULL.
func list(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}
