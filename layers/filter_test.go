package layers_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/cql2"
	"kvartal/layers"
	"kvartal/view"
)

// filter reads CQL2 text as a request through the view would.
func (c city) filter(t *testing.T, id kvartal.LayerID, principal kvartal.Principal, text string) (*cql2.Filter, error) {
	t.Helper()
	d, err := c.Registry().Layer(id)
	if err != nil {
		t.Fatal(err)
	}
	return cql2Check(c, d, d.View(principal), text)
}

func cql2Check(c city, d *layers.Definition, v view.View, text string) (*cql2.Filter, error) {
	expr, err := cql2.ParseText(text, cql2.DefaultLimits())
	if err != nil {
		return nil, err
	}
	return cql2.Check(expr, c.CQL2Scope(d, v))
}

func TestItemsObeyAFilter(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	for i := range 5 {
		f := bench("B-"+strconv.Itoa(i), map[string]any{"seats": int64(i + 1), "made_on": "2024-0" + strconv.Itoa(i+1) + "-01"})
		f.Geometry = orb.Point{-75.52 + float64(i)/1000, 39.16}
		c.apply(t, create(f))
	}
	for text, want := range map[string]int{
		"seats >= 4": 2,
		"number LIKE 'B-%' AND NOT (seats IN (1, 2))":                             3,
		"S_INTERSECTS(geometry, BBOX(-75.5205, 39.1, -75.5185, 39.2))":            2,
		"T_AFTER(made_on, DATE('2024-04-15'))":                                    1,
		"distance(geometry, POINT(-75.52 39.16)) < 100":                           2,
		"area(geometry) = 0 AND length(geometry) = 0":                             5,
		"area(BBOX(-75.52, 39.16, -75.51, 39.17)) BETWEEN 950000 AND 970000":      5,
		"length(LINESTRING(0 0, 0 1)) BETWEEN 110000 AND 111000":                  5,
		"distance(geometry, GEOMETRYCOLLECTION(POINT(-75.52 39.16))) < 1":         1,
		"year(made_on) = 2024 AND id > 0":                                         5,
		"year(TIMESTAMP('2023-12-31T23:59:59Z')) = 2023 AND roofed IS NULL":       5,
		"S_WITHIN(geometry, POLYGON((-76 39, -75 39, -75 40, -76 40, -76 39)))":   5,
		"S_DISJOINT(geometry, POLYGON((-76 39, -75 39, -75 40, -76 40, -76 39)))": 0,
	} {
		f, err := c.filter(t, "benches", kvartal.Public, text)
		if err != nil {
			t.Errorf("filter %s = %v", text, err)
			continue
		}
		q := layers.Query{Filter: f, Limit: 10}
		page, err := c.Items(t.Context(), c.all(t, "benches"), q)
		if err != nil || len(page.Features) != want {
			t.Errorf("Items where %s = %d features, %v, want %d", text, len(page.Features), err, want)
		}
		if n, err := c.Count(t.Context(), c.all(t, "benches"), q, 4); err != nil || n != min(want, 4) {
			t.Errorf("Count to 4 where %s = %d, %v, want %d", text, n, err, min(want, 4))
		}
	}
}

func TestFiltersSeeOnlyWhatTheViewMayRead(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	_, err := c.filter(t, "benches", kvartal.Public, "donor = 'secret'")
	if kvartal.KindOf(err) != kvartal.KindInvalid || !strings.Contains(err.Error(), "donor") {
		t.Errorf("filter by an attribute that may not be read = %v, want that it does not exist", err)
	}
}

func TestItemsHoldTheAttributesAskedFor(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	c.apply(t, create(bench("B-1", nil)))
	page, err := c.Items(t.Context(), c.all(t, "benches"), layers.Query{Properties: []string{"seats"}, Sort: []layers.SortKey{{Property: "number"}}, Limit: 1})
	if err != nil || len(page.Features[0].Properties) != 1 || page.Features[0].Properties["seats"] != int64(3) {
		t.Errorf("Items with seats only = %v, %v", page.Features, err)
	}
	_, err = c.Items(t.Context(), c.all(t, "benches"), layers.Query{Properties: []string{"colour"}, Limit: 1})
	if kvartal.KindOf(err) != kvartal.KindInvalid {
		t.Errorf("Items with a property that is not there = %v, want %v", err, kvartal.KindInvalid)
	}
}
