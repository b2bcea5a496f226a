package server_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"kvartal/auth"
	"kvartal/tiles"
)

// events opens /changes on a real connection and returns what reads one event:
// its name, id and data.
func events(t *testing.T, url, lastID string) func() (name, id, data string) {
	t.Helper()
	return eventsOf(t, url+"/changes", lastID)
}

// eventsOf opens a stream of events, with headers in pairs.
func eventsOf(t *testing.T, url, lastID string, headers ...string) func() (name, id, data string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	if got := response.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("type of %s = %q", url, got)
	}
	lines := bufio.NewScanner(response.Body)
	return func() (name, id, data string) {
		t.Helper()
		for lines.Scan() {
			field, value, _ := strings.Cut(lines.Text(), ": ")
			switch field {
			case "event":
				name = value
			case "id":
				id = value
			case "data":
				data = value
			case "":
				return name, id, data
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return "", "", ""
	}
}

func TestOpenMapsAreToldOfChanges(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	live := httptest.NewServer(c.handler)
	t.Cleanup(live.Close)
	t.Cleanup(c.server.Stop) // first, or Close waits for the stream
	next := events(t, live.URL, "")
	name, first, _ := next()
	if name != "hello" {
		t.Fatalf("first event = %q, want hello", name)
	}
	dover := orb.Bound{Min: orb.Point{-8_408_000, 4_746_000}, Max: orb.Point{-8_407_000, 4_747_000}}
	c.tiles.Changed([]tiles.Area{{Layer: "parcels", Bound: dover}, {Layer: "no_such_layer", Bound: dover}})
	name, _, data := next()
	if name != "change" || !strings.HasPrefix(data, `{"layers":{"parcels":[[-75.53`) || strings.Contains(data, "no_such_layer") {
		t.Errorf("event = %s %s, want the change of parcels in degrees", name, data)
	}
	c.tiles.Changed([]tiles.Area{{Layer: "trees", Bound: tiles.Everywhere()}})
	if _, _, data = next(); !strings.HasPrefix(data, `{"layers":{"trees":[[-180,-85.0511`) {
		t.Errorf("event = %s, want trees everywhere", data)
	}
	// A reader that comes back gets what it missed, in one event.
	again := events(t, live.URL, first)
	if name, id, _ := again(); name != "hello" || id != first {
		t.Errorf("first event after a return = %s %s, want hello %s", name, id, first)
	}
	if name, _, data := again(); name != "change" || !strings.Contains(data, "parcels") || !strings.Contains(data, "trees") {
		t.Errorf("event after a return = %s %s, want both changes", name, data)
	}
	// One from another run of the server cannot know what it missed.
	stranger := events(t, live.URL, "otherrun-1")
	if name, _, _ := stranger(); name != "reload" {
		t.Errorf("first event for an unknown id = %s, want reload", name)
	}
}

// An open map is told when the rights of its reader are others.
func TestOpenMapsAreToldOfRights(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	live := httptest.NewServer(c.handler)
	t.Cleanup(live.Close)
	t.Cleanup(c.server.Stop) // first, or Close waits for the stream
	next := events(t, live.URL, "")
	if name, _, _ := next(); name != "hello" {
		t.Fatalf("first event = %q, want hello", name)
	}
	if err := c.auth.Close(t.Context(), auth.Actor{}, "trees", true); err != nil {
		t.Fatal(err)
	}
	if name, _, data := next(); name != "rights" || data != "{}" {
		t.Errorf("event after a layer was closed = %s %s, want rights", name, data)
	}
}
