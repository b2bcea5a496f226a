package view_test

import (
	"reflect"
	"testing"

	"kvartal"
	"kvartal/view"
)

func TestZeroViewPermitsNothing(t *testing.T) {
	t.Parallel()
	v := view.View{Layer: "parcels"}
	if v.May(view.See) || v.Readable("owner") {
		t.Errorf("zero view: May(See), Readable = %v, %v, want false, false", v.May(view.See), v.Readable("owner"))
	}
	if got := kvartal.KindOf(v.Require(view.See)); got != kvartal.KindNotFound {
		t.Errorf("Require(See) on a layer without rights = %v, want %v: its existence is hidden", got, kvartal.KindNotFound)
	}
}

func TestRequire(t *testing.T) {
	t.Parallel()
	v := view.New("parcels", []view.Action{view.Query, view.See}, []string{"area"})
	if err := v.Require(view.Query); err != nil {
		t.Errorf("Require(Query) = %v, want nil", err)
	}
	if got := kvartal.KindOf(v.Require(view.Export)); got != kvartal.KindForbidden {
		t.Errorf("Require(Export) = %v, want %v", got, kvartal.KindForbidden)
	}
}

func TestFingerprintTellsViewsApart(t *testing.T) {
	t.Parallel()
	base := view.New("parcels", []view.Action{view.See, view.Query}, []string{"area", "use"})
	same := view.New("parcels", []view.Action{view.Query, view.See, view.See}, []string{"use", "area"})
	if base.Fingerprint() != same.Fingerprint() {
		t.Error("Fingerprint differs by the order in which rights were given")
	}
	for name, other := range map[string]view.View{
		"layer":     view.New("trees", base.Actions, base.Attributes),
		"action":    view.New("parcels", []view.Action{view.See}, base.Attributes),
		"attribute": view.New("parcels", base.Actions, []string{"area"}),
		// Lists must not run into one another.
		"boundary": view.New("parcels", base.Actions, []string{"area use"}),
	} {
		if other.Fingerprint() == base.Fingerprint() {
			t.Errorf("Fingerprint does not change with the %s", name)
		}
	}
}

// A field that is not listed here may hide rows: let WholeLayer tell of it before
// it is added, or the readers that trust WholeLayer show what is hidden.
func TestWholeLayerKnowsEveryField(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"Layer": true, "Actions": true, "Attributes": true, "Rules": true, "only": true, "fingerprint": true}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[view.View]()) {
		if !known[f.Name] {
			t.Errorf("View has a field %s that WholeLayer does not know", f.Name)
		}
	}
}
