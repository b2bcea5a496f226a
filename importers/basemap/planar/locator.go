package planar

// Locator answers which places lines enclose, by the even-odd rule.
type Locator struct{ rows rows }

// NewLocator returns a locator for closed lines.
func NewLocator(lines []Line) Locator {
	var segments []segment
	for _, l := range lines {
		for i := 1; i < len(l); i++ {
			segments = appendSegment(segments, l[i-1], l[i])
		}
	}
	return Locator{newRows(segments)}
}

// Inside reports whether the lines enclose p.
func (l Locator) Inside(p Point) bool { return l.rows.inside(p) }
