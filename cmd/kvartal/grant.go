package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"kvartal"
	"kvartal/auth"
	"kvartal/layers"
	"kvartal/view"
)

type grantCommand struct {
	List   grantListCommand   `cmd:"" help:"List the grants beside those of the layers' definitions."`
	Give   grantGiveCommand   `cmd:"" help:"Let a role do something with a layer."`
	Revoke grantRevokeCommand `cmd:"" help:"Take a grant back."`
	Close  grantCloseCommand  `cmd:"" help:"Let the rights of a layer's definition hold no more: grants alone do."`
	Open   grantOpenCommand   `cmd:"" help:"Let the rights of a layer's definition hold again."`
}

type grantListCommand struct{}

// Run lists the grants.
func (grantListCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withAuth(ctx, g, out, func(s *auth.Service, _ auth.Actor) error {
		grants, err := s.Grants(ctx)
		if err != nil {
			return err
		}
		return out.table("ID\tROLE\tLAYER\tACTIONS\tATTRIBUTES\tMASKED\tROWS", func(w *tabwriter.Writer) {
			for _, g := range grants {
				_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", g.ID, g.Role, g.Layer, joinActions(g.Actions),
					strings.Join(g.Attributes, ","), strings.Join(g.Masked, ","), strings.TrimSpace(g.Filter+" "+g.Area))
			}
		})
	})
}

func joinActions(actions []view.Action) string {
	names := make([]string, len(actions))
	for i, a := range actions {
		names[i] = string(a)
	}
	return strings.Join(names, ",")
}

type grantGiveCommand struct {
	Role       string   `arg:"" help:"Who may."`
	Layer      string   `arg:"" help:"Id of the layer."`
	Actions    []string `arg:"" help:"What: see, identify, query, export, create, change, delete, history, manage."`
	Attributes []string `help:"Attributes that may be read; * is all that are not personal data." default:"*" placeholder:"NAME"`
	Masked     []string `help:"Attributes that may be read in part: the first letter, the year." placeholder:"NAME"`
	Filter     string   `help:"Only rows for which this is true (CQL2 text); principal.name is who asks." placeholder:"CQL2"`
	Area       string   `help:"Only features that reach into this polygon (WKT, longitude before latitude), or into a feature of a layer, as in districts/3." placeholder:"AREA"`
	Personal   bool     `help:"Personal data is meant to be read by everybody; needed only for the role public."`
}

// Run gives a grant that fits its layer.
func (c grantGiveCommand) Run(ctx context.Context, g *globals, out *output) error {
	db, err := openDatabase(ctx, g, g.logger(out.stderr))
	if err != nil {
		return err
	}
	defer db.Close()
	store, err := db.openStore(ctx, g)
	if err != nil {
		return err
	}
	grant, err := c.grant(ctx, store)
	if err != nil {
		return err
	}
	service, err := auth.Open(ctx, db.owner)
	if err != nil {
		return err
	}
	id, err := service.Give(ctx, localActor(), grant)
	if err != nil {
		return err
	}
	out.print("Grant %d holds from now on.\n", id)
	return nil
}

func (c grantGiveCommand) grant(ctx context.Context, store *layers.Store) (view.Grant, error) {
	d, err := store.Registry().Layer(kvartal.LayerID(c.Layer))
	if err != nil {
		return view.Grant{}, err
	}
	grant := view.Grant{
		Role: c.Role, Layer: d.ID, Attributes: c.Attributes, Masked: c.Masked, Filter: c.Filter, Area: c.Area, Personal: c.Personal,
	}
	for _, name := range c.Actions {
		action, err := view.ParseAction(name)
		if err != nil {
			return view.Grant{}, err
		}
		grant.Actions = append(grant.Actions, action)
	}
	principal := "somebody"
	if c.Role == auth.RolePublic {
		principal = ""
	}
	resolved, err := store.Resolve(ctx, grant, principal)
	if err == nil {
		_, err = store.Rule(d, resolved)
	}
	return grant, err
}

type grantRevokeCommand struct {
	ID int64 `arg:"" help:"Number of the grant, as in grant list."`
}

// Run takes a grant back.
func (c grantRevokeCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withAuth(ctx, g, out, func(s *auth.Service, by auth.Actor) error { return s.Revoke(ctx, by, c.ID) })
}

type grantCloseCommand struct {
	Layer string `arg:"" help:"Id of the layer."`
}

// Run lets grants alone hold for a layer.
func (c grantCloseCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withAuth(ctx, g, out, func(s *auth.Service, by auth.Actor) error {
		return s.Close(ctx, by, kvartal.LayerID(c.Layer), true)
	})
}

type grantOpenCommand struct {
	Layer string `arg:"" help:"Id of the layer."`
}

// Run lets the rights of a definition hold again.
func (c grantOpenCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withAuth(ctx, g, out, func(s *auth.Service, by auth.Actor) error {
		return s.Close(ctx, by, kvartal.LayerID(c.Layer), false)
	})
}
