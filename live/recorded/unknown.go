package recorded

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal/live"
	"kvartal/postgres"
)

// Unknown is a device that tells and that no register has.
type Unknown struct {
	Device live.DeviceID `json:"device"`
	Source string        `json:"source"` // protocol it came by last
	// First and Last bound what is recorded of it, as far as days are kept.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	Fixes int64     `json:"fixes"` // no more than MaxCounted are counted
	Lon   *float64  `json:"lon,omitempty"`
	Lat   *float64  `json:"lat,omitempty"`
}

// Limits of unknown devices: anybody may invent names.
const (
	MaxUnknown = 1000
	MaxCounted = 1000
)

const unknown = `
	SELECT l.device, l.source, coalesce(f.first, l.at), l.at, f.n, p.lon, p.lat
	FROM (SELECT DISTINCT ON (device) device, source, at FROM live.latest AS l
		WHERE NOT EXISTS (SELECT FROM layer.devices AS r WHERE r.device = l.device) ORDER BY device, at DESC) AS l
	LEFT JOIN live.latest AS p ON p.device = l.device AND p.placed
	CROSS JOIN LATERAL (SELECT min(t.at) AS first, least(sum(t.n), $2)::bigint AS n FROM (
		(SELECT f.at, 1 AS n FROM live.fix AS f WHERE f.device = l.device ORDER BY f.keyed LIMIT $2)
		UNION ALL
		(SELECT p.first, p.n FROM live.packed AS p WHERE p.device = l.device ORDER BY p.first LIMIT $2)) AS t) AS f
	ORDER BY l.at DESC, l.device LIMIT $1`

// Unknowns returns devices that tell and are not registered, those heard of last
// first, at most MaxUnknown.
func Unknowns(ctx context.Context, db Querier) ([]Unknown, error) {
	rows, err := db.Query(ctx, unknown, MaxUnknown, MaxCounted)
	if err != nil {
		return nil, postgres.Translate(err, "read which devices are not registered")
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (u Unknown, err error) {
		err = row.Scan(&u.Device, &u.Source, &u.First, &u.Last, &u.Fixes, &u.Lon, &u.Lat)
		u.First, u.Last = u.First.UTC(), u.Last.UTC()
		return u, err
	})
	return found, postgres.Translate(err, "read which devices are not registered")
}
