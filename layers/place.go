package layers

import (
	"context"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/postgres"
)

// FromCity transforms a point from the city's own CRS to longitude and
// latitude. A point that the CRS does not know is an error of KindInvalid.
func (s *Store) FromCity(ctx context.Context, p orb.Point) (orb.Point, error) {
	var out orb.Point
	err := s.pool.QueryRow(ctx, `
		SELECT ST_X(p), ST_Y(p) FROM ST_Transform(ST_SetSRID(ST_MakePoint($1, $2), $3::int), 4326) AS p`,
		p[0], p[1], int(s.CitySRID())).Scan(&out[0], &out[1])
	if err == nil && !(out[0] >= -180 && out[0] <= 180 && out[1] >= -90 && out[1] <= 90) {
		err = kvartal.Errorf(kvartal.KindInvalid, "%v, %v is outside of the city's coordinate system", p[0], p[1])
	}
	if err != nil && kvartal.KindOf(err) != kvartal.KindInvalid {
		err = postgres.Translate(err, "transform a point")
	}
	return out, err
}
