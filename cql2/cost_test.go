package cql2_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// star is a polygon with so many vertices and one more, about a place.
func star(vertices int) string {
	var points []string
	for i := range vertices + 1 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i%vertices) / float64(vertices))
		points = append(points, fmt.Sprintf("%.6f %.6f", 74.6+0.1*cos, 42.9+0.1*sin))
	}
	return "POLYGON((" + strings.Join(points, ", ") + "))"
}

func TestWorkGrowsWithWhatTheDatabaseHasToDo(t *testing.T) {
	t.Parallel()
	// Each filter takes at least ten times as long as the one before.
	work := time.Duration(0)
	for _, text := range []string{
		"floors = 1",
		"S_INTERSECTS(geom, " + star(2000) + ")",
		"S_TOUCHES(geom, " + star(1000) + ")",
		strings.TrimSuffix(strings.Repeat("S_TOUCHES(geom, "+star(1000)+") OR ", 20), " OR "),
	} {
		if got := check(t, parseText(t, text), cityScope()).Work(); got < 10*work {
			t.Errorf("Work(%.60s…) = %v, want ten times %v at least", text, got, work)
		} else {
			work = got
		}
	}
	scope := cityScope()
	for i := range scope.Functions {
		scope.Functions[i].Cost = func(vertices int) time.Duration { return time.Duration(vertices) * time.Second }
	}
	if got := check(t, parseText(t, "S_EQUALS(geom, Buffer(LINESTRING(0 0, 1 1, 2 0), 5))"), scope).Work().Truncate(time.Second); got != 3*time.Second {
		t.Errorf("Work of a call with 3 vertices = %v, want what the function says", got)
	}
}

func TestWhatIsNecessaryForAFilter(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"floors = 1 AND floors + 0 = floors":                                 "floors = 1",
		"floors + 0 = floors":                                                "",
		"floors = 1 OR floors + 0 = floors":                                  "",
		"floors = 1 OR floors IN (2, 3) AND initial(name) = initial(street)": "floors = 1 OR floors IN (2, 3)",
		"NOT floors = 1":                                                     "",
		"name LIKE 'a%' AND CASEI(name) LIKE CASEI('%b')":                    "name LIKE 'a%'",
		"name IS NULL AND S_DISJOINT(geom, POINT(1 2))":                      "name IS NULL",
	} {
		got := check(t, parseText(t, source), cityScope()).Necessary()
		if want == "" {
			if got != nil {
				t.Errorf("Necessary(%s) is something, want nothing", source)
			}
			continue
		}
		wanted, _ := check(t, parseText(t, want), cityScope()).SQL(1, "")
		if text, _ := got.SQL(1, ""); text != wanted {
			t.Errorf("Necessary(%s) = %s, want %s", source, text, wanted)
		}
	}
}

// What is necessary holds for every row that a filter finds.
func TestWhatIsNecessaryIsTrueWhereTheFilterIs(t *testing.T) {
	t.Parallel()
	city := newCity(t, 300)
	for _, source := range []string{
		"S_INTERSECTS(geom, " + star(50) + ")", "S_WITHIN(place, " + star(7) + ") AND floors > 0", "S_TOUCHES(geom, LINESTRING(74.5 42.8, 74.6 42.9))",
		"S_CONTAINS(geom, POINT(74.505 42.805)) OR S_EQUALS(place, POINT(74.5 42.8))", "S_INTERSECTS(geom, BBOX(74.55, 42.85, 74.6, 42.9))",
		"NOT S_DISJOINT(geom, " + star(9) + ") AND name IN ('a', 'b')", "S_CROSSES(geom, LINESTRING(170 42, -170 43)) OR price <= 2.5",
		"status = 'built' AND (floors BETWEEN 1 AND 3 OR height IS NULL)",
	} {
		f := check(t, parseText(t, source), cityScope())
		n := f.Necessary()
		if n == nil {
			continue
		}
		condition, args := f.SQL(1, "")
		needed, more := n.SQL(len(args)+1, "")
		var beyond int
		sql := "SELECT count(*) FROM city WHERE (" + condition + ") AND (" + needed + ") IS NOT TRUE"
		if err := city.pool.QueryRow(t.Context(), sql, append(args, more...)...).Scan(&beyond); err != nil || beyond > 0 {
			t.Errorf("%s finds %d rows for which %s is not true, %v", source, beyond, needed, err)
		}
	}
}
