package layers

import (
	"context"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"kvartal"
	"kvartal/layers/proj"
)

// querier is a pool, a connection or a transaction.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Store keeps the rows of layers in PostGIS. It may be used concurrently.
type Store struct {
	pool    *pgxpool.Pool
	reg     *Registry
	city    City
	crs     string                  // name of the city's CRS, for people
	srids   map[string]kvartal.SRID // by CRS as definitions write it
	offered []CRS
	// projections of storage CRSs that we know as well as PostGIS does.
	projections map[kvartal.SRID]*proj.Projection
	log         *slog.Logger
}

// Open returns a store over a migrated database. It resolves the CRS of every
// layer, "city" being the one of LoadCity; an unknown one is an error of
// KindInvalid that names the layer.
func Open(ctx context.Context, pool *pgxpool.Pool, reg *Registry, log *slog.Logger) (*Store, error) {
	city, err := LoadCity(ctx, pool)
	if err != nil {
		return nil, err
	}
	s := &Store{pool: pool, reg: reg, city: city, srids: map[string]kvartal.SRID{}, log: log}
	if s.srids["city"], err = resolveCRS(ctx, pool, city.CRS); err != nil {
		return nil, kvartal.Within(err, "the city's coordinate system (KVARTAL_CITY_CRS)")
	}
	if s.crs, err = nameCRS(ctx, pool, s.srids["city"]); err != nil {
		return nil, err
	}
	for _, d := range reg.Layers() {
		if _, known := s.srids[d.CRS]; known {
			continue
		}
		if s.srids[d.CRS], err = resolveCRS(ctx, pool, d.CRS); err != nil {
			return nil, kvartal.Within(err, d.Path+"/layer.yaml: crs")
		}
	}
	if err := s.offerCRSs(ctx); err != nil {
		return nil, err
	}
	return s, s.findProjections(ctx)
}

// Registry returns the definitions the store was opened with.
func (s *Store) Registry() *Registry { return s.reg }

// City returns the city as it was when the store was opened.
func (s *Store) City() City { return s.city }

// SaveCity keeps the city for stores opened from now on.
func (s *Store) SaveCity(ctx context.Context, city City) error { return SaveCity(ctx, s.pool, city) }

// CitySRID returns the SRID of the city's own CRS.
func (s *Store) CitySRID() kvartal.SRID { return s.srids["city"] }

// CityCRS returns the name of the city's own CRS for people, as in "WGS 84 / UTM
// zone 18N".
func (s *Store) CityCRS() string { return s.crs }

// SRID returns the storage CRS of a layer.
func (s *Store) SRID(d *Definition) kvartal.SRID { return s.srids[d.CRS] }

// Table returns the quoted name of a layer's table.
func (s *Store) Table(d *Definition) string { return s.table(d).name().Sanitize() }

func (s *Store) table(d *Definition) table { return table{def: d, srid: s.srids[d.CRS]} }

// tables are those of the layers that have one: live layers have views.
func (s *Store) tables() []table {
	tables := make([]table, 0, len(s.reg.layers))
	for _, d := range s.reg.layers {
		if d.Live == nil {
			tables = append(tables, s.table(d))
		}
	}
	return tables
}
