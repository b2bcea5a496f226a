package auth

import (
	"context"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
)

// Role is what grants are given to and what accounts and keys have.
type Role struct{ Name, Title string }

// Roles returns all roles by name.
func (s *Service) Roles(ctx context.Context) ([]Role, error) {
	rows, err := s.pool.Query(ctx, "SELECT name, title FROM auth.role ORDER BY name")
	if err != nil {
		return nil, postgres.Translate(err, "list roles")
	}
	roles, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Role])
	return roles, postgres.Translate(err, "list roles")
}

// AddRole makes a role.
func (s *Service) AddRole(ctx context.Context, by Actor, r Role) error {
	if _, err := kvartal.ParseLayerID(r.Name); err != nil {
		return kvartal.Errorf(kvartal.KindInvalid, "%.60q is not the name of a role: use up to %d of a-z, 0-9 and _, beginning with a letter", r.Name, kvartal.MaxLayerID)
	}
	return s.change(ctx, by, "role.add", r.Name, r, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "INSERT INTO auth.role VALUES ($1, $2) ON CONFLICT DO NOTHING", r.Name, r.Title)
		if err == nil && tag.RowsAffected() == 0 {
			err = kvartal.Errorf(kvartal.KindConflict, "there is a role %q already", r.Name)
		}
		return err
	})
}

// DeleteRole takes a role, and what it was granted, away from all who have it.
func (s *Service) DeleteRole(ctx context.Context, by Actor, name string) error {
	if name == RolePublic || name == RoleAdministrator {
		return kvartal.Errorf(kvartal.KindInvalid, "role %q always exists", name)
	}
	return s.change(ctx, by, "role.delete", name, nil, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "DELETE FROM auth.role WHERE name = $1", name)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return unknown("role", name)
		}
		for _, sql := range []string{
			"UPDATE auth.account SET roles = array_remove(roles, $1) WHERE $1 = ANY (roles)",
			"UPDATE auth.key SET roles = array_remove(roles, $1) WHERE $1 = ANY (roles)",
		} {
			if _, err := tx.Exec(ctx, sql, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkRoles finds roles that do not exist.
func checkRoles(ctx context.Context, tx pgx.Tx, roles []string) error {
	var missing *string
	err := tx.QueryRow(ctx, "SELECT min(r) FROM unnest($1::text[]) AS r WHERE r NOT IN (SELECT name FROM auth.role)", list(roles)).Scan(&missing)
	if err == nil && missing != nil {
		err = unknown("role", *missing)
	}
	return err
}
