package layers

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"kvartal"
)

// Link says how features of a layer belong to those of another: by equal
// attributes, or by their place.
type Link struct {
	Layer   kvartal.LayerID `yaml:"layer"`   // the other layer
	Name    string          `yaml:"name"`    // among the links of both layers; the other layer's id if absent
	Title   Text            `yaml:"title"`   // of the other's features; the other layer's title if absent
	Reverse Text            `yaml:"reverse"` // of ours, as seen from the other; this layer's title if absent
	// Equal names attributes of ours and the other's that are equal.
	Equal    map[string]string `yaml:"equal"`
	Place    Placement         `yaml:"place"`
	Distance float64           `yaml:"distance"` // metres on the ground, for PlaceNear

	line int // in layer.yaml
}

// Placement is how the place of our features lies to that of the other's.
type Placement string

// The placements. A feature lies within another if a point on its surface does:
// surveys are not so exact that all of it would.
const (
	PlaceWithin     Placement = "within"     // ours lie in the other's
	PlaceContains   Placement = "contains"   // the other's lie in ours
	PlaceIntersects Placement = "intersects" // they have more than their edges in common
	PlaceNear       Placement = "near"       // they are no further than Distance apart
)

// reversed is the placement as seen from the other layer.
func (p Placement) reversed() Placement {
	switch p {
	case PlaceWithin:
		return PlaceContains
	case PlaceContains:
		return PlaceWithin
	}
	return p
}

// Relation is a link as seen from one of its layers.
type Relation struct {
	// Name tells the relations of a layer apart.
	Name  string
	Title Text
	// To is the other layer.
	To *Definition

	equal    []pair
	place    Placement
	distance float64
}

// pair is two attributes that are equal.
type pair struct{ from, to string }

// attributes are those of the layer the relation leads from that it looks at.
func (r Relation) attributes() []string {
	var names []string
	for _, p := range r.equal {
		names = append(names, p.from)
	}
	return names
}

// Relations returns how features of a layer belong to those of others: the links
// of its own definition, then those of the others.
func (r *Registry) Relations(d *Definition) []Relation { return d.relations }

// link makes the relations of all layers.
func (r *Registry) link() []error {
	var complaints []error
	complain := func(d *Definition, l Link, err error) {
		if err != nil {
			complaints = append(complaints, kvartal.Errorf(kvartal.KindInvalid, "%s/layer.yaml:%d: links: %v", d.Path, l.line, err))
		}
	}
	var reverse []func()
	for _, d := range r.layers {
		for _, l := range d.Links {
			forward, backward, err := r.relations(d, l)
			if err == nil {
				err = d.relate(forward)
				reverse = append(reverse, func() { complain(d, l, forward.To.relate(backward)) })
			}
			complain(d, l, err)
		}
	}
	for _, relate := range reverse {
		relate()
	}
	return complaints
}

// relations returns a link of d as seen from both sides.
func (r *Registry) relations(d *Definition, l Link) (forward, backward Relation, err error) {
	other, ok := r.byID[l.Layer]
	if !ok {
		return forward, backward, fmt.Errorf("there is no layer %q", l.Layer)
	}
	if l.Place != "" && (!d.HasGeometry() || !other.HasGeometry()) {
		return forward, backward, fmt.Errorf("layers %q and %q must both have geometry to be linked by place", d.ID, other.ID)
	}
	forward = Relation{Name: cmp.Or(l.Name, string(other.ID)), Title: cmp.Or(l.Title, other.Title), To: other, place: l.Place, distance: l.Distance}
	backward = Relation{Name: cmp.Or(l.Name, string(d.ID)), Title: cmp.Or(l.Reverse, d.Title), To: d, place: l.Place.reversed(), distance: l.Distance}
	for _, ours := range slices.Sorted(maps.Keys(l.Equal)) {
		theirs := l.Equal[ours]
		if err := checkEqual(d, ours, other, theirs); err != nil {
			return forward, backward, err
		}
		forward.equal = append(forward.equal, pair{ours, theirs})
		backward.equal = append(backward.equal, pair{theirs, ours})
	}
	return forward, backward, nil
}

// checkEqual finds out why attributes of two layers cannot be equal.
func checkEqual(d *Definition, ours string, other *Definition, theirs string) error {
	a, known := d.Field(ours)
	b, otherKnown := other.Field(theirs)
	switch {
	case !known:
		return fmt.Errorf("layer %q has no field %q", d.ID, ours)
	case !otherKnown:
		return fmt.Errorf("layer %q has no field %q", other.ID, theirs)
	case a.Type != b.Type:
		return fmt.Errorf("%q is of type %s and %q of layer %q of type %s: they cannot be equal", ours, a.Type, theirs, other.ID, b.Type)
	}
	return nil
}

func (d *Definition) relate(r Relation) error {
	if slices.ContainsFunc(d.relations, func(other Relation) bool { return other.Name == r.Name }) {
		return fmt.Errorf("layer %q has two links called %q: give one a name of its own", d.ID, r.Name)
	}
	d.relations = append(d.relations, r)
	return nil
}

// linked returns the attributes by which features are found from other layers.
func (d *Definition) linked() []string {
	var names []string
	for _, r := range d.relations {
		for _, name := range r.attributes() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}
