package index

import (
	"math"
	"sync"

	"github.com/paulmach/orb/maptile"

	"kvartal/tiles"
	"kvartal/tiles/mvt"
	"kvartal/view"
)

var encodings = sync.Pool{New: func() any { //nolint:gochecknoglobals // working space
	e := &encoding{}
	e.values = newValueTable(&e.layer)
	return e
}}

// encoding is the making of one layer of one tile.
type encoding struct {
	layer    mvt.Layer
	tags     mvt.Tags
	geometry mvt.Geometry
	values   valueTable
	keys     []string
	fields   []tileField

	box         mvt.Box
	west, north float64 // of the tile
	scale       float64 // tile units per metre of the plane
}

// tileField is a field that the tile carries.
type tileField struct {
	*column

	at  int // in the definition
	key mvt.Number
}

func (e *encoding) begin(l *Layer, v view.View, g tiles.Grid, t maptile.Tile) {
	e.layer.Reset()
	e.values.reset()
	e.keys, e.fields = nil, e.fields[:0]
	for i, f := range l.Definition.Fields {
		if f.Tile && v.For(view.See).Readable(f.Name) {
			e.fields = append(e.fields, tileField{&l.columns[i], i, mvt.NumberOf(uint32(len(e.keys)))}) //nolint:gosec // a few
			e.keys = append(e.keys, f.Name)
		}
	}
	side := g.Side / float64(uint64(1)<<t.Z)
	e.box = mvt.TileBox(tiles.Extent, tiles.Buffer)
	e.west, e.north, e.scale = g.West+float64(t.X)*side, g.North-float64(t.Y)*side, tiles.Extent/side
}

// add adds an object, if it comes to lie in the tile.
func (e *encoding) add(o Seen) bool {
	p := mvt.Point{
		X: int(math.Floor((o.plane[0]-e.west)*e.scale + 0.5)),
		Y: int(math.Floor((e.north-o.plane[1])*e.scale + 0.5)),
	}
	if !e.box.Contains(p) {
		return false
	}
	e.geometry.Reset()
	e.geometry.Points([]mvt.Point{p})
	e.tags.Reset(len(e.fields))
	for _, f := range e.fields {
		if !o.sees(f.at) {
			continue
		}
		if n, ok := e.values.number(f.column, o.Object); ok {
			e.tags.Add(f.key, n)
		}
	}
	e.layer.AddFeature(uint64(o.ID), mvt.Points, &e.tags, &e.geometry) //nolint:gosec // ids are positive
	return true
}
