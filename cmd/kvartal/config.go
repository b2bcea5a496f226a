package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"

	"kvartal"
	"kvartal/layers"
)

// globals are the settings that every command shares.
type globals struct {
	Config      kong.ConfigFlag `help:"YAML file with settings, named as the flags are." placeholder:"FILE" env:"KVARTAL_CONFIG"`
	DataDir     string          `help:"Folder of the private database and everything else that is kept." default:"var" placeholder:"DIR" env:"KVARTAL_DATA_DIR"`
	DatabaseURL string          `help:"Use this PostGIS database instead of a private one (postgres://…)." placeholder:"URL" env:"KVARTAL_DATABASE_URL"`
	LayersDir   string          `help:"Folder with layer definitions of the city's own." placeholder:"DIR" env:"KVARTAL_LAYERS_DIR"`
	CityCRS     string          `name:"city-crs" help:"The city's own coordinate system: EPSG:n or a PROJ string." placeholder:"CRS" env:"KVARTAL_CITY_CRS"`
	LogLevel    string          `help:"Least level to log: debug, info, warn or error." enum:"debug,info,warn,error" default:"info" env:"KVARTAL_LOG_LEVEL"`
	LogFormat   string          `help:"Form of the log: text or json." enum:"text,json" default:"text" env:"KVARTAL_LOG_FORMAT"`
}

func (g *globals) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(g.LogLevel)); err != nil {
		level = slog.LevelInfo // kong has checked the value
	}
	options := &slog.HandlerOptions{Level: level}
	if g.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// registry loads the built-in definitions and those of the city.
func (g *globals) registry() (*layers.Registry, error) {
	sources := []layers.Source{layers.Builtin()}
	if g.LayersDir != "" {
		sources = append(sources, layers.Source{Name: g.LayersDir, FS: os.DirFS(g.LayersDir)})
	}
	return layers.Load(sources...)
}

// settings are the values of a configuration file by flag name.
type settings map[string]any

// loadConfig reads a configuration file.
func loadConfig(r io.Reader) (kong.Resolver, error) {
	values := settings{}
	if err := yaml.NewDecoder(r).Decode(&values); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the configuration file is not YAML: %s", yaml.FormatError(err, false, true))
	}
	return values, nil
}

// Validate complains of settings that no flag has, which are likely misspelt.
func (s settings) Validate(app *kong.Application) error {
	known := map[string]bool{}
	collectFlags(app.Node, known)
	for name := range s {
		if !known[flagName(name)] {
			return kvartal.Errorf(kvartal.KindInvalid, "the configuration file sets %q, which is not a setting: see kvartal --help", name)
		}
	}
	return nil
}

func collectFlags(node *kong.Node, known map[string]bool) {
	for _, flag := range node.Flags {
		known[flag.Name] = true
	}
	for _, child := range node.Children {
		collectFlags(child, known)
	}
}

func flagName(setting string) string { return strings.ReplaceAll(setting, "_", "-") }

// Resolve returns the file's value of a flag, unless the environment has one.
func (s settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	for name, value := range s {
		if flagName(name) == flag.Name {
			return fmt.Sprint(value), nil
		}
	}
	return nil, nil
}
