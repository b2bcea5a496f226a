package server

import (
	"fmt"
	"math"
	"strings"

	"github.com/paulmach/orb"

	"kvartal/cql2"
)

// outline is the shape of a feature as a small picture of outlineSize square.
type outline struct {
	Areas, Lines []string // path data
	Points       []outlinePoint

	place func(orb.Point) (x, y float64)
}

type outlinePoint struct{ X, Y float64 }

const (
	outlineSize   = 200
	outlineMargin = 20
	// outlineVertices is the most vertices a picture is drawn of.
	outlineVertices = 20_000
)

// newOutline draws a geometry in degrees, metres alike in both directions; nil
// if it has too many vertices to be worth it.
func newOutline(g orb.Geometry) *outline {
	b := g.Bound()
	c := b.Center()
	narrow := math.Cos(c[1] * math.Pi / 180)
	size := math.Max((b.Max[0]-b.Min[0])*narrow, b.Max[1]-b.Min[1])
	scale := 0.0
	if size > 0 {
		scale = (outlineSize - 2*outlineMargin) / size
	}
	o := &outline{place: func(p orb.Point) (x, y float64) {
		return outlineSize/2 + (p[0]-c[0])*narrow*scale, outlineSize/2 - (p[1]-c[1])*scale
	}}
	if cql2.Vertices(g) > outlineVertices {
		return nil
	}
	o.draw(g)
	return o
}

func (o *outline) draw(g orb.Geometry) {
	switch g := g.(type) {
	case orb.Point:
		x, y := o.place(g)
		o.Points = append(o.Points, outlinePoint{math.Round(x*10) / 10, math.Round(y*10) / 10})
	case orb.MultiPoint:
		for _, p := range g {
			o.draw(p)
		}
	case orb.LineString:
		o.Lines = append(o.Lines, o.path(g))
	case orb.MultiLineString:
		for _, line := range g {
			o.draw(line)
		}
	case orb.Polygon:
		var data strings.Builder
		for _, ring := range g {
			data.WriteString(o.path(orb.LineString(ring)) + "Z")
		}
		o.Areas = append(o.Areas, data.String())
	case orb.MultiPolygon:
		for _, polygon := range g {
			o.draw(polygon)
		}
	case orb.Collection:
		for _, part := range g {
			o.draw(part)
		}
	}
}

func (o *outline) path(line orb.LineString) string {
	var data strings.Builder
	for i, p := range line {
		x, y := o.place(p)
		fmt.Fprintf(&data, "%c%.1f %.1f", "ML"[min(i, 1)], x, y)
	}
	return data.String()
}
