package layers

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/postgres"
)

// Box is a rectangle in which features are looked for.
type Box struct {
	// Bound is in degrees or units of the CRS, easting or longitude first.
	// Min[0] > Max[0] crosses the antimeridian, if the CRS is in degrees.
	orb.Bound
	CRS kvartal.SRID // 0 stands for WGS 84
}

func (b Box) srid() kvartal.SRID { return cmp.Or(b.CRS, kvartal.WGS84) }

// nearCity is how many degrees from its centre a box is surely within the domain
// of every CRS a city is stored in.
const nearCity = 5

// near reports whether all of a box can be transformed as it is.
func (s *Store) near(b Box) bool {
	c := s.city.Center
	return b.srid() == kvartal.WGS84 && s.city.Placed() && b.Min[0] <= b.Max[0] &&
		b.Min[0] > c[0]-nearCity && b.Max[0] < c[0]+nearCity && b.Min[1] > c[1]-nearCity && b.Max[1] < c[1]+nearCity
}

// boxes returns the parts of a box in which the layer may have features, so that
// they can be transformed to its storage CRS: a projection is undefined on the
// other side of the world.
func (s *Store) boxes(ctx context.Context, d *Definition, b Box) ([]Box, error) {
	if s.near(b) {
		return []Box{b}, nil
	}
	extent, known, err := s.extent(ctx, d, b.srid())
	if err != nil || !known {
		return nil, err
	}
	halves := []Box{b}
	if b.Min[0] > b.Max[0] {
		halves = []Box{
			{orb.Bound{Min: b.Min, Max: orb.Point{180, b.Max[1]}}, b.CRS},
			{orb.Bound{Min: orb.Point{-180, b.Min[1]}, Max: b.Max}, b.CRS},
		}
	}
	var parts []Box
	for _, half := range halves {
		if half.Intersects(extent) {
			parts = append(parts, Box{intersection(half.Bound, extent), b.CRS})
		}
	}
	return parts, nil
}

func intersection(a, b orb.Bound) orb.Bound {
	return orb.Bound{
		Min: orb.Point{math.Max(a.Min[0], b.Min[0]), math.Max(a.Min[1], b.Min[1])},
		Max: orb.Point{math.Min(a.Max[0], b.Max[0]), math.Min(a.Max[1], b.Max[1])},
	}
}

// extent is a rectangle in a CRS around all features of the layer, larger than
// need be; false if it has none.
func (s *Store) extent(ctx context.Context, d *Definition, srid kvartal.SRID) (orb.Bound, bool, error) {
	if d.Live != nil {
		return s.liveExtent(ctx, srid)
	}
	var v [4]*float64
	// The index knows the extent. Its sides bend on their way.
	err := s.pool.QueryRow(ctx, `
		SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM (SELECT ST_Transform(ST_Segmentize(
		  ST_Expand(e, 1e-5), greatest(ST_XMax(e) - ST_XMin(e), ST_YMax(e) - ST_YMin(e), 1e-3) / 8), $4::int) AS b
		  FROM (SELECT ST_SetSRID(ST_EstimatedExtent($1, $2, 'geom')::geometry, $3::int) AS e) AS stored) AS extent`,
		layerSchema, string(d.ID), int(s.SRID(d)), int(srid)).Scan(&v[0], &v[1], &v[2], &v[3])
	if err != nil {
		return orb.Bound{}, false, postgres.Translate(err, "find the extent of layer "+string(d.ID))
	}
	if v[0] == nil {
		return orb.Bound{}, false, nil
	}
	b := orb.Bound{Min: orb.Point{*v[0], *v[1]}, Max: orb.Point{*v[2], *v[3]}}
	return b.Pad(math.Max(b.Max[0]-b.Min[0], b.Max[1]-b.Min[1])/8 + 1e-5), true, nil
}

// liveExtent is where objects may move: anywhere, but in projections near the city.
func (s *Store) liveExtent(ctx context.Context, srid kvartal.SRID) (orb.Bound, bool, error) {
	b := orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}
	if srid == kvartal.WGS84 {
		return b, true, nil
	}
	b = intersection(b, orb.Bound{Min: orb.Point{-180, -85}, Max: orb.Point{180, 85}})
	if city := orb.Point(s.city.Center); s.city.Placed() {
		b = intersection(b, orb.Bound{Min: city, Max: city}.Pad(nearCity))
	}
	var v [4]float64
	err := s.pool.QueryRow(ctx, `SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b)
		FROM ST_Transform(ST_Segmentize(ST_MakeEnvelope($1, $2, $3, $4, 4326), 1), $5::int) AS b`,
		b.Min[0], b.Min[1], b.Max[0], b.Max[1], int(srid)).Scan(&v[0], &v[1], &v[2], &v[3])
	return orb.Bound{Min: orb.Point{v[0], v[1]}, Max: orb.Point{v[2], v[3]}}, err == nil, postgres.Translate(err, "find where objects may move")
}

// inBoxSQL is the condition that a feature meets a box. The sides of the box are
// divided: straight ones are curves in the storage CRS.
func (s *Store) inBoxSQL(st *statement, d *Definition, b Box) string {
	stored := s.SRID(d)
	box := fmt.Sprintf("ST_MakeEnvelope(%s, %s, %s, %s, %d)",
		st.parameter(b.Min[0]), st.parameter(b.Min[1]), st.parameter(b.Max[0]), st.parameter(b.Max[1]), b.srid())
	if b.srid() != stored {
		side := math.Max(b.Max[0]-b.Min[0], b.Max[1]-b.Min[1]) / 16
		box = fmt.Sprintf("ST_Transform(ST_Segmentize(%s, %s), %d)", box, st.parameter(math.Max(side, 1e-9)), stored)
	}
	// As a query of its own it is made once, not for each row, when the plan is
	// a generic one. Most features lie well within: of them the index alone tells.
	return fmt.Sprintf("(geom && (SELECT %[1]s) AND (geom @ (%[2]s) OR ST_Intersects(geom, (SELECT %[1]s))))", box, s.innerSQL(st, d, b))
}

// innerSQL is a rectangle in the storage CRS that lies within a box, NULL if none
// does: what is between the innermost points of its sides, less what the index
// rounds coordinates by (float32).
func (s *Store) innerSQL(st *statement, d *Definition, b Box) string {
	p := []string{st.parameter(b.Min[0]), st.parameter(b.Min[1]), st.parameter(b.Max[0]), st.parameter(b.Max[1])}
	piece := ""
	if b.srid() != s.SRID(d) {
		piece = st.parameter(math.Max(math.Max(b.Max[0]-b.Min[0], b.Max[1]-b.Min[1])/16, 1e-9))
	}
	side := func(x1, y1, x2, y2 string) string {
		line := fmt.Sprintf("ST_SetSRID(ST_MakeLine(ST_MakePoint(%s, %s), ST_MakePoint(%s, %s)), %d)", x1, y1, x2, y2, b.srid())
		if piece == "" {
			return line
		}
		return fmt.Sprintf("ST_Transform(ST_Segmentize(%s, %s), %d)", line, piece, s.SRID(d))
	}
	return fmt.Sprintf(`
		SELECT ST_MakeEnvelope(west + margin, south + margin, east - margin, north - margin, %d) FROM (
		  SELECT ST_XMax(w) AS west, ST_YMax(s) AS south, ST_XMin(e) AS east, ST_YMin(n) AS north,
		    3e-7 * greatest(abs(ST_XMin(w)), abs(ST_YMin(s)), abs(ST_XMax(e)), abs(ST_YMax(n))) AS margin
		  FROM (SELECT %s AS w, %s AS s, %s AS e, %s AS n) AS sides) AS innermost
		WHERE west + margin < east - margin AND south + margin < north - margin`,
		s.SRID(d), side(p[0], p[1], p[0], p[3]), side(p[0], p[1], p[2], p[1]), side(p[2], p[1], p[2], p[3]), side(p[0], p[3], p[2], p[3]))
}
