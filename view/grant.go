package view

import (
	"slices"

	"kvartal"
)

// Grant is a right as administrators give it: to a role, on a layer. It becomes
// a Rule when it meets the definition of the layer.
type Grant struct {
	ID      int64 // 0: given by the layer's own definition
	Role    string
	Layer   kvartal.LayerID
	Actions []Action
	// Attributes by name; "*" stands for all that are not personal data.
	Attributes []string
	Masked     []string
	// Writable attributes may be written with the actions Create and Change, and
	// read with every action of the grant.
	Writable []string
	// Hidden attributes are those that "*" does not stand for in this grant.
	Hidden []string
	// Filter limits the grant to rows: CQL2 text over all attributes; "" is all.
	Filter string
	// Area limits the grant to features that reach into it: WKT, longitude before
	// latitude in degrees (CRS84); "" is everywhere.
	Area string
	// Personal says that personal data is meant to be read by everybody. Without
	// it a grant to the public may not name such attributes.
	Personal bool
}

// Names reports whether a list of the grant names the attribute itself.
func (g Grant) Names(attribute string) bool {
	return slices.Contains(g.Attributes, attribute) || slices.Contains(g.Masked, attribute) ||
		slices.Contains(g.Writable, attribute) || slices.Contains(g.Hidden, attribute)
}

// EveryAttribute stands for all attributes that are not personal data.
const EveryAttribute = "*"

// Actions returns all actions, as people list them.
func Actions() []Action {
	return []Action{See, Identify, Query, Export, Create, Change, Delete, History, Manage}
}

// ParseAction reads the name of an action. Errors are of KindInvalid.
func ParseAction(name string) (Action, error) {
	if a := Action(name); slices.Contains(Actions(), a) {
		return a, nil
	}
	return "", kvartal.Errorf(kvartal.KindInvalid, "there is no action %.40q: use some of %v", name, Actions())
}
