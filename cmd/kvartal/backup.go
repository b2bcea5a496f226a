package main

import (
	"context"

	"kvartal/postgres"
)

type backupCommand struct {
	File string `arg:"" help:"File to write; one of that name is replaced when the backup is complete." placeholder:"FILE"`
}

// Run writes a backup while everybody goes on working.
func (c backupCommand) Run(ctx context.Context, g *globals, out *output) error {
	db, err := reach(ctx, g, g.logger(out.stderr), postgres.JoinCluster)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := postgres.Backup(ctx, db.url(postgres.Owner), c.File, out.tables("backing up")); err != nil {
		return err
	}
	out.print("The backup is complete and checked: %s\n", c.File)
	return nil
}

type restoreCommand struct {
	File  string `arg:"" help:"Backup to read." type:"existingfile" placeholder:"FILE"`
	Force bool   `help:"Replace what the database holds."`
}

// Run fills the database from a backup. No server may run on the data folder.
func (c restoreCommand) Run(ctx context.Context, g *globals, out *output) error {
	db, err := reach(ctx, g, g.logger(out.stderr), postgres.StartCluster)
	if err != nil {
		return err
	}
	defer db.Close()
	options := postgres.RestoreOptions{Replace: c.Force, Progress: out.tables("restoring")}
	if err := postgres.Restore(ctx, db.url(postgres.Owner), c.File, options); err != nil {
		return err
	}
	out.print("The database is restored from %s\n", c.File)
	return nil
}

// tables shows which table a long command is at.
func (o *output) tables(doing string) postgres.Progress {
	return func(table string, done, total int) {
		o.note("%s %d/%d %s\n", doing, done+1, total, table)
	}
}
