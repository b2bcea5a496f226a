package cql2_test

import (
	"testing"

	"github.com/paulmach/orb"

	"kvartal/cql2"
)

// typicalFilter is a filter as the map and the API send it.
const typicalFilter = "status IN ('planned', 'built') AND floors >= 5 AND CASEI(street) LIKE CASEI('%Токтогула%') AND " +
	"S_INTERSECTS(geom, BBOX(74.55, 42.85, 74.62, 42.89))"

func BenchmarkParseText(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cql2.ParseText(typicalFilter, cql2.DefaultLimits()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseJSON(b *testing.B) {
	data := cql2.JSON(parseText(b, typicalFilter))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cql2.ParseJSON(data, cql2.DefaultLimits()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckAndSQL(b *testing.B) {
	e, scope := parseText(b, typicalFilter), cityScope()
	b.ReportAllocs()
	for b.Loop() {
		f, err := cql2.Check(e, scope)
		if err != nil {
			b.Fatal(err)
		}
		f.SQL(1, "t")
	}
}

// packedRows are rows as a resident layer keeps them: a column is an array.
type packedRows struct {
	floors []int64
	height []float64
	street []string
	bounds []orb.Bound
}

// packedRow is one of them; the caller moves at.
type packedRow struct {
	*packedRows
	at int
}

func (r *packedRow) Null(int) bool        { return false }
func (r *packedRow) Boolean(int) bool     { return true }
func (r *packedRow) Integer(int) int64    { return r.floors[r.at] }
func (r *packedRow) Number(int) float64   { return r.height[r.at] }
func (r *packedRow) Text(int) string      { return r.street[r.at] }
func (r *packedRow) Bounds(int) orb.Bound { return r.bounds[r.at] }

func newPackedRows(count int) *packedRows {
	r := &packedRows{}
	words := cityWords()
	for i := range count {
		p := toWorld(orb.Point{74.5 + float64(i%100)/500, 42.8 + float64(i%77)/500})
		r.floors = append(r.floors, int64(i%30))
		r.height = append(r.height, float64(i%97)/2)
		r.street = append(r.street, words[i%len(words)])
		r.bounds = append(r.bounds, orb.Bound{Min: p, Max: p})
	}
	return r
}

func predicateOf(t tester, source string) *cql2.Predicate {
	t.Helper()
	p, err := check(t, parseText(t, source), cityScope()).Compile(cql2.Layout{
		Column: func(string) (int, bool) { return 0, true },
		Frame:  &cql2.Frame{Project: project, Tolerance: 2, Radius: worldSize / 6.283185307179586},
	})
	if err != nil {
		t.Fatalf("Compile(%s) = %v", source, err)
	}
	return p
}

// predicates are filters over packed rows, by what they do.
func predicates() map[string]string {
	return map[string]string{
		"two comparisons": "floors >= 5 AND height < 20.5",
		"text equality":   "street = 'Токтогула'",
		"list":            "floors IN (1, 2, 3, 5, 8)",
		"folded like":     "CASEI(street) LIKE CASEI('%Ток%')",
		"stripped":        "ACCENTI(CASEI(street)) = 'елка'",
		"arithmetic":      "floors * 3 + 1 > height / 2",
		"box":             "S_INTERSECTS(geom, BBOX(74.55, 42.85, 74.62, 42.89))",
	}
}

func BenchmarkPredicate(b *testing.B) {
	for name, source := range predicates() {
		b.Run(name, func(b *testing.B) {
			p := predicateOf(b, source)
			row := &packedRow{packedRows: newPackedRows(10_000)}
			b.ReportAllocs()
			for b.Loop() {
				row.at = (row.at + 1) % 10_000
				p.Verdict(row)
			}
		})
	}
}

// TestPredicateDoesNotAllocate: filters run over every row of a tile.
func TestPredicateDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("pools lose their content under the race detector")
	}
	rows := newPackedRows(1000)
	for name, source := range predicates() {
		p := predicateOf(t, source)
		row := &packedRow{packedRows: rows}
		allocated := testing.AllocsPerRun(10, func() {
			for row.at = range rows.floors {
				p.Verdict(row)
			}
		})
		if allocated > 0 {
			t.Errorf("%s: %v allocations in 1000 rows, want 0", name, allocated)
		}
	}
}
