// Package demo finds the extract of the demo city: Delaware of August 2016,
// which the Go module paulmach/osm ships among its test data.
//
// The data are © OpenStreetMap contributors, under the ODbL 1.0.
package demo

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kvartal"
)

// Extract is the file name of the extract.
const Extract = "delaware-latest.osm.pbf"

// Find returns the path of the extract: the one given, if any; else the folder
// "share" beside the program; else the cache of Go modules. The error is of
// KindNotFound and says what to do.
func Find(given string) (string, error) {
	if given != "" {
		if !isFile(given) {
			return "", kvartal.Errorf(kvartal.KindNotFound, "there is no file %s: check the path", given)
		}
		return given, nil
	}
	for _, path := range append(besideProgram(), inModuleCache()...) {
		if isFile(path) {
			return path, nil
		}
	}
	return "", kvartal.Errorf(kvartal.KindNotFound,
		"the demo extract %s is neither in the folder share beside the program nor in the Go module cache: name an extract (--pbf FILE) or run go mod download", Extract)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func besideProgram() []string {
	program, err := os.Executable()
	if err != nil {
		return nil
	}
	if target, err := filepath.EvalSymlinks(program); err == nil {
		program = target
	}
	return []string{filepath.Join(filepath.Dir(program), "share", Extract)}
}

// inModuleCache returns the extract in each version of the module that is in
// the cache, the newest first.
func inModuleCache() []string {
	cache := moduleCache()
	if cache == "" {
		return nil
	}
	found, err := filepath.Glob(filepath.Join(cache, "github.com", "paulmach", "osm@*", "testdata", Extract))
	if err != nil {
		return nil
	}
	slices.Sort(found)
	slices.Reverse(found)
	return found
}

// moduleCache asks the go command, and without one guesses as it would.
func moduleCache() string {
	if cache := os.Getenv("GOMODCACHE"); cache != "" {
		return cache
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "go", "env", "GOMODCACHE").Output(); err == nil {
		return strings.TrimSpace(string(out))
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, "go", "pkg", "mod")
}
