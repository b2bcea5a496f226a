package recorded

import (
	"context"
	"slices"
	"time"

	"kvartal"
	"kvartal/live"
	"kvartal/postgres"
)

// MaxMoments is the most that Moments returns.
const MaxMoments = 250_000

// Fixes are keyed by when they were, but for those whose clock was ahead (mark
// 2), which have an index of their own and are not packed.
const momentsOf = `
	SELECT ` + Columns + ` FROM live.fix WHERE device = $1 AND keyed BETWEEN $2 AND $3 AND mark <> 2
	UNION ALL
	SELECT ` + Columns + ` FROM live.fix WHERE device = $1 AND mark = 2 AND at BETWEEN $2 AND $3 AND keyed BETWEEN $2 AND $3::timestamptz + interval '25 hours'
	UNION ALL
	SELECT f.* FROM live.packed AS p CROSS JOIN LATERAL (
		SELECT ` + Columns + ` FROM live.unpacked(p) WHERE keyed BETWEEN $2 AND $3) AS f
	WHERE p.device = $1 AND p.first > $2::timestamptz - interval '1 day' AND p.first <= $3 AND p.last >= $2
	LIMIT $4`

// Moments returns what a device told from one time to another, both included, in
// the order of time. More than MaxMoments are an error of KindTooLarge.
func Moments(ctx context.Context, db Querier, device live.DeviceID, from, to time.Time) ([]live.Moment, error) {
	var moments []live.Moment
	err := Each(ctx, db, momentsOf, []any{string(device), from, to, MaxMoments + 1}, func(m live.Moment) error {
		moments = append(moments, m)
		return nil
	})
	if err != nil {
		return nil, postgres.Translate(err, "read what a device told")
	}
	if len(moments) > MaxMoments {
		return nil, kvartal.Errorf(kvartal.KindTooLarge, "the device told more than %d fixes in that time: ask for a shorter one", MaxMoments).In("from")
	}
	slices.SortFunc(moments, func(a, b live.Moment) int { return a.Compare(&b) })
	return moments, nil
}
