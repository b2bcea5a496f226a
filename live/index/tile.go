package index

import (
	"context"
	"math"
	"sync"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/project"

	"kvartal/cql2"
	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/tiles/mvt"
	"kvartal/view"
)

// mostInTile is how many objects one tile shows.
const mostInTile = 20_000

// encode makes one layer of a tile. Objects are points: where there are more than
// a tile holds, which no city has, those of the highest ids are left out.
func (l *Layer) encode(ctx context.Context, v view.View, t maptile.Tile) ([]byte, tiles.Report, error) {
	s := l.Sight(v, view.See)
	grid := tiles.WebMercatorQuad()
	reach := grid.Reach(t)
	box := orb.Bound{Min: project.Mercator.ToWGS84(reach.Min), Max: project.Mercator.ToWGS84(reach.Max)}
	objects, _ := s.Objects(&box, math.MaxInt)
	report := tiles.Report{Layer: l.Definition.ID, Features: len(objects)}
	objects = sortByID(objects)
	if len(objects) > mostInTile {
		report.Thinned = len(objects) - mostInTile
		objects = objects[:mostInTile]
	}
	if err := ctx.Err(); err != nil {
		return nil, report, err
	}
	e, _ := encodings.Get().(*encoding)
	defer encodings.Put(e)
	e.begin(l, v, grid, t)
	for _, o := range objects {
		if e.add(o) {
			report.Written++
		} else {
			report.Vanished++
		}
	}
	out := e.layer.Bytes(l.Definition.Tiles.Layer, tiles.Extent, e.keys)
	report.Bytes = len(out)
	return out, report, nil
}

// sortByID sorts by digits, the lowest first: most of what comparing costs is that
// the processor cannot guess the outcome.
func sortByID(objects []Seen) []Seen {
	const bits = 11 // of a digit
	var all uint64
	for _, o := range objects {
		all |= uint64(o.ID) //nolint:gosec // ids are positive
	}
	sorted := make([]Seen, len(objects))
	for shift := 0; all>>shift != 0; shift += bits {
		digit := func(o Seen) uint64 { return uint64(o.ID) >> shift & (1<<bits - 1) } //nolint:gosec // as above
		var ends [1<<bits + 1]int
		for _, o := range objects {
			ends[digit(o)+1]++
		}
		for i := 1; i < len(ends); i++ {
			ends[i] += ends[i-1]
		}
		for _, o := range objects {
			sorted[ends[digit(o)]] = o
			ends[digit(o)]++
		}
		objects, sorted = sorted, objects
	}
	return objects
}

var encodings = sync.Pool{New: func() any { //nolint:gochecknoglobals // working space
	return &encoding{
		texts: map[*text]mvt.Number{}, told: map[string]mvt.Number{}, integers: map[int64]mvt.Number{}, doubles: map[uint64]mvt.Number{},
		days: map[int64]mvt.Number{}, instants: map[int64]mvt.Number{},
	}
}}

// encoding is the making of one layer of one tile.
type encoding struct {
	layer    mvt.Layer
	tags     mvt.Tags
	geometry mvt.Geometry
	message  []byte
	keys     []string
	fields   []tileField
	texts    map[*text]mvt.Number
	told     map[string]mvt.Number // texts of readings
	integers map[int64]mvt.Number
	doubles  map[uint64]mvt.Number
	days     map[int64]mvt.Number
	instants map[int64]mvt.Number
	booleans [2]mvt.Number
	known    [2]bool // which booleans have a number
	buffer   []byte

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
	clear(e.texts)
	clear(e.told)
	clear(e.integers)
	clear(e.doubles)
	clear(e.days)
	clear(e.instants)
	e.known = [2]bool{}
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
		if n, ok := e.number(f.column, o.Object); ok {
			e.tags.Add(f.key, n)
		}
	}
	e.layer.AddFeature(uint64(o.ID), mvt.Points, &e.tags, &e.geometry) //nolint:gosec // ids are positive
	return true
}

// number returns the number that an object's value has in the tile's table, false
// if it has no value.
func (e *encoding) number(c *column, o *Object) (mvt.Number, bool) {
	if c.text != nil {
		t := c.text(o)
		if t == nil {
			return 0, false
		}
		return e.textNumber(t), true
	}
	if c.number != nil {
		x, ok := c.number(o)
		if !ok {
			return 0, false
		}
		return e.floatNumber(c.typ, x)
	}
	v := c.other(o)
	if v.Null {
		return 0, false
	}
	return e.otherNumber(c.typ, &v), true
}

func (e *encoding) floatNumber(t layers.FieldType, x float64) (mvt.Number, bool) {
	switch t {
	case layers.TypeBoolean:
		return e.boolean(x != 0), true
	case layers.TypeInteger:
		n, ok := whole(x)
		if !ok {
			return 0, false
		}
		return e.integer(n), true
	default:
		return e.double(x), true
	}
}

func (e *encoding) boolean(yes bool) mvt.Number {
	i := int(number(yes))
	if !e.known[i] {
		e.known[i], e.booleans[i] = true, e.value(mvt.AppendBool(e.message[:0], yes))
	}
	return e.booleans[i]
}

func (e *encoding) integer(n int64) mvt.Number {
	return numbered(e.integers, n, func() mvt.Number { return e.value(mvt.AppendInt(e.message[:0], n)) })
}

func (e *encoding) double(x float64) mvt.Number {
	return numbered(e.doubles, math.Float64bits(x), func() mvt.Number { return e.value(mvt.AppendDouble(e.message[:0], x)) })
}

func (e *encoding) textNumber(t *text) mvt.Number {
	if !t.shared {
		return e.layer.AddText(t.string)
	}
	n, ok := e.texts[t]
	if !ok {
		n = e.layer.AddText(t.string)
		e.texts[t] = n
	}
	return n
}

func (e *encoding) otherNumber(t layers.FieldType, v *cql2.Value) mvt.Number {
	switch t {
	case layers.TypeBoolean:
		return e.boolean(v.Bool)
	case layers.TypeInteger:
		return e.integer(v.Int)
	case layers.TypeNumber, layers.TypeDecimal:
		return e.double(v.Float)
	case layers.TypeDate:
		return numbered(e.days, v.Int, func() mvt.Number { return e.timeValue(t, v) })
	case layers.TypeTimestamp:
		return numbered(e.instants, v.Int, func() mvt.Number { return e.timeValue(t, v) })
	case layers.TypeText:
	}
	return numbered(e.told, v.Text, func() mvt.Number { return e.layer.AddText(v.Text) })
}

func (e *encoding) timeValue(t layers.FieldType, v *cql2.Value) mvt.Number {
	e.buffer = appendText(e.buffer[:0], t, *v)
	return e.value(mvt.AppendString(e.message[:0], e.buffer))
}

func (e *encoding) value(message []byte) mvt.Number {
	e.message = message
	return e.layer.AddValue(message)
}

func numbered[K comparable](known map[K]mvt.Number, key K, add func() mvt.Number) mvt.Number {
	n, ok := known[key]
	if !ok {
		n = add()
		known[key] = n
	}
	return n
}
