package cql2

import (
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// geometryTypes are the types of GeoJSON; well-known text has them for tags.
var geometryTypes = [...]string{
	"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection",
}

// geometryTag returns the GeoJSON type that a tag of well-known text stands for.
func geometryTag(word string) (string, bool) {
	for _, kind := range geometryTypes {
		if strings.EqualFold(word, kind) {
			return kind, true
		}
	}
	return "", false
}

// geometry reads well-known text after its tag. Whether it has heights is seen
// from the coordinates; the Z of OGC 06-103r4 may be left out.
func (p *textParser) geometry(at Position, kind string) (Expr, error) {
	v := vertices{at: at}
	g, err := p.taggedText(&v, kind)
	if err != nil {
		return nil, err
	}
	return &Geometry{At: at, Value: g, Z: v.z}, v.complete()
}

func (p *textParser) taggedText(v *vertices, kind string) (orb.Geometry, error) {
	if _, err := p.accept("Z"); err != nil {
		return nil, err
	}
	switch kind {
	case "Point":
		points, err := sequence(p, func() (orb.Point, error) { return p.vertex(v) })
		if err == nil && len(points) != 1 {
			err = v.at.invalid("a POINT has one pair of coordinates, found %d", len(points))
		}
		if err != nil {
			return nil, err
		}
		return points[0], nil
	case "LineString":
		return p.lineString(v)
	case "Polygon":
		return p.polygon(v)
	case "MultiPoint":
		return p.multiPoint(v)
	case "MultiLineString":
		lines, err := sequence(p, func() (orb.LineString, error) { return p.lineString(v) })
		return orb.MultiLineString(lines), err
	case "MultiPolygon":
		polygons, err := sequence(p, func() (orb.Polygon, error) { return p.polygon(v) })
		return orb.MultiPolygon(polygons), err
	}
	parts, err := sequence(p, func() (orb.Geometry, error) { return p.part(v) })
	return orb.Collection(parts), err
}

// part reads a member of a geometry collection, which may not be another one.
func (p *textParser) part(v *vertices) (orb.Geometry, error) {
	kind, ok := geometryTag(p.token.text)
	if !ok || kind == "GeometryCollection" {
		return nil, p.unexpected("a geometry such as POINT, LINESTRING or POLYGON")
	}
	if err := p.shift(); err != nil {
		return nil, err
	}
	return p.taggedText(v, kind)
}

func (p *textParser) lineString(v *vertices) (orb.LineString, error) {
	at := p.token.at
	points, err := sequence(p, func() (orb.Point, error) { return p.vertex(v) })
	if err == nil {
		err = checkLine(at, points)
	}
	return points, err
}

func (p *textParser) polygon(v *vertices) (orb.Polygon, error) {
	return sequence(p, func() (orb.Ring, error) {
		at := p.token.at
		points, err := sequence(p, func() (orb.Point, error) { return p.vertex(v) })
		if err == nil {
			err = checkRing(at, points)
		}
		return points, err
	})
}

// multiPoint reads points with parentheses of their own or, as much software
// writes them, without.
func (p *textParser) multiPoint(v *vertices) (orb.Geometry, error) {
	points, err := sequence(p, func() (orb.Point, error) {
		enclosed, err := p.accept("(")
		if err != nil {
			return orb.Point{}, err
		}
		point, err := p.vertex(v)
		if err == nil && enclosed {
			err = p.expect(")")
		}
		return point, err
	})
	return orb.MultiPoint(points), err
}

// sequence reads items between parentheses, at least one.
func sequence[T any](p *textParser, item func() (T, error)) ([]T, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var items []T
	for {
		one, err := item()
		if err != nil {
			return nil, err
		}
		items = append(items, one)
		if p.token.is(")") {
			return items, p.shift()
		}
		if !p.token.is(",") {
			return nil, p.unexpected("“,” or “)”")
		}
		if err := p.shift(); err != nil {
			return nil, err
		}
	}
}

func (p *textParser) vertex(v *vertices) (orb.Point, error) {
	at := p.token.at
	if err := p.budget.vertex(at); err != nil {
		return orb.Point{}, err
	}
	var c [3]float64
	n := 0
	for ; n < 3 && (n < 2 || p.token.kind == numberToken || p.token.is("-") || p.token.is("+")); n++ {
		x, err := p.coordinate()
		if err != nil {
			return orb.Point{}, err
		}
		c[n] = x
	}
	return v.add(at, c[:n])
}

func (p *textParser) coordinate() (float64, error) {
	sign := ""
	if p.token.is("-") || p.token.is("+") {
		sign = p.token.text
		if err := p.shift(); err != nil {
			return 0, err
		}
	}
	if p.token.kind != numberToken {
		return 0, p.unexpected("a coordinate")
	}
	x, err := strconv.ParseFloat(sign+p.token.text, 64)
	if err != nil {
		return 0, p.token.at.invalid("%s is not a number a computer can hold", p.token.text)
	}
	return x, p.shift()
}

// bbox reads the numbers of BBOX(…).
func (p *textParser) bbox(at Position) (Expr, error) {
	var bounds []float64
	for {
		x, err := p.coordinate()
		if err != nil {
			return nil, err
		}
		if bounds = append(bounds, x); len(bounds) > 6 || !p.token.is(",") {
			break
		}
		if err := p.shift(); err != nil {
			return nil, err
		}
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	return &BBox{At: at, Bounds: bounds}, checkBounds(at, bounds)
}
