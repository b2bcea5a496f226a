package cql2_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kvartal"
	"kvartal/cql2"
)

// TestCheckRefuses reads filters that do not fit the city's layer and what we
// say about them.
func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	for i, example := range strings.Split(readFile(t, "testdata/refused.txt"), "\n\n") {
		if strings.HasPrefix(example, "#") {
			continue
		}
		source, want, ok := strings.Cut(example, "\n=> ")
		if !ok {
			t.Fatalf("example %d has no =>: %s", i, example)
		}
		_, err := cql2.Check(parseText(t, source), cityScope())
		if err == nil {
			t.Errorf("Check(%s) = nil, want an error", source)
			continue
		}
		if got := err.Error(); got != strings.TrimSpace(want) || kvartal.KindOf(err) != kvartal.KindInvalid {
			t.Errorf("Check(%s)\n got %s (%v)\nwant %s", source, got, kvartal.KindOf(err), want)
		}
	}
}

func TestCheckPointsIntoJSON(t *testing.T) {
	t.Parallel()
	e := parseJSON(t, `{"op": "and", "args": [true, {"op": ">", "args": [{"property": "flors"}, 5]}]}`)
	_, err := cql2.Check(e, cityScope())
	want := "/args/1/args/0: there is no property “flors”; did you mean “floors”?"
	if err == nil || err.Error() != want {
		t.Errorf("Check = %v, want %s", err, want)
	}
}

func TestProperties(t *testing.T) {
	t.Parallel()
	f := check(t, parseText(t, "floors > 5 AND (name LIKE 'a%' OR S_WITHIN(geom, BBOX(1,2,3,4))) AND floors < 9"), cityScope())
	if got, want := f.Properties(), []string{"floors", "geom", "name"}; !slices.Equal(got, want) {
		t.Errorf("Properties = %q, want %q", got, want)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("(", 100) + "lit" + strings.Repeat(")", 100)
	for name, source := range map[string]string{
		"depth of parentheses": deep,
		"depth of NOT":         strings.Repeat("NOT ", 100) + "lit",
		"depth of sums":        "floors = 1" + strings.Repeat(" + 1", 100),
		"depth of IN":          strings.Repeat("lit IN (", 100) + "lit" + strings.Repeat(")", 100),
		"depth of calls":       strings.Repeat("f(", 100) + strings.Repeat(")", 100),
		"depth of intervals":   strings.Repeat("INTERVAL(", 100),
		"nodes":                "lit" + strings.Repeat(" OR lit", 30_000),
		"bytes":                strings.Repeat(" ", 2<<20),
		"text":                 "name = '" + strings.Repeat("x", 5000) + "'",
		"items":                "floors IN (0" + strings.Repeat(",1", 10_000) + ")",
		"vertices":             "S_WITHIN(geom, MULTIPOINT(0 0" + strings.Repeat(",1 1", 50_000) + "))",
	} {
		if _, err := cql2.ParseText(source, cql2.DefaultLimits()); kvartal.KindOf(err) != kvartal.KindTooLarge {
			t.Errorf("ParseText over the limit of %s = %v, want %v", name, err, kvartal.KindTooLarge)
		}
	}
	for name, source := range map[string]string{
		"depth": strings.Repeat(`{"op":"not","args":[`, 100) + "true" + strings.Repeat("]}", 100),
		"items": `{"op":"in","args":[1,[1` + strings.Repeat(",1", 10_000) + "]]}",
	} {
		if _, err := cql2.ParseJSON([]byte(source), cql2.DefaultLimits()); kvartal.KindOf(err) != kvartal.KindTooLarge {
			t.Errorf("ParseJSON over the limit of %s = %v, want %v", name, err, kvartal.KindTooLarge)
		}
	}
	wild := "name LIKE '" + strings.Repeat("%a", 11) + "'"
	if _, err := cql2.Check(parseText(t, wild), cityScope()); kvartal.KindOf(err) != kvartal.KindTooLarge {
		t.Errorf("Check over the limit of wildcards = %v, want %v", err, kvartal.KindTooLarge)
	}
}

func TestGrowthIsBounded(t *testing.T) {
	t.Parallel()
	s := "lit"
	for range 25 {
		s = "at(" + s + ") BETWEEN DATE('2020-01-01') AND DATE('2020-01-02')"
	}
	_, err := cql2.Check(parseText(t, s), cql2.Scope{Schema: citySchema(), Functions: cql2.Functions{at()}})
	if kvartal.KindOf(err) != kvartal.KindTooLarge {
		t.Errorf("Check of a filter that doubles 25 times = %v, want %v", err, kvartal.KindTooLarge)
	}
}

// TestCheckTakesLinearTime: what is nested is not checked again at each level.
func TestCheckTakesLinearTime(t *testing.T) { // not parallel, for it counts allocations
	for _, form := range []string{
		"A_EQUALS((%s), (lit))", "(%s) IN (lit)", "lit = (%s)", "either(%s, lit)", "(%s) IS NULL", "NOT (%s)",
		"at(%s) = DATE('2020-01-01')", "T_BEFORE(at(%s), seen)",
	} {
		s := "lit"
		for range 20 {
			s = strings.ReplaceAll(form, "%s", s)
		}
		e, err := cql2.ParseText(s, cql2.Limits{Bytes: 1 << 20, Depth: 1000, Nodes: 1000, Text: 100, Items: 10})
		if err != nil {
			t.Fatal(err)
		}
		scope := cityScope()
		scope.Functions = append(scope.Functions, at())
		if allocated := testing.AllocsPerRun(1, func() { _, _ = cql2.Check(e, scope) }); allocated > 2000 {
			t.Errorf("Check of %s nested 20 times makes %v allocations", form, allocated)
		}
	}
}

// at is a function from a condition to a moment.
func at() cql2.Function {
	return cql2.Function{
		Name: "at", Result: cql2.TypeTimestamp, Parameters: []cql2.Parameter{{Name: "c", Types: []cql2.Type{cql2.TypeBoolean}}},
		SQL: func(args []string) string { return args[0] },
	}
}

func TestAll(t *testing.T) {
	t.Parallel()
	lit, tall := parseText(t, "lit"), parseText(t, "floors > 5")
	for want, got := range map[string]cql2.Expr{
		"TRUE":               cql2.All(),
		"lit":                cql2.All(nil, lit),
		"lit AND floors > 5": cql2.All(lit, nil, tall),
	} {
		if text := cql2.Text(got); text != want {
			t.Errorf("All = %s, want %s", text, want)
		}
	}
}

func TestDescribeFunctions(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(cityFunctions()[2:3].Describe())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"functions":[{"name":"Buffer","description":"The area within a distance in metres.",` +
		`"args":[{"title":"geometry","type":["geometry"]},{"title":"distance","type":["number"]}],"returns":["geometry"]}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("Describe (-want +got):\n%s", diff)
	}
	if got, err := json.Marshal(cql2.Functions(nil).Describe()); err != nil || string(got) != `{"functions":[]}` {
		t.Errorf("Describe of none = %s, %v", got, err)
	}
}
