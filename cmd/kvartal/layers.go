package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"
)

type layersCommand struct {
	List layersListCommand `cmd:"" help:"List the layers."`
	Show layersShowCommand `cmd:"" help:"Show one layer: fields, codelists, rights."`
	Sync layersSyncCommand `cmd:"" help:"Bring the tables in line with the definitions."`
}

type layersListCommand struct{}

// Run lists the layers in the order of the tree.
func (layersListCommand) Run(g *globals, out *output) error {
	registry, err := g.registry()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out.stdout, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "LAYER\tGROUP\tGEOMETRY\tZOOMS\tTITLE")
	for _, d := range registry.Layers() {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%d–%d\t%s\n", d.ID, d.Group, d.Geometry, d.Tiles.MinZoom, d.Tiles.MaxZoom, d.Title.En)
	}
	return w.Flush()
}

type layersShowCommand struct {
	Layer string `arg:"" help:"Id of the layer, as in layers list."`
}

// Run shows one definition.
func (c layersShowCommand) Run(g *globals, out *output) error {
	registry, err := g.registry()
	if err != nil {
		return err
	}
	d, err := registry.Layer(kvartal.LayerID(c.Layer))
	if err != nil {
		return kvartal.Within(err, "see kvartal layers list")
	}
	out.print("%s  %s\n%s\n\ndefined in %s; %s in %s; history: %s\n\n", d.ID, d.Title.En, d.Description.En, d.Path, d.Geometry, d.CRS, d.History)
	w := tabwriter.NewWriter(out.stdout, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "FIELD\tTYPE\tUNIT\tPUBLIC\tTITLE")
	public := d.View(kvartal.Public)
	for _, f := range d.Fields {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", f.Name, f.Type, f.Unit, yes(public.May(view.Identify) && public.Readable(f.Name)), f.Title.En)
		for _, code := range f.Codes {
			_, _ = fmt.Fprintf(w, "\t\t\t\t  %s = %s\n", code.Value, code.Title.En)
		}
	}
	return w.Flush()
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

type layersSyncCommand struct {
	Destructive bool `help:"Also make the changes that lose or convert data."`
}

// Run syncs the tables and says what was done and what was left.
func (c layersSyncCommand) Run(ctx context.Context, g *globals, out *output) error {
	db, err := openDatabase(ctx, g, g.logger(out.stderr))
	if err != nil {
		return err
	}
	defer db.Close()
	store, err := db.openStore(ctx, g)
	if err != nil {
		return err
	}
	done, left, err := store.Sync(ctx, c.Destructive)
	if err != nil {
		return err
	}
	for _, step := range done {
		out.print("%s: %s\n", step.Layer, step.Summary)
	}
	if len(done) == 0 && len(left) == 0 {
		out.print("The tables of %s are in line with their definitions.\n", store.Registry())
	}
	printLeft(out, left)
	return nil
}

func printLeft(out *output, left []layers.Step) {
	if len(left) == 0 {
		return
	}
	out.print("Left as they are, because data would be lost or converted (--destructive makes these too):\n")
	for _, step := range left {
		out.print("  %s: %s\n", step.Layer, step.Summary)
	}
}
