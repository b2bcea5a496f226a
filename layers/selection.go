package layers

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/encoding/wkb"

	"kvartal"
	"kvartal/view"
)

// selection reads features of one layer through a view: id, version, geometry,
// the fields, then the sort keys as text.
type selection struct {
	def    *Definition
	fields []Field // wanted and readable
	sql    string  // SELECT … FROM …
}

func (s *Store) selection(d *Definition, v view.View, q Query) selection {
	sel := selection{def: d}
	columns := []string{"id", "1::bigint", "NULL::bytea"}
	if d.History != HistoryRevisions {
		columns[1] = "version"
	}
	if d.HasGeometry() {
		columns[2] = "ST_AsBinary(ST_Transform(geom, 4326), 'NDR')"
	}
	for _, f := range d.Fields {
		if !q.wants(v, f.Name) {
			continue
		}
		sel.fields = append(sel.fields, f)
		column := quote(f.Name)
		if f.Type == TypeDecimal {
			column += "::text"
		}
		columns = append(columns, column)
	}
	for i, key := range q.Sort {
		columns = append(columns, fmt.Sprintf(`%s::text AS ":%d"`, quote(key.Property), i)) // no field is called so
	}
	sel.sql = "SELECT " + strings.Join(columns, ", ") + " FROM " + s.Table(d)
	return sel
}

func (sel selection) query(ctx context.Context, db querier, rest string, args ...any) ([]kvartal.Feature, error) {
	rows, err := db.Query(ctx, sel.sql+" "+rest, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (kvartal.Feature, error) {
		values, err := row.Values()
		if err != nil {
			return kvartal.Feature{}, err
		}
		return sel.feature(values)
	})
}

// page reads a page of limit features, and whether the database has more.
func (sel selection) page(ctx context.Context, db querier, limit int, sql string, args ...any) (Page, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return Page{}, err
	}
	defer rows.Close()
	var page Page
	var last []any
	for rows.Next() {
		if len(page.Features) == limit {
			page.Next = sel.bookmark(last)
			break
		}
		if last, err = rows.Values(); err != nil {
			return Page{}, err
		}
		f, err := sel.feature(last)
		if err != nil {
			return Page{}, err
		}
		page.Features = append(page.Features, f)
	}
	rows.Close()
	return page, rows.Err()
}

func (sel selection) feature(values []any) (kvartal.Feature, error) {
	id, idOK := values[0].(int64)
	version, versionOK := values[1].(int64)
	if !idOK || !versionOK {
		return kvartal.Feature{}, errors.New("id and version are not integers")
	}
	f := kvartal.Feature{ID: kvartal.FeatureID(id), Version: version, Properties: make(map[string]any, len(sel.fields))}
	if b, ok := values[2].([]byte); ok {
		var err error
		if f.Geometry, err = wkb.Unmarshal(b); err != nil {
			return kvartal.Feature{}, fmt.Errorf("geometry of feature %d: %w", id, err)
		}
	}
	for i, field := range sel.fields {
		v := values[3+i]
		if s, ok := v.(string); ok && field.Type == TypeDecimal {
			v = kvartal.Decimal(s)
		}
		f.Properties[field.Name] = v
	}
	return f, nil
}

// bookmark is the place of a row in the order.
func (sel selection) bookmark(values []any) *Bookmark {
	id, _ := values[0].(int64)
	b := &Bookmark{ID: kvartal.FeatureID(id)}
	for _, v := range values[3+len(sel.fields):] {
		text, ok := v.(string)
		b.Values = append(b.Values, nil)
		if ok {
			b.Values[len(b.Values)-1] = &text
		}
	}
	return b
}
