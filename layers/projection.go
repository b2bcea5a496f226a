package layers

import (
	"context"
	"math"

	"kvartal"
	"kvartal/layers/proj"
	"kvartal/postgres"
)

// sameProjection is how far from PostGIS a projection of ours may be, in degrees:
// a tenth of a millimetre.
const sameProjection = 1e-9

// findProjections keeps the projections of ours that agree with PostGIS about
// places in and around the city. PostGIS may know more of a system by its number
// than its definition says.
func (s *Store) findProjections(ctx context.Context) error {
	s.projections = map[kvartal.SRID]*proj.Projection{}
	var srids []int32
	for _, c := range s.offered {
		if p := proj.Parse(c.Definition); p != nil {
			s.projections[c.SRID] = p
			srids = append(srids, int32(c.SRID))
		}
	}
	rows, err := s.pool.Query(ctx, `
		SELECT srid, ST_X(p), ST_Y(p), ST_X(q), ST_Y(q) FROM (
		  SELECT srid, p, ST_Transform(p, 4326) AS q FROM (
		    SELECT srid, ST_Transform(ST_SetSRID(ST_MakePoint($2::float8 + dx, $3::float8 + dy), 4326), srid) AS p
		    FROM unnest($1::int[]) AS srid, unnest('{-2, -0.3, 0, 0.1, 1}'::float8[]) AS dx, unnest('{-1, -0.2, 0, 0.3, 2}'::float8[]) AS dy) AS there) AS back`,
		srids, s.city.Center[0], s.city.Center[1])
	if err != nil {
		return postgres.Translate(err, "try the coordinate systems")
	}
	defer rows.Close()
	for rows.Next() {
		var srid int32
		var x, y, lon, lat float64
		if err := rows.Scan(&srid, &x, &y, &lon, &lat); err != nil {
			return postgres.Translate(err, "try the coordinate systems")
		}
		p := s.projections[kvartal.SRID(srid)]
		if p == nil {
			continue
		}
		gotLon, gotLat := p.ToWGS84(x, y)
		if !(math.Abs(gotLon-lon) < sameProjection && math.Abs(gotLat-lat) < sameProjection) {
			delete(s.projections, kvartal.SRID(srid))
		}
	}
	return postgres.Translate(rows.Err(), "try the coordinate systems")
}
