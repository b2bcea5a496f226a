package shortbread

import (
	"strconv"
	"strings"

	"kvartal/importers/basemap/pbf"
)

// place is a class of places.
type place struct {
	zoom       int
	population int64 // if the place does not say
}

var places = map[string]place{
	"city":              {6, 100_000},
	"town":              {7, 5000},
	"village":           {10, 100},
	"hamlet":            {10, 50},
	"suburb":            {10, 1000},
	"quarter":           {10, 500},
	"neighbourhood":     {10, 100},
	"isolated_dwelling": {10, 5},
	"farm":              {10, 5},
	"island":            {10, 0},
	"locality":          {10, 0},
}

func appendPlace(out []Draft, t pbf.Tags) []Draft {
	kind := t.Get("place")
	pl, ok := places[kind]
	p := map[string]any{}
	if !ok || !addNames(p, t) {
		return out
	}
	if capital := t.Get("capital"); isOneOf(kind, "city", "town", "village", "hamlet") && isOneOf(capital, "yes", "4") {
		pl.zoom, kind = 4, "capital"
		if capital == "4" {
			kind = "state_capital"
		}
	}
	p["kind"], p["population"] = kind, population(t.Get("population"), pl.population)
	return append(out, draft("place_labels", pl.zoom, p))
}

// population reads a number such as "1 029 556" or "37,000".
func population(s string, otherwise int64) int64 {
	s = strings.NewReplacer(" ", "", ",", "", "\u00a0", "", "'", "").Replace(s)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 {
		return n
	}
	return otherwise
}

// appendIsland labels an island that is drawn as an area. Other places have a
// node beside their area, and would be named twice.
func appendIsland(out []Draft, t pbf.Tags) []Draft {
	if t.Get("place") != "island" {
		return out
	}
	return appendPlace(out, t)
}

// Boundary says which boundary a relation makes of its members: its level, 2
// for countries, 4 for states, 0 for neither; and whether it is disputed.
func Boundary(t pbf.Tags) (level int, disputed bool) {
	switch t.Get("boundary") {
	case "administrative":
		level, _ = strconv.Atoi(t.Get("admin_level"))
		if level != 2 && level != 4 {
			level = 0
		}
	case "disputed":
		disputed = isOneOf(t.Get("admin_level"), "", "2", "3", "4")
	}
	return level, disputed
}

// BoundaryLine returns what a way becomes that is part of a boundary.
func BoundaryLine(t pbf.Tags, level int, disputed bool) Draft {
	zoom := 7
	if level == 2 {
		zoom = 0
	}
	return draft("boundaries", zoom, map[string]any{
		"admin_level": int64(level),
		"maritime":    t.Get("maritime") == "yes" || t.Get("natural") == "coastline",
		"disputed":    disputed || t.Get("disputed") == "yes",
	})
}

// BoundaryLabel returns the label of a country or state of a size in square
// metres on the ground, if it has a name.
func BoundaryLabel(t pbf.Tags, level int, size float64) (Draft, bool) {
	const squareKilometre, hectare = 1e6, 1e4
	zoom := 5
	switch km2 := size / squareKilometre; {
	case level == 2 && km2 >= 2e6:
		zoom = 2
	case km2 >= 7e5:
		zoom = 3
	case km2 >= 1e5:
		zoom = 4
	}
	p := map[string]any{"admin_level": int64(level), "way_area": size / hectare}
	return pointDraft("boundary_labels", zoom, p), addNames(p, t)
}
