package layers

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
	"kvartal/view"
)

// Stamp says which version of a feature there is, and since when.
type Stamp struct {
	Version  int64
	Modified time.Time
	// Told is the whole second by which readers may know the version: the next one
	// after Modified, so that no later change comes before it, but none that is yet
	// to come. Whoever asks within the second of the change is told one that is too
	// early, and is to ask again.
	Told time.Time
}

// Stamp returns that of a feature, or an error of KindNotFound. The view must
// permit Query or Identify; layers of revisions have none.
func (s *Store) Stamp(ctx context.Context, v view.View, id kvartal.FeatureID) (Stamp, error) {
	d, err := s.reg.Layer(v.Layer)
	if err == nil {
		err = v.Require(asks(v))
	}
	if err != nil {
		return Stamp{}, err
	}
	none := kvartal.Errorf(kvartal.KindNotFound, "layer %q has no feature %d", d.ID, id)
	if d.History == HistoryRevisions {
		return Stamp{}, none
	}
	var st statement
	var stamp Stamp
	st.write(`SELECT version, valid_from, least(date_trunc('second', valid_from + interval '999999 microseconds'), date_trunc('second', statement_timestamp()))
		FROM ` + s.seen(&st, d, v, asks(v), nil))
	st.where("id = " + st.parameter(int64(id)))
	err = s.pool.QueryRow(ctx, st.String(), st.args...).Scan(&stamp.Version, &stamp.Modified, &stamp.Told)
	if errors.Is(err, pgx.ErrNoRows) {
		return Stamp{}, none
	}
	return stamp, postgres.Translate(err, "read the version of a feature of layer "+string(d.ID))
}
