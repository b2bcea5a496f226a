package layers

import (
	"slices"
	"strings"

	"kvartal/view"
)

// seen writes what stands after FROM to read a layer through a view: its table
// where every row is shown as it is, else a query in its place that has the rows
// and values the view shows for an action, and NULL for other values; during some
// time, or now. Whatever reads from it, filters, sorts and counts included, cannot learn what is
// hidden. Values that are plain are columns of the table, so that indexes serve
// them.
func (s *Store) seen(st *statement, d *Definition, v view.View, a view.Action, during *Interval) string {
	if d.Live != nil {
		return s.liveSeen(st, d, v, a, during)
	}
	rows := s.rowsOf(st, d, v, a, during)
	v = v.For(a)
	if v.WholeLayer() {
		return rows
	}
	conditions := conditionsOf(st, v.Rules)
	columns := seenColumns(d, v.Rules, conditions)
	if f, zoomed := d.Field(d.Tiles.ZoomField); zoomed && a == view.See {
		i := slices.IndexFunc(columns, func(c string) bool { return strings.HasSuffix(c, " AS "+quote(f.Name)) })
		columns[i] = quote(f.Name)
	}
	return "(SELECT " + strings.Join(columns, ", ") + " FROM " + rows + " WHERE " + anyOf(conditions) + ") AS " + quote(string(d.ID))
}

// seenColumns are the columns of a layer's rows as rules show them, each of which
// covers the rows of its condition.
func seenColumns(d *Definition, rules []view.Rule, conditions []string) []string {
	columns := []string{"id"}
	if d.HasGeometry() {
		columns = append(columns, "geom")
	}
	switch {
	case d.Live != nil:
		columns = append(columns, "valid_from")
	case d.stamped():
		columns = append(columns, "version", "valid_from", "changeset")
	}
	for _, f := range d.Fields {
		columns = append(columns, f.seenSQL(rules, conditions)+" AS "+quote(f.Name))
	}
	return columns
}

// Seen returns what stands after FROM to read a layer through a view for an
// action, now (nil) or during some time, with the values of its parameters, which
// are numbered from first. The
// field that decides at which zoom a feature is in tiles is as it is stored: it
// has no other meaning.
func (s *Store) Seen(v view.View, a view.Action, during *Interval, first int) (sql string, args []any, err error) {
	d, err := s.reg.Layer(v.Layer)
	if err != nil {
		return "", nil, err
	}
	st := statement{args: make([]any, first-1)}
	sql = s.seen(&st, d, v, a, during)
	return sql, st.args[first-1:], nil
}

// conditionsOf is the conditions on rows of rules, one for each.
func conditionsOf(st *statement, rules []view.Rule) []string {
	conditions := make([]string, len(rules))
	for i, r := range rules {
		conditions[i] = "TRUE"
		if r.Rows != nil {
			condition, args := r.Rows.SQL(len(st.args)+1, "")
			st.args = append(st.args, args...)
			conditions[i] = "(" + condition + ")"
		}
	}
	return conditions
}

// seenSQL is the value of a field as rules show it, each of which covers the rows
// of its condition.
func (f Field) seenSQL(rules []view.Rule, conditions []string) string {
	var plain, masked []string
	for i, r := range rules {
		switch {
		case r.Reads(f.Name):
			plain = append(plain, conditions[i])
		case r.Masks(f.Name):
			masked = append(masked, conditions[i])
		}
	}
	none := "NULL::" + f.Type.sqlType()
	switch {
	case len(plain) == len(rules) && len(rules) > 0:
		return quote(f.Name)
	case len(plain) == 0 && len(masked) == 0:
		return none
	}
	return "CASE WHEN " + anyOf(plain) + " THEN " + quote(f.Name) + " WHEN " + anyOf(masked) + " THEN " + f.maskSQL() + " ELSE " + none + " END"
}

// maskSQL is the value of a field as much as masking shows: the first letter of
// a text, the year of a day, nothing of numbers and codes.
func (f Field) maskSQL() string {
	column := quote(f.Name)
	switch {
	case len(f.Codes) > 0:
	case f.Type == TypeText:
		return "left(" + column + ", 1) || '…'"
	case f.Type == TypeDate:
		return "date_trunc('year', " + column + "::timestamp)::date"
	case f.Type == TypeTimestamp:
		return "date_trunc('year', " + column + ", 'UTC')"
	}
	return "NULL::" + f.Type.sqlType()
}

// anyOf is the condition that one of several holds; none does of no conditions.
func anyOf(conditions []string) string {
	if len(conditions) == 0 {
		return "FALSE"
	}
	return "(" + strings.Join(conditions, " OR ") + ")"
}
