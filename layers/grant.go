package layers

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb/encoding/wkt"

	"kvartal"
	"kvartal/cql2"
	"kvartal/view"
)

// Grants returns what the definition itself grants to roles: its rights, with
// every attribute that is not personal data.
func (d *Definition) Grants() []view.Grant {
	var grants []view.Grant
	for role, actions := range d.Rights {
		g := view.Grant{Role: role, Layer: d.ID, Attributes: []string{view.EveryAttribute}}
		for _, a := range actions {
			g.Actions = append(g.Actions, view.Action(a))
		}
		grants = append(grants, g)
	}
	slices.SortFunc(grants, func(a, b view.Grant) int { return cmp.Compare(a.Role, b.Role) })
	return grants
}

// Rule fits a grant to its layer. Errors are of KindInvalid: an action or
// attribute that does not exist, personal data for the public that the grant
// does not say it means, a filter or an area that cannot be read.
func (s *Store) Rule(d *Definition, g view.Grant) (view.Rule, error) {
	rule := view.Rule{Actions: g.Actions, Condition: condition(g)}
	if d.Live != nil && slices.Contains(kvartal.Public.Roles, g.Role) {
		rule.Delay, rule.Every = d.Live.Public.Delay, d.Live.Public.Every
	}
	for _, a := range g.Actions {
		if _, err := view.ParseAction(string(a)); err != nil {
			return view.Rule{}, err
		}
	}
	var err error
	if rule.Attributes, err = d.granted(g, g.Attributes); err != nil {
		return view.Rule{}, err
	}
	if rule.Masked, err = d.granted(g, g.Masked); err != nil {
		return view.Rule{}, err
	}
	if rule.Writable, err = d.granted(g, g.Writable); err != nil {
		return view.Rule{}, err
	}
	rule.Attributes = append(rule.Attributes, rule.Writable...)
	if _, err = d.granted(g, g.Hidden); err != nil {
		return view.Rule{}, err
	}
	rule.Rows, err = s.rows(d, g)
	return rule, err
}

// condition names the rows of a grant. What is long is named by its digest.
func condition(g view.Grant) string {
	text := g.Filter + "\x00" + g.Area
	if len(text) > 1000 {
		return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
	}
	return text
}

// granted returns the attributes that a list of a grant names. "*" stands for
// those that are not personal data and that no list of the grant names.
func (d *Definition) granted(g view.Grant, list []string) ([]string, error) {
	var names []string
	for _, name := range list {
		if name == view.EveryAttribute {
			names = append(names, slices.DeleteFunc(d.impersonal(), g.Names)...)
			continue
		}
		f, ok := d.Field(name)
		if !ok {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "layer %q has no attribute %.60q", d.ID, name).In("attributes")
		}
		if f.Personal && slices.Contains(kvartal.Public.Roles, g.Role) && !g.Personal {
			return nil, kvartal.Errorf(kvartal.KindInvalid,
				"attribute %q of layer %q is personal data: a grant to the public must say that it means to publish it", name, d.ID).In("attributes")
		}
		names = append(names, name)
	}
	return names, nil
}

// impersonal names the attributes that are not personal data.
func (d *Definition) impersonal() []string {
	var names []string
	for _, f := range d.Fields {
		if !f.Personal {
			names = append(names, f.Name)
		}
	}
	return names
}

// Personal names the attributes that are personal data.
func (d *Definition) Personal() []string {
	var names []string
	for _, f := range d.Fields {
		if f.Personal {
			names = append(names, f.Name)
		}
	}
	return names
}

// rows is the condition of a grant on rows; nil if it has none.
func (s *Store) rows(d *Definition, g view.Grant) (*cql2.Filter, error) {
	var conditions []cql2.Expr
	if g.Filter != "" {
		filter, err := cql2.ParseText(g.Filter, cql2.DefaultLimits())
		if err != nil {
			return nil, kvartal.Within(err, "filter")
		}
		conditions = append(conditions, filter)
	}
	if g.Area != "" {
		within, err := reachesInto(g.Area)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, within)
	}
	if len(conditions) == 0 {
		return nil, nil
	}
	condition := conditions[0]
	if len(conditions) > 1 {
		condition = &cql2.Op{Name: cql2.And, Args: conditions}
	}
	filter, err := cql2.Check(condition, s.CQL2Scope(d, view.New(d.ID, []view.Action{view.Query}, append(d.impersonal(), d.Personal()...))))
	if err != nil {
		return nil, kvartal.Within(err, "the condition on rows of layer "+string(d.ID))
	}
	return filter, nil
}

// reachesInto is the condition that a feature has some part inside of an area,
// not on its border alone: neighbours of the area do not belong to it.
func reachesInto(text string) (cql2.Expr, error) {
	area, err := readArea(text)
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "the area is not a polygon in WKT, as in POLYGON((74.5 42.8, 74.7 42.8, 74.7 42.9, 74.5 42.8)), nor a feature, as in districts/3").In("area").Because(err)
	}
	args := []cql2.Expr{&cql2.Property{Name: GeometryProperty}, area}
	touches := &cql2.Op{Name: cql2.STouches, Args: args}
	return &cql2.Op{Name: cql2.And, Args: []cql2.Expr{
		&cql2.Op{Name: cql2.SIntersects, Args: args}, &cql2.Op{Name: cql2.Not, Args: []cql2.Expr{touches}},
	}}, nil
}

// readArea reads a polygon: in degrees, or as Resolve writes it.
func readArea(text string) (*cql2.Geometry, error) {
	if own, resolved := strings.CutPrefix(text, "SRID="); resolved {
		srid, polygon, _ := strings.Cut(own, ";")
		n, err := strconv.Atoi(srid)
		if err != nil {
			return nil, err
		}
		value, err := wkt.Unmarshal(polygon)
		return &cql2.Geometry{Value: value, CRS: kvartal.SRID(n)}, err
	}
	parsed, err := cql2.ParseText("S_INTERSECTS(geometry, "+text+")", cql2.DefaultLimits())
	if err != nil {
		return nil, err
	}
	intersects, ok := parsed.(*cql2.Op)
	if !ok || intersects.Name != cql2.SIntersects || len(intersects.Args) != 2 {
		return nil, errNoPolygon
	}
	area, ok := intersects.Args[1].(*cql2.Geometry)
	if !ok || area.Value == nil || area.Value.Dimensions() != 2 {
		return nil, errNoPolygon
	}
	return area, nil
}

var errNoPolygon = errors.New("it is no polygon")
