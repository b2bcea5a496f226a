package layers_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"
)

// clock is the time of the database.
func (c city) clock(t *testing.T) time.Time {
	t.Helper()
	var at time.Time
	if err := c.db.Pool.QueryRow(t.Context(), "SELECT clock_timestamp()").Scan(&at); err != nil {
		t.Fatal(err)
	}
	return at
}

// benchesDuring are the benches that a view shows of some time, by number.
func (c city) benchesDuring(t *testing.T, v view.View, in *layers.Interval) map[string]string {
	t.Helper()
	page, err := c.Items(t.Context(), v, layers.Query{Limit: 100, During: in})
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for _, f := range page.Features {
		number, _ := f.Properties["number"].(string)
		if _, twice := shown[number]; twice {
			t.Errorf("Items(%v) = bench %s twice", in, number)
		}
		shown[number] = fmt.Sprint(f.Properties["seats"], f.Geometry)
	}
	n, err := c.Count(t.Context(), v, layers.Query{Limit: 100, During: in}, 100)
	if err != nil || n != len(shown) {
		t.Errorf("Count(%v) = %d, %v, want %d", in, n, err, len(shown))
	}
	return shown
}

// At a moment features are as they were then; over some time, as they were last.
func TestFeaturesOfThePast(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	d, err := c.Registry().Layer("benches")
	if err != nil {
		t.Fatal(err)
	}
	whole := c.all(t, "benches")
	historian := view.New("benches", append(whole.Actions, view.History), whole.Attributes)
	type moment struct {
		at   time.Time
		want map[string]string
	}
	moments := []moment{{c.clock(t), map[string]string{}}}
	remember := func() { moments = append(moments, moment{c.clock(t), c.benchesDuring(t, whole, nil)}) }
	ids := c.apply(t, create(bench("B-1", nil)), create(bench("B-2", nil)), create(bench("B-3", nil))).IDs
	remember()
	c.apply(t, update(ids[0], 1, map[string]any{"seats": int64(9)}))
	remember()
	moved := kvartal.Change{Operation: kvartal.Update, Layer: d.ID, Feature: kvartal.Feature{ID: ids[1], Version: 1, Geometry: orb.Point{-75.4, 39.2}}}
	c.apply(t, moved, remove(ids[2], 1))
	remember()
	c.apply(t, create(bench("B-4", nil)), update(ids[0], 2, map[string]any{"seats": int64(1)}))
	remember()

	for i, m := range moments {
		if diff := cmp.Diff(m.want, c.benchesDuring(t, historian, &layers.Interval{Start: m.at, End: m.at})); diff != "" {
			t.Errorf("benches at moment %d (-want +got):\n%s", i, diff)
		}
		// From the beginning until then, what was taken away is as it was last.
		want := map[string]string{}
		for _, earlier := range moments[:i+1] {
			for number, state := range earlier.want {
				want[number] = state
			}
		}
		if diff := cmp.Diff(want, c.benchesDuring(t, historian, &layers.Interval{End: m.at})); diff != "" {
			t.Errorf("benches until moment %d (-want +got):\n%s", i, diff)
		}
	}
	// Who may not read history is shown what is still there as it is.
	if got := c.benchesDuring(t, whole, &layers.Interval{Start: moments[1].at, End: moments[1].at}); len(got) != 0 {
		t.Errorf("benches of the past without the right to history = %v, want none: all were changed since", got)
	}
	if diff := cmp.Diff(moments[4].want, c.benchesDuring(t, whole, &layers.Interval{Start: moments[1].at})); diff != "" {
		t.Errorf("benches without the right to history (-want +got):\n%s", diff)
	}
	// Nor is who may read less of it.
	less := view.Of("benches", view.Rule{Actions: whole.Actions, Attributes: whole.Attributes},
		view.Rule{Actions: []view.Action{view.History}, Attributes: []string{"number"}})
	if got := c.benchesDuring(t, less, &layers.Interval{Start: moments[1].at, End: moments[1].at}); len(got) != 0 {
		t.Errorf("benches of the past with the right to the history of one attribute = %v, want none", got)
	}
}
