package layers

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/view"
)

// conditionSQL is whereSQL for statements that are to run in any case.
func (s *Store) conditionSQL(ctx context.Context, st *statement, d *Definition, q Query) error {
	some, err := s.whereSQL(ctx, st, d, q)
	if err == nil && !some {
		st.where("FALSE")
	}
	return err
}

// mostMended is how many changed features are put in their new places one by
// one; of more, the listing is made anew.
const mostMended = 32

// refreshed is the listing as of tx, or errStale if it has to be made anew.
func (s *Store) refreshed(ctx context.Context, tx pgx.Tx, asked listed, l *listing) (*listing, error) {
	seen, err := look(ctx, tx, l.cursor)
	if err != nil {
		return nil, err
	}
	if seen.reloadAll {
		return nil, errStale
	}
	now := &listing{key: l.key, cursor: seen.cursor, ids: l.ids}
	if !slices.Contains(seen.layers, string(asked.def.ID)) {
		return now, nil
	}
	changed, err := changedIn(ctx, tx, l.cursor, asked.def.ID)
	if err != nil {
		return nil, err
	}
	now.ids = slices.DeleteFunc(slices.Clone(l.ids), func(id int64) bool { return slices.Contains(changed, id) })
	for _, id := range changed {
		if err := s.place(ctx, tx, asked, now, id); err != nil {
			return nil, err
		}
	}
	return now, nil
}

// changedIn returns the features of a layer that have changed since the cursor;
// errStale if they are many or not known.
func changedIn(ctx context.Context, tx pgx.Tx, since Cursor, layer kvartal.LayerID) ([]int64, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT coalesce(feature, 0) FROM kvartal.changes_since($1) WHERE layer = $2 LIMIT $3`,
		since.seen.String(), string(layer), mostMended+1)
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err == nil && (len(ids) > mostMended || slices.Contains(ids, 0)) {
		err = errStale
	}
	return ids, err
}

// place puts a feature where it belongs, if it belongs to the listing. The
// database compares it with some twenty others.
func (s *Store) place(ctx context.Context, tx pgx.Tx, asked listed, l *listing, id int64) error {
	at, err := s.bookmark(ctx, tx, asked, id)
	if err != nil || at == nil {
		return err
	}
	var st statement
	after := st.afterSQL(asked.def, asked.query.Sort, *at)
	sql := "SELECT " + after + " FROM " + s.seen(&st, asked.def, asked.view, view.Query, asked.query.During) + " WHERE id = "
	args := st.args
	first, last := 0, len(l.ids)
	for first < last {
		middle := (first + last) / 2
		var comesAfter *bool
		st := statement{args: slices.Clone(args)}
		condition := sql + st.parameter(l.ids[middle])
		if err := tx.QueryRow(ctx, condition, st.args...).Scan(&comesAfter); err != nil {
			return err
		}
		if comesAfter != nil && *comesAfter {
			last = middle
		} else {
			first = middle + 1
		}
	}
	l.ids = slices.Insert(l.ids, first, id)
	return nil
}

// bookmark is the place of a feature in the order asked for; nil if it is gone
// or not asked for.
func (s *Store) bookmark(ctx context.Context, tx pgx.Tx, asked listed, id int64) (*Bookmark, error) {
	keys := asked.query.Sort
	columns := make([]string, 0, len(keys)+1)
	for _, key := range keys {
		columns = append(columns, quote(key.Property)+"::text")
	}
	var st statement
	st.write("SELECT ARRAY[" + strings.Join(columns, ", ") + "]::text[] FROM " + s.seen(&st, asked.def, asked.view, view.Query, asked.query.During))
	if err := s.conditionSQL(ctx, &st, asked.def, asked.query); err != nil {
		return nil, err
	}
	st.where("id = " + st.parameter(id))
	b := Bookmark{ID: kvartal.FeatureID(id)}
	rows, err := tx.Query(ctx, st.String(), st.args...)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[[]*string])
	if err != nil || len(found) == 0 {
		return nil, err
	}
	b.Values = found[0]
	return &b, nil
}

// listIDs reads the ids of the features asked for in their order, or of those
// of them that are in only. There may be no more than MaxListed.
func (s *Store) listIDs(ctx context.Context, tx pgx.Tx, asked listed, only []int64) ([]int64, error) {
	var st statement
	st.write("SELECT id FROM " + s.seen(&st, asked.def, asked.view, view.Query, asked.query.During))
	if err := s.conditionSQL(ctx, &st, asked.def, asked.query); err != nil {
		return nil, err
	}
	if only != nil {
		st.where("id = ANY (" + st.parameter(only) + ")")
	}
	st.write(orderSQL(asked.def, asked.query.Sort) + " LIMIT " + st.parameter(MaxListed+1))
	rows, err := tx.Query(ctx, st.String(), st.args...)
	if err != nil {
		return nil, err
	}
	var ids []int64
	var id int64
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		ids = append(ids, id)
		return nil
	})
	if err == nil && len(ids) > MaxListed {
		err = kvartal.Errorf(kvartal.KindTooLarge, "layer %q has more than %d features that match: filter them first", asked.def.ID, MaxListed)
	}
	return slices.Clip(ids), err
}

// readRows reads features by their ids, in the order of these. What is gone is
// left out.
func (s *Store) readRows(ctx context.Context, tx pgx.Tx, asked listed, ids []int64) (Rows, error) {
	out := Rows{Columns: []string{}, Rows: []Row{}}
	columns := []string{"id"}
	var types []FieldType
	for _, f := range asked.columns() {
		column := quote(f.Name)
		if f.Type == TypeDecimal {
			column += "::text"
		}
		columns, types = append(columns, column), append(types, f.Type)
		out.Columns = append(out.Columns, f.Name)
	}
	var st statement
	st.write("SELECT " + strings.Join(columns, ", ") + " FROM unnest(" + st.parameter(ids) + "::bigint[]) WITH ORDINALITY AS part (id, place) JOIN " +
		s.seen(&st, asked.def, asked.view, view.Query, asked.query.During) + " USING (id) ORDER BY place")
	rows, err := tx.Query(ctx, st.String(), st.args...)
	if err != nil {
		return out, err
	}
	defer rows.Close()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return out, err
		}
		id, _ := values[0].(int64)
		for i, typ := range types {
			if digits, ok := values[1+i].(string); ok && typ == TypeDecimal {
				values[1+i] = kvartal.Decimal(digits)
			}
		}
		out.Rows = append(out.Rows, Row{kvartal.FeatureID(id), values[1:]})
	}
	return out, rows.Err()
}

// columns are the attributes wanted, in the order of the request or of the
// definition.
func (l listed) columns() []Field {
	var out []Field
	if l.query.Properties == nil {
		for _, f := range l.def.Fields {
			if l.view.Readable(f.Name) {
				out = append(out, f)
			}
		}
		return out
	}
	for _, name := range l.query.Properties {
		f, _ := l.def.Field(name) // checked
		out = append(out, f)
	}
	return out
}
