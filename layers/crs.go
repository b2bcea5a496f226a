package layers

import (
	"context"
	"math"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
)

// CRS is a coordinate reference system that features can be asked for in.
type CRS struct {
	SRID kvartal.SRID
	Name string // for people
	// Definition is the PROJ string.
	Definition string
	Geographic bool // in degrees
	// NorthFirst says that by its registry the latitude or northing comes before
	// the longitude or easting.
	NorthFirst bool
}

// Own reports whether the CRS is one of the city that EPSG does not know.
func (c CRS) Own() bool { return c.SRID >= firstOwnSRID }

// CRSs returns the coordinate systems offered for every layer: WGS 84, Web
// Mercator, the UTM zone of the city, its own system and those of its layers,
// in order of their numbers.
func (s *Store) CRSs() []CRS { return s.offered }

// utmZone is the UTM zone on WGS 84 of a place in degrees.
func utmZone(lon, lat float64) kvartal.SRID {
	zone := kvartal.SRID(math.Floor((lon+180)/6))%60 + 1
	if lat < 0 {
		return 32700 + zone
	}
	return 32600 + zone
}

func (s *Store) offerCRSs(ctx context.Context) error {
	wanted := []int{int(kvartal.WGS84), int(kvartal.WebMercator)}
	for _, srid := range s.srids {
		wanted = append(wanted, int(srid))
	}
	if s.city.Placed() {
		wanted = append(wanted, int(utmZone(s.city.Center[0], s.city.Center[1])))
	}
	// PostGIS leaves the axes out where north or latitude comes first.
	rows, err := s.pool.Query(ctx, `
		SELECT srid, coalesce(nullif(split_part(srtext, '"', 2), ''), proj4text), proj4text,
		  proj4text LIKE '%+proj=longlat%', srid < $2 AND srtext NOT LIKE '%,AXIS[%,EAST],AXIS[%'
		FROM spatial_ref_sys WHERE srid = ANY($1) ORDER BY srid`, wanted, firstOwnSRID)
	if err == nil {
		s.offered, err = pgx.CollectRows(rows, pgx.RowToStructByPos[CRS])
	}
	if err != nil {
		return postgres.Translate(err, "look up coordinate systems")
	}
	return nil
}
