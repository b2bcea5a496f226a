package layers_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"

	"pgregory.net/rapid"
)

// row returns the ids of a listing's part.
func rowIDs(rows layers.Rows) []kvartal.FeatureID {
	var ids []kvartal.FeatureID
	for _, r := range rows.Rows {
		ids = append(ids, r.ID)
	}
	return ids
}

func TestListingsAreReadByOffset(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	var ids []kvartal.FeatureID
	for i := range 10 {
		more := map[string]any{"length": float64(i % 3)}
		if i == 4 {
			more = nil
		}
		ids = append(ids, c.apply(t, create(bench(fmt.Sprintf("B-%d", i), more))).IDs[0])
	}
	l := layers.NewListings(c.Store, 1<<20)
	q := layers.Query{Limit: 4, Sort: []layers.SortKey{{Property: "length", Descending: true}}, Properties: []string{"number", "length"}}
	for _, want := range []struct {
		offset  int
		numbers []string
	}{
		{0, []string{"B-2", "B-5", "B-8", "B-1"}},
		{4, []string{"B-7", "B-0", "B-3", "B-6"}},
		{8, []string{"B-9", "B-4"}}, // B-4 has no length: last
		{10, nil},
		{1000, nil},
	} {
		rows, err := l.Rows(t.Context(), c.all(t, "benches"), q, want.offset)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rows.Rows {
			got = append(got, r.Values[0].(string))
		}
		if rows.Total != 10 || !slices.Equal(got, want.numbers) || !slices.Equal(rows.Columns, q.Properties) {
			t.Errorf("Rows(%d) = %v of %d, columns %v, want %v of 10", want.offset, got, rows.Total, rows.Columns, want.numbers)
		}
	}
	if at, err := l.Position(t.Context(), c.all(t, "benches"), q, ids[9]); at != 8 || err != nil {
		t.Errorf("Position = %d, %v, want 8", at, err)
	}
	if _, err := l.Position(t.Context(), c.all(t, "benches"), q, 4711); kvartal.KindOf(err) != kvartal.KindNotFound {
		t.Errorf("Position of no feature = %v, want KindNotFound", err)
	}
	some, err := l.Some(t.Context(), c.all(t, "benches"), q, []kvartal.FeatureID{ids[1], ids[4], ids[8], 4711})
	if err != nil || !slices.Equal(rowIDs(some), []kvartal.FeatureID{ids[8], ids[1], ids[4]}) {
		t.Errorf("Some = %v, %v, want those there are in the order asked for", rowIDs(some), err)
	}
}

func TestListingsShowEveryEditAtOnce(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	l := layers.NewListings(c.Store, 1<<20)
	v := c.all(t, "benches")
	long, err := c.filter(t, "benches", kvartal.Public, "length > 3")
	if err != nil {
		t.Fatal(err)
	}
	orders := []layers.Query{
		{Limit: 500},
		{Limit: 500, Sort: []layers.SortKey{{Property: "length"}, {Property: "number", Descending: true}}},
		{Limit: 500, Sort: []layers.SortKey{{Property: "donor", Descending: true}}},
		{Limit: 500, Filter: long, Sort: []layers.SortKey{{Property: "id", Descending: true}}},
	}
	next := 0
	rapid.Check(t, func(r *rapid.T) {
		switch n := rapid.IntRange(0, 9).Draw(r, "edit"); {
		case n < 5:
			for range rapid.SampledFrom([]int{1, 1, 1, 5, 40}).Draw(r, "rows") {
				next++
				c.exec(t, `INSERT INTO layer.benches (number, seats, length, donor) VALUES ($1, 3, $2, $3)`, fmt.Sprint("B-", next),
					rapid.SampledFrom([]any{nil, 1.5, 3.25, 1e-9, 7.0}).Draw(r, "length"), rapid.SampledFrom([]any{nil, "Ёлкин", "елена", "Ан'на"}).Draw(r, "donor"))
			}
		case n < 7:
			c.exec(t, `UPDATE layer.benches SET length = $1 WHERE id % 7 = $2`, rapid.Float64Range(0, 9).Draw(r, "length"), rapid.IntRange(0, 6).Draw(r, "rest"))
		case n < 9:
			c.exec(t, `DELETE FROM layer.benches WHERE id % 11 = $1`, rapid.IntRange(0, 10).Draw(r, "rest"))
		default:
			c.exec(t, `TRUNCATE layer.benches`)
		}
		for i, q := range orders {
			got, err := l.Rows(t.Context(), v, q, 0)
			if err != nil {
				r.Fatal(err)
			}
			want, err := c.Items(t.Context(), v, q)
			if err != nil {
				r.Fatal(err)
			}
			var ids []kvartal.FeatureID
			for _, f := range want.Features {
				ids = append(ids, f.ID)
			}
			if !slices.Equal(rowIDs(got), ids) {
				r.Fatalf("order %d = %v, want %v", i, rowIDs(got), ids)
			}
		}
	})
}

func TestListingsObeyTheView(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	c.apply(t, create(bench("B-1", map[string]any{"donor": "x"})))
	l := layers.NewListings(c.Store, 1<<20)
	narrow := view.New("benches", []view.Action{view.Query}, []string{"number"})
	if rows, err := l.Rows(t.Context(), narrow, layers.Query{Limit: 1}, 0); err != nil || !slices.Equal(rows.Columns, []string{"number"}) {
		t.Errorf("Rows = %+v, %v, want the readable column only", rows, err)
	}
	for name, q := range map[string]layers.Query{
		"sort":    {Limit: 1, Sort: []layers.SortKey{{Property: "donor"}}},
		"columns": {Limit: 1, Properties: []string{"donor"}},
	} {
		if _, err := l.Rows(t.Context(), narrow, q, 0); kvartal.KindOf(err) != kvartal.KindInvalid {
			t.Errorf("%s by a hidden attribute = %v, want KindInvalid", name, err)
		}
	}
	blind := view.New("benches", []view.Action{view.See}, []string{"number"})
	if _, err := l.Rows(t.Context(), blind, layers.Query{Limit: 1}, 0); kvartal.KindOf(err) != kvartal.KindForbidden {
		t.Errorf("Rows without Query = %v, want KindForbidden", err)
	}
	var e *kvartal.Error
	if _, err := l.Rows(t.Context(), narrow, layers.Query{Limit: 1}, -1); !errors.As(err, &e) || e.Field != "offset" {
		t.Errorf("Rows from -1 = %v, want an error in offset", err)
	}
}
