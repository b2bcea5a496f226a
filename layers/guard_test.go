package layers_test

import (
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"
)

// A clerk may change seats in the west and the donor of benches with many
// seats: both of a bench that is both, nothing of one that is neither.
func TestWhatMayBeWrittenIsDecidedRowByRow(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	d, err := c.Registry().Layer("benches")
	if err != nil {
		t.Fatal(err)
	}
	const half = "POLYGON((-75.6 39, -75.5165 39, -75.5165 39.3, -75.6 39.3, -75.6 39))"
	var rules []view.Rule
	for _, g := range []view.Grant{
		{Role: "clerk", Actions: []view.Action{view.Change}, Writable: []string{"seats"}, Area: half},
		{Role: "clerk", Actions: []view.Action{view.Change}, Writable: []string{"donor"}, Filter: "seats >= 4"},
		{Role: "clerk", Actions: []view.Action{view.Query}, Attributes: []string{"*"}},
	} {
		rule, err := c.Rule(d, g)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, rule)
	}
	v := view.Of(d.ID, rules...)
	if !v.Writable("donor") || v.Writable("number") || v.For(view.Query).Writable("seats") {
		t.Errorf("Writable donor, number, seats by Query = %v, %v, %v, want true, false, false", v.Writable("donor"), v.Writable("number"), v.For(view.Query).Writable("seats"))
	}
	const west, many, both, neither = "B-1", "B-2", "B-3", "B-4"
	want := map[string][]string{west: {"seats"}, many: {"donor"}, both: {"donor", "seats"}, neither: nil}
	names := map[kvartal.FeatureID]string{}
	for name := range want {
		f := bench(name, map[string]any{"seats": int64(2)})
		f.Geometry = orb.Point{-75.51, 39.16}
		if name == west || name == both {
			f.Geometry = orb.Point{-75.55, 39.16}
		}
		if name == many || name == both {
			f.Properties["seats"] = int64(5)
		}
		names[c.apply(t, create(f)).IDs[0]] = name
	}
	views := func(*layers.Definition) view.View { return v }
	for id, name := range names {
		seats := int64(3) // few stay few
		if name == many || name == both {
			seats = 6
		}
		for attribute, value := range map[string]any{"seats": seats, "donor": "a school"} {
			f := kvartal.Feature{ID: id, Properties: map[string]any{attribute: value}}
			_, err := c.ApplyPermitted(t.Context(), "test", kvartal.Changeset{Changes: []kvartal.Change{
				{Layer: d.ID, Operation: kvartal.Update, Feature: f},
			}}, views)
			if permitted := slices.Contains(want[name], attribute); permitted != (err == nil) || !permitted && kvartal.KindOf(err) != kvartal.KindForbidden {
				t.Errorf("changing %s of %s = %v, want permitted %v", attribute, name, err, permitted)
			}
		}
	}
}
