package layers_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kvartal"
	"kvartal/layers"
)

func TestParseSort(t *testing.T) {
	t.Parallel()
	want := []layers.SortKey{{Property: "built", Descending: true}, {Property: "name"}, {Property: "id"}}
	if got, err := layers.ParseSort("-built,+name,id"); err != nil || !slices.Equal(got, want) {
		t.Errorf("ParseSort = %v, %v, want %v", got, err, want)
	}
	for _, text := range []string{"", ",", "-", "a,,b", "--a", "+-a"} {
		if got, err := layers.ParseSort(text); kvartal.KindOf(err) != kvartal.KindInvalid {
			t.Errorf("ParseSort(%q) = %v, %v, want %v", text, got, err, kvartal.KindInvalid)
		}
	}
}

func TestTextIsSortedAsPeopleDo(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	for i, donor := range []any{"Яна", "ёлка", "Ель", "жук", nil, "Алма", "Өмүр", "Орто", "Пар"} {
		c.apply(t, create(bench("B-"+strconv.Itoa(i), map[string]any{"donor": donor})))
	}
	for _, descending := range []bool{false, true} {
		page, err := c.Items(t.Context(), c.all(t, "benches"), layers.Query{Sort: []layers.SortKey{{Property: "donor", Descending: descending}}, Limit: 20})
		if err != nil {
			t.Fatal(err)
		}
		want := []any{"Алма", "ёлка", "Ель", "жук", "Орто", "Өмүр", "Пар", "Яна"}
		if descending {
			slices.Reverse(want)
		}
		want = append(want, nil) // without a value last, either way
		var got []any
		for _, f := range page.Features {
			got = append(got, f.Properties["donor"])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("donors sorted, descending %v (-want +got):\n%s", descending, diff)
		}
	}
}

// However features are sorted and paged, the pages are the whole in order.
func TestPagesOfEveryOrderAreTheWhole(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	c.exec(t, `INSERT INTO layer.benches (number, seats, length, price, roofed, made_on, checked_at, material, donor, geom)
		SELECT 'B-' || n, nullif(n % 4, 0), CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN 'NaN' ELSE n / 7.0 END, nullif(n % 3, 0) + 0.10,
		  (n % 3 = 0), DATE '2024-01-01' + n % 6, CASE n % 4 WHEN 0 THEN NULL ELSE TIMESTAMPTZ '2024-01-01' + n % 7 * interval '1.000001 s' END,
		  CASE n % 3 WHEN 0 THEN 'wood' WHEN 1 THEN 'stone' END, chr(1072 + n % 5), ST_SetSRID(ST_MakePoint(n, n), 32618)
		FROM generate_series(1, 60) AS n`)
	names := []string{"id", "number", "seats", "length", "price", "roofed", "made_on", "checked_at", "material", "donor"}
	rapid.Check(t, func(t *rapid.T) {
		q := layers.Query{Limit: layers.MaxItems}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 3, rapid.ID).Draw(t, "keys") {
			q.Sort = append(q.Sort, layers.SortKey{Property: name, Descending: rapid.Bool().Draw(t, "descending")})
		}
		want := c.ids(t, q)
		q.Limit = rapid.IntRange(1, 25).Draw(t, "limit")
		if got := c.ids(t, q); len(want) != 60 || !slices.Equal(got, want) {
			t.Fatalf("pages of %d sorted by %v = %v, want %v", q.Limit, q.Sort, got, want)
		}
	})
}

// ids walks all pages.
func (c city) ids(t *rapid.T, q layers.Query) []kvartal.FeatureID {
	v := c.everything()
	var ids []kvartal.FeatureID
	for {
		page, err := c.Items(t.Context(), v, q)
		if err != nil {
			t.Fatalf("Items(%+v) = %v", q, err)
		}
		for _, f := range page.Features {
			ids = append(ids, f.ID)
		}
		if q.After = page.Next; q.After == nil {
			return ids
		}
	}
}

func TestMistakesInSortingAreRefused(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	text := "x'; DROP TABLE layer.benches; --"
	for name, q := range map[string]layers.Query{
		"unknown property":       {Sort: []layers.SortKey{{Property: "colour"}}},
		"geometry":               {Sort: []layers.SortKey{{Property: "geometry"}}},
		"twice":                  {Sort: []layers.SortKey{{Property: "seats"}, {Property: "seats"}}},
		"bookmark of no order":   {After: &layers.Bookmark{Values: []*string{&text}}},
		"bookmark that is wrong": {Sort: []layers.SortKey{{Property: "seats"}}, After: &layers.Bookmark{Values: []*string{&text}}},
		"nine keys":              {Sort: make([]layers.SortKey, 9)},
	} {
		q.Limit = 1
		if _, err := c.Items(t.Context(), c.all(t, "benches"), q); kvartal.KindOf(err) != kvartal.KindInvalid {
			t.Errorf("Items sorted by %s = %v, want %v", name, err, kvartal.KindInvalid)
		}
	}
}
