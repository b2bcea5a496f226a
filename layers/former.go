package layers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kvartal/view"
)

// Interval is a stretch of time with both its ends. A zero end is open.
type Interval struct{ Start, End time.Time }

// past reports whether the interval, nil for now, ends before now.
func (in *Interval) past(now time.Time) bool {
	return in != nil && !in.End.IsZero() && in.End.Before(now)
}

// rowsOf writes what stands after FROM for the rows of a layer that were true at
// some time of an interval, nil: that are now. A feature has one row at most, its
// last of the interval. Former rows are for views that permit History of all that
// the action shows; others have the present rows that already were.
func (s *Store) rowsOf(st *statement, d *Definition, v view.View, a view.Action, during *Interval) string {
	if during == nil || d.History == HistoryRevisions {
		return s.Table(d)
	}
	columns := []string{"id"}
	for _, c := range s.table(d).dataColumns() {
		columns = append(columns, quote(c.name))
	}
	list := strings.Join(append(columns, "version", "valid_from", "changeset"), ", ")
	end := st.moment(during.End, "infinity")
	rows := fmt.Sprintf("SELECT %s FROM %s WHERE valid_from <= %s", list, s.Table(d), end)
	if looksBack(v, a) {
		// What ended within the interval is shown if nothing came after it.
		start := st.moment(during.Start, "-infinity")
		former := s.table(d).historyName().Sanitize()
		later := func(table string) string {
			return fmt.Sprintf("NOT EXISTS (SELECT FROM %s AS later WHERE later.id = former.id AND later.valid_from >= former.valid_to AND later.valid_from <= %s)", table, end)
		}
		rows += fmt.Sprintf(" UNION ALL SELECT %s FROM %s AS former WHERE valid_from <= %s AND valid_to > %s AND (valid_to > %[3]s OR %[5]s AND %[6]s)",
			list, former, end, start, later(s.Table(d)), later(former))
	}
	return "(" + rows + ") AS " + quote(string(d.ID))
}

// looksBack reports whether a view permits History of every row and of every
// attribute that it shows for an action.
func looksBack(v view.View, a view.Action) bool {
	history := v.For(view.History)
	return history.WholeLayer() && !slices.ContainsFunc(v.For(a).Attributes, func(name string) bool { return !history.Readable(name) })
}

// moment is the parameter of a time, or of what stands for its absence.
func (st *statement) moment(t time.Time, open string) string {
	if t.IsZero() {
		return "'" + open + "'::timestamptz"
	}
	return st.parameter(t) + "::timestamptz"
}
