package layers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
	"kvartal/view"
)

// MaxRelated is the most features one Related call counts.
const MaxRelated = 10_000

// Related is the features that belong to one.
type Related struct {
	Total    int     // of all of them, at most MaxRelated
	Features []Brief // the nearest first where distance counts, else by label
}

// Relations returns the relations that somebody may follow from features of
// from's layer. The attributes that a relation compares must be readable on
// both sides: following it tells their values.
func (s *Store) Relations(from view.View, viewOf func(*Definition) view.View) []Relation {
	d, err := s.reg.Layer(from.Layer)
	if err != nil || !from.May(asks(from)) {
		return nil
	}
	var out []Relation
	for _, r := range d.relations {
		if r.permitted(from, viewOf(r.To)) {
			out = append(out, r)
		}
	}
	return out
}

func (r Relation) permitted(from, to view.View) bool {
	from, to = from.For(asks(from)), to.For(view.Query)
	if !to.May(view.Query) || len(from.Actions) == 0 {
		return false
	}
	for _, p := range r.equal {
		if !unmasked(from, p.from) || !unmasked(to, p.to) {
			return false
		}
	}
	return true
}

// unmasked reports whether an attribute is read as it is where it is read:
// masked values are alike where the values are not.
func unmasked(v view.View, attribute string) bool {
	return v.Readable(attribute) && !slices.ContainsFunc(v.Rules, func(r view.Rule) bool { return r.Masks(attribute) })
}

// Related returns the features that a relation leads to from one, with what
// they are called (NameOf) as far as it may be read. The relation must be one
// of Relations for the same views. A feature that is gone, or hidden, leads
// nowhere.
func (s *Store) Related(ctx context.Context, from, to view.View, r Relation, id kvartal.FeatureID, limit int) (Related, error) {
	d, err := s.reg.Layer(from.Layer)
	if err != nil {
		return Related{}, err
	}
	if !r.permitted(from, to) {
		return Related{}, kvartal.Errorf(kvartal.KindForbidden, "you may not follow %q from layer %q: ask its owner for the right", r.Name, d.ID)
	}
	var st statement
	if err := s.relatedSQL(ctx, &st, from, to, r, id); err != nil {
		return Related{}, err
	}
	var related Related
	rows, err := s.pool.Query(ctx, st.String(), st.args...)
	if err != nil {
		return Related{}, postgres.Translate(err, "find what belongs to a feature of layer "+string(d.ID))
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[kvartal.FeatureID])
	if err != nil {
		return Related{}, postgres.Translate(err, "find what belongs to a feature of layer "+string(d.ID))
	}
	related.Total = len(ids)
	related.Features, err = s.briefsInOrder(ctx, to, ids[:min(limit, len(ids))])
	return related, err
}

// briefsInOrder returns briefs with their label in the order of ids.
func (s *Store) briefsInOrder(ctx context.Context, v view.View, ids []kvartal.FeatureID) ([]Brief, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	d, err := s.reg.Layer(v.Layer)
	if err != nil {
		return nil, err
	}
	briefs, err := s.Briefs(ctx, v, ids, d.NameFields())
	byID := make(map[kvartal.FeatureID]Brief, len(briefs))
	for _, b := range briefs {
		byID[b.ID] = b
	}
	ordered := make([]Brief, 0, len(ids))
	for _, id := range ids {
		if b, ok := byID[id]; ok {
			ordered = append(ordered, b)
		}
	}
	return ordered, err
}

// relatedSQL selects the ids of the features related to one, at most MaxRelated.
func (s *Store) relatedSQL(ctx context.Context, st *statement, from, to view.View, r Relation, id kvartal.FeatureID) error {
	d, err := s.reg.Layer(from.Layer)
	if err != nil {
		return err
	}
	columns := r.attributes()
	for i, name := range columns {
		columns[i] = quote(name)
	}
	if r.place != "" {
		columns = append(columns, fmt.Sprintf("ST_Transform(geom, %d) AS kv_shape", s.SRID(r.To)))
		if r.place == PlaceNear {
			columns = append(columns, fmt.Sprintf("ST_Transform(ST_Buffer(ST_Transform(geom, 4326)::geography, %s)::geometry, %d) AS kv_reach",
				st.parameter(r.distance), s.SRID(r.To)))
		}
	}
	st.write("WITH kv_from AS MATERIALIZED (SELECT " + strings.Join(columns, ", ") + " FROM " + s.seen(st, d, from, asks(from), nil))
	if err := s.conditionSQL(ctx, st, d, Query{}); err != nil {
		return err
	}
	st.where("id = " + st.parameter(int64(id)))
	st.write(") SELECT id FROM " + s.seen(st, r.To, to, view.Query, nil))
	st.bound = false
	if err := s.conditionSQL(ctx, st, r.To, Query{}); err != nil {
		return err
	}
	for _, p := range r.equal {
		st.where(fmt.Sprintf("%s = (SELECT kv.%s FROM kv_from AS kv)", quote(p.to), quote(p.from)))
	}
	if r.place != "" {
		st.where(r.place.condition("geom"))
	}
	if r.To.ID == d.ID {
		st.where("id <> " + st.parameter(int64(id)))
	}
	st.write(" ORDER BY " + r.order() + "id LIMIT " + st.parameter(MaxRelated))
	return nil
}

// condition is how a geometry must lie to that of the feature asked for.
func (p Placement) condition(geom string) string {
	const shape, reach = "(SELECT kv_shape FROM kv_from)", "(SELECT kv_reach FROM kv_from)"
	switch p {
	case PlaceWithin:
		return "ST_Intersects(" + geom + ", ST_PointOnSurface(" + shape + "))"
	case PlaceContains:
		return "ST_Intersects(" + geom + ", " + shape + ") AND ST_Intersects(" + shape + ", ST_PointOnSurface(" + geom + "))"
	case PlaceNear:
		return "ST_Intersects(" + geom + ", " + reach + ")"
	}
	return "ST_Intersects(" + geom + ", " + shape + ") AND NOT ST_Touches(" + geom + ", " + shape + ")"
}

// order puts the nearest first, and otherwise sorts by label.
func (r Relation) order() string {
	if r.place == PlaceNear {
		return "ST_Distance(geom, (SELECT kv_shape FROM kv_from)), "
	}
	if f, ok := r.To.Field(r.To.Label); ok {
		column := quote(f.Name)
		if f.Type == TypeText {
			column += sortCollation
		}
		return column + " NULLS LAST, "
	}
	return ""
}
