package layers_test

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"
)

func TestItemsPagesHoldEachFeatureOnce(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	var changes []kvartal.Change
	for i := range 25 {
		changes = append(changes, create(bench("B-"+strconv.Itoa(i), nil)))
	}
	c.apply(t, changes...)
	seen := map[kvartal.FeatureID]bool{}
	q := layers.Query{Limit: 10}
	for _, want := range []int{10, 10, 5} {
		page, err := c.Items(t.Context(), c.all(t, "benches"), q)
		if err != nil || len(page.Features) != want || (page.Next != nil) != (want == 10) {
			t.Fatalf("Items after %v = %d features, next %v, %v, want %d", q.After, len(page.Features), page.Next, err, want)
		}
		for _, f := range page.Features {
			seen[f.ID] = true
		}
		q.After = page.Next
	}
	if len(seen) != 25 {
		t.Errorf("pages held %d features, want 25", len(seen))
	}
}

func TestItemsInABox(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	for i, p := range []orb.Point{{-75.52, 39.16}, {-75.60, 39.16}} {
		f := bench("B-"+strconv.Itoa(i), nil)
		f.Geometry = p
		c.apply(t, create(f))
	}
	in := func(crs kvartal.SRID, w, s, e, n float64) *layers.Box {
		return &layers.Box{Bound: orb.Bound{Min: orb.Point{w, s}, Max: orb.Point{e, n}}, CRS: crs}
	}
	box := func(w, s, e, n float64) *layers.Box { return in(0, w, s, e, n) }
	for name, test := range map[string]struct {
		box  *layers.Box
		want int
	}{
		"around one":                 {box(-75.53, 39.15, -75.51, 39.17), 1},
		"around both":                {box(-75.7, 39.1, -75.5, 39.2), 2},
		"elsewhere":                  {box(-75.7, 38.1, -75.5, 38.2), 0},
		"across the antimeridian":    {box(170, 39, -75.55, 40), 1},
		"everywhere that there is":   {nil, 2},
		"everywhere on Earth":        {box(-180, -90, 180, 90), 2},
		"around the other side":      {box(-75.58, 39, -75.61, 40), 1},
		"on the other side":          {box(100, -40, 110, -30), 0},
		"in metres of UTM":           {in(32618, 454_000, 4_330_000, 456_000, 4_340_000), 1},
		"far away in UTM":            {in(32618, 1e300, 1, 1e301, 2), 0},
		"everywhere in UTM":          {in(32618, -1e300, -1e300, 1e300, 1e300), 2},
		"in Web Mercator":            {in(3857, -8_408_000, 4_740_000, -8_406_000, 4_750_000), 1},
		"the other side of the pole": {box(-75.7, 89, -75.5, 90), 0},
	} {
		page, err := c.Items(t.Context(), c.all(t, "benches"), layers.Query{BBox: test.box, Limit: 10})
		if err != nil || len(page.Features) != test.want {
			t.Errorf("Items %s = %d features, %v, want %d", name, len(page.Features), err, test.want)
		}
	}
}

func TestReadingObeysTheView(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	id := c.apply(t, create(bench("B-1", map[string]any{"donor": "secret"}))).IDs[0]
	d, err := c.Registry().Layer("benches")
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Item(t.Context(), d.View(kvartal.Public), id)
	if _, has := f.Properties["donor"]; err != nil || has {
		t.Errorf("Item for the public = %v, %v, want no donor", f.Properties, err)
	}
	nobody := d.View(kvartal.Principal{Name: "nobody"})
	if _, err := c.Item(t.Context(), nobody, id); kvartal.KindOf(err) != kvartal.KindNotFound {
		t.Errorf("Item without rights = %v, want %v", err, kvartal.KindNotFound)
	}
	seeOnly := view.New("benches", []view.Action{view.See}, nil)
	if _, err := c.Items(t.Context(), seeOnly, layers.Query{Limit: 1}); kvartal.KindOf(err) != kvartal.KindForbidden {
		t.Errorf("Items with the right to see = %v, want %v", err, kvartal.KindForbidden)
	}
	if _, err := c.Identify(t.Context(), seeOnly, layers.Place{Limit: 1}); kvartal.KindOf(err) != kvartal.KindForbidden {
		t.Errorf("Identify with the right to see = %v, want %v", err, kvartal.KindForbidden)
	}
}

func TestIdentifyMeasuresOnTheGround(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	here := orb.Point{-75.52, 39.16}
	metres := 20 / (111_320 * math.Cos(39.16*math.Pi/180))
	f := bench("B-1", nil)
	f.Geometry = orb.Point{here[0] + metres, here[1]}
	c.apply(t, create(f))
	for radius, want := range map[float64]int{15: 0, 25: 1} {
		found, err := c.Identify(t.Context(), c.all(t, "benches"), layers.Place{Point: here, Radius: radius, Limit: 5})
		if err != nil || len(found) != want {
			t.Errorf("Identify within %v m of a bench 20 m away = %d, %v, want %d", radius, len(found), err, want)
		}
	}
}

func TestBoundsKnowNewRowsAtOnce(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	d, err := c.Registry().Layer("benches")
	if err != nil {
		t.Fatal(err)
	}
	if _, known, err := c.Bounds(t.Context(), d); known || err != nil {
		t.Errorf("Bounds of an empty layer = known %v, %v, want false", known, err)
	}
	c.apply(t, create(bench("B-1", nil)))
	b, known, err := c.Bounds(t.Context(), d)
	if err != nil || !known || !b.Pad(1e-4).Contains(orb.Point{-75.52, 39.16}) {
		t.Errorf("Bounds = %v, %v, %v, want the new bench in them", b, known, err)
	}
}

// A box finds the features that meet it, near its sides too: what the index says
// of those well within is true.
func TestBoxesFindWhatMeetsThem(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	var changes []kvartal.Change
	for i := range 900 {
		f := bench(fmt.Sprintf("B-%d", i), nil)
		f.Geometry = orb.Point{-75.52 + 3.7e-6 + float64(i%30)*1e-5, 39.16 + 3.3e-6 + float64(i/30)*1e-5}
		changes = append(changes, create(f))
	}
	c.apply(t, changes...)
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.Float64Range(1e-7, 4e-4)
		box := layers.Box{Bound: orb.Bound{Min: orb.Point{
			-75.52 + rapid.Float64Range(-1e-4, 3e-4).Draw(t, "west"), 39.16 + rapid.Float64Range(-1e-4, 3e-4).Draw(t, "south"),
		}}}
		box.Max = orb.Point{box.Min[0] + side.Draw(t, "width"), box.Min[1] + side.Draw(t, "height")}
		page, err := c.Items(context.Background(), view.New("benches", []view.Action{view.Query}, nil), layers.Query{BBox: &box, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, change := range changes {
			if box.Contains(change.Feature.Geometry.Bound().Min) {
				want++
			}
		}
		if len(page.Features) != want {
			t.Fatalf("benches in %v = %d, want %d", box.Bound, len(page.Features), want)
		}
	})
}
