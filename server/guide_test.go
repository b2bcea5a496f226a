package server_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"

	"kvartal/layers"
	"kvartal/styles"
	webmap "kvartal/web-map"
)

// TestGuideToLayers loads the files that docs/layers.md asks its reader to write.
func TestGuideToLayers(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/layers.md")
	if err != nil {
		t.Fatal(err)
	}
	folder := fstest.MapFS{}
	for _, name := range []string{"layer.yaml", "style.json", "sample.geojson"} {
		_, section, found := strings.Cut(string(text), ": "+name+"\n")
		_, block, opened := strings.Cut(section, "\n```")
		_, block, named := strings.Cut(block, "\n")
		block, _, closed := strings.Cut(block, "\n```")
		if !found || !opened || !named || !closed {
			t.Fatalf("docs/layers.md has no section with a block for %s", name)
		}
		folder["street_lighting/"+name] = &fstest.MapFile{Data: []byte(block)}
	}
	registry, err := layers.Load(layers.Builtin(), layers.Source{Name: "docs/layers.md", FS: folder})
	if err != nil {
		t.Fatal(err)
	}
	d, err := registry.Layer("street_lighting")
	if err != nil {
		t.Fatal(err)
	}
	if lamps, err := d.SampleFeatures(); err != nil || len(lamps) != 2 {
		t.Errorf("the sample = %d lamps, %v, want 2", len(lamps), err)
	}
	if _, err := styles.New(registry, styles.Options{Assets: webmap.Dist()}); err != nil {
		t.Error(err)
	}
}

// TestGuideToPrograms runs the commands that docs/connect.md gives its reader.
func TestGuideToPrograms(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/connect.md")
	if err != nil {
		t.Fatal(err)
	}
	c := openSampledCity(t)
	web := httptest.NewServer(c.handler)
	t.Cleanup(web.Close)
	dir := t.TempDir()
	ran := 0
	for i, block := range strings.Split(string(text), "\n```\n") {
		if i%2 == 0 {
			continue // between blocks
		}
		for line := range strings.SplitSeq(block, "\n") {
			program, _, _ := strings.Cut(line, " ")
			if _, err := exec.LookPath(program); err != nil {
				t.Logf("%s is not installed", program)
				continue
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(line, "http://localhost:8080", web.URL))
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s = %v\n%s", line, err, out)
			}
			ran++
		}
	}
	if ran == 0 {
		t.Skip("none of the programs is installed")
	}
}
