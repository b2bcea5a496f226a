package layers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"
)

// condition is one way to limit a grant to rows, as CQL2, as WKT and in Go.
type condition struct {
	filter, area string
	holds        func(kvartal.Feature) bool
}

func conditions() []condition {
	west := func(f kvartal.Feature) bool { return f.Geometry.(orb.Point)[0] < -75.51655 }
	seats := func(f kvartal.Feature) bool { return f.Properties["seats"].(int64) >= 4 }
	donor := func(f kvartal.Feature) bool { return f.Properties["donor"] == "Ann" }
	const half = "POLYGON((-75.6 39, -75.5165 39, -75.5165 39.3, -75.6 39.3, -75.6 39))"
	return []condition{
		{"", "", func(kvartal.Feature) bool { return true }},
		{"seats >= 4", "", seats},
		{"donor = 'Ann'", "", donor},
		{"", half, west},
		{"seats >= 4", half, func(f kvartal.Feature) bool { return seats(f) && west(f) }},
	}
}

// policy is grants with what they say in Go.
type policy struct {
	grants []view.Grant
	holds  []func(kvartal.Feature) bool
}

func drawPolicy(t *rapid.T) policy {
	var p policy
	names := []string{"number", "seats", "material", "made_on", "donor"}
	for i := range rapid.IntRange(0, 3).Draw(t, "grants") {
		label := fmt.Sprintf("grant %d ", i)
		c := rapid.SampledFrom(conditions()).Draw(t, label+"rows")
		p.grants = append(p.grants, view.Grant{
			Role: "clerk", Layer: "benches", Filter: c.filter, Area: c.area,
			Actions:    rapid.SliceOfDistinct(rapid.SampledFrom([]view.Action{view.Query, view.Identify}), rapid.ID).Draw(t, label+"actions"),
			Attributes: rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID).Draw(t, label+"attributes"),
			Masked:     rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID).Draw(t, label+"masked"),
		})
		p.holds = append(p.holds, c.holds)
	}
	return p
}

func (p policy) view(t *rapid.T, c city) view.View {
	d, err := c.Registry().Layer("benches")
	if err != nil {
		t.Fatal(err)
	}
	rules := make([]view.Rule, len(p.grants))
	for i, g := range p.grants {
		if rules[i], err = c.Rule(d, g); err != nil {
			t.Fatal(err)
		}
	}
	return view.Of("benches", rules...)
}

// shown is a feature as the policy shows it for Query; false if it hides it.
func (p policy) shown(f kvartal.Feature) (map[string]any, bool) {
	out, some := map[string]any{}, false
	for i, g := range p.grants {
		if !slices.Contains(g.Actions, view.Query) || !p.holds[i](f) {
			continue
		}
		some = true
		for _, name := range g.Masked {
			if value := f.Properties[name]; value != nil && out[name] == nil {
				out[name] = masked(name, value)
			}
		}
	}
	for i, g := range p.grants {
		if slices.Contains(g.Actions, view.Query) && p.holds[i](f) {
			for _, name := range g.Attributes {
				out[name] = f.Properties[name]
			}
		}
	}
	return out, some
}

func masked(name string, value any) any {
	switch name {
	case "number", "donor":
		return string([]rune(value.(string))[:1]) + "…"
	}
	return nil // seats is a number, material a code; made_on is not set
}

// A view must show what its grants do and no more, whatever is asked of it.
func TestViewsShowWhatTheirGrantsDo(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	for i := range 12 {
		f := bench(fmt.Sprintf("B-%d", i), map[string]any{
			"seats": int64(i%6 + 1), "donor": []string{"Ann", "Bob", "Eve"}[i%3], "material": []string{"wood", "stone"}[i%2],
		})
		f.Geometry = orb.Point{-75.52 + float64(i)/1000, 39.16}
		c.apply(t, create(f))
	}
	all, err := c.Items(t.Context(), c.all(t, "benches"), layers.Query{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	listings := layers.NewListings(c.Store, 1<<20)
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPolicy(rt)
		v := p.view(rt, c)
		want := map[kvartal.FeatureID]map[string]any{}
		for _, f := range all.Features {
			if values, ok := p.shown(f); ok {
				want[f.ID] = values
			}
		}
		if !v.May(view.Query) {
			if _, err := c.Items(t.Context(), v, layers.Query{Limit: 100}); err == nil {
				rt.Fatal("Items = nil through a view that does not permit Query")
			}
			return
		}
		page, err := c.Items(t.Context(), v, layers.Query{Limit: 100})
		if err != nil {
			rt.Fatal(err)
		}
		if len(page.Features) != len(want) {
			rt.Fatalf("Items = %d features, want %d", len(page.Features), len(want))
		}
		for _, f := range page.Features {
			for name, value := range f.Properties {
				if value != want[f.ID][name] {
					rt.Fatalf("feature %d: %s = %v, want %v", f.ID, name, value, want[f.ID][name])
				}
			}
		}
		if n, err := c.Count(t.Context(), v, layers.Query{Limit: 1}, 100); err != nil || n != len(want) {
			rt.Fatalf("Count = %d, %v, want %d", n, err, len(want))
		}
		rows, err := listings.Rows(t.Context(), v, layers.Query{Limit: 100}, 0)
		if err != nil || rows.Total != len(want) {
			rt.Fatalf("listing has %d rows, %v, want %d", rows.Total, err, len(want))
		}
		probe(rt, t, c, v, want)
		for _, f := range all.Features {
			_, shown := want[f.ID]
			_, err := c.Item(t.Context(), v, f.ID)
			if shown && err != nil || !shown && kvartal.KindOf(err) != kvartal.KindNotFound {
				rt.Fatalf("Item %d = %v, shown is %v", f.ID, err, shown)
			}
		}
	})
}

// probe asks for features by what may be hidden from the view.
func probe(rt *rapid.T, t *testing.T, c city, v view.View, want map[kvartal.FeatureID]map[string]any) {
	d, err := c.Registry().Layer("benches")
	if err != nil {
		rt.Fatal(err)
	}
	for _, name := range []string{"Ann", "A…"} {
		filter, err := cql2Check(c, d, v.For(view.Query), "donor = '"+name+"'")
		if !v.For(view.Query).Readable("donor") {
			if err == nil || !strings.Contains(err.Error(), "no property") {
				rt.Fatalf("a filter by a hidden attribute = %v, want that there is none", err)
			}
			return
		}
		if err != nil {
			rt.Fatal(err)
		}
		matching := 0
		for _, values := range want {
			if values["donor"] == name {
				matching++
			}
		}
		n, err := c.Count(t.Context(), v, layers.Query{Filter: filter, Limit: 1}, 100)
		if err != nil || n != matching {
			rt.Fatalf("Count where donor = %s is %d, %v, want %d", name, n, err, matching)
		}
	}
}

func TestOrderDoesNotTellWhatIsHidden(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	d, err := c.Registry().Layer("benches")
	if err != nil {
		t.Fatal(err)
	}
	v := policy{grants: []view.Grant{{Actions: []view.Action{view.Query}, Attributes: []string{"number"}, Masked: []string{"donor"}}}}
	rule, err := c.Rule(d, v.grants[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, property := range []string{"donor", "seats"} {
		_, err := c.Items(t.Context(), view.Of("benches", rule), layers.Query{Sort: []layers.SortKey{{Property: property}}, Limit: 1})
		if kvartal.KindOf(err) != kvartal.KindInvalid {
			t.Errorf("Items sorted by %s = %v, want %v", property, err, kvartal.KindInvalid)
		}
	}
}

func TestRuleRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	d, err := c.Registry().Layer("benches")
	if err != nil {
		t.Fatal(err)
	}
	for want, g := range map[string]view.Grant{
		"no action":         {Actions: []view.Action{"fly"}},
		"no attribute":      {Attributes: []string{"colour"}},
		"personal data":     {Role: "public", Attributes: []string{"donor"}},
		"no property":       {Filter: "colour = 'red'"},
		"not a polygon":     {Area: "POINT(0 0)"},
		"is not a polygon":  {Area: "POLYGON((0 0, 1 0, 1 1, 0 0))) OR (TRUE"},
		"not a polygon in ": {Area: "geometry"},
	} {
		if _, err := c.Rule(d, g); kvartal.KindOf(err) != kvartal.KindInvalid || !strings.Contains(err.Error(), want) {
			t.Errorf("Rule(%+v) = %v, want %q", g, err, want)
		}
	}
	if rule, err := c.Rule(d, view.Grant{Role: "public", Attributes: []string{"*"}}); err != nil || slices.Contains(rule.Attributes, "donor") {
		t.Errorf(`Rule of "*" = %v, %v, want all but personal data`, rule.Attributes, err)
	}
}
