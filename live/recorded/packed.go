package recorded

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"

	"kvartal/live"
)

// packedRow is a row of live.packed: fixes of one device in the order of time, an
// array a column. What no fix has told has no array.
type packedRow struct {
	first    time.Time
	step     int64   // µs from one fix to the next, about
	keyed    []int64 // µs after first and as many steps as there are fixes before
	flags    []int16
	lon, lat []pgtype.Float8
	hash     []int64 // none if nobody asked
}

// places appends the last place of each step between two times to spots that are
// earlier.
func (r *packedRow) places(into []spot, from, to time.Time, step time.Duration) []spot {
	start := r.first.Sub(from).Microseconds()
	for i, keyed := range r.keyed {
		after := int64(i)*r.step + keyed
		since := start + after
		if since < 0 || since >= to.Sub(from).Microseconds() {
			continue
		}
		point, ok := r.point(i)
		if !ok {
			continue
		}
		s := spot{
			step: since / step.Microseconds(), at: r.first.Add(time.Duration(after) * time.Microsecond),
			point: point, first: r.first, place: int32(i) + 1, //nolint:gosec // some hundreds
		}
		if r.hash != nil {
			s.hash = r.hash[i]
		}
		if last := len(into) - 1; last >= 0 && into[last].step == s.step {
			into[last] = s
		} else {
			into = append(into, s)
		}
	}
	return into
}

// point is where fix i says that the device was.
func (r *packedRow) point(i int) (orb.Point, bool) {
	if i >= len(r.lon) || i >= len(r.lat) || !r.lon[i].Valid || !r.lat[i].Valid {
		return orb.Point{}, false
	}
	f := live.Fix{Point: orb.Point{r.lon[i].Float64, r.lat[i].Float64}, Flags: live.Flags(r.flags[i])} //nolint:gosec // four bits
	return f.Point, f.HasPosition()
}
