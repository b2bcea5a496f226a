package layers

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal/postgres"
	"kvartal/view"
)

// Export calls fn with every feature that q asks for, whatever its limit, as
// they are at one moment, and keeps none. It may take until the deadline of ctx,
// longer than other statements may. The view must permit Export.
func (s *Store) Export(ctx context.Context, v view.View, q Query, fn func(*Record) error) error {
	if err := v.Require(view.Export); err != nil {
		return err
	}
	d, err := s.reg.Layer(v.Layer)
	if err != nil {
		return err
	}
	q.Limit = 1 // as good as any
	if err := q.check(d, v.For(view.Export)); err != nil {
		return err
	}
	if err := s.afford(ctx, d, v, view.Export, q); err != nil {
		return err
	}
	var st statement
	sel := s.selection(&st, d, v, view.Export, q)
	if some, err := s.whereSQL(ctx, &st, d, q); err != nil || !some {
		return err
	}
	st.write(orderSQL(d, q.Sort))
	var failed error // by fn
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL statement_timeout = %d", exportTimeout(ctx).Milliseconds())); err != nil {
			return err
		}
		return sel.each(ctx, tx, st.String(), st.args, func(r *Record) error {
			failed = fn(r)
			return failed
		})
	})
	if failed != nil {
		return failed
	}
	if err != nil {
		return postgres.Translate(err, "export layer "+string(d.ID))
	}
	return nil
}

// exportTimeout is how long the statement of an export may run.
func exportTimeout(ctx context.Context) time.Duration {
	const longest = time.Hour
	if end, ok := ctx.Deadline(); ok {
		return max(min(time.Until(end), longest), time.Millisecond)
	}
	return longest
}
