package server

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"kvartal"
)

const (
	// maxVertices bounds the geometry of a feature that is written.
	maxVertices = 200_000
	// maxMembers bounds the members of a geometry collection.
	maxMembers = 1000
)

// geometryReader makes geometries of decoded GeoJSON (RFC 7946, section 3.1) and
// is strict: a position has two or three numbers, a ring is closed. Heights are
// not kept, because layers have two dimensions.
type geometryReader struct {
	in       reference
	vertices int
}

func (r *geometryReader) geometry(value any, member bool) (orb.Geometry, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, badGeometry("is not an object")
	}
	coordinates := object["coordinates"]
	switch kind, _ := object["type"].(string); kind {
	case "Point":
		return r.position(coordinates)
	case "MultiPoint":
		points, err := each(coordinates, 1, r.position)
		return orb.MultiPoint(points), err
	case "LineString":
		return r.line(coordinates)
	case "MultiLineString":
		lines, err := each(coordinates, 1, r.line)
		return orb.MultiLineString(lines), err
	case "Polygon":
		return r.polygon(coordinates)
	case "MultiPolygon":
		polygons, err := each(coordinates, 1, r.polygon)
		return orb.MultiPolygon(polygons), err
	case "GeometryCollection":
		if member {
			return nil, badGeometry("is a collection within a collection")
		}
		return r.collection(object["geometries"])
	default:
		return nil, badGeometry(fmt.Sprintf("has the type %.40q, which GeoJSON does not know", kind))
	}
}

func (r *geometryReader) collection(value any) (orb.Geometry, error) {
	if list, ok := value.([]any); ok && len(list) > maxMembers {
		return nil, badGeometry(fmt.Sprintf("has more than %d members", maxMembers))
	}
	members, err := each(value, 1, func(v any) (orb.Geometry, error) { return r.geometry(v, true) })
	return orb.Collection(members), err
}

func (r *geometryReader) polygon(value any) (orb.Polygon, error) {
	rings, err := each(value, 1, r.ring)
	return orb.Polygon(rings), err
}

func (r *geometryReader) ring(value any) (orb.Ring, error) {
	points, err := each(value, 4, r.position)
	if err == nil && points[0] != points[len(points)-1] {
		err = badGeometry("has a ring whose last position is not its first")
	}
	return orb.Ring(points), err
}

func (r *geometryReader) line(value any) (orb.LineString, error) {
	points, err := each(value, 2, r.position)
	return orb.LineString(points), err
}

func (r *geometryReader) position(value any) (orb.Point, error) {
	list, ok := value.([]any)
	if !ok || len(list) < 2 || len(list) > 3 {
		return orb.Point{}, badGeometry("has a position that is not two or three numbers")
	}
	if r.vertices++; r.vertices > maxVertices {
		return orb.Point{}, badGeometry(fmt.Sprintf("has more than %d positions", maxVertices))
	}
	x, first := list[0].(float64)
	y, second := list[1].(float64)
	if !first || !second {
		return orb.Point{}, badGeometry("has a coordinate that is not a number")
	}
	if r.in.northFirst {
		x, y = y, x
	}
	if r.in.srid == kvartal.WGS84 && (math.Abs(x) > 180 || math.Abs(y) > 90) {
		return orb.Point{}, badGeometry(fmt.Sprintf("has the position %v, %v, which is not on Earth: longitude comes first but where Content-Crs says otherwise", x, y))
	}
	return orb.Point{x, y}, nil
}

// each makes one thing of each element of a list of at least so many.
func each[T any](value any, least int, read func(any) (T, error)) ([]T, error) {
	list, ok := value.([]any)
	if !ok || len(list) < least {
		return nil, badGeometry(fmt.Sprintf("has coordinates that are not a list of at least %d", least))
	}
	out := make([]T, len(list))
	for i, element := range list {
		var err error
		if out[i], err = read(element); err != nil {
			return nil, err
		}
	}
	return out, nil
}
