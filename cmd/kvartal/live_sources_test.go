package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kvartal/live"
	"kvartal/live/ingest"
)

func TestSourcesAreDescribedInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sources.yaml")
	write(t, path, `
feeds:
  - name: park 7
    url: https://buses.example.org/vehicles.json
    form: park
    prefix: park7-
    every: 20s
    timeout: 5s
    max_mb: 2
    headers: {x-api-key: "${PARK_KEY}"}
    hosts: [cdn.example.org]
forms:
  park: {device: vehicle.id, time: [ts, sent], lon: x, lat: y}
`)
	t.Setenv("PARK_KEY", "secret")
	s, err := loadSources(path)
	if err != nil {
		t.Fatalf("loadSources = %v", err)
	}
	want := []ingest.Feed{{
		Name: "park 7", URL: "https://buses.example.org/vehicles.json", Prefix: "park7-", Every: 20 * time.Second, Timeout: 5 * time.Second,
		MaxBytes: 2 << 20, Header: http.Header{"X-Api-Key": {"secret"}}, Hosts: []string{"cdn.example.org"},
	}}
	if diff := cmp.Diff(want, s.feeds, cmpopts.IgnoreFields(ingest.Feed{}, "Decode")); diff != "" {
		t.Errorf("feeds differ (-want +got):\n%s", diff)
	}
	fixes, err := s.feeds[0].Decode([]byte(`[{"vehicle":{"id":5},"sent":1768458600,"x":74.6,"y":42.87}]`))
	if err != nil || len(fixes) != 1 || fixes[0].Device != "5" || fixes[0].Source != "park" || fixes[0].Flags&live.NoPosition != 0 {
		t.Errorf("Decode = %+v, %v, want a fix of vehicle 5", fixes, err)
	}
}

func TestMistakesInTheFileOfSources(t *testing.T) {
	t.Parallel()
	const good = "{name: a, url: 'http://a.example.org', form: gtfs-rt}"
	for text, says := range map[string]string{
		"feeds: [{nam: a}]": `unknown field "nam"`,
		"feeds: [{name: a, url: 'ftp://a', form: json}]":                    "want http:// or https://",
		"feeds: [{name: a, url: 'http://a', form: xml}]":                    "bustime, chirpstack, gtfs-rt, json, ttn",
		"feeds: [{name: a, url: 'http://a', form: json, every: 1ms}]":       "a second at least",
		"feeds: [" + good + ", " + good + "]":                               `two feeds are named "a"`,
		"feeds: [{url: 'http://a', form: json}]":                            "has no name",
		"brokers: [{name: b, url: 'mqtt://b', form: gtfs-rt, topics: [t]}]": `broker "b" is of form "gtfs-rt"`,
		"brokers: [{name: b, url: 'http://b', form: json, topics: [t]}]":    "want mqtt:// or mqtts://",
		"brokers: [{name: b, url: 'mqtt://b', form: json}]":                 "is asked for no topic",
		"forms: {x: {time: t}}":                                             "where the device is named",
	} {
		path := filepath.Join(t.TempDir(), "sources.yaml")
		write(t, path, text)
		if _, err := loadSources(path); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("loadSources of %s = %v, want %q", text, err, says)
		}
	}
}
