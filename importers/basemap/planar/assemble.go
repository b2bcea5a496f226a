package planar

import "slices"

// maxGap is the widest gap between two loose ends that is taken for a slip of
// the pen, in centimetres.
const maxGap = 100

// maxRounds bounds how often crossings are cut: rounding to whole centimetres
// may make new ones, fewer each time.
const maxRounds = 10

// Defects counts what Assemble found wrong with the lines of one area.
type Defects struct {
	Gaps      int // loose ends at most a metre apart, joined
	Loose     int // edges dropped because they close no ring
	Crossings int // places where edges crossed or touched, made vertices
	Shared    int // edges dropped because they occur twice
	Tangled   int // 1 if crossings were left after all rounds
}

// Assemble returns the area that lines bound by the even-odd rule: a place is
// inside if a ray from it crosses an odd number of them. Lines may come in any
// order and direction; rings may touch, nest and share edges. What closes no
// ring is dropped and counted, the rest stays. Polygons come in the order of
// their first points and are valid by OGC 06-103r4 section 6.1.11 unless
// Defects.Tangled says otherwise.
func Assemble(lines []Line) ([]Polygon, Defects) {
	if len(lines) == 1 && lines[0].Closed() {
		if ring, ok := simpleRing(lines[0]); ok {
			return []Polygon{{ring}}, Defects{}
		}
	}
	var d Defects
	var segments []segment
	for _, l := range lines {
		for i := 1; i < len(l); i++ {
			segments = appendSegment(segments, l[i-1], l[i])
		}
	}
	segments, d.Shared = cancelPairs(segments)
	segments, d.Gaps = closeGaps(segments)
	for round := 0; ; round++ {
		cuts := crossings(segments)
		if len(cuts) == 0 {
			break
		}
		if round == maxRounds {
			d.Tangled = 1
			break
		}
		if round == 0 {
			d.Crossings = places(cuts)
		}
		segments, _ = cancelPairs(split(segments, cuts))
	}
	segments, d.Loose = dropLoose(segments)
	return nest(trace(segments)), d
}

// simpleRing is the short way for what nearly every area is: one closed line
// that meets itself nowhere. The ring it returns runs counter-clockwise.
func simpleRing(l Line) (Ring, bool) {
	ring := Ring(slices.Compact(slices.Clone(l)))
	ring = ring[:len(ring)-1]
	if len(ring) < 3 {
		return nil, false
	}
	corners := slices.Clone(ring)
	slices.SortFunc(corners, Point.Compare)
	if len(slices.Compact(corners)) < len(ring) {
		return nil, false
	}
	segments := make([]segment, len(ring))
	for i, p := range ring {
		segments[i] = newSegment(p, ring[(i+1)%len(ring)])
	}
	slices.SortFunc(segments, segment.compare)
	if len(crossings(segments)) > 0 {
		return nil, false
	}
	if ring.doubleArea() < 0 {
		slices.Reverse(ring)
	}
	return ring, true
}
