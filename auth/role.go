package auth

import (
	"context"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
)

// Role is what grants are given to and what accounts and keys have.
type Role struct {
	Name, Title string
	// How many have it, which only lists of roles tell.
	Users, Keys, Grants int `json:"-"`
}

// Builtin reports whether the role always exists.
func (r Role) Builtin() bool { return r.Name == RolePublic || r.Name == RoleAdministrator }

// Roles returns all roles by name.
func (s *Service) Roles(ctx context.Context) ([]Role, error) {
	rows, err := s.pool.Query(ctx, `SELECT name, title, (SELECT count(*) FROM auth.account AS a WHERE r.name = ANY (a.roles)),
		(SELECT count(*) FROM auth.key AS k WHERE r.name = ANY (k.roles)), (SELECT count(*) FROM auth.access AS g WHERE g.role = r.name)
		FROM auth.role AS r ORDER BY name`)
	if err != nil {
		return nil, postgres.Translate(err, "list roles")
	}
	roles, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Role])
	return roles, postgres.Translate(err, "list roles")
}

// AddRole makes a role.
func (s *Service) AddRole(ctx context.Context, by Actor, r Role) error {
	if _, err := kvartal.ParseLayerID(r.Name); err != nil {
		return kvartal.Errorf(kvartal.KindInvalid, "%.60q is not the name of a role: use up to %d of a-z, 0-9 and _, beginning with a letter", r.Name, kvartal.MaxLayerID).In("name")
	}
	if err := checkTitle(r.Title); err != nil {
		return err
	}
	return s.change(ctx, roleChange(by, "role.add", r), func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "INSERT INTO auth.role VALUES ($1, $2) ON CONFLICT DO NOTHING", r.Name, r.Title)
		if err == nil && tag.RowsAffected() == 0 {
			err = kvartal.Errorf(kvartal.KindConflict, "there is a role %q already", r.Name).In("name")
		}
		return err
	})
}

func roleChange(by Actor, action string, r Role) *change {
	return &change{by: by, action: action, subject: r.Name, detail: told(r), state: stateRole, key: r.Name}
}

// RenameRole gives a role another title.
func (s *Service) RenameRole(ctx context.Context, by Actor, r Role) error {
	if err := checkTitle(r.Title); err != nil {
		return err
	}
	return s.change(ctx, roleChange(by, "role.change", r), func(tx pgx.Tx) error {
		return found(ctx, tx, "role", r.Name, "UPDATE auth.role SET title = $2 WHERE name = $1", r.Name, r.Title)
	})
}

// DeleteRole takes a role, and what it was granted, away from all who have it.
func (s *Service) DeleteRole(ctx context.Context, by Actor, name string) error {
	if r := (Role{Name: name}); r.Builtin() {
		return kvartal.Errorf(kvartal.KindInvalid, "role %q always exists", name)
	}
	return s.change(ctx, roleChange(by, "role.delete", Role{Name: name}), func(tx pgx.Tx) error {
		if err := found(ctx, tx, "role", name, "DELETE FROM auth.role WHERE name = $1", name); err != nil {
			return err
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
		err = kvartal.Errorf(kvartal.KindInvalid, "there is no role %.60q", *missing).In("roles")
	}
	return err
}
