package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"kvartal/auth"
)

type roleCommand struct {
	List   roleListCommand   `cmd:"" help:"List the roles."`
	Add    roleAddCommand    `cmd:"" help:"Make a role."`
	Delete roleDeleteCommand `cmd:"" help:"Remove a role and all it was granted."`
}

type roleListCommand struct{}

// Run lists the roles.
func (roleListCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withAuth(ctx, g, out, func(s *auth.Service, _ auth.Actor) error {
		roles, err := s.Roles(ctx)
		if err != nil {
			return err
		}
		return out.table("ROLE\tTITLE", func(w *tabwriter.Writer) {
			for _, r := range roles {
				_, _ = fmt.Fprintf(w, "%s\t%s\n", r.Name, r.Title)
			}
		})
	})
}

type roleAddCommand struct {
	Name  string `arg:"" help:"Name of the role."`
	Title string `help:"Name for people."`
}

// Run makes a role.
func (c roleAddCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withAuth(ctx, g, out, func(s *auth.Service, by auth.Actor) error {
		return s.AddRole(ctx, by, auth.Role{Name: c.Name, Title: c.Title})
	})
}

type roleDeleteCommand struct {
	Name string `arg:"" help:"Name of the role."`
}

// Run removes a role.
func (c roleDeleteCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withAuth(ctx, g, out, func(s *auth.Service, by auth.Actor) error { return s.DeleteRole(ctx, by, c.Name) })
}
