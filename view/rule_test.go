package view_test

import (
	"slices"
	"testing"

	"kvartal/cql2"
	"kvartal/view"
)

// rows is a condition on rows.
func rows(t *testing.T, text string) (*cql2.Filter, string) {
	t.Helper()
	expression, err := cql2.ParseText(text, cql2.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	filter, err := cql2.Check(expression, cql2.Scope{Schema: cql2.Schema{"use": {Type: cql2.TypeText}}})
	if err != nil {
		t.Fatal(err)
	}
	return filter, text
}

func TestRulesDoNotRunIntoOneAnother(t *testing.T) {
	t.Parallel()
	some, text := rows(t, "use = 'park'")
	v := view.Of("parcels",
		view.Rule{Actions: []view.Action{view.See, view.Query}, Attributes: []string{"area"}},
		view.Rule{Actions: []view.Action{view.Query}, Attributes: []string{"area", "owner"}, Rows: some, Condition: text})
	if v.WholeLayer() {
		t.Error("WholeLayer = true of a view that hides owners of some rows")
	}
	seen := v.For(view.See)
	if !seen.WholeLayer() || seen.Readable("owner") || seen.May(view.Query) {
		t.Errorf("For(See): WholeLayer, Readable(owner), May(Query) = %v, %v, %v, want true, false, false",
			seen.WholeLayer(), seen.Readable("owner"), seen.May(view.Query))
	}
	asked := v.For(view.Query)
	if asked.WholeLayer() || len(asked.Rules) != 2 || !asked.Readable("owner") {
		t.Errorf("For(Query): WholeLayer, rules, Readable(owner) = %v, %d, %v, want false, 2, true", asked.WholeLayer(), len(asked.Rules), asked.Readable("owner"))
	}
	if none := v.For(view.Export); len(none.Actions) != 0 || none.Readable("area") {
		t.Errorf("For(Export) = %v, want nothing", none)
	}
}

func TestRulesThatAddNothingAreLeftOut(t *testing.T) {
	t.Parallel()
	some, text := rows(t, "use = 'park'")
	every := view.Rule{Actions: []view.Action{view.See}, Attributes: []string{"area", "use"}}
	plain := view.Of("parcels", every).For(view.See)
	for name, more := range map[string]view.Rule{
		"fewer rows":        {Actions: []view.Action{view.See}, Attributes: []string{"area"}, Rows: some, Condition: text},
		"masked":            {Actions: []view.Action{view.See}, Masked: []string{"use"}},
		"another action":    {Actions: []view.Action{view.Query}, Attributes: []string{"owner"}},
		"the same again":    every,
		"no action at all":  {Attributes: []string{"owner"}},
		"attributes apart":  {Actions: []view.Action{view.See}, Attributes: []string{"use"}},
		"a condition of no": {Actions: []view.Action{view.See}, Attributes: []string{"use"}, Condition: text},
	} {
		got := view.Of("parcels", more, every).For(view.See)
		if got.Fingerprint() != plain.Fingerprint() || !got.WholeLayer() {
			t.Errorf("%s: For(See) = %+v, want %+v", name, got.Rules, plain.Rules)
		}
	}
}

func TestFingerprintTellsRulesApart(t *testing.T) {
	t.Parallel()
	some, text := rows(t, "use = 'park'")
	other, otherText := rows(t, "use = 'road'")
	see := []view.Action{view.See}
	views := []view.View{
		view.Of("parcels", view.Rule{Actions: see, Attributes: []string{"use"}}),
		view.Of("parcels", view.Rule{Actions: see, Masked: []string{"use"}}),
		view.Of("parcels", view.Rule{Actions: see, Attributes: []string{"use"}, Rows: some, Condition: text}),
		view.Of("parcels", view.Rule{Actions: see, Attributes: []string{"use"}, Rows: other, Condition: otherText}),
		view.Of("parcels", view.Rule{Actions: see, Rows: some, Condition: text}, view.Rule{Actions: see, Attributes: []string{"use"}, Rows: other, Condition: otherText}),
		view.Of("parcels", view.Rule{Actions: see, Attributes: []string{"use"}, Rows: some, Condition: text}, view.Rule{Actions: see, Rows: other, Condition: otherText}),
	}
	var seen []string
	for i, v := range views {
		if slices.Contains(seen, v.Fingerprint()) {
			t.Errorf("view %d has the fingerprint of another", i)
		}
		seen = append(seen, v.Fingerprint())
	}
}
