package view

import (
	"regexp"
	"slices"
	"strconv"

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
	// Filter limits the grant to rows: CQL2 text over all attributes and
	// principal.name, the name of who asks; "" is all.
	Filter string
	// Area limits the grant to features that reach into it: WKT, longitude before
	// latitude in degrees (CRS84), or a feature of another layer, as districts/3,
	// wherever that lies by now; "" is everywhere.
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

// featureArea is an area that is a feature.
var featureArea = regexp.MustCompile(`^([a-z][a-z0-9_]*)/([1-9][0-9]{0,17})$`)

// FeatureArea returns the feature that is the area of the grant; false if it is
// none.
func (g Grant) FeatureArea() (layer kvartal.LayerID, id kvartal.FeatureID, ok bool) {
	parts := featureArea.FindStringSubmatch(g.Area)
	if parts == nil {
		return "", 0, false
	}
	n, err := strconv.ParseInt(parts[2], 10, 64)
	return kvartal.LayerID(parts[1]), kvartal.FeatureID(n), err == nil
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
