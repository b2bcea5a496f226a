package layers

import (
	"slices"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/cql2"
	"kvartal/view"
)

// What filters call the members of a feature that are not attributes.
const (
	IDProperty       = "id"
	GeometryProperty = "geometry"
)

// CQL2Scope says what filters through a view may use: the attributes it may
// read, the id, the geometry and the functions of the city. It is the only place
// that makes queryables. Literals are in CRS84 until the caller says otherwise.
func (s *Store) CQL2Scope(d *Definition, v view.View) cql2.Scope {
	schema := cql2.Schema{IDProperty: {Type: cql2.TypeInteger}}
	if d.HasGeometry() {
		schema[GeometryProperty] = cql2.Queryable{Type: cql2.TypeGeometry, SRID: s.SRID(d), Column: "geom"}
	}
	for _, f := range d.Fields {
		if v.Readable(f.Name) {
			schema[f.Name] = f.queryable()
		}
	}
	return cql2.Scope{Schema: schema, Functions: Functions(), Domain: s.domain(d)}
}

// domain is where in the world a layer's CRS is defined and its features lie.
func (s *Store) domain(d *Definition) *orb.Bound {
	const north = 85.06 // of Web Mercator
	world := orb.Bound{Min: orb.Point{-180, -north}, Max: orb.Point{180, north}}
	switch srid := s.SRID(d); {
	case srid == kvartal.WGS84:
		return nil
	case srid == kvartal.WebMercator || !s.city.Placed():
		return &world
	}
	city := orb.Point(s.city.Center)
	near := intersection(orb.Bound{Min: city, Max: city}.Pad(2*nearCity), world)
	return &near
}

// queryable is the field as filters see it: field types are CQL2's.
func (f Field) queryable() cql2.Queryable {
	q := cql2.Queryable{Type: cql2.Type(f.Type)}
	if f.Type == TypeText {
		for _, code := range f.Codes {
			q.Codes = append(q.Codes, code.Value)
		}
	}
	return q
}

// Sortable reports whether features may be sorted by a property through a view,
// narrowed to the action: only by what it shows of every row, because the order
// tells values.
func (d *Definition) Sortable(v view.View, property string) bool {
	return property == IDProperty ||
		v.Plain(property) && slices.ContainsFunc(d.Fields, func(f Field) bool { return f.Name == property })
}
