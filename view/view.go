// Package view says what one principal may do with one layer, as plain data.
// Every outlet of data (tiles, items, search, identify, export …) takes a View
// and nothing else gives data. The package decides nothing: Views are made from
// grants elsewhere and obeyed by the packages that read rows.
package view

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"kvartal"
)

// Action is one thing a principal may do with the features of a layer.
type Action string

// The actions. They do not imply one another.
const (
	See      Action = "see"      // on the map: tiles, styles, legend
	Identify Action = "identify" // one feature at a place, with its attributes
	Query    Action = "query"    // items, search, counts
	Export   Action = "export"   // whole layers as files
	Create   Action = "create"
	Change   Action = "change"
	Delete   Action = "delete"
	History  Action = "history" // former rows
	Manage   Action = "manage"  // rights and definition
)

// View is what one principal may do with one layer. The zero View permits
// nothing; others are made by New. It is a value: copy it freely, never change
// its fields.
type View struct {
	Layer kvartal.LayerID
	// Actions permitted, sorted.
	Actions []Action
	// Attributes that may be read, sorted. Others do not exist for this view.
	Attributes []string

	fingerprint string // of a view made by New
}

// New returns a View with its lists in canonical order.
func New(layer kvartal.LayerID, actions []Action, attributes []string) View {
	v := View{Layer: layer, Actions: slices.Clone(actions), Attributes: slices.Clone(attributes)}
	slices.Sort(v.Actions)
	slices.Sort(v.Attributes)
	v.Actions = slices.Compact(v.Actions)
	v.Attributes = slices.Compact(v.Attributes)
	v.fingerprint = v.digest()
	return v
}

// May reports whether the view permits the action.
func (v View) May(a Action) bool {
	_, ok := slices.BinarySearch(v.Actions, a)
	return ok
}

// Readable reports whether the attribute may be read.
func (v View) Readable(attribute string) bool {
	_, ok := slices.BinarySearch(v.Attributes, attribute)
	return ok
}

// WholeLayer reports whether the view shows every row of its layer, as it is.
// Where it does not, readers that know of nothing but attributes must not be
// asked: whatever hides or changes rows says so here.
func (v View) WholeLayer() bool { return true }

// Require returns nil if the view permits the action, else an error. A layer
// that may not even be seen is not known to exist: KindNotFound; otherwise the
// error is of KindForbidden.
func (v View) Require(a Action) error {
	if v.May(a) {
		return nil
	}
	if len(v.Actions) == 0 {
		return kvartal.Errorf(kvartal.KindNotFound, "there is no layer %.60q", v.Layer)
	}
	return kvartal.Errorf(kvartal.KindForbidden, "you may not %s layer %q: ask its owner for the right", a, v.Layer)
}

// Fingerprint names the view for caches: equal fingerprints give equal answers
// from equal rows.
func (v View) Fingerprint() string {
	if v.fingerprint != "" {
		return v.fingerprint
	}
	return v.digest()
}

func (v View) digest() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%q\n%q", v.Layer, v.Actions, v.Attributes)
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:12])
}
