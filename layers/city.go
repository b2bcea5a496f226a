package layers

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
)

// City is what the program knows of the city it serves. It is kept in the
// database, because the tables of layers with "crs: city" are made for it.
type City struct {
	Title Text `json:"title"`
	// CRS is the city's own coordinate system: "EPSG:n", or a PROJ string
	// ("+proj=tmerc …") for a local system that EPSG does not know.
	CRS    string     `json:"crs"`
	Center [2]float64 `json:"center"` // longitude, latitude
	Zoom   float64    `json:"zoom"`
}

// defaultCity is assumed until an administrator says more.
func defaultCity() City {
	return City{
		Title: Text{Ru: "Город", En: "City", Ky: "Шаар"},
		CRS:   kvartal.WebMercator.String(),
		Zoom:  2,
	}
}

// Placed reports whether anybody has said where the city lies.
func (c City) Placed() bool { return c.Center != defaultCity().Center }

// LoadCity reads the city from the database, or the default one.
func LoadCity(ctx context.Context, db querier) (City, error) {
	city := defaultCity()
	err := db.QueryRow(ctx, "SELECT value FROM kvartal.setting WHERE key = 'city'").Scan(&city)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return City{}, postgres.Translate(err, "read the city's settings")
	}
	return city, nil
}

// SaveCity keeps the city in the database.
func SaveCity(ctx context.Context, db querier, city City) error {
	_, err := db.Exec(ctx, `INSERT INTO kvartal.setting (key, value) VALUES ('city', $1)
		ON CONFLICT (key) DO UPDATE SET value = $1, updated_at = clock_timestamp()`, city)
	if err != nil {
		return postgres.Translate(err, "save the city's settings")
	}
	return nil
}

var epsgPattern = regexp.MustCompile(`^EPSG:([0-9]{4,6})$`)

// firstOwnSRID is where the SRIDs begin that we give to PROJ strings; PostGIS
// leaves 990000 to 998999 to its users.
const firstOwnSRID = 990000

// resolveCRS returns the SRID of a CRS written as "EPSG:n" or as a PROJ string,
// which is registered in spatial_ref_sys if it is new.
func resolveCRS(ctx context.Context, db querier, crs string) (kvartal.SRID, error) {
	unknown := kvartal.Errorf(kvartal.KindInvalid, "%.200q is not a coordinate system this database knows: give EPSG:n or a PROJ string", crs)
	if m := epsgPattern.FindStringSubmatch(crs); m != nil {
		srid, err := strconv.Atoi(m[1])
		if err != nil {
			return 0, unknown
		}
		var known bool
		if err := db.QueryRow(ctx, "SELECT EXISTS (SELECT FROM spatial_ref_sys WHERE srid = $1)", srid).Scan(&known); err != nil {
			return 0, postgres.Translate(err, "look up "+crs)
		}
		if !known {
			return 0, unknown
		}
		return kvartal.SRID(srid), nil
	}
	if !strings.HasPrefix(crs, "+proj=") {
		return 0, unknown
	}
	return registerCRS(ctx, db, crs, unknown)
}

// nameCRS returns the name that spatial_ref_sys has for a CRS, or its code.
func nameCRS(ctx context.Context, db querier, srid kvartal.SRID) (string, error) {
	var name string
	err := db.QueryRow(ctx, `SELECT coalesce(nullif(split_part(srtext, '"', 2), ''), proj4text) FROM spatial_ref_sys WHERE srid = $1`, int(srid)).Scan(&name)
	if err != nil {
		return "", postgres.Translate(err, "look up the name of "+srid.String())
	}
	return name, nil
}

func registerCRS(ctx context.Context, db querier, proj string, unknown *kvartal.Error) (kvartal.SRID, error) {
	var srid int
	err := db.QueryRow(ctx, "SELECT srid FROM spatial_ref_sys WHERE proj4text = $1 AND srid >= $2", proj, firstOwnSRID).Scan(&srid)
	if err == nil {
		return kvartal.SRID(srid), nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return 0, postgres.Translate(err, "look up the city's coordinate system")
	}
	// PostGIS looks at a string only when it first transforms with it: try it
	// here, in the statement that keeps it.
	err = db.QueryRow(ctx, `
		WITH usable AS (SELECT ST_X(ST_Transform(ST_SetSRID(ST_MakePoint(0, 0), 4326), $1)) IS NOT NULL AS ok)
		INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, proj4text)
		SELECT n, 'KVARTAL', n, $1 FROM usable, (SELECT greatest(max(srid) + 1, $2) AS n FROM spatial_ref_sys WHERE srid < 999000) AS next
		WHERE ok RETURNING srid`, proj, firstOwnSRID).Scan(&srid)
	if err != nil {
		return 0, unknown.Because(err)
	}
	return kvartal.SRID(srid), nil
}
