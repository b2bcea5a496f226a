package layers

import (
	"context"
	"encoding/json"
	"fmt"

	"kvartal"
	"kvartal/postgres"
	"kvartal/view"
)

// manyRows is how many rows a layer may have without being asked about filters
// that take so long for so many.
const manyRows = 1_000_000

// afford refuses a filter that the database would work at for longer than the
// query's Budget: so long as the filter takes for one row, times the rows that
// indexes leave to it, as the planner estimates them. PostgreSQL's own costs are
// no help: to it a function costs the same whatever it is given. The estimate
// can be fooled; the timeouts of statements cannot.
//
// What is told says nothing of how many rows there are: a view may hide some.
func (s *Store) afford(ctx context.Context, d *Definition, v view.View, a view.Action, q Query) error {
	if q.Filter == nil || q.Budget == 0 || q.Filter.Work()*manyRows <= q.Budget {
		return nil // as nearly every filter is: it costs the database no question
	}
	rows, err := s.candidates(ctx, d, v, a, q)
	if err != nil {
		return postgres.Translate(err, "plan a query of layer "+string(d.ID))
	}
	if float64(q.Filter.Work())*rows <= float64(q.Budget) {
		return nil
	}
	return kvartal.Errorf(kvartal.KindInvalid,
		"filter: it would keep the database busy for more than %v: give a smaller bbox, add AND with a comparison that leaves few features, or draw its geometries with fewer vertices", q.Budget).In("filter")
}

// candidates is about how many rows the query's filter has to be decided for.
func (s *Store) candidates(ctx context.Context, d *Definition, v view.View, a view.Action, q Query) (float64, error) {
	q.Filter = q.Filter.Necessary()
	var st statement
	st.write("EXPLAIN (FORMAT JSON) SELECT FROM " + s.seen(&st, d, v, a, q.During))
	if some, err := s.whereSQL(ctx, &st, d, q); err != nil || !some {
		return 0, err
	}
	var text string
	if err := s.pool.QueryRow(ctx, st.String(), st.args...).Scan(&text); err != nil {
		return 0, err
	}
	var plans []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		}
	}
	if err := json.Unmarshal([]byte(text), &plans); err != nil || len(plans) != 1 {
		return 0, fmt.Errorf("read the plan %.100q: %w", text, err)
	}
	return plans[0].Plan.Rows, nil
}
