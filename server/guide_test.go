package server_test

import (
	"os"
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
