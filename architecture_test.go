package kvartal_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layersOfTheProgram is the folder table of ARCHITECTURE.md: what each folder
// may import of ours. Folders below one of these follow its rule and may import
// it; what tests import is free.
func layersOfTheProgram() map[string][]string {
	return map[string][]string{
		"":            {},
		"postgres":    {""},
		"cql2":        {""},
		"view":        {"", "cql2"},
		"auth":        {"", "postgres", "cql2", "view"},
		"layers":      {"", "postgres", "cql2", "view"},
		"tiles":       {"", "postgres", "cql2", "view", "layers"},
		"search":      {"", "postgres", "view", "layers"},
		"styles":      {"", "postgres", "view", "layers"},
		"importers":   {"", "postgres", "view", "layers"},
		"live":        {"", "postgres", "cql2", "view", "layers", "tiles"},
		"web-map":     {},
		"server":      {"", "postgres", "cql2", "view", "auth", "layers", "tiles", "search", "styles", "importers", "live", "web-map"},
		"cmd/kvartal": {"", "postgres", "cql2", "view", "auth", "layers", "tiles", "search", "styles", "importers", "live", "web-map", "server"},
	}
}

func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	allowed := layersOfTheProgram()
	for _, p := range listPackages(t) {
		folder := folderOf(p.ImportPath, allowed)
		permitted, known := allowed[folder]
		if !known {
			t.Errorf("%s lies in no folder of ARCHITECTURE.md: add it there and here, or move it", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if !isOurs(imported) {
				continue
			}
			if target := folderOf(imported, allowed); target != folder && !slices.Contains(permitted, target) {
				t.Errorf("%s imports %s: folder %q may import only %q of ours", p.ImportPath, imported, folder, permitted)
			}
		}
	}
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list = %v", err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p goPackage
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 5 {
		t.Fatalf("go list found %d packages: the test looks in the wrong place", len(packages))
	}
	return packages
}

func isOurs(path string) bool { return path == "kvartal" || strings.HasPrefix(path, "kvartal/") }

// folderOf returns the folder of the table that a package lies in, or its path.
func folderOf(path string, table map[string][]string) string {
	folder := strings.TrimPrefix(strings.TrimPrefix(path, "kvartal"), "/")
	for name := range table {
		if name != "" && (folder == name || strings.HasPrefix(folder, name+"/")) {
			return name
		}
	}
	return folder
}
