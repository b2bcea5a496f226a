package layers

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
	"kvartal/view"
)

// Writable returns the attributes that a view permits to write of features, for
// action Create or Change; with Delete the lists are empty. Features that the
// action is not permitted on are not in the answer, as if they did not exist.
//
// A write asks before and after, both times in its own transaction: a row may be
// changed if some rule covers it as it was and some rule covers it as it
// becomes, so nobody moves a row into an area or out of one that is not theirs.
func (s *Store) Writable(ctx context.Context, tx pgx.Tx, v view.View, a view.Action, ids []kvartal.FeatureID) (map[kvartal.FeatureID][]string, error) {
	d, err := s.reg.Layer(v.Layer)
	if err != nil {
		return nil, err
	}
	v = v.For(a)
	st := statement{args: []any{ids}}
	for i, condition := range conditionsOf(&st, v.Rules) {
		if i > 0 {
			st.write(" UNION ALL ")
		}
		st.write(fmt.Sprintf("SELECT id, %d FROM %s WHERE id = ANY ($1) AND %s", i, s.Table(d), condition))
	}
	if len(v.Rules) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, st.String(), st.args...)
	if err != nil {
		return nil, postgres.Translate(err, "find what may be written")
	}
	out := map[kvartal.FeatureID][]string{}
	var id kvartal.FeatureID
	var rule int
	_, err = pgx.ForEachRow(rows, []any{&id, &rule}, func() error {
		names := slices.Concat(out[id], v.Rules[rule].Writable)
		slices.Sort(names)
		out[id] = slices.Compact(names)
		return nil
	})
	return out, postgres.Translate(err, "find what may be written")
}
