package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"kvartal/auth"
)

type keyCommand struct {
	List   keyListCommand   `cmd:"" help:"List the keys of other systems."`
	Add    keyAddCommand    `cmd:"" help:"Make a key and print it, once."`
	Delete keyDeleteCommand `cmd:"" help:"Make a key good for nothing."`
}

type keyListCommand struct{}

// Run lists the keys.
func (keyListCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withAuth(ctx, g, out, func(s *auth.Service, _ auth.Actor) error {
		keys, err := s.Keys(ctx)
		if err != nil {
			return err
		}
		return out.table("KEY\tROLES\tEXPIRES\tTITLE", func(w *tabwriter.Writer) {
			for _, k := range keys {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.ID, strings.Join(k.Roles, ","), k.Expires.Format(time.DateOnly), k.Title)
			}
		})
	})
}

type keyAddCommand struct {
	Title string   `arg:"" help:"What the key is for."`
	Role  []string `required:"" help:"Roles of the key." placeholder:"ROLE"`
	Days  int      `help:"Days until it expires." default:"365"`
}

// Run makes a key.
func (c keyAddCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withAuth(ctx, g, out, func(s *auth.Service, by auth.Actor) error {
		key, err := s.AddKey(ctx, by, c.Title, c.Role, time.Duration(c.Days)*24*time.Hour)
		if err != nil {
			return err
		}
		out.print("%s\nIt is shown this once. Systems send it as Authorization: Bearer KEY\n", key)
		return nil
	})
}

type keyDeleteCommand struct {
	ID string `arg:"" help:"The key's name in key list."`
}

// Run makes a key good for nothing.
func (c keyDeleteCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withAuth(ctx, g, out, func(s *auth.Service, by auth.Actor) error { return s.DeleteKey(ctx, by, c.ID) })
}
