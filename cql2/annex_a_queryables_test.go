package cql2_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"kvartal/cql2"
)

// The tests of Annex A that hold for any data: each queryable of a fitting type
// is put into templates, and the answers are compared with each other.

// answers are the features that each template takes with one queryable.
type answers map[string][]int64

// ask puts every queryable of the given types into the templates, {q}.
func (c conformance) ask(t *testing.T, types []cql2.Type, templates []string, compare func(q string, a answers)) {
	t.Helper()
	for table, r := range c {
		for _, name := range slices.Sorted(maps.Keys(r.schema)) {
			if !slices.Contains(types, r.schema[name].Type) {
				continue
			}
			q := cql2.Text(&cql2.Property{Name: name})
			a := answers{}
			for _, template := range templates {
				a[template] = c.run(t, table, strings.ReplaceAll(template, "{q}", q))
			}
			compare(table+"."+name, a)
		}
	}
}

func (a answers) assertDisjoint(t *testing.T, q, one, other string) {
	t.Helper()
	for _, id := range a[one] {
		if slices.Contains(a[other], id) {
			t.Errorf("%s: feature %d is taken by both %s and %s", q, id, one, other)
		}
	}
}

func (a answers) assertSame(t *testing.T, q, one, other string) {
	t.Helper()
	if !slices.Equal(a[one], a[other]) {
		t.Errorf("%s: %s takes %d features, %s takes %d, want the same", q, one, len(a[one]), other, len(a[other]))
	}
}

func sampleValues() map[cql2.Type]string {
	return map[cql2.Type]string{
		cql2.TypeText: "'foo'", cql2.TypeBoolean: "true", cql2.TypeNumber: "3.14", cql2.TypeInteger: "1",
		cql2.TypeTimestamp: "TIMESTAMP('2022-04-14T14:48:46Z')", cql2.TypeDate: "DATE('2022-04-14')",
	}
}

// TestAnnexAComparison is /conf/basic-cql2/comparison and
// /conf/property-property/comparison-*.
func TestAnnexAComparison(t *testing.T) {
	t.Parallel()
	c := newConformance(t)
	for typ, value := range sampleValues() {
		for _, form := range []string{"{q} %s " + value, value + " %s {q}"} {
			templates := make([]string, 6)
			for i, op := range []string{"=", "<>", ">", "<=", "<", ">="} {
				templates[i] = fmt.Sprintf(form, op)
			}
			c.ask(t, []cql2.Type{typ}, templates, func(q string, a answers) {
				for i := 0; i < 6; i += 2 {
					a.assertDisjoint(t, q, templates[i], templates[i+1])
				}
			})
		}
		identity := []string{"{q} = {q}", "{q} >= {q}", "{q} <= {q}", "{q} <> {q}", "{q} < {q}", "{q} > {q}"}
		c.ask(t, []cql2.Type{typ}, identity, func(q string, a answers) {
			a.assertSame(t, q, identity[0], identity[1])
			a.assertSame(t, q, identity[0], identity[2])
			for _, empty := range identity[3:] {
				if len(a[empty]) > 0 {
					t.Errorf("%s: %s takes %d features, want 0", q, empty, len(a[empty]))
				}
			}
		})
		for _, op := range []string{"=", ">=", "<=", "<>", "<", ">"} {
			got := c.run(t, "ne_110m_rivers_lake_centerlines", value+op+value)
			if want := map[bool]int{true: 13, false: 0}[slices.Contains([]string{"=", ">=", "<="}, op)]; len(got) != want {
				t.Errorf("%s takes %d features, want %d", value+op+value, len(got), want)
			}
		}
	}
}

// TestAnnexANullAndBoolean is /conf/basic-cql2/is-null and boolean.
func TestAnnexANullAndBoolean(t *testing.T) {
	t.Parallel()
	c := newConformance(t)
	all := []cql2.Type{
		cql2.TypeText, cql2.TypeInteger, cql2.TypeNumber, cql2.TypeBoolean, cql2.TypeDate, cql2.TypeTimestamp, cql2.TypeGeometry,
	}
	templates := []string{"{q} IS NULL", "{q} is not null"}
	c.ask(t, all, templates, func(q string, a answers) { a.assertDisjoint(t, q, templates[0], templates[1]) })
	for table, r := range c {
		if got := len(c.run(t, table, "true")); got != len(r.ids) {
			t.Errorf("true takes %d features of %s, want %d", got, table, len(r.ids))
		}
		if got := len(c.run(t, table, "false")); got != 0 {
			t.Errorf("false takes %d features of %s, want 0", got, table)
		}
	}
}

// TestAnnexAAdvancedComparison is /conf/advanced-comparison-operators/like,
// between and in.
func TestAnnexAAdvancedComparison(t *testing.T) {
	t.Parallel()
	c := newConformance(t)
	likes := []string{"{q} LIKE '%'", "{q} like '_%'", "{q} like ''", "{q} like '%%'", `{q} like '\\%\\_'`}
	c.ask(t, []cql2.Type{cql2.TypeText}, likes, func(q string, a answers) {
		a.assertDisjoint(t, q, likes[1], likes[2])
		a.assertSame(t, q, likes[0], likes[3])
	})
	for typ, templates := range map[cql2.Type][]string{
		cql2.TypeInteger:   {"{q} BETWEEN 0 AND 100", "{q} between 100.0 and 1.0", "{q} IN (1, 2, 3)"},
		cql2.TypeNumber:    {"{q} BETWEEN 0 AND 100", "{q} between 100.0 and 1.0", "{q} IN (1, 2, 3)"},
		cql2.TypeText:      {"{q} in ('foo', 'bar')"},
		cql2.TypeBoolean:   {"{q} in (true)"},
		cql2.TypeTimestamp: {"{q} in ('2022-04-14T14:52:56Z', '2022-04-14T15:52:56Z')"},
		cql2.TypeDate:      {"{q} in ('2022-04-14', '2022-04-15')"},
	} {
		c.ask(t, []cql2.Type{typ}, templates, func(string, answers) {})
	}
}

// TestAnnexAFolding is /conf/case-insensitive-comparison and
// /conf/accent-insensitive-comparison without their test data.
func TestAnnexAFolding(t *testing.T) {
	t.Parallel()
	c := newConformance(t)
	text := []cql2.Type{cql2.TypeText}
	disjoint := []string{
		"CASEI({q}) = casei('foo')", "CASEI({q}) <> casei('FOO')",
		"ACCENTI({q}) = accenti('äöüéáí')", "ACCENTI({q}) <> accenti('aoueai')",
	}
	c.ask(t, text, disjoint, func(q string, a answers) {
		a.assertDisjoint(t, q, disjoint[0], disjoint[1])
		a.assertDisjoint(t, q, disjoint[2], disjoint[3])
	})
	same := []string{
		"CASEI({q}) LIKE casei('foo%')", "CASEI({q}) LIKE casei('FOO%')",
		"ACCENTI({q}) LIKE accenti('Ä%')", "ACCENTI({q}) LIKE accenti('A%')",
		"ACCENTI(CASEI({q})) = accenti(casei('ÄÉ'))", "ACCENTI(CASEI({q})) = accenti(casei('ae'))",
		"ACCENTI(CASEI({q})) LIKE accenti(casei('Ä%'))", "ACCENTI(CASEI({q})) LIKE accenti(casei('a%'))",
	}
	c.ask(t, text, same, func(q string, a answers) {
		for i := 0; i < len(same); i += 2 {
			a.assertSame(t, q, same[i], same[i+1])
		}
	})
}

// TestAnnexASpatial is /conf/basic-spatial-functions, its plus, and
// /conf/spatial-functions without their test data.
func TestAnnexASpatial(t *testing.T) {
	t.Parallel()
	c := newConformance(t)
	const world = "POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))"
	literals := []string{
		"BBOX(-180,-90,180,90)", world, "LINESTRING(7 50, 10 51)", "POINT(7.02 49.92)", "BBOX(-180,-90,-90,90)",
		"LINESTRING(-180 -45, 0 -45)", "MULTILINESTRING((-180 -45, 0 -45), (0 45, 180 45))", "MULTIPOINT(7.02 49.92, 90 80)",
		"POLYGON((-180 -90, -90 -90, -90 90, -180 90, -180 -90), (-120 -50, -100 -50, -100 -40, -120 -40, -120 -50))",
		"MULTIPOLYGON(((-180 -90, -90 -90, -90 90, -180 90, -180 -90)),((0 0, 10 0, 10 10, 0 10, 0 0)))",
		"GEOMETRYCOLLECTION(POINT(7.02 49.92), POINT(7 49))",
	}
	functions := []string{"S_INTERSECTS", "S_DISJOINT", "S_EQUALS", "S_TOUCHES", "S_CROSSES", "S_WITHIN", "S_CONTAINS", "S_OVERLAPS"}
	geometry := []cql2.Type{cql2.TypeGeometry}
	for _, function := range functions {
		templates := make([]string, len(literals))
		for i, literal := range literals {
			templates[i] = function + "({q}, " + literal + ")"
		}
		c.ask(t, geometry, templates, func(q string, a answers) { a.assertSame(t, q, templates[0], templates[1]) })
	}
	mixed := "({q}, GEOMETRYCOLLECTION(POINT(7.02 49.92), POLYGON((0 0, 10 0, 10 10, 0 10, 0 0))))"
	c.ask(t, geometry, []string{"S_INTERSECTS" + mixed, "S_DISJOINT" + mixed}, func(q string, a answers) {
		a.assertDisjoint(t, q, "S_INTERSECTS"+mixed, "S_DISJOINT"+mixed)
	})
	for _, bad := range []string{"POINT(90 180)", "MULTIPOINT(7.02 49.92, 90 180)"} {
		for table, r := range c {
			e := parseText(t, "S_INTERSECTS(geom, "+bad+")")
			if _, err := cql2.Check(e, cql2.Scope{Schema: r.schema}); err == nil {
				t.Errorf("Check(%s) on %s = nil, want an error for the invalid coordinate", cql2.Text(e), table)
			}
		}
	}
}

// TestAnnexATemporal is /conf/temporal-functions without its test data.
func TestAnnexATemporal(t *testing.T) {
	t.Parallel()
	c := newConformance(t)
	both := []string{"T_AFTER", "T_BEFORE", "T_DISJOINT", "T_EQUALS", "T_INTERSECTS"}
	intervals := []string{
		"T_CONTAINS", "T_DURING", "T_FINISHEDBY", "T_FINISHES", "T_MEETS", "T_METBY",
		"T_OVERLAPPEDBY", "T_OVERLAPS", "T_STARTEDBY", "T_STARTS",
	}
	period := map[cql2.Type]string{
		cql2.TypeTimestamp: "INTERVAL('2021-01-01T00:00:00Z','2021-12-31T23:59:59Z')", cql2.TypeDate: "INTERVAL('2021-01-01','2021-12-31')",
	}
	for typ, interval := range period {
		for _, function := range both {
			c.ask(t, []cql2.Type{typ}, []string{
				function + "({q}, " + sampleValues()[typ] + ")", function + "({q}, " + interval + ")",
				function + "(" + interval + ", {q})", function + "({q}, {q})",
			}, func(string, answers) {})
		}
		for _, function := range slices.Concat(both, intervals) {
			c.ask(t, []cql2.Type{typ}, []string{
				function + "(INTERVAL({q}, \"end\"), " + interval + ")",
				function + "(INTERVAL(start, {q}), INTERVAL(\"date\", '..'))",
			}, func(string, answers) {})
		}
	}
}
