package cql2

import (
	"strconv"

	"github.com/paulmach/orb"
)

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
	kind, at, err := o.string("type")
	if err != nil {
		return nil, err
	}
	if kind == "GeometryCollection" {
		return p.collection(v, o)
	}
	values, where, err := o.array("coordinates")
	if err != nil {
		return nil, err
	}
	switch kind {
	case "Point":
		return p.point(v, where.Pointer, values)
	case "LineString":
		return p.lineString(v, where.Pointer, values)
	case "Polygon":
		return p.polygon(v, where.Pointer, values)
	case "MultiPoint":
		points, err := each(where.Pointer, values, func(at string, c []any) (orb.Point, error) { return p.point(v, at, c) })
		return orb.MultiPoint(points), err
	case "MultiLineString":
		lines, err := each(where.Pointer, values, func(at string, c []any) (orb.LineString, error) { return p.lineString(v, at, c) })
		return orb.MultiLineString(lines), err
	case "MultiPolygon":
		polygons, err := each(where.Pointer, values, func(at string, c []any) (orb.Polygon, error) { return p.polygon(v, at, c) })
		return orb.MultiPolygon(polygons), err
	}
	return nil, at.invalid("%.40q is not a type of GeoJSON geometry", kind)
}

func (p *jsonParser) collection(v *vertices, o object) (orb.Geometry, error) {
	values, at, err := o.array("geometries")
	if err != nil {
		return nil, err
	}
	if len(values) == 0 {
		return nil, at.invalid("the geometry collection is empty")
	}
	parts := make(orb.Collection, len(values))
	for i, value := range values {
		where := Position{Pointer: at.Pointer + "/" + strconv.Itoa(i)}
		if err := p.node(where); err != nil {
			return nil, err
		}
		members, ok := value.(map[string]any)
		if !ok || members["type"] == "GeometryCollection" {
			return nil, where.invalid("want a geometry other than a collection")
		}
		if parts[i], err = p.shape(v, object{where, members}); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

func (p *jsonParser) point(v *vertices, pointer string, values []any) (orb.Point, error) {
	at := Position{Pointer: pointer}
	if err := p.vertex(at); err != nil {
		return orb.Point{}, err
	}
	c, err := numbers(at, values)
	if err != nil {
		return orb.Point{}, err
	}
	return v.add(at, c)
}

func (p *jsonParser) lineString(v *vertices, pointer string, values []any) (orb.LineString, error) {
	points, err := each(pointer, values, func(at string, c []any) (orb.Point, error) { return p.point(v, at, c) })
	if err == nil {
		err = checkLine(Position{Pointer: pointer}, points)
	}
	return points, err
}

func (p *jsonParser) polygon(v *vertices, pointer string, values []any) (orb.Polygon, error) {
	return each(pointer, values, func(at string, ring []any) (orb.Ring, error) {
		points, err := each(at, ring, func(at string, c []any) (orb.Point, error) { return p.point(v, at, c) })
		if err == nil {
			err = checkRing(Position{Pointer: at}, points)
		}
		return points, err
	})
}

// each reads an array of arrays, at least one.
func each[T any](pointer string, values []any, read func(pointer string, values []any) (T, error)) ([]T, error) {
	if len(values) == 0 {
		return nil, Position{Pointer: pointer}.invalid("the coordinates are empty")
	}
	out := make([]T, len(values))
	for i, value := range values {
		at := pointer + "/" + strconv.Itoa(i)
		inner, ok := value.([]any)
		if !ok {
			return nil, Position{Pointer: at}.invalid("want an array of coordinates")
		}
		var err error
		if out[i], err = read(at, inner); err != nil {
			return nil, err
		}
	}
	return out, nil
}
