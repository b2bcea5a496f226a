package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kvartal/auth"
)

func TestMetricsTellOfTiles(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.load(t)
	if err := c.auth.AddRole(t.Context(), auth.Actor{}, auth.Role{Name: auth.RoleMonitor}); err != nil {
		t.Fatal(err)
	}
	key, err := c.auth.AddKey(t.Context(), auth.Actor{}, "Prometheus", []string{auth.RoleMonitor}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	r := get(t, c.handler, "/metrics", map[string]string{"Authorization": "Bearer " + key})
	text := body(t, r)
	if r.StatusCode != http.StatusOK {
		t.Fatalf("/metrics = %d %s", r.StatusCode, text)
	}
	for _, want := range []string{
		`kvartal_resident_layer{layer="buildings",reason=""} 1`,
		`kvartal_resident_features{layer="buildings"} `,
		`kvartal_resident_bytes{layer="buildings"} `,
		`kvartal_live_objects{layer="ploughs",state="online"} 0`,
		"kvartal_live_unknown_devices 0",
		"kvartal_follower_behind_seconds 0",
		"kvartal_tile_cache_hits_total 0",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("/metrics does not tell %q", want)
		}
	}
}

func TestMetricsTellEverybodyOfNoLayer(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	c.load(t)
	if text := body(t, c.get(t, "/metrics")); strings.Contains(text, "contracts") || !strings.Contains(text, "kvartal_tile_cache_hits_total") {
		t.Errorf("/metrics tells everybody %.2000s", text)
	}
}
