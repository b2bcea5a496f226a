package server_test

import (
	"io"
	"strings"
	"testing"
)

func TestMetricsTellOfTiles(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	c.loadSamples(t)
	c.load(t)
	body, err := io.ReadAll(c.get(t, "/metrics").Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`kvartal_resident_layer{layer="buildings",reason=""} 1`,
		`kvartal_resident_features{layer="buildings"} `,
		`kvartal_resident_bytes{layer="buildings"} `,
		"kvartal_follower_behind_seconds 0",
		"kvartal_tile_cache_hits_total 0",
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("/metrics does not tell %q", want)
		}
	}
}
