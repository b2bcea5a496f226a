// Command kvartal is the city's spatial data infrastructure in one program. It
// parses flags and wires the packages; each command is a file here.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"kvartal"
)

const description = `The spatial data infrastructure of a city in one program.

A first look, with nothing set up:
  kvartal demo     loads a demo city into var/
  kvartal serve    serves it on http://127.0.0.1:8080

Every flag can also be set by environment (KVARTAL_…) or in a YAML file given
with --config; flags win over the environment, the environment over the file.
KVARTAL_…_FILE names a file that has the value of a setting, for secrets.
A PostgreSQL of its own with PostGIS is started under the data folder, unless
--database-url names one.`

// commands is the command line.
type commands struct {
	globals

	Serve    serveCommand    `cmd:"" help:"Serve the city: web map, tiles, OGC API."`
	Demo     demoCommand     `cmd:"" help:"Load the demo city, once."`
	Import   importCommand   `cmd:"" help:"Import data."`
	Layers   layersCommand   `cmd:"" help:"Look at layer definitions and bring tables in line with them."`
	User     userCommand     `cmd:"" help:"Manage the accounts of people."`
	Role     roleCommand     `cmd:"" help:"Manage roles."`
	Grant    grantCommand    `cmd:"" help:"Manage what roles may do with layers."`
	Key      keyCommand      `cmd:"" help:"Manage the keys of other systems."`
	Device   deviceCommand   `cmd:"" help:"Manage the passwords of trackers and sensors."`
	Simulate simulateCommand `cmd:"" help:"Move a fleet of simulated ploughs, buses and sensors that speak to a server."`
	Backup   backupCommand   `cmd:"" help:"Write the whole database to one file."`
	Restore  restoreCommand  `cmd:"" help:"Fill an empty database from a backup."`
	Bench    benchCommand    `cmd:"" help:"Measure how fast this machine serves."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes one command line and returns the exit status: 0, 1 for a
// failure, 2 for a command line that cannot be understood.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var cli commands
	exit := -1
	parser, err := kong.New(&cli,
		kong.Name("kvartal"),
		kong.Description(description),
		kong.UsageOnError(),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Configuration(loadConfig),
		kong.Resolvers(secretFiles{}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(&output{stdout, stderr}),
	)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "kvartal:", err)
		return 1
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // --help has been printed
		return exit
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "kvartal: %v\nTry: kvartal --help\n", err)
		return 2
	}
	if err := command.Run(&cli.globals); err != nil {
		_, _ = fmt.Fprintln(stderr, "kvartal:", explain(err, &cli.globals))
		return 1
	}
	return 0
}

// explain says what went wrong to the person at the terminal: the sentence of
// our own errors, and all there is of others.
func explain(err error, g *globals) string {
	var e *kvartal.Error
	if !errors.As(err, &e) || e.Kind == kvartal.KindInternal || g.LogLevel == "debug" {
		return err.Error()
	}
	return e.Message
}

// output is where a command writes to.
type output struct {
	stdout, stderr io.Writer
}

func (o *output) print(format string, args ...any) {
	_, _ = fmt.Fprintf(o.stdout, format, args...)
}

// note writes to the terminal what is no result of the command.
func (o *output) note(format string, args ...any) {
	_, _ = fmt.Fprintf(o.stderr, format, args...)
}
