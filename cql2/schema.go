package cql2

import (
	"maps"
	"slices"

	"github.com/paulmach/orb"

	"kvartal"
)

// Schema is the queryables of one layer by name.
type Schema map[string]Queryable

// Queryable is one property that filters may use.
type Queryable struct {
	Type Type
	// Element is the type of the items if Type is TypeArray.
	Element Type
	// Codes are the values permitted, if they are limited. Comparing with
	// another one is a mistake.
	Codes []string
	// SRID is the CRS of a geometry as the database stores it.
	SRID kvartal.SRID
	// Column is the column of the table if it is not called as the property.
	Column string
}

// Scope is what the names and literals of a filter mean.
type Scope struct {
	Schema    Schema
	Functions Functions
	// CRS of the geometry literals; 0 stands for WGS 84 (CRS84).
	CRS kvartal.SRID
	// NorthFirst says that literals give the northing or latitude before the
	// easting or longitude, as some CRS of EPSG order their axes.
	NorthFirst bool
	Folding    Folding
	// Domain is where in the world, in degrees, the CRS of the layer's geometries
	// is defined and its features lie. Literals in degrees that reach beyond it
	// are cut to it before they are transformed. Nil: everywhere.
	Domain *orb.Bound
}

func (s Scope) crs() kvartal.SRID {
	if s.CRS == 0 {
		return kvartal.WGS84
	}
	return s.CRS
}

// geometrySRID is the CRS in which geometries made by functions are taken to
// be: that of the layer's geometry.
func (s Scope) geometrySRID() kvartal.SRID {
	for _, name := range slices.Sorted(maps.Keys(s.Schema)) {
		if q := s.Schema[name]; q.Type == TypeGeometry {
			return q.SRID
		}
	}
	return s.crs()
}

// similar returns the candidate most like a misspelt name, or "".
func similar(name string, candidates []string) string {
	best, least := "", len([]rune(name))/3+1
	for _, c := range candidates {
		if d := distance([]rune(name), []rune(c)); d < least || d == least && best == "" {
			best, least = c, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or replace between a and b
// (Levenshtein). Long names are not compared: they cannot be misspelt codes.
func distance(a, b []rune) int {
	const longest = 100
	if len(a) > longest || len(b) > longest {
		return longest
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := diagonal
			if x != y {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// didYouMean ends a message about a misspelt name.
func didYouMean(name string, candidates []string) string {
	if s := similar(name, candidates); s != "" {
		return "; did you mean “" + s + "”?"
	}
	return ""
}
