package layers

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/postgres"
	"kvartal/view"
)

// Brief is what a list shows of a feature: where it is and some attributes as
// text.
type Brief struct {
	ID kvartal.FeatureID
	// Point lies on the feature, Bound holds it; in longitude and latitude
	// (CRS84). Nil for a feature without a place.
	Point *orb.Point
	Bound *orb.Bound
	// Values holds the attributes asked for that may be read and are not NULL.
	Values map[string]string
}

// MaxBriefs is the most ids one Briefs call takes.
const MaxBriefs = 10_000

// Briefs returns briefs of those of the features that exist and that the view
// may query, in any order, with those of the attributes that it may read. The
// view must permit Query.
func (s *Store) Briefs(ctx context.Context, v view.View, ids []kvartal.FeatureID, attributes []string) ([]Brief, error) {
	d, err := s.queried(v)
	if err != nil {
		return nil, err
	}
	if len(ids) > MaxBriefs {
		return nil, kvartal.Errorf(kvartal.KindTooLarge, "%d features are asked for: at most %d", len(ids), MaxBriefs)
	}
	var st statement
	sel := newBriefSelection(s, &st, d, v.For(view.Query), attributes)
	if err := s.conditionSQL(ctx, &st, d, Query{}); err != nil {
		return nil, err
	}
	st.where("id = ANY (" + st.parameter(ids) + ")")
	briefs, err := sel.query(ctx, s.pool, &st)
	if err != nil {
		return nil, postgres.Translate(err, "read features of layer "+string(d.ID))
	}
	return briefs, nil
}

// briefSelection reads briefs of one layer through a view.
type briefSelection struct {
	attributes []string
}

// newBriefSelection begins the statement of a selection.
func newBriefSelection(s *Store, st *statement, d *Definition, v view.View, attributes []string) briefSelection {
	var sel briefSelection
	columns := []string{"id"}
	if d.HasGeometry() {
		columns = append(columns, `(SELECT ARRAY[ST_X(p), ST_Y(p), ST_XMin(g), ST_YMin(g), ST_XMax(g), ST_YMax(g)]
			FROM ST_Transform(geom, 4326) AS g, ST_PointOnSurface(g) AS p WHERE NOT ST_IsEmpty(g))`)
	} else {
		columns = append(columns, "NULL::float8[]")
	}
	for _, name := range attributes {
		if _, known := d.Field(name); known && v.Readable(name) {
			sel.attributes = append(sel.attributes, name)
			columns = append(columns, quote(name)+"::text")
		}
	}
	st.write("SELECT " + strings.Join(columns, ", ") + " FROM " + s.seen(st, d, v, view.Query, nil))
	return sel
}

func (sel briefSelection) query(ctx context.Context, db querier, st *statement) ([]Brief, error) {
	rows, err := db.Query(ctx, st.String(), st.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, sel.scan)
}

func (sel briefSelection) scan(row pgx.CollectableRow) (Brief, error) {
	var place []float64
	b := Brief{Values: make(map[string]string, len(sel.attributes))}
	texts := make([]*string, len(sel.attributes))
	targets := []any{&b.ID, &place}
	for i := range texts {
		targets = append(targets, &texts[i])
	}
	if err := row.Scan(targets...); err != nil {
		return Brief{}, err
	}
	for i, text := range texts {
		if text != nil {
			b.Values[sel.attributes[i]] = *text
		}
	}
	if len(place) == 6 {
		b.Point = &orb.Point{place[0], place[1]}
		b.Bound = &orb.Bound{Min: orb.Point{place[2], place[3]}, Max: orb.Point{place[4], place[5]}}
	}
	return b, nil
}
