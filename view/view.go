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
// nothing; others are made by New and Of. It is a value: copy it freely, never
// change its fields.
//
// A view keeps the rules it is the sum of, because a sum of their parts would
// permit more than any of them: who may read the owners of one district and the
// areas of all would read the owners of all. So a row may be acted on if some
// rule that permits the action covers the row, and an attribute of a row may be
// read if some such rule names the attribute. Attributes lists what may be read
// of some row; For says it for one action, and what reads rows asks Rules.
type View struct {
	Layer kvartal.LayerID
	// Actions permitted on some row, sorted.
	Actions []Action
	// Attributes that may be read of some row, perhaps masked, sorted. Others do
	// not exist for this view.
	Attributes []string
	// Rules are what the view is the sum of; no two say the same.
	Rules []Rule

	only        map[Action]View // the view for each action permitted
	fingerprint string          // of a view made by New or Of
}

// New returns a View of every row, with its lists in canonical order.
func New(layer kvartal.LayerID, actions []Action, attributes []string) View {
	return Of(layer, Rule{Actions: actions, Attributes: attributes})
}

// Of returns the View that is the sum of rules.
func Of(layer kvartal.LayerID, rules ...Rule) View {
	v := sum(layer, merged(rules))
	v.only = make(map[Action]View, len(v.Actions))
	for _, a := range v.Actions {
		v.only[a] = sum(layer, rulesFor(a, v.Rules))
	}
	return v
}

// sum is the view of rules that are in canonical form.
func sum(layer kvartal.LayerID, rules []Rule) View {
	v := View{Layer: layer, Rules: rules}
	for _, r := range rules {
		v.Actions = append(v.Actions, r.Actions...)
		v.Attributes = append(append(v.Attributes, r.Attributes...), r.Masked...)
	}
	v.Actions, v.Attributes = canonical(v.Actions), canonical(v.Attributes)
	v.fingerprint = v.digest()
	return v
}

// For returns what the view permits of one action: never more than the view.
func (v View) For(a Action) View {
	switch narrow, ok := v.only[a]; {
	case ok:
		return narrow
	case v.only == nil && len(v.Actions) == 1 && v.Actions[0] == a:
		return v // is narrow
	}
	return View{Layer: v.Layer}
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

// Writable reports whether the attribute may be written of some row that may be
// changed or made. Whether it may be of one row is for layers.Store.ApplyPermitted to
// say, which knows the row.
func (v View) Writable(attribute string) bool {
	return slices.ContainsFunc(v.Rules, func(r Rule) bool {
		return r.Writes(attribute) && (slices.Contains(r.Actions, Create) || slices.Contains(r.Actions, Change))
	})
}

// Plain reports whether the attribute may be read as it is of every row that may
// be, whatever the action.
func (v View) Plain(attribute string) bool {
	reads := func(r Rule) bool { return r.Reads(attribute) }
	if slices.ContainsFunc(v.Rules, func(r Rule) bool { return r.everyRow() && reads(r) }) {
		return true
	}
	return len(v.Rules) > 0 && !slices.ContainsFunc(v.Rules, func(r Rule) bool { return !reads(r) })
}

// WholeLayer reports whether the view shows every row of its layer, as it is,
// whatever the action. Where it does not, readers that know of nothing but
// attributes must not be asked: whatever hides or changes rows says so here.
func (v View) WholeLayer() bool {
	return len(v.Rules) == 1 && v.Rules[0].everyRow() && len(v.Rules[0].Masked) == 0 && !v.Rules[0].Lags()
}

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
	for _, r := range v.Rules {
		fmt.Fprintf(&b, "\n%q\n%q\n%s", r.Actions, r.Masked, r.subject())
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:12])
}
