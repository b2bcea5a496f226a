package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"kvartal/auth"
	"kvartal/live"
	"kvartal/live/index"
	"kvartal/live/trackers/bustime"
	"kvartal/live/trackers/gtfsrt"
	"kvartal/tiles/mvt"
	"kvartal/view"
)

// here is where the ploughs of these tests are.
var here = orb.Point{-75.52, 39.16}

// openFleet is a city with so many ploughs in its register that have told nothing yet.
func openFleet(t testing.TB, ploughs int) testCity {
	t.Helper()
	c := openCity(t)
	c.exec(t, fmt.Sprintf(`
		INSERT INTO layer.device_inputs (profile, reading, input, bit) VALUES ('kdm', 'blade', 'din', 0);
		INSERT INTO layer.devices (id, device, name, class, profile, interval)
		SELECT i, 'plough-' || i, 'КДМ ' || i, 'plough', 'kdm', 10 FROM generate_series(1, %d) AS i`, ploughs))
	if _, err := c.live.Load(t.Context(), index.Config{Pool: c.db.Pool, Store: c.store}); err != nil {
		t.Fatal(err)
	}
	return c
}

// dispatcher is a reader who may see ploughs as they are.
func (c testCity) dispatcher(t testing.TB) (key string) {
	t.Helper()
	if err := c.auth.AddRole(t.Context(), auth.Actor{}, auth.Role{Name: "dispatcher"}); err != nil {
		t.Fatal(err)
	}
	c.give(t, view.Grant{
		Role: "dispatcher", Layer: "ploughs", Actions: []view.Action{view.See, view.Identify, view.Query, view.Export},
		Attributes: []string{view.EveryAttribute, "device"},
	})
	key, err := c.auth.AddKey(t.Context(), auth.Actor{}, "dispatcher", []string{"dispatcher"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// told is what a plough tells now, with its blade down.
func told(plough int, at time.Time, where orb.Point, speed float64) live.Fix {
	return live.Fix{
		Device: live.DeviceID(fmt.Sprint("plough-", plough)), Source: "egts", Time: at.UTC(), Received: at.UTC(),
		Point: where, Speed: live.Some(speed), Course: live.Some(90), Inputs: []live.Input{{Name: "din", Value: 1}},
	}
}

// objectsOf reads the features of an event, by id.
func objectsOf(t *testing.T, data string) map[int]map[string]any {
	t.Helper()
	var c struct {
		Features []struct {
			ID         int
			Properties map[string]any
		}
	}
	if err := json.Unmarshal([]byte(data), &c); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	out := map[int]map[string]any{}
	for _, f := range c.Features {
		out[f.ID] = f.Properties
	}
	return out
}

func TestLiveEventsTellWhatMoves(t *testing.T) {
	t.Parallel()
	c := openFleet(t, 3)
	web := httptest.NewServer(c.handler)
	t.Cleanup(web.Close)
	t.Cleanup(c.server.Stop) // first, or Close waits for the stream
	bearer := "Bearer " + c.dispatcher(t)
	now := time.Now()
	c.live.Apply([]live.Fix{told(1, now, here, 20), told(2, now, orb.Point{-75, 39}, 20)})
	c.live.Advance(now)

	url := web.URL + "/live/ploughs/events?bbox=-75.6,39.1,-75.4,39.2"
	next := eventsOf(t, url, "", "Authorization", bearer)
	name, first, data := next()
	objects := objectsOf(t, data)
	if name != "snapshot" || len(objects) != 1 || objects[1]["speed"] != 20.0 || objects[1]["blade"] != true || objects[1]["state"] != "online" || objects[1]["device"] != nil {
		t.Fatalf("first event = %s %s, want plough 1 as it told, without what is personal", name, data)
	}
	// One moves in the box, one comes into it.
	c.live.Apply([]live.Fix{told(1, now.Add(time.Second), here, 30), told(2, now.Add(time.Second), here, 5)})
	c.live.Advance(now.Add(time.Second))
	name, _, data = next()
	if objects = objectsOf(t, data); name != "update" || len(objects) != 2 || objects[1]["speed"] != 30.0 || objects[2]["speed"] != 5.0 {
		t.Errorf("event after both moved = %s %s", name, data)
	}
	// One leaves it; the other is not heard of.
	c.live.Apply([]live.Fix{told(2, now.Add(2*time.Second), orb.Point{-75, 39}, 5)})
	c.live.Advance(now.Add(time.Minute))
	if name, _, data = next(); name != "remove" || data != `{"layer":"ploughs","ids":[2]}` {
		t.Errorf("event after plough 2 left = %s %s", name, data)
	}
	if name, _, data = next(); name != "update" || objectsOf(t, data)[1]["state"] != "late" {
		t.Errorf("event after a minute of silence = %s %s, want plough 1 late", name, data)
	}
	// Who comes back is told what it missed, of what was there too.
	again := eventsOf(t, url, first, "Authorization", bearer)
	if name, _, data = again(); name != "remove" || data != `{"layer":"ploughs","ids":[2]}` {
		t.Errorf("first event after a return = %s %s", name, data)
	}
	if name, _, data = again(); name != "update" || objectsOf(t, data)[1]["state"] != "late" {
		t.Errorf("second event after a return = %s %s", name, data)
	}
	// A filter is about what is seen.
	filtered := eventsOf(t, web.URL+"/live/ploughs/events?filter=speed%20%3C%2010", "", "Authorization", bearer)
	if name, _, data = filtered(); name != "snapshot" || len(objectsOf(t, data)) != 1 || objectsOf(t, data)[2] == nil {
		t.Errorf("first event of slow ploughs = %s %s, want plough 2", name, data)
	}
}

// A browser has six connections to a host: all layers come through one.
func TestOneStreamTellsOfSeveralLayers(t *testing.T) {
	t.Parallel()
	c := openFleet(t, 1)
	c.exec(t, `INSERT INTO layer.devices (id, device, name, class, lon, lat) VALUES (50, 'well', 'Well', 'sensor', -75.52, 39.16)`)
	if _, err := c.live.Load(t.Context(), index.Config{Pool: c.db.Pool, Store: c.store}); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(c.handler)
	t.Cleanup(web.Close)
	t.Cleanup(c.server.Stop)
	now := time.Now()
	c.live.Apply([]live.Fix{told(1, now, here, 20)})
	c.live.Advance(now)
	url, bearer := web.URL+"/live/events?layers=ploughs,sensors", "Bearer "+c.dispatcher(t)
	next := eventsOf(t, url, "", "Authorization", bearer)
	name, first, data := next()
	if name != "snapshot" || layerOf(t, data) != "ploughs" || len(objectsOf(t, data)) != 1 || first != "" {
		t.Errorf("first event = %s %q %s, want the ploughs, and no place to come back to before all is told", name, first, data)
	}
	name, first, data = next()
	if name != "snapshot" || layerOf(t, data) != "sensors" || len(objectsOf(t, data)) != 1 || first == "" {
		t.Errorf("second event = %s %q %s, want the sensors, and a place to come back to", name, first, data)
	}
	c.live.Apply([]live.Fix{told(1, now.Add(time.Second), here, 30)})
	c.live.Advance(now.Add(time.Second))
	for _, reader := range []func() (string, string, string){next, eventsOf(t, url, first, "Authorization", bearer)} {
		name, _, data = reader()
		if objects := objectsOf(t, data); name != "update" || layerOf(t, data) != "ploughs" || objects[1]["speed"] != 30.0 {
			t.Errorf("event after a plough moved = %s %s", name, data)
		}
	}
	for path, status := range map[string]int{
		"/live/events":                                        http.StatusBadRequest,
		"/live/events?layers=":                                http.StatusBadRequest,
		"/live/events?layers=buses,buses":                     http.StatusBadRequest,
		"/live/events?layers=buses,":                          http.StatusBadRequest,
		"/live/events?layers=buses,parcels":                   http.StatusNotFound,
		"/live/events?layers=buses&filter=speed+%3E+1":        http.StatusBadRequest,
		"/live/events?layers=" + strings.Repeat("buses,", 99): http.StatusBadRequest,
	} {
		if got := c.get(t, path).StatusCode; got != status {
			t.Errorf("GET %s = %d, want %d", path, got, status)
		}
	}
}

func layerOf(t *testing.T, data string) string {
	t.Helper()
	var of struct{ Layer string }
	if err := json.Unmarshal([]byte(data), &of); err != nil {
		t.Fatal(err)
	}
	return of.Layer
}

func TestPublicIsToldOfThePast(t *testing.T) {
	t.Parallel()
	c := openFleet(t, 1)
	web := httptest.NewServer(c.handler)
	t.Cleanup(web.Close)
	t.Cleanup(c.server.Stop)
	now := time.Now().Truncate(time.Minute)
	c.live.Advance(now)
	c.live.Apply([]live.Fix{told(1, now, here, 20)})
	c.live.Advance(now)
	next := eventsOf(t, web.URL+"/live/ploughs/events", "")
	if name, _, data := next(); name != "snapshot" || strings.Contains(data, "speed") {
		t.Errorf("first event for the public = %s %s, want nothing of the present", name, data)
	}
	c.live.Advance(now.Add(10 * time.Minute))
	name, _, data := next()
	if o := objectsOf(t, data)[1]; name != "update" || o["speed"] != 20.0 || o["blade"] != true || o["at"] == nil || o["device"] != nil {
		t.Errorf("event for the public later = %s %s, want what was, as the items tell it, without the number of the device", name, data)
	}
	if got := c.get(t, "/live/ploughs/vehicle-positions.pb").StatusCode; got != http.StatusForbidden {
		t.Errorf("feed for who may not export = %d, want 403", got)
	}
	var summary struct {
		Layers []struct {
			ID     string
			Count  int
			Delay  float64
			States map[string]int
		}
		Unknown *int
	}
	c.read(t, "/live.json", &summary)
	for _, l := range summary.Layers {
		if l.ID == "ploughs" && (l.Count != 1 || l.Delay == 0) {
			t.Errorf("/live.json = %+v, want one plough, delayed", l)
		}
	}
	if len(summary.Layers) == 0 || summary.Unknown != nil {
		t.Errorf("/live.json = %+v, want live layers and not how many devices are unknown", summary)
	}
}

// A stream ends when its reader's rights are others, so that it comes back with those.
func TestLiveEventsEndWithTheRights(t *testing.T) {
	t.Parallel()
	c := openFleet(t, 1)
	web := httptest.NewServer(c.handler)
	t.Cleanup(web.Close)
	t.Cleanup(c.server.Stop)
	response, err := http.Get(web.URL + "/live/ploughs/events") //nolint:noctx // ends with the server
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if err := c.auth.Close(t.Context(), auth.Actor{}, "ploughs", true); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Errorf("the stream = %v, want its end", err)
	}
	for path, status := range map[string]int{
		"/live/ploughs/events":                       http.StatusNotFound,
		"/live/parcels/events":                       http.StatusNotFound,
		"/live/no_such/events":                       http.StatusNotFound,
		"/live/buses/events?bbox=170,0,-170,10":      http.StatusBadRequest,
		"/live/buses/events?bbox=1,2":                http.StatusBadRequest,
		"/live/buses/events?filter=speed+%3E":        http.StatusBadRequest,
		"/live/buses/events?filter=device%3D%27a%27": http.StatusBadRequest, // hidden from the public
		"/live/buses/events?interval=99":             http.StatusBadRequest,
		"/live/buses/events?colour=red":              http.StatusBadRequest,
	} {
		if got := c.get(t, path).StatusCode; got != status {
			t.Errorf("GET %s = %d, want %d", path, got, status)
		}
	}
}

func TestLiveTileIsOfThePresent(t *testing.T) {
	t.Parallel()
	c := openFleet(t, 1)
	at := maptile.At(here, 14)
	path := fmt.Sprintf("/tiles/ploughs/%d/%d/%d.mvt", at.Z, at.X, at.Y)
	w := writer{c.handler, c.dispatcher(t)}
	now := time.Now()
	for _, speed := range []float64{10, 11} {
		now = now.Add(time.Second)
		c.live.Apply([]live.Fix{told(1, now, here, speed)})
		c.live.Advance(now)
		decoded, err := mvt.Decode([]byte(want(t, w.do(t, http.MethodGet, path, ""), http.StatusOK)))
		if err != nil {
			t.Fatal(err)
		}
		if len(decoded) != 1 || decoded[0].Features[0].Properties["speed"] != speed {
			t.Errorf("tile = %+v, want the plough at %v km/h", decoded, speed)
		}
	}
	response := c.get(t, path)
	if got := response.Header.Get("Cache-Control"); response.StatusCode != http.StatusOK || got != "max-age=2" {
		t.Errorf("tile of the public = %d %q, want max-age=2", response.StatusCode, got)
	}
}

func TestFeedsForOtherSystems(t *testing.T) {
	t.Parallel()
	c := openFleet(t, 2)
	w := writer{c.handler, c.dispatcher(t)}
	now := time.Now().Truncate(time.Second)
	c.live.Apply([]live.Fix{told(1, now, here, 36), told(2, now.Add(-time.Hour), here, 36)})
	c.live.Advance(now)
	read := func(path string) []byte { return []byte(want(t, w.do(t, http.MethodGet, path, ""), http.StatusOK)) }
	positions, err := gtfsrt.Decode(read("/live/ploughs/vehicle-positions.pb"))
	if err != nil || len(positions) != 1 || positions[0].Device != "plough-1" || !positions[0].Time.Equal(now) || positions[0].Speed.Value < 35.9 || positions[0].Speed.Value > 36.1 {
		t.Errorf("VehiclePositions = %+v, %v, want plough 1 alone: the other is too old", positions, err)
	}
	table, err := bustime.Decode(read("/live/ploughs/bustime.csv"))
	if err != nil || len(table) != 1 || table[0].Device != "plough-1" || table[0].Point != here {
		t.Errorf("Bustime = %+v, %v, want plough 1 alone", table, err)
	}
}
