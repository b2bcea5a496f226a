package auth

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
)

// SignInAs begins a session of whoever a provider says somebody is. An account
// belongs to an identity by issuer and subject alone: names and e-mail addresses
// can change hands. Who comes first gets an account without a password. The
// roles that the provider decides are those of its groups now.
func (s *Service) SignInAs(ctx context.Context, by Actor, who Identity) (token string, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// Two first sign-ins at once make one account.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('auth.identity' || $1 || ' ' || $2, 0))", who.Issuer, who.Subject); err != nil {
			return err
		}
		var id int64
		var a Account
		err := tx.QueryRow(ctx, `SELECT a.id, a.name, a.roles, a.disabled FROM auth.identity AS i JOIN auth.account AS a ON a.id = i.account
			WHERE i.issuer = $1 AND i.subject = $2`, who.Issuer, who.Subject).Scan(&id, &a.Name, &a.Roles, &a.Disabled)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			id, a.Name, err = who.join(ctx, tx)
		case err == nil && a.Disabled:
			err = kvartal.Errorf(kvartal.KindForbidden, "the account is disabled: ask an administrator")
		case err == nil:
			err = who.takeRoles(ctx, tx, id, a.Roles)
		}
		if err != nil {
			return err
		}
		by.Principal.Name = a.Name
		token, err = beginSession(ctx, tx, by, id)
		return err
	})
	if err != nil {
		return "", postgres.Translate(err, "sign in by "+who.Provider)
	}
	return token, s.Refresh(ctx)
}

// join makes the account of an identity.
func (who Identity) join(ctx context.Context, tx pgx.Tx) (id int64, name string, err error) {
	name, err = who.freeName(ctx, tx)
	if err != nil {
		return 0, "", err
	}
	err = tx.QueryRow(ctx, "INSERT INTO auth.account (name, title, roles) SELECT $1, $2, ARRAY(SELECT name FROM auth.role WHERE name = ANY ($3) ORDER BY name) RETURNING id",
		name, strings.ToValidUTF8(clip(who.Title), ""), list(who.Roles)).Scan(&id)
	if err != nil {
		return 0, "", err
	}
	_, err = tx.Exec(ctx, "INSERT INTO auth.identity (issuer, subject, provider, account) VALUES ($1, $2, $3, $4)", who.Issuer, who.Subject, who.Provider, id)
	if err != nil {
		return 0, "", err
	}
	by := Actor{Principal: kvartal.Principal{Name: name}}
	return id, name, appendEvent(ctx, tx, by, "account.join", name, map[string]any{"provider": who.Provider, "subject": who.Subject, "roles": who.Roles})
}

// freeName is a name that no account has: never that of another account, which
// is not this person's.
func (who Identity) freeName(ctx context.Context, tx pgx.Tx) (name string, err error) {
	base := strings.ToLower(who.Name)
	if !accountName.MatchString(base) || len(base) > 80 {
		base = who.Provider
	}
	err = tx.QueryRow(ctx, `SELECT n FROM (SELECT $1 AS n, 0 AS i UNION ALL SELECT $1 || '.' || i, i FROM generate_series(2, 100000) AS i) AS names
		WHERE NOT EXISTS (SELECT FROM auth.account WHERE name = n) ORDER BY i LIMIT 1`, base).Scan(&name)
	return name, err
}

// takeRoles gives the account the roles that the provider decides and leaves it
// the others.
func (who Identity) takeRoles(ctx context.Context, tx pgx.Tx, id int64, old []string) error {
	roles := slices.DeleteFunc(slices.Clone(old), func(r string) bool { return slices.Contains(who.managed, r) })
	roles = append(roles, who.Roles...)
	slices.Sort(roles)
	roles = slices.Compact(roles)
	before := slices.Sorted(slices.Values(old))
	if slices.Equal(roles, before) {
		return nil
	}
	_, err := tx.Exec(ctx, "UPDATE auth.account SET roles = ARRAY(SELECT name FROM auth.role WHERE name = ANY ($2) ORDER BY name) WHERE id = $1", id, list(roles))
	if err != nil {
		return err
	}
	by := Actor{Principal: kvartal.System("oidc")}
	return appendEvent(ctx, tx, by, "account.roles", who.Subject, map[string]any{"provider": who.Provider, "old": before, "new": roles})
}
