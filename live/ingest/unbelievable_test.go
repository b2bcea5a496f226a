package ingest_test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"kvartal/live"
	"kvartal/live/ingest"
	"kvartal/live/trackers/bustime"
	"kvartal/live/trackers/egts"
	"kvartal/live/trackers/gtfsrt"
	"kvartal/live/trackers/nmea"
	"kvartal/live/trackers/wialon"
)

// tell sends what a device has to say, over a connection of its own.
func tell(network, port string, messages ...[]byte) func(*testing.T, *flooded) {
	return func(t *testing.T, f *flooded) {
		t.Helper()
		address := f.address[port]
		if network == "udp" {
			address = f.udp
		}
		conn := dial(t, network, address)
		for _, m := range messages {
			say(t, conn, m)
		}
	}
}

// publish sends a message of a device to the broker.
func publish(device, payload string) func(*testing.T, *flooded) {
	return func(t *testing.T, f *flooded) {
		t.Helper()
		connected(t, f.address[ingest.MQTT], device, "").Publish("devices/"+device+"/json", 1, false, payload)
	}
}

// feed reads a document of a form from another server.
func feed(form string, document []byte) func(*testing.T, *flooded) {
	return func(t *testing.T, f *flooded) {
		t.Helper()
		decode, ok := ingest.NewForms(nil).Decode(form)
		if !ok {
			t.Fatalf("there is no form %s", form)
		}
		s := feedServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(document) })
		poll(t, ingest.NewPoller(ingest.Feed{Name: form, URL: s.URL, Decode: decode}, f.intake, f.logger()))
	}
}

// A time that cannot be and the place of who has no satellites are kept, marked
// and counted, whatever way they come, and move nothing on the map.
func TestWhatCannotBeBelievedIsMarkedWhateverWayItComes(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	future := live.Fix{Device: "7", Time: time.Date(2099, 6, 15, 12, 0, 0, 0, time.UTC), Point: orb.Point{10, 50}}
	nowhere := live.Fix{Device: "7", Time: now}
	both := []live.Fix{future, nowhere}
	login := wialon.EncodeLogin("7", "NA")
	rows := fmt.Sprintf("7,%d,10,50,,,,\n7,%d,0,0,,,,\n", future.Time.Unix(), now.Unix())
	document := fmt.Sprintf(`[{"device":"7","time":%d,"lon":10,"lat":50},{"device":"7","time":%d,"lon":0,"lat":0}]`, future.Time.Unix(), now.Unix())
	message, err := gtfsrt.Encode(now, both[:1])
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		source string
		send   func(*testing.T, *flooded)
		fixes  int // 1: there is no way to tell 0°/0°
	}{
		"EGTS":          {egts.Source, tell("tcp", egts.Source, egts.Encode(1, 7, both)), 2},
		"Wialon":        {wialon.Source, tell("tcp", wialon.Source, login, wialon.Encode(&future), wialon.Encode(&nowhere)), 2},
		"Wialon by UDP": {wialon.Source, tell("udp", wialon.Source, append(bytes.Clone(login), wialon.Encode(&future)...), append(bytes.Clone(login), wialon.Encode(&nowhere)...)), 2},
		"NMEA":          {nmea.Source, tell("tcp", nmea.Source, nmea.Encode(&future), nmea.Encode(&nowhere)), 2},
		"MQTT":          {"json", publish("7", document), 2},
		"feed of JSON":  {"json", feed("json", []byte(document)), 2},
		"Bustime":       {bustime.Source, feed("bustime", []byte(rows)), 2},
		"GTFS Realtime": {gtfsrt.Source, feed("gtfs-rt", message), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := openFlooded(t)
			c.send(t, f)
			f.waitFor(t, "what was told", func() bool { return f.count(t, "kvartal_live_fixes_total", nil) == float64(c.fixes) })
			counted := func(clock, position string) float64 {
				return f.count(t, "kvartal_live_fixes_total", map[string]string{"source": c.source, "clock": clock, "position": position})
			}
			if n := counted("absurd", "told"); n != 1 {
				t.Errorf("%v fixes of 2099 are counted, want 1", n)
			}
			if n := counted("right", "not valid") + counted("right", "none"); n != float64(c.fixes-1) {
				t.Errorf("%v fixes at 0°/0° are counted, want %d", n, c.fixes-1)
			}
			if at := shownAfter(t, f.kept.all()); at != (orb.Point{74.6, 42.87}) {
				t.Errorf("the device is shown at %v, want where it was before", at)
			}
		})
	}
}

// shownAfter is where device 7, which told a right place a minute ago, is after fixes.
func shownAfter(t *testing.T, fixes []live.Fix) orb.Point {
	t.Helper()
	before := time.Now().UTC().Add(-time.Minute)
	var head live.Head
	for _, fix := range append([]live.Fix{{Device: "7", Time: before, Received: before, Point: orb.Point{74.6, 42.87}}}, fixes...) {
		m := live.MomentOf(&fix)
		head.Take(m)
	}
	return head.Placed.Point
}

// Whoever speaks for a device without its password is refused, told of once and
// counted, whatever way they speak.
func TestDevicesWithAnothersIDAreRefused(t *testing.T) {
	t.Parallel()
	const device = "860000000000001" // its password is "secret"
	fix := fixAt(1)
	var imei [15]byte
	copy(imei[:], device)
	for name, c := range map[string]struct {
		source string
		send   func(*testing.T, *flooded)
	}{
		"EGTS, which knows no password": {egts.Source, tell("tcp", egts.Source, append(egts.EncodeLogin(1, 7, imei), egts.Encode(2, 7, []live.Fix{fix})...))},
		"Wialon, a wrong password":      {wialon.Source, tell("tcp", wialon.Source, wialon.EncodeLogin(device, "guess"), wialon.Encode(&fix))},
		"Wialon, no password":           {wialon.Source, tell("tcp", wialon.Source, wialon.EncodeLogin(device, "NA"), wialon.Encode(&fix))},
		"Wialon by UDP":                 {wialon.Source, tell("udp", wialon.Source, append(wialon.EncodeLogin(device, "guess"), wialon.Encode(&fix)...))},
		"NMEA":                          {nmea.Source, tell("tcp", nmea.Source, nmea.Encode(&fix))},
		"MQTT, a wrong password": {ingest.MQTT, func(t *testing.T, f *flooded) {
			t.Helper()
			if _, err := connect(t, f.address[ingest.MQTT], device, "guess"); err == nil {
				t.Error("Connect = nil, want a refusal")
			}
		}},
		"MQTT, the topic of another": {ingest.MQTT, func(t *testing.T, f *flooded) {
			t.Helper()
			connected(t, f.address[ingest.MQTT], "7", "").Publish("devices/"+device+"/json", 1, false, `{"time":1768458600}`)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := openFlooded(t)
			c.send(t, f)
			f.waitFor(t, "a refusal that is counted", func() bool { return f.refusals(t) > 0 })
			if n := f.count(t, "kvartal_live_refused_total", map[string]string{"source": c.source}); n != 1 {
				t.Errorf("%v refusals of %s are counted, want 1", n, c.source)
			}
			f.waitFor(t, "a line in the log", func() bool { return f.log.logged() > 0 })
			if kept, logged := len(f.kept.all()), f.log.logged(); kept > 0 || logged != 1 {
				t.Errorf("%d fixes are kept and %d lines logged, want none and 1", kept, logged)
			}
		})
	}
}
