package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func TestSecretsComeFromFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte("postgres://city:secret@db/city\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KVARTAL_DATABASE_URL_FILE", file)
	var cli commands
	parser, err := kong.New(&cli, kong.Resolvers(secretFiles{}), kong.Configuration(loadConfig), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"version"}); err != nil || cli.DatabaseURL != "postgres://city:secret@db/city" {
		t.Errorf("database-url = %q, %v, want what the file holds", cli.DatabaseURL, err)
	}
	if _, err := parser.Parse([]string{"--database-url=postgres://other", "version"}); err != nil || cli.DatabaseURL != "postgres://other" {
		t.Errorf("database-url = %q, %v, want the flag's", cli.DatabaseURL, err)
	}
	t.Setenv("KVARTAL_DATABASE_URL_FILE", file+".gone")
	var said strings.Builder
	if code := run(t.Context(), []string{"version"}, io.Discard, &said); code != 2 || !strings.Contains(said.String(), "KVARTAL_DATABASE_URL_FILE") {
		t.Errorf("run with a file that is gone = %d %q, want 2 and the name of the setting", code, said.String())
	}
	t.Setenv("KVARTAL_DATABASE_URL", "postgres://both")
	if code := run(t.Context(), []string{"version"}, io.Discard, io.Discard); code != 2 {
		t.Errorf("run with both settings = %d, want 2", code)
	}
}

func TestLimitsAndOrigins(t *testing.T) {
	t.Parallel()
	limits, err := parseLimits("500,200,30")
	if err != nil || limits.Address.Burst != 10_000 || limits.SignIn.PerSecond != 0.5 || limits.SignIn.Burst != 30 {
		t.Errorf("parseLimits = %+v, %v", limits, err)
	}
	for _, text := range []string{"", "1,2", "1,2,x", "-1,2,3", "1,2,3,4"} {
		if _, err := parseLimits(text); err == nil {
			t.Errorf("parseLimits(%q) = nil, want an error", text)
		}
	}
	if err := checkOrigins([]string{"https://portal.example.org", "http://localhost:3000"}); err != nil {
		t.Error(err)
	}
	for _, origin := range []string{"*", "portal.example.org", "https://portal.example.org/", "null", "https://"} {
		if checkOrigins([]string{origin}) == nil {
			t.Errorf("checkOrigins(%q) = nil, want an error", origin)
		}
	}
}
