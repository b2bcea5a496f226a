package ingest

import (
	"maps"
	"slices"
	"strings"

	"kvartal/live"
	"kvartal/live/trackers/bustime"
	"kvartal/live/trackers/gtfsrt"
	"kvartal/live/trackers/jsonfix"
)

// Forms are the documents that feeds and brokers bring, by the names that
// settings call them: how to read one into fixes.
type Forms map[string]func([]byte) ([]live.Fix, error)

// NewForms returns the forms that are built in and those of mappings of JSON,
// which may replace them.
func NewForms(mappings map[string]jsonfix.Mapping) Forms {
	forms := Forms{
		"gtfs-rt": gtfsrt.Decode, "bustime": bustime.Decode,
		"json": jsonfix.Plain().Decode, "chirpstack": jsonfix.ChirpStack().Decode, "ttn": jsonfix.TheThingsStack().Decode,
	}
	for name, mapping := range mappings {
		forms[name] = mapping.Decode
	}
	return forms
}

// String names the forms, in order.
func (f Forms) String() string { return strings.Join(slices.Sorted(maps.Keys(f)), ", ") }
