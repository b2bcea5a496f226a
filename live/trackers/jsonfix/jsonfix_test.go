package jsonfix_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers/jsonfix"
)

func morning() time.Time { return time.Date(2026, 1, 15, 6, 30, 0, 0, time.UTC) }

const full = `{"device": 133552, "time": "2026-01-15T12:30:00+06:00", "lon": 74.6057, "lat": 42.8746, "altitude": 771,
	"speed": 23.5, "course": 271, "hdop": 0.8, "satellites": 11, "odometer": 1234.5, "valid": false, "late": true,
	"inputs": {"spreader": {"on": false, "grams": 20}, "blade": true, "driver": "A7", "nothing": null, "list": [1]}}`

func TestPlain(t *testing.T) {
	t.Parallel()
	got, err := jsonfix.Plain().Decode([]byte(full))
	if err != nil {
		t.Fatalf("Decode(%s) = %v", full, err)
	}
	want := []live.Fix{{
		Device: "133552", Source: "json", Time: morning(), Point: orb.Point{74.6057, 42.8746},
		Altitude: live.Some(771), Speed: live.Some(23.5), Course: live.Some(271), HDOP: live.Some(0.8),
		Satellites: live.Some(11), Odometer: live.Some(1234.5), Flags: live.NotValid | live.Late,
		Inputs: []live.Input{
			{Name: "blade", Value: 1},
			{Name: "driver", Text: "A7"},
			{Name: "spreader.grams", Value: 20},
			{Name: "spreader.on"},
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Decode differs (-want +got):\n%s", diff)
	}
}

func TestBatches(t *testing.T) {
	t.Parallel()
	const a, b = `{"device":"a","time":1768458600}`, `{"device":"b","time":1768458600000}`
	want := []live.Fix{
		{Device: "a", Source: "json", Time: morning(), Flags: live.NoPosition},
		{Device: "b", Source: "json", Time: morning(), Flags: live.NoPosition},
	}
	for name, batch := range map[string]string{
		"lines": a + "\n" + b + "\n", "array": "[" + a + "," + b + "]", "mixed": "[" + a + "] " + b,
	} {
		got, err := jsonfix.Plain().Decode([]byte(batch))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: Decode(%s) = %v; differs (-want +got):\n%s", name, batch, err, diff)
		}
	}
	if got, err := jsonfix.Plain().Decode(nil); err != nil || len(got) > 0 {
		t.Errorf("Decode(nothing) = %v, %v, want nothing", got, err)
	}
}

func TestUplinks(t *testing.T) {
	t.Parallel()
	inputs := []live.Input{{Name: "humidity", Value: 54.5}, {Name: "temperature", Value: -12}}
	cases := []struct {
		name    string
		mapping jsonfix.Mapping
		message string
		want    live.Fix
	}{
		{
			"ChirpStack", jsonfix.ChirpStack(),
			`{"deduplicationId": "x", "time": "2026-01-15T06:30:00+00:00", "fCnt": 7, "data": "AXVk",
			  "deviceInfo": {"devEui": "24e124136b000001"}, "object": {"temperature": -12, "humidity": 54.5}}`,
			live.Fix{
				Device: "24e124136b000001", Source: "chirpstack", Time: morning(), Flags: live.NoPosition,
				Inputs: append(inputs[:2:2], live.Input{Name: "fCnt", Value: 7}),
			},
		},
		{
			"The Things Stack", jsonfix.TheThingsStack(),
			`{"end_device_ids": {"device_id": "bin-7", "dev_eui": "24E124136B000002"}, "received_at": "2026-01-15T06:30:01Z",
			  "uplink_message": {"f_cnt": 8, "received_at": "2026-01-15T06:30:00Z", "decoded_payload": {"temperature": -12, "humidity": 54.5},
			  "locations": {"user": {"latitude": 42.87, "longitude": 74.6}}}}`,
			live.Fix{
				Device: "24E124136B000002", Source: "ttn", Time: morning(), Point: orb.Point{74.6, 42.87},
				Inputs: append(inputs[:2:2], live.Input{Name: "f_cnt", Value: 8}),
			},
		},
	}
	for _, c := range cases {
		got, err := c.mapping.Decode([]byte(c.message))
		if diff := cmp.Diff([]live.Fix{c.want}, got); err != nil || diff != "" {
			t.Errorf("%s: Decode = %v; differs (-want +got):\n%s", c.name, err, diff)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, batch, message string
		kind                 kvartal.Kind
	}{
		{"no JSON", `{"device":"a"}` + "\n{", "message 2: this is not JSON", kvartal.KindInvalid},
		{"no object", `5`, "message 1: a message is a JSON object", kvartal.KindInvalid},
		{"no device", `{}`, "message 1: device must be the name or number of the device", kvartal.KindInvalid},
		{"text for a number", `[{"device":"a"},{"device":"a","speed":"fast"}]`, "message 2: speed must be a number", kvartal.KindInvalid},
		{"number too large", `{"device":"a","lon":1e999}`, "message 1: lon must be a number", kvartal.KindInvalid},
		{"number for a truth", `{"device":"a","valid":1}`, "message 1: valid must be true or false", kvartal.KindInvalid},
		{"no time", `{"device":"a","time":"noon"}`, "message 1: time must be a time by RFC 3339 or the seconds since 1970", kvartal.KindInvalid},
		{"too many", strings.Repeat(`{"device":"a"}`, 5001), "a batch holds at most 5000 messages", kvartal.KindTooLarge},
	}
	for _, c := range cases {
		got, err := jsonfix.Plain().Decode([]byte(c.batch))
		if err == nil || !strings.HasPrefix(err.Error(), c.message) || kvartal.KindOf(err) != c.kind || got != nil {
			t.Errorf("%s: Decode = %v, %v, want %v: %q", c.name, got, err, c.kind, c.message)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	const good = `{"device":"a","time":1768458600}`
	got, err := jsonfix.Plain().DecodeLines([]byte(good + "\r\n\n" + good))
	want := live.Fix{Device: "a", Source: "json", Time: morning(), Flags: live.NoPosition}
	if diff := cmp.Diff([]live.Fix{want, want}, got); err != nil || diff != "" {
		t.Errorf("DecodeLines = %v; differs (-want +got):\n%s", err, diff)
	}
	const bad = good + "\n" + `{"device":"a","lon":200,"lat":0}` + "\n\n{\n" + good + good + "\n[" + good + "]"
	got, err = jsonfix.Plain().DecodeLines([]byte(bad))
	var e *kvartal.Error
	if !errors.As(err, &e) || got != nil {
		t.Fatalf("DecodeLines(%q) = %v, %v, want an error and nothing", bad, got, err)
	}
	for _, says := range []string{"line 2: 200, 0 is no place", "line 4: this is not JSON", "line 5: there is more than one message", "line 6: a message is a JSON object"} {
		if !strings.Contains(e.Message, says) {
			t.Errorf("DecodeLines(%q) says %q, want %q in it", bad, e.Message, says)
		}
	}
	_, err = jsonfix.Plain().DecodeLines([]byte(strings.Repeat("{\n", 30)))
	if !errors.As(err, &e) || !strings.HasSuffix(e.Message, "; and 10 more") {
		t.Errorf("DecodeLines of 30 faults = %v, want twenty named and 10 more", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(`[{"device":"a","time":-1e300}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		fixes, err := jsonfix.Plain().Decode(data)
		if kind := kvartal.KindOf(err); err != nil && kind != kvartal.KindInvalid && kind != kvartal.KindTooLarge {
			t.Fatalf("Decode(%q) = %v, want an error of KindInvalid", data, err)
		}
		for _, fix := range fixes {
			if err := fix.Sound(); err != nil {
				t.Fatalf("Decode(%q) = a fix that is not sound: %v", data, err)
			}
		}
		if _, err := jsonfix.Plain().DecodeLines(data); err != nil && kvartal.KindOf(err) == kvartal.KindInternal {
			t.Fatalf("DecodeLines(%q) = %v, want an error of KindInvalid", data, err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	mapping := jsonfix.Plain()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mapping.Decode([]byte(full)); err != nil {
			b.Fatal(err)
		}
	}
}
