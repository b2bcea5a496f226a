package layers

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/layers/proj"
	"kvartal/view"
)

// selection reads features of one layer through a view: id, version, geometry,
// the fields, then the sort keys as text.
type selection struct {
	fields []Field // wanted and readable
	// projection turns the geometry, which is read in the storage CRS, into longitude
	// and latitude; nil: it is read in the CRS wanted.
	projection *proj.Projection
}

// fixedColumns stand before the fields.
const fixedColumns = 3

// selection begins a statement that reads what q wants, as the view shows it for
// an action.
func (s *Store) selection(st *statement, d *Definition, v view.View, a view.Action, q Query) selection {
	narrow := v.For(a)
	var sel selection
	columns := []string{"id", "1::bigint", "NULL::bytea"}
	if d.stamped() {
		columns[1] = "version"
	}
	if d.HasGeometry() && !q.WithoutGeometry {
		columns[2], sel.projection = s.geometrySQL(d, cmp.Or(q.CRS, kvartal.WGS84))
	}
	sel.fields = q.Fields(d, narrow)
	for _, f := range sel.fields {
		column := quote(f.Name)
		if f.Type == TypeDecimal {
			column += "::text"
		}
		columns = append(columns, column)
	}
	for i, key := range q.Sort {
		columns = append(columns, fmt.Sprintf(`%s::text AS ":%d"`, quote(key.Property), i)) // no field is called so
	}
	st.write("SELECT " + strings.Join(columns, ", ") + " FROM " + s.seen(st, d, v, a, q.During))
	return sel
}

// geometrySQL is a geometry in a CRS, or the one that is still to be projected.
func (s *Store) geometrySQL(d *Definition, srid kvartal.SRID) (string, *proj.Projection) {
	stored, own := "ST_AsBinary(geom, 'NDR')", s.projections[s.SRID(d)]
	switch {
	case srid == s.SRID(d):
		return stored, nil
	case srid == kvartal.WGS84 && own != nil && d.Geometry != AnyGeometry: // which may be curved
		return stored, own
	}
	return fmt.Sprintf("ST_AsBinary(ST_Transform(geom, %d), 'NDR')", srid), nil
}

// features reads all that a statement finds.
func (sel selection) features(ctx context.Context, db querier, st *statement) ([]kvartal.Feature, error) {
	var features []kvartal.Feature
	err := sel.each(ctx, db, st.String(), st.args, func(r *Record) error {
		f, err := r.Feature()
		features = append(features, f)
		return err
	})
	return features, err
}

// each calls fn with each row of a statement that begins with the selection.
func (sel selection) each(ctx context.Context, db querier, sql string, args []any, fn func(*Record) error) error {
	rows, err := db.Query(ctx, sql, append([]any{pgx.QueryResultFormats{pgx.BinaryFormatCode}}, args...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	r := Record{Fields: sel.fields}
	for rows.Next() {
		raw := rows.RawValues()
		if len(raw[0]) != 8 || len(raw[1]) != 8 {
			return errors.New("the database does not answer in binary: leave its query mode as it is")
		}
		r.ID, r.Version = kvartal.FeatureID(binary.BigEndian.Uint64(raw[0])), int64(binary.BigEndian.Uint64(raw[1]))
		r.WKB, r.values = raw[2], raw[fixedColumns:]
		if sel.projection != nil && r.WKB != nil {
			if err := sel.projection.WKB(r.WKB); err != nil {
				return fmt.Errorf("feature %d: %w", r.ID, err)
			}
		}
		if err := fn(&r); err != nil {
			return err
		}
	}
	return rows.Err()
}
