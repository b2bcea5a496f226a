package server_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func TestRelated(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	var parcel, zone int64
	if err := c.db.Pool.QueryRow(t.Context(), `WITH p AS (SELECT id, geom FROM layer.parcels ORDER BY id LIMIT 1)
		UPDATE layer.zones AS z SET geom = ST_Multi(p.geom) FROM p WHERE z.id = (SELECT min(id) FROM layer.zones) RETURNING p.id, z.id`).Scan(&parcel, &zone); err != nil {
		t.Fatal(err)
	}
	answer := c.document(t, "/related?lang=en&layer=parcels&id="+strconv.FormatInt(parcel, 10))
	groups, _ := answer["groups"].([]any)
	titles := map[string]map[string]any{}
	for _, g := range groups {
		group, _ := g.(map[string]any)
		titles[group["relation"].(string)] = group
	}
	group := titles["zones"]
	if group == nil || group["total"] != 1.0 || group["layer"] != "zones" {
		t.Fatalf("related = %v, want the zone of the parcel", answer)
	}
	feature, _ := group["features"].([]any)[0].(map[string]any)
	if feature["id"] != float64(zone) || feature["title"] == "" || feature["point"] == nil || feature["bbox"] == nil {
		t.Errorf("related zone = %v, want id %d with title and place", feature, zone)
	}
	if titles["contracts"] != nil || strings.Contains(body(t, c.get(t, "/related?layer=parcels&id="+strconv.FormatInt(parcel, 10))), "contract") {
		t.Errorf("the public is told of contracts: %v", titles["contracts"])
	}
	for path, want := range map[string]int{
		"/related?layer=shrubs&id=1":          http.StatusNotFound,
		"/related?layer=contracts&id=1":       http.StatusNotFound,
		"/related?layer=parcels&id=4711":      http.StatusNotFound,
		"/related?layer=parcels&id=x":         http.StatusBadRequest,
		"/related?layer=parcels":              http.StatusBadRequest,
		"/related?layer=parcels&id=1&limit=3": http.StatusBadRequest,
	} {
		if r := c.get(t, path); r.StatusCode != want {
			t.Errorf("GET %s = %d, want %d", path, r.StatusCode, want)
		}
	}
}
