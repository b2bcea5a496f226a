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
// settings call them.
type Forms struct {
	mappings map[string]jsonfix.Mapping
}

// NewForms returns the forms that are built in and those of mappings of JSON,
// which may replace them.
func NewForms(mappings map[string]jsonfix.Mapping) Forms {
	all := map[string]jsonfix.Mapping{"json": jsonfix.Plain(), "chirpstack": jsonfix.ChirpStack(), "ttn": jsonfix.TheThingsStack()}
	maps.Copy(all, mappings)
	return Forms{all}
}

// Decode returns what reads a document of a form into fixes, false if there is no
// such form.
func (f Forms) Decode(name string) (func([]byte) ([]live.Fix, error), bool) {
	switch mapping, known := f.mappings[name]; {
	case known:
		return mapping.Decode, true
	case name == "gtfs-rt":
		return gtfsrt.Decode, true
	case name == "bustime":
		return bustime.Decode, true
	}
	return nil, false
}

// Messages returns the mapping of a form that is JSON.
func (f Forms) Messages(name string) (jsonfix.Mapping, bool) {
	mapping, known := f.mappings[name]
	return mapping, known
}

// String names the forms, in order.
func (f Forms) String() string {
	names := append(slices.Collect(maps.Keys(f.mappings)), "bustime", "gtfs-rt")
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}
