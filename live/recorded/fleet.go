package recorded

import (
	"context"
	"time"

	"kvartal/live"
	"kvartal/postgres"
)

// The steps are looked up one by one: a day of all fixes would be a hundred times
// as many as are wanted. Of packed rows all is unpacked at once.
const fleet = `
	SELECT DISTINCT ON (device, step) ` + Columns + ` FROM (
	SELECT n.*, s.place - 1 AS step FROM unnest($1::text[]) AS d (device)
	CROSS JOIN generate_series($2::timestamptz, $3::timestamptz, $4::interval) WITH ORDINALITY AS s (since, place)
	CROSS JOIN LATERAL (SELECT least(s.since + $4::interval, $3::timestamptz) AS until) AS u
	CROSS JOIN LATERAL (
		SELECT at, ` + Columns + ` FROM (
			(SELECT * FROM live.fix AS f WHERE f.device = d.device AND f.keyed >= s.since AND f.keyed < u.until
				AND f.mark <> 2 AND live.has_place(f.flags, f.lon, f.lat) ORDER BY f.keyed DESC, f.hash DESC LIMIT 1)
			UNION ALL
			(SELECT * FROM live.fix AS f WHERE f.device = d.device AND f.mark = 2 AND f.at >= s.since AND f.at < u.until
				AND f.keyed >= s.since AND f.keyed < u.until + interval '25 hours'
				AND live.has_place(f.flags, f.lon, f.lat) ORDER BY f.at DESC, f.hash DESC LIMIT 1)
		) AS either ORDER BY at DESC, hash DESC LIMIT 1) AS n
	UNION ALL
	SELECT f.* FROM unnest($1::text[]) AS d (device)
	CROSS JOIN LATERAL (
		SELECT p.* FROM live.packed AS p WHERE p.device = d.device AND p.placed < $3 AND p.first > $2::timestamptz - interval '1 day' AND p.first < $3 AND p.last >= $2) AS p
	CROSS JOIN LATERAL (
		SELECT DISTINCT ON (step) at, ` + Columns + `, live.microseconds(keyed - $2::timestamptz) / live.microseconds($4::interval) AS step
		FROM live.unpacked(ROW (p.*)::live.packed)
		WHERE keyed >= $2 AND keyed < $3 AND live.has_place(flags, lon, lat) ORDER BY step, keyed DESC, hash DESC) AS f
	) AS every
	ORDER BY device, step, at DESC, hash DESC`

// Fleet calls take with where devices were from one time to another: of each
// device the last fix of each step that says so, in the order of device and time.
func Fleet(ctx context.Context, db Querier, devices []live.DeviceID, from, to time.Time, step time.Duration, take func(live.Moment) error) error {
	names := make([]string, len(devices))
	for i, d := range devices {
		names[i] = string(d)
	}
	err := Each(ctx, db, fleet, []any{names, from, to, step}, take)
	return postgres.Translate(err, "read where devices were")
}
