package resident

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"kvartal/tiles/mvt"
)

// errWKB is that the bytes of a geometry are broken, errNoPlace that it has no
// place in tiles.
var (
	errWKB     = errors.New("geometry")
	errNoPlace = errors.New("geometry")
)

// Types of geometry (OGC 06-103r4, 8.2.8) and flags of PostGIS's EWKB.
const (
	wkbPoint = iota + 1
	wkbLineString
	wkbPolygon
	wkbMultiPoint
	wkbMultiLineString
	wkbMultiPolygon
	wkbCollection

	ewkbZ, ewkbM, ewkbSRID = 1 << 31, 1 << 30, 1 << 29
)

// deepest is how far collections may be nested.
const deepest = 16

// sink takes the parts of a geometry: points, lines and rings, exterior rings
// before their holes, the last point of a ring being the first.
type sink interface {
	part(kind mvt.GeometryType, hole bool, points wkbPoints)
}

// wkbPoints are the coordinates of a part in the CRS of the tiles.
type wkbPoints struct {
	b      []byte
	order  binary.ByteOrder
	stride int // bytes from one point to the next
}

func (p wkbPoints) len() int { return len(p.b) / p.stride }

func (p wkbPoints) at(i int) (x, y float64) {
	b := p.b[i*p.stride:]
	if p.order == binary.LittleEndian { // spares the calls
		return math.Float64frombits(binary.LittleEndian.Uint64(b)), math.Float64frombits(binary.LittleEndian.Uint64(b[8:]))
	}
	return math.Float64frombits(p.order.Uint64(b)), math.Float64frombits(p.order.Uint64(b[8:]))
}

// readWKB hands the parts of the highest dimension in a geometry to the sink, as
// ST_AsMVTGeom does. It reads WKB, EWKB and their third dimensions, not curves
// and surfaces.
func readWKB(b []byte, out sink) error {
	r := wkbReader{b: b}
	kind, err := r.dimension(0)
	if err != nil {
		return err
	}
	if len(r.b) > 0 {
		return fmt.Errorf("%w has %d bytes too many", errWKB, len(r.b))
	}
	r = wkbReader{b: b, out: out, want: kind}
	return r.geometry(0)
}

type wkbReader struct {
	b    []byte
	out  sink // nil: only look
	want mvt.GeometryType

	order  binary.ByteOrder
	stride int
	seen   mvt.GeometryType // the highest so far
}

// dimension reads a geometry without keeping it and returns its highest type, 0
// if it is empty.
func (r *wkbReader) dimension(depth int) (mvt.GeometryType, error) {
	err := r.geometry(depth)
	return r.seen, err
}

func (r *wkbReader) geometry(depth int) error {
	kind, err := r.header()
	if err != nil {
		return err
	}
	switch kind {
	case wkbPoint:
		return r.points(mvt.Points, false, 1)
	case wkbLineString:
		return r.run(mvt.Lines, false)
	case wkbPolygon:
		return r.polygon()
	case wkbMultiPoint, wkbMultiLineString, wkbMultiPolygon, wkbCollection:
		return r.collection(depth)
	}
	return fmt.Errorf("%w of type %d is neither point, line nor polygon", errNoPlace, kind)
}

// header reads byte order, type and SRID.
func (r *wkbReader) header() (uint32, error) {
	if len(r.b) < 5 {
		return 0, r.short()
	}
	switch r.b[0] {
	case 0:
		r.order = binary.BigEndian
	case 1:
		r.order = binary.LittleEndian
	default:
		return 0, fmt.Errorf("%w has byte order %d", errWKB, r.b[0])
	}
	kind := r.order.Uint32(r.b[1:])
	r.b = r.b[5:]
	if kind&ewkbSRID != 0 {
		if len(r.b) < 4 {
			return 0, r.short()
		}
		r.b = r.b[4:]
	}
	more := 0
	if kind&ewkbZ != 0 {
		more++
	}
	if kind&ewkbM != 0 {
		more++
	}
	kind &^= ewkbZ | ewkbM | ewkbSRID
	switch kind / 1000 { // ISO
	case 1, 2:
		more++
	case 3:
		more += 2
	}
	r.stride = 8 * (2 + more)
	return kind % 1000, nil
}

func (r *wkbReader) short() error { return fmt.Errorf("%w is cut off", errWKB) }

func (r *wkbReader) count() (int, error) {
	if len(r.b) < 4 {
		return 0, r.short()
	}
	n := r.order.Uint32(r.b)
	r.b = r.b[4:]
	if uint64(n) > uint64(len(r.b)) {
		return 0, r.short() // each thing counted has a byte at least
	}
	return int(n), nil
}

// run reads a number of points.
func (r *wkbReader) run(kind mvt.GeometryType, hole bool) error {
	n, err := r.count()
	if err != nil {
		return err
	}
	return r.points(kind, hole, n)
}

func (r *wkbReader) points(kind mvt.GeometryType, hole bool, n int) error {
	if n > len(r.b)/r.stride {
		return r.short()
	}
	points := wkbPoints{r.b[:n*r.stride], r.order, r.stride}
	r.b = r.b[n*r.stride:]
	if n == 0 {
		return nil
	}
	if x, _ := points.at(0); kind == mvt.Points && math.IsNaN(x) {
		return nil // POINT EMPTY
	}
	r.seen = max(r.seen, kind)
	if r.out != nil && kind == r.want {
		r.out.part(kind, hole, points)
	}
	return nil
}

func (r *wkbReader) polygon() error {
	n, err := r.count()
	if err != nil {
		return err
	}
	for i := range n {
		if err := r.run(mvt.Polygons, i > 0); err != nil {
			return err
		}
	}
	return nil
}

func (r *wkbReader) collection(depth int) error {
	if depth == deepest {
		return fmt.Errorf("%w is nested too deep", errWKB)
	}
	n, err := r.count()
	for range n {
		if err = r.geometry(depth + 1); err != nil {
			return err
		}
	}
	return err
}
