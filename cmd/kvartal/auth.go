package main

import (
	"context"
	"fmt"
	"os/user"
	"text/tabwriter"

	"kvartal"
	"kvartal/auth"
)

// withAuth runs do with accounts, roles and grants.
func withAuth(ctx context.Context, g *globals, out *output, do func(*auth.Service, auth.Actor) error) error {
	db, err := openDatabase(ctx, g, g.logger(out.stderr))
	if err != nil {
		return err
	}
	defer db.Close()
	service, err := auth.Open(ctx, db.owner)
	if err != nil {
		return err
	}
	return do(service, localActor())
}

// localActor is whoever runs a command on this machine, for the audit log.
func localActor() auth.Actor {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return auth.Actor{Principal: kvartal.Principal{Name: "local:" + name}, Address: "local"}
}

// table writes rows in columns.
func (o *output) table(header string, rows func(w *tabwriter.Writer)) error {
	w := tabwriter.NewWriter(o.stdout, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, header)
	rows(w)
	return w.Flush()
}
