package mvt_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"kvartal"
	"kvartal/tiles/mvt"
)

// tile makes a tile of one feature of the given commands.
func tile(kind byte, commands ...uint32) []byte {
	var packed []byte
	for _, c := range commands {
		packed = binary.AppendUvarint(packed, uint64(c))
	}
	feature := append([]byte{0x18, kind, 0x22, byte(len(packed))}, packed...)
	layer := append([]byte{0x78, 2, 0x0a, 1, 'l', 0x12, byte(len(feature))}, feature...)
	return append([]byte{0x1a, byte(len(layer))}, layer...)
}

func TestWhatBreaksTheSpecificationIsRefused(t *testing.T) {
	t.Parallel()
	const point, line, polygon = 1, 2, 3
	// Steps of 10 units to the east, south, west and north.
	east, south, west, north := []uint32{20, 0}, []uint32{0, 20}, []uint32{19, 0}, []uint32{0, 19}
	join := func(parts ...[]uint32) (out []uint32) {
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	square := join([]uint32{9, 0, 0, 26}, east, south, west, []uint32{15})
	for name, test := range map[string]struct {
		tile []byte
		want string
	}{
		"cut off":                 {tile(polygon, square...)[:20], "cut off"},
		"no geometry":             {tile(point), "no geometry"},
		"point of type 4":         {tile(4, 9, 2, 2), "type is 4"},
		"point with a line":       {tile(point, 9, 2, 2, 10, 2, 2), "more commands"},
		"line that stands still":  {tile(line, 9, 2, 2, 10, 0, 0), "stands still"},
		"line of one point":       {tile(line, 9, 2, 2), "ends where"},
		"line without parameters": {tile(line, 9, 2, 2, 18, 2, 2), "cut off"},
		"ring that is open":       {tile(polygon, 9, 2, 2, 18, 2, 2, 2, 0), "ends where"},
		"ring closed twice":       {tile(polygon, join([]uint32{9, 0, 0, 34}, east, south, west, north, []uint32{15})...), "repeats its first"},
		"ring without area":       {tile(polygon, join([]uint32{9, 0, 0, 18}, east, east, []uint32{15})...), "no area"},
		"interior ring first":     {tile(polygon, join([]uint32{9, 0, 0, 26}, south, east, north, []uint32{15})...), "interior"},
		"bow tie":                 {tile(polygon, 9, 0, 0, 26, 40, 0, 0, 40, 19, 49, 15), "cross"},
		"hole outside":            {tile(polygon, join(square, []uint32{9, 100, 0, 18}, south, east, []uint32{15})...), "outside"},
		"field of a tile":         {[]byte{0x08, 1}, "not a layer"},
		"layer without features":  {[]byte{0x1a, 5, 0x78, 2, 0x0a, 1, 'l'}, "no features"},
		"layer without name":      {[]byte{0x1a, 2, 0x78, 2}, "no name"},
		"version 1":               {[]byte{0x1a, 5, 0x78, 1, 0x0a, 1, 'l'}, "version"},
		"two layers of one name":  {append(tile(polygon, square...), tile(polygon, square...)...), "two layers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := mvt.Decode(test.tile)
			if kvartal.KindOf(err) != kvartal.KindInvalid || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Decode = %v, want an error that says %q", err, test.want)
			}
		})
	}
	if _, err := mvt.Decode(tile(polygon, square...)); err != nil {
		t.Errorf("Decode of a square = %v", err)
	}
}
