package index

import (
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/project"

	"kvartal"
	"kvartal/cql2"
	"kvartal/layers"
	"kvartal/view"
)

// frame is where filters compare places: the Mercator plane, in which points of
// objects are exact but for rounding.
var frame = cql2.Frame{Project: toMercator, Tolerance: 0.01, Radius: orb.EarthRadius} //nolint:gochecknoglobals // a constant

func toMercator(g orb.Geometry, crs kvartal.SRID) (orb.Geometry, bool) {
	switch crs {
	case kvartal.WGS84:
		return project.Geometry(orb.Clone(g), project.WGS84.ToMercator), true
	case kvartal.WebMercator:
		return g, true
	}
	return nil, false
}

// Sight is what a View shows of a live layer in memory. A condition that only the
// database can decide covers nothing here, and what a view masks is absent: who
// may see less than all and more than that finds it among the items.
type Sight struct {
	layer  *Layer
	print  string
	now    []sightRule // of what is now
	before []sightRule // of what was, for the public
}

// sightRule is one rule of a view.
type sightRule struct {
	covers *cql2.Predicate // nil: every object
	fields uint64          // that it shows, bits in the order of the definition
}

// Sight compiles what a view shows of the layer for an action.
func (l *Layer) Sight(v view.View, a view.Action) *Sight {
	v = v.For(a)
	s := &Sight{layer: l, print: v.Fingerprint()}
	for _, r := range v.Rules {
		rule, ok := l.rule(r)
		switch {
		case !ok:
		case r.Delay > 0 || r.Every > 0:
			s.before = append(s.before, rule)
		default:
			s.now = append(s.now, rule)
		}
	}
	if l.delayed == nil {
		s.before = nil
	}
	return s
}

func (l *Layer) rule(r view.Rule) (rule sightRule, ok bool) {
	for i, f := range l.Definition.Fields {
		if r.Reads(f.Name) {
			rule.fields |= 1 << i
		}
	}
	if r.Rows == nil {
		return rule, true
	}
	var err error
	rule.covers, err = r.Rows.Compile(l.layout())
	return rule, err == nil
}

// layout says where filters find what.
func (l *Layer) layout() cql2.Layout {
	columns := map[string]int{layers.IDProperty: idColumn, layers.GeometryProperty: geometryColumn, "geom": geometryColumn}
	for i, f := range l.Definition.Fields {
		columns[f.Name] = firstColumn + i
	}
	return cql2.Layout{Frame: &frame, Column: func(property string) (int, bool) {
		i, ok := columns[property]
		return i, ok
	}}
}

// Compile makes a filter of a reader ready, or says that memory cannot decide it.
func (l *Layer) Compile(f *cql2.Filter) (*cql2.Predicate, error) {
	p, err := f.Compile(l.layout())
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid,
			"this filter cannot be followed live: compare attributes with values, or ask for the items of the layer").In("filter").Because(err)
	}
	return p, nil
}

// shown returns which fields of an object rules show, and whether they show it.
func shown(rules []sightRule, o *Object) (fields uint64, ok bool) {
	for _, r := range rules {
		if r.covers == nil || r.covers.Verdict(row{o}) == cql2.Yes {
			fields |= r.fields
			ok = true
		}
	}
	return fields, ok
}

// source is a scene and the rules by which a reader sees it.
type source struct {
	scene *scene
	rules []sightRule
}

// sources are what a sight looks at: an object that it shows as it is now is not
// looked for in the past.
func (s *Sight) sources() []source {
	var out []source
	if len(s.now) > 0 {
		out = append(out, source{s.layer.present, s.now})
	}
	if len(s.before) > 0 {
		out = append(out, source{s.layer.delayed.scene, s.before})
	}
	return out
}

// Seen is an object as a reader may see it.
type Seen struct {
	*Object

	fields uint64
}

// sees reports whether the field of a number is shown.
func (o Seen) sees(field int) bool { return o.fields>>field&1 == 1 }

// matches reports whether a reader's filter is true of what the reader sees.
func (o Seen) matches(p *cql2.Predicate) bool {
	return p == nil || p.Verdict(seenRow{row{o.Object}, o.fields}) == cql2.Yes
}

// seenRow is an object as filters of a reader look at it: what is hidden is not.
type seenRow struct {
	row

	fields uint64
}

func (r seenRow) Null(column int) bool {
	return column >= firstColumn && r.fields>>(column-firstColumn)&1 == 0 || r.row.Null(column)
}

// Objects returns what is seen within a box, or everywhere if it is nil, at most
// so many; false if there are more.
func (s *Sight) Objects(box *orb.Bound, most int) (objects []Seen, all bool) {
	for i, src := range s.sources() {
		var found []*Object
		src.scene.within(box, func(o *Object) { found = append(found, o) })
		for _, o := range found {
			fields, ok := shown(src.rules, o)
			if !ok || i > 0 && s.isNow(o.ID) {
				continue
			}
			if len(objects) == most {
				return objects, false
			}
			objects = append(objects, Seen{o, fields})
		}
	}
	return objects, true
}

// whole reports whether the sight hides no object, so that its reader may know of
// every id.
func (s *Sight) whole() bool {
	return slices.ContainsFunc(append(slices.Clone(s.now), s.before...), func(r sightRule) bool { return r.covers == nil })
}

// isNow reports whether the object of an id is shown as it is now.
func (s *Sight) isNow(id kvartal.FeatureID) bool {
	if len(s.now) == 0 {
		return false
	}
	o := s.layer.present.object(id)
	if o == nil {
		return false
	}
	_, ok := shown(s.now, o)
	return ok
}

// object returns one object as it is seen.
func (s *Sight) object(id kvartal.FeatureID) (Seen, bool) {
	for _, src := range s.sources() {
		if o := src.scene.object(id); o != nil {
			if fields, ok := shown(src.rules, o); ok {
				return Seen{o, fields}, true
			}
		}
	}
	return Seen{}, false
}
