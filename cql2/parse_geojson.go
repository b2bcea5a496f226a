package cql2

import "github.com/paulmach/orb"

// geometry reads a GeoJSON geometry object (RFC 7946, section 3.1).
func (p *jsonParser) geometry(o object) (Expr, error) {
	v := vertices{at: o.at}
	g, err := p.shape(&v, o)
	if err != nil {
		return nil, err
	}
	return &Geometry{At: o.at, Value: g, Z: v.z}, v.complete()
}

func (p *jsonParser) shape(v *vertices, o object) (orb.Geometry, error) {
	kind, err := o.string("type")
	if err != nil {
		return nil, err
	}
	if o.isCollection() {
		return p.collection(v, o)
	}
	values, at, err := o.array("coordinates")
	if err != nil {
		return nil, err
	}
	switch kind {
	case "Point":
		return p.point(v, at, values)
	case "LineString":
		return p.lineString(v, at, values)
	case "Polygon":
		return p.polygon(v, at, values)
	case "MultiPoint":
		points, err := each(at, values, func(at Position, c jsonValue) (orb.Point, error) { return p.point(v, at, c) })
		return orb.MultiPoint(points), err
	case "MultiLineString":
		lines, err := each(at, values, func(at Position, c jsonValue) (orb.LineString, error) { return p.lineString(v, at, c) })
		return orb.MultiLineString(lines), err
	case "MultiPolygon":
		polygons, err := each(at, values, func(at Position, c jsonValue) (orb.Polygon, error) { return p.polygon(v, at, c) })
		return orb.MultiPolygon(polygons), err
	}
	return nil, o.at.member("type").invalid("%.40q is not a type of GeoJSON geometry", kind)
}

func (o object) isCollection() bool {
	kind := o.member("type")
	return kind.is(stringKind) && kind[0].text == "GeometryCollection"
}

func (p *jsonParser) collection(v *vertices, o object) (orb.Geometry, error) {
	values, at, err := o.array("geometries")
	if err != nil {
		return nil, err
	}
	if values.count() == 0 {
		return nil, at.invalid("the geometry collection is empty")
	}
	parts := make(orb.Collection, values.count())
	for i, value := range values.items() {
		where := at.item(i)
		if err := p.node(where); err != nil {
			return nil, err
		}
		part := object{where, value}
		if !part.is(objectKind) || part.isCollection() {
			return nil, where.invalid("want a geometry other than a collection")
		}
		if parts[i], err = p.shape(v, part); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

func (p *jsonParser) point(v *vertices, at Position, values jsonValue) (orb.Point, error) {
	if err := p.vertex(at); err != nil {
		return orb.Point{}, err
	}
	c, err := numbers(at, values)
	if err != nil {
		return orb.Point{}, err
	}
	return v.add(at, c)
}

func (p *jsonParser) lineString(v *vertices, at Position, values jsonValue) (orb.LineString, error) {
	points, err := each(at, values, func(at Position, c jsonValue) (orb.Point, error) { return p.point(v, at, c) })
	if err == nil {
		err = checkLine(at, points)
	}
	return points, err
}

func (p *jsonParser) polygon(v *vertices, at Position, values jsonValue) (orb.Polygon, error) {
	return each(at, values, func(at Position, ring jsonValue) (orb.Ring, error) {
		points, err := each(at, ring, func(at Position, c jsonValue) (orb.Point, error) { return p.point(v, at, c) })
		if err == nil {
			err = checkRing(at, points)
		}
		return points, err
	})
}

// each reads an array of arrays, at least one.
func each[T any](at Position, values jsonValue, read func(at Position, values jsonValue) (T, error)) ([]T, error) {
	if values.count() == 0 {
		return nil, at.invalid("the coordinates are empty")
	}
	out := make([]T, values.count())
	for i, value := range values.items() {
		where := at.item(i)
		if !value.is(arrayKind) {
			return nil, where.invalid("want an array of coordinates")
		}
		var err error
		if out[i], err = read(where, value); err != nil {
			return nil, err
		}
	}
	return out, nil
}
