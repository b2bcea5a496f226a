package styles_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"kvartal/layers"
	"kvartal/styles"
)

// validate reads a style from standard input and prints what MapLibre's own
// validator says of it, a line each.
const validate = `
import { readFileSync } from "node:fs";
import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
for (const e of validateStyleMin(JSON.parse(readFileSync(0, "utf8")))) console.log(e.message);
`

func TestDocumentsObeyTheSpecification(t *testing.T) {
	t.Parallel()
	webMap, err := filepath.Abs("../web-map")
	if err != nil {
		t.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: MapLibre's validator is not asked")
	}
	if _, err := os.Stat(filepath.Join(webMap, "node_modules/@maplibre/maplibre-gl-style-spec")); err != nil {
		t.Skip("web-map/node_modules has no style-spec: MapLibre's validator is not asked; run npm ci in web-map")
	}
	s, registry := builtin(t, nil)
	for _, theme := range styles.Themes() {
		for _, lang := range layers.Languages() {
			doc, err := s.Document(request(registry, theme, lang))
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), node, "--input-type=module", "--eval", validate)
			cmd.Dir, cmd.Stdin, cmd.Stderr = webMap, bytes.NewReader(doc), os.Stderr
			out, err := cmd.Output()
			if err != nil || len(out) > 0 {
				t.Errorf("MapLibre's validator of the %s style in %s = %v, %s, want no complaint", theme, lang, err, out)
			}
		}
	}
}
