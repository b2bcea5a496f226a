package proj

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

var errShort = errors.New("geometry ends too early")

// WKB puts longitudes and latitudes in the place of the coordinates of a geometry
// in little-endian well-known binary of two dimensions (OGC 06-103r4, section
// 8.2). An error is that of a geometry which is none, or lies where the system is
// not defined.
func (p *Projection) WKB(wkb []byte) error {
	w := walker{Projection: p}
	rest, err := w.geometry(wkb)
	if err == nil && len(rest) > 0 {
		err = errors.New("geometry has more bytes than it says")
	}
	return err
}

// geometry does one geometry and returns the bytes after it.
func (w *walker) geometry(b []byte) ([]byte, error) {
	if len(b) < 5 || b[0] != 1 {
		return nil, errors.New("geometry is not little-endian WKB")
	}
	kind := binary.LittleEndian.Uint32(b[1:])
	b = b[5:]
	switch kind {
	case 1:
		return w.positions(b, 1)
	case 2:
		n, b, err := count(b)
		if err != nil {
			return nil, err
		}
		return w.positions(b, n)
	case 3:
		return w.each(b, func(b []byte) ([]byte, error) {
			n, b, err := count(b)
			if err != nil {
				return nil, err
			}
			return w.positions(b, n)
		})
	case 4, 5, 6, 7:
		return w.each(b, w.geometry)
	}
	return nil, fmt.Errorf("geometry is of type %d", kind)
}

func (w *walker) each(b []byte, part func([]byte) ([]byte, error)) ([]byte, error) {
	n, b, err := count(b)
	for range n {
		if b, err = part(b); err != nil {
			return nil, err
		}
	}
	return b, err
}

func count(b []byte) (int, []byte, error) {
	if len(b) < 4 {
		return 0, nil, errShort
	}
	return int(binary.LittleEndian.Uint32(b)), b[4:], nil
}

func (w *walker) positions(b []byte, n int) ([]byte, error) {
	if n > len(b)/16 {
		return nil, errShort
	}
	for range n {
		x, y := math.Float64frombits(binary.LittleEndian.Uint64(b)), math.Float64frombits(binary.LittleEndian.Uint64(b[8:]))
		if !math.IsNaN(x) || !math.IsNaN(y) { // those of an empty point stay
			lon, lat := w.next(x, y)
			if math.IsNaN(lon) || math.IsNaN(lat) {
				return nil, fmt.Errorf("%v, %v is where the coordinate system is not defined", x, y)
			}
			binary.LittleEndian.PutUint64(b, math.Float64bits(lon))
			binary.LittleEndian.PutUint64(b[8:], math.Float64bits(lat))
		}
		b = b[16:]
	}
	return b, nil
}
