package mvt

import "encoding/binary"

// Commands of a geometry (section 4.3.1).
const (
	moveTo    = 1
	lineTo    = 2
	closePath = 7
)

// Geometry is the geometry of one feature in commands (section 4.3).
type Geometry struct {
	commands []byte
	at       Point // the cursor
}

// Reset empties the geometry.
func (g *Geometry) Reset() { g.commands, g.at = g.commands[:0], Point{} }

// Empty reports whether nothing has been added.
func (g *Geometry) Empty() bool { return len(g.commands) == 0 }

// Points adds the points of a feature of type Points: call it once.
func (g *Geometry) Points(points []Point) {
	g.run(moveTo, points)
}

// Line adds a line of two points or more, none equal to the one before.
func (g *Geometry) Line(line []Point) {
	g.run(moveTo, line[:1])
	g.run(lineTo, line[1:])
}

// Ring adds a ring of three points or more, the first not repeated at the end.
// An exterior ring has a positive area and comes before its interior rings.
func (g *Geometry) Ring(ring []Point) {
	g.Line(ring)
	g.commands = append(g.commands, 1<<3|closePath)
}

// run adds a command with a parameter pair for each point.
func (g *Geometry) run(command uint64, points []Point) {
	b := binary.AppendUvarint(g.commands, uint64(len(points))<<3|command)
	at := g.at
	for _, p := range points {
		b = appendZigzag(appendZigzag(b, p.X-at.X), p.Y-at.Y)
		at = p
	}
	g.commands, g.at = b, at
}

// appendZigzag is binary.AppendVarint with the usual short case in line.
func appendZigzag(b []byte, n int) []byte {
	zigzag := uint64(n)<<1 ^ uint64(n>>63)
	if zigzag < 0x80 {
		return append(b, byte(zigzag))
	}
	return binary.AppendUvarint(b, zigzag)
}
