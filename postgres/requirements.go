package postgres

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"kvartal"
)

// checkRequirements refuses a database that is too old or has no PostGIS.
// PostGIS may be installed on the server only: the first migration adds it.
func checkRequirements(ctx context.Context, pool *pgxpool.Pool) error {
	var version, major int
	var postgis, schema, available string
	err := pool.QueryRow(ctx, `
		SELECT current_setting('server_version_num')::integer,
		  coalesce((SELECT extversion FROM pg_extension WHERE extname = 'postgis'), ''),
		  coalesce((SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'postgis'), ''),
		  coalesce((SELECT default_version FROM pg_available_extensions WHERE name = 'postgis'), '')`,
	).Scan(&version, &postgis, &schema, &available)
	if err != nil {
		return Translate(err, "look at the version of the database")
	}
	major = version / 10000
	switch {
	case major < minMajor:
		return kvartal.Errorf(kvartal.KindUnavailable,
			"the database is PostgreSQL %d; PostgreSQL %d or later is needed: upgrade the server, or leave KVARTAL_DATABASE_URL empty to use a private one", major, minMajor)
	case postgis == "" && available == "":
		return kvartal.Errorf(kvartal.KindUnavailable,
			"the database server has no PostGIS: install it there (on Debian `apt-get install postgresql-%d-postgis-3`)", major)
	case older(orDefault(postgis, available), minPostGIS):
		return kvartal.Errorf(kvartal.KindUnavailable,
			"the database has PostGIS %s; %s or later is needed: upgrade it, then run SELECT postgis_extensions_upgrade() in the database", orDefault(postgis, available), minPostGIS)
	case postgis != "" && schema != "public":
		return kvartal.Errorf(kvartal.KindUnavailable,
			"PostGIS is in schema %s of the database; it is needed in schema public: use a database of kvartal's own", schema)
	}
	return nil
}

// older tells whether version a ("3.3.2") comes before b ("3.3").
func older(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i, part := range bs {
		if i == len(as) {
			return true
		}
		if x, y := leadingNumber(as[i]), leadingNumber(part); x != y {
			return x < y
		}
	}
	return false
}

// leadingNumber reads "0beta2" as 0: a pre-release counts as its release.
func leadingNumber(s string) int {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		s = s[:end]
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
