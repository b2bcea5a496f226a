package server_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/auth"
	"kvartal/live"
	"kvartal/live/recorder"
	"kvartal/view"
)

// shift is when the ploughs of a test city were out.
var shift = time.Date(2026, 1, 15, 6, 0, 0, 0, time.UTC)

// openShift is a city with two ploughs that were out for ten minutes, a device
// that nobody registered, a dispatcher who may look back and one who may not take
// anything away.
func openShift(t *testing.T) (c testCity, dispatcher, reader map[string]string) {
	t.Helper()
	c = openCity(t)
	entry := func(layer kvartal.LayerID, properties map[string]any) kvartal.Change {
		return kvartal.Change{Layer: layer, Operation: kvartal.Create, Feature: kvartal.Feature{Properties: properties}}
	}
	_, err := c.store.ApplyChangeset(t.Context(), "test", kvartal.Changeset{Author: kvartal.System("test"), Changes: []kvartal.Change{
		entry("devices", map[string]any{"device": "7", "name": "КДМ 7", "class": "plough", "profile": "kdm", "interval": int64(10)}),
		entry("devices", map[string]any{"device": "8", "name": "КДМ 8", "class": "plough", "contractor": "Другой"}),
		entry("device_inputs", map[string]any{"profile": "kdm", "reading": "blade", "input": "din", "bit": int64(0)}),
		entry("device_inputs", map[string]any{"profile": "kdm", "reading": "ignition", "input": "din", "bit": int64(1)}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	var fixes []live.Fix
	for i := range 60 {
		at := shift.Add(time.Duration(10*i) * time.Second)
		for _, device := range []live.DeviceID{"7", "8", "nobody"} {
			din := 2.0
			if i >= 30 {
				din = 3
			}
			fixes = append(fixes, live.Fix{
				Device: device, Source: "egts", Time: at, Received: at, Point: orb.Point{-75.52 + 0.001*float64(i), 39.16}, Speed: live.Some(31),
				Inputs: []live.Input{{Name: "din", Value: din}},
			})
		}
	}
	if err := recorder.New(recorder.Config{Pool: c.db.Pool, Log: slog.New(slog.DiscardHandler)}).Write(t.Context(), fixes); err != nil {
		t.Fatal(err)
	}
	key := func(role string, grants ...view.Grant) map[string]string {
		if err := c.auth.AddRole(t.Context(), auth.Actor{}, auth.Role{Name: role}); err != nil {
			t.Fatal(err)
		}
		for _, g := range grants {
			g.Role, g.Attributes = role, []string{"*"}
			c.give(t, g)
		}
		key, err := c.auth.AddKey(t.Context(), auth.Actor{}, role, []string{role}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return map[string]string{"Authorization": "Bearer " + key}
	}
	dispatcher = key("dispatcher", view.Grant{Layer: "ploughs", Actions: []view.Action{view.Query, view.History, view.Export}}, view.Grant{Layer: "devices", Actions: []view.Action{view.Query}})
	reader = key("contractor", view.Grant{Layer: "ploughs", Actions: []view.Action{view.Query, view.History}, Filter: "contractor = 'Другой'"},
		view.Grant{Layer: "devices", Actions: []view.Action{view.Query}, Filter: "contractor = 'Другой'"})
	return c, dispatcher, reader
}

func TestThePastOfLiveLayers(t *testing.T) {
	t.Parallel()
	c, dispatcher, contractor := openShift(t)
	const hour = "from=2026-01-15T06:00:00Z&to=2026-01-15T07:00:00Z"
	for _, q := range []struct {
		path   string
		who    map[string]string
		status int
		says   string
	}{
		{"/live/ploughs/items/1/track?" + hour, dispatcher, 200, `"action":"working"`},
		{"/live/ploughs/items/1/track?" + hour + "&f=gpx", dispatcher, 200, "<trkpt "},
		{"/live/ploughs/items/1/track?" + hour + "&f=csv", dispatcher, 200, "1,2026-01-15T06:00:00Z,-75.52,39.16,31,transit"},
		{"/live/ploughs/items/1/track?" + hour + "&f=kml", dispatcher, 400, "geojson, gpx or csv"},
		{"/live/ploughs/items/1/track?from=2026-01-15&to=2026-01-16", dispatcher, 400, "want a time such as"},
		{"/live/ploughs/items/1/track?from=2026-01-15T07:00:00Z&to=2026-01-15T06:00:00Z", dispatcher, 400, "to after from"},
		{"/live/ploughs/items/1/track?from=2026-01-15T07:00:00Z&to=2026-03-15T06:00:00Z", dispatcher, 400, "744h"},
		{"/live/ploughs/items/99/track?" + hour, dispatcher, 404, "no feature 99"},
		{"/live/ploughs/items/x/track?" + hour, dispatcher, 404, "whole numbers"},
		{"/live/buses/items/1/track?" + hour, dispatcher, 403, "past"},
		{"/live/trees/items/1/track?" + hour, dispatcher, 404, "no live layer"},
		{"/live/ploughs/items/1/track?" + hour, nil, 403, "past"},
		{"/live/ploughs/items/1/track?" + hour, contractor, 404, "no feature"},
		{"/live/ploughs/items/2/track?" + hour, contractor, 200, `"fixes":60`},
		{"/live/ploughs/items/2/track?" + hour + "&f=gpx", contractor, 403, "export"},
		{"/live/ploughs/tracks?" + hour, dispatcher, 200, `"working":[[1768457100,1768457390]]`},
		{"/live/ploughs/tracks?" + hour, contractor, 200, `"objects":[{"id":2,`},
		{"/live/ploughs/tracks?" + hour + "&bbox=10,10,11,11", dispatcher, 200, `"objects":[]`},
		{"/live/ploughs/tracks?from=2026-01-15T07:00:00Z&to=2026-01-17T06:00:00Z", dispatcher, 400, "24h"},
		{"/live/ploughs/tracks?" + hour, nil, 403, "past"},
		{"/live/unknown", dispatcher, 200, `"device":"nobody"`},
		{"/live/unknown", contractor, 403, "register"},
		{"/live/unknown", nil, 404, "no layer"},
		{"/ogc/collections/ploughs/items?datetime=2026-01-15T06:05:00Z", dispatcher, 200, `"at":"2026-01-15T06:05:00Z"`},
		{"/ogc/collections/ploughs/items?datetime=2026-01-15T06:05:00Z", nil, 200, `"numberReturned":0`},
		{"/ogc/collections/ploughs/items", nil, 200, `"state":"lost"`},
		{"/ogc/collections/ploughs/items?datetime=2026-01-15T06:05:00Z&filter=blade=true", dispatcher, 200, `"numberReturned":1`},
	} {
		r := get(t, c.handler, q.path, q.who)
		text := body(t, r)
		if r.StatusCode != q.status || !strings.Contains(text, q.says) {
			t.Errorf("GET %s = %d %.700s, want %d with %q", q.path, r.StatusCode, text, q.status, q.says)
		}
	}
}

// TestADeviceThatIsRegisteredHasItsPast registers a device that was unknown.
func TestADeviceThatIsRegisteredHasItsPast(t *testing.T) {
	t.Parallel()
	c, dispatcher, _ := openShift(t)
	applied, err := c.store.ApplyChangeset(t.Context(), "test", kvartal.Changeset{Author: kvartal.System("test"), Changes: []kvartal.Change{{
		Layer: "devices", Operation: kvartal.Create, Feature: kvartal.Feature{Properties: map[string]any{"device": "nobody", "name": "КДМ 9", "class": "plough"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/live/ploughs/items/%d/track?from=2026-01-15T06:00:00Z&to=2026-01-15T07:00:00Z", applied.IDs[0])
	if text := body(t, get(t, c.handler, path, dispatcher)); !strings.Contains(text, `"fixes":60`) {
		t.Errorf("GET %s = %.300s, want the fixes from before", path, text)
	}
	if text := body(t, get(t, c.handler, "/live/unknown", dispatcher)); !strings.Contains(text, `"devices":[]`) {
		t.Errorf("unknown devices = %s, want none", text)
	}
}

// TestTracksAreReadByGDAL has GDAL read the GPX, and adds up the mileage.
func TestTracksAreReadByGDAL(t *testing.T) {
	t.Parallel()
	c, dispatcher, _ := openShift(t)
	const path = "/live/ploughs/items/1/track?from=2026-01-15T06:00:00Z&to=2026-01-15T07:00:00Z"
	file := filepath.Join(t.TempDir(), "track.gpx")
	if err := os.WriteFile(file, []byte(body(t, get(t, c.handler, path+"&f=gpx", dispatcher))), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "ogrinfo", "-ro", "-so", file, "track_points").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Feature Count: 60") || !strings.Contains(string(out), "time: DateTime") {
		t.Errorf("ogrinfo = %s, %v, want 60 points with times", out, err)
	}
	var doc struct {
		Mileage struct {
			Total   float64 `json:"total_km"`
			Working float64 `json:"working_km"`
		} `json:"mileage"`
		Features []struct {
			Properties struct {
				Kind     string          `json:"kind"`
				Action   string          `json:"action"`
				Length   float64         `json:"length_km"`
				Times    []float64       `json:"times"`
				Readings map[string]bool `json:"readings"`
			} `json:"properties"`
		} `json:"features"`
	}
	r := get(t, c.handler, path, dispatcher)
	if err := json.Unmarshal([]byte(body(t, r)), &doc); err != nil || r.StatusCode != http.StatusOK {
		t.Fatal(err)
	}
	if len(doc.Features) != 2 || doc.Features[0].Properties.Action != "transit" || doc.Features[1].Properties.Action != "working" || len(doc.Features[1].Properties.Times) != 30 {
		t.Fatalf("features = %+v, want a way in transit and one at work", doc.Features)
	}
	if on := doc.Features[1].Properties.Readings; !on["blade"] || !on["ignition"] {
		t.Errorf("readings at work = %v, want blade and ignition", on)
	}
	sum := doc.Features[0].Properties.Length + doc.Features[1].Properties.Length
	if diff := sum - doc.Mileage.Total; diff > 1e-9 || diff < -1e-9 || doc.Mileage.Working != doc.Features[1].Properties.Length {
		t.Errorf("mileage = %+v, the ways are %v km long, %v of them at work", doc.Mileage, sum, doc.Features[1].Properties.Length)
	}
}
