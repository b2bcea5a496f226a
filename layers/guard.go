package layers

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/view"
)

// ApplyPermitted is ApplyChangeset for somebody who may do what views say: each
// row must be covered, before it is changed and after, by rules that permit the
// action and name every attribute written. A row that its author may neither
// read nor write is of KindNotFound, one that may only be read of KindForbidden.
func (s *Store) ApplyPermitted(ctx context.Context, source string, cs kvartal.Changeset, views func(*Definition) view.View) (Applied, error) {
	g := &guard{views: make(map[kvartal.LayerID]view.View)}
	for i, change := range cs.Changes {
		d, err := s.reg.Layer(change.Layer)
		if err != nil {
			return Applied{}, inChange(i, err)
		}
		v, known := g.views[d.ID]
		if !known {
			v = views(d)
			g.views[d.ID] = v
		}
		if err := permits(d, v, change); err != nil {
			return Applied{}, inChange(i, err)
		}
	}
	return s.apply(ctx, source, cs, g)
}

// guard keeps a changeset to what views permit. A nil guard permits everything.
type guard struct {
	views map[kvartal.LayerID]view.View
}

// actionOf is the right that an operation needs.
func actionOf(o kvartal.Operation) view.Action {
	switch o {
	case kvartal.Create:
		return view.Create
	case kvartal.Delete:
		return view.Delete
	}
	return view.Change
}

// permits reports whether a view permits a change of some row. Attributes that
// the view does not show are as none.
func permits(d *Definition, v view.View, change kvartal.Change) error {
	action := actionOf(change.Operation)
	if err := v.Require(action); err != nil {
		return err
	}
	if change.Operation == kvartal.Create && lacksRequired(d, v.For(action)) {
		return kvartal.Errorf(kvartal.KindForbidden, "you may not create features in layer %q: your right lacks attributes that each of them must have", d.ID)
	}
	for name := range change.Feature.Properties {
		switch {
		case !v.Readable(name):
			return noField(d, name)
		case change.Operation != kvartal.Delete && !v.For(action).Writable(name):
			return kvartal.Errorf(kvartal.KindForbidden, "you may not %s attribute %q of layer %q: leave it out, or ask its owner for the right", action, name, d.ID).In(name)
		}
	}
	return nil
}

// lacksRequired reports whether every feature has an attribute that the view does
// not let write, of which its author is not to hear by name.
func lacksRequired(d *Definition, v view.View) bool {
	return slices.ContainsFunc(d.Fields, func(f Field) bool { return f.Required && !v.Writable(f.Name) })
}

// before locks the rows that are to be changed and sees whether they may be.
func (g *guard) before(ctx context.Context, tx pgx.Tx, w *write, rows []writeRow) error {
	if g == nil || w.operation == kvartal.Create {
		return nil
	}
	var st statement
	st.write("SELECT id, version, " + g.coversSQL(&st, w, rows) + ", " + g.showsSQL(&st, w.table.def) + " FROM " + w.table.name().Sanitize())
	st.where("id = ANY(" + st.parameter(idsOf(rows)) + ") ORDER BY id FOR UPDATE")
	type state struct {
		version         int64
		covered, showed bool
	}
	states := make(map[kvartal.FeatureID]state, len(rows))
	found, err := tx.Query(ctx, st.String(), st.args...)
	if err != nil {
		return err
	}
	var id int64
	var now state
	if _, err := pgx.ForEachRow(found, []any{&id, &now.version, &now.covered, &now.showed}, func() error {
		states[kvartal.FeatureID(id)] = now
		return nil
	}); err != nil {
		return err
	}
	for _, row := range rows {
		f, now := row.feature, states[row.feature.ID]
		switch {
		case !now.covered && !now.showed:
			return inChange(row.index, kvartal.Errorf(kvartal.KindNotFound, "layer %q has no feature %d", w.table.def.ID, f.ID))
		case !now.covered:
			return inChange(row.index, g.refusal(w, f.ID))
		case f.Version != 0 && f.Version != now.version:
			return inChange(row.index, stale(w.table.def, f, now.version))
		}
	}
	return nil
}

// after sees whether rows that were written are still such as may be.
func (g *guard) after(ctx context.Context, tx pgx.Tx, w *write, rows []writeRow, ids []kvartal.FeatureID) error {
	if g == nil || w.operation == kvartal.Delete {
		return nil
	}
	written := make([]int64, len(rows))
	for i, row := range rows {
		written[i] = int64(ids[row.index])
	}
	var st statement
	st.write("SELECT id FROM " + w.table.name().Sanitize())
	st.where("NOT " + g.coversSQL(&st, w, rows))
	st.where("id = ANY(" + st.parameter(written) + ")")
	beyond, err := tx.Query(ctx, st.String(), st.args...)
	if err != nil {
		return err
	}
	refused, err := pgx.CollectRows(beyond, pgx.RowTo[int64])
	if err != nil || len(refused) == 0 {
		return err
	}
	i := slices.Index(written, refused[0])
	return inChange(rows[i].index, g.refusal(w, rows[i].feature.ID))
}

func (g *guard) refusal(w *write, id kvartal.FeatureID) error {
	d, action := w.table.def, actionOf(w.operation)
	if id == 0 {
		return kvartal.Errorf(kvartal.KindForbidden, "you may not create such a feature in layer %q: your right is for other places or values", d.ID)
	}
	return kvartal.Errorf(kvartal.KindForbidden,
		"you may not %s feature %d of layer %q so: your right is for other places, values or attributes", action, id, d.ID)
}

// coversSQL is the condition that some rule permits the operation on a row, and
// for each attribute written some rule that names it.
func (g *guard) coversSQL(st *statement, w *write, rows []writeRow) string {
	rules := g.views[w.table.def.ID].For(actionOf(w.operation)).Rules
	conditions := conditionsOf(st, rules)
	needed := []string{anyOf(conditions)}
	for _, name := range attributesOf(w, rows) {
		var naming []string
		for i, r := range rules {
			if r.Writes(name) {
				naming = append(naming, conditions[i])
			}
		}
		if one := anyOf(naming); !slices.Contains(needed, one) {
			needed = append(needed, one)
		}
	}
	return "coalesce(" + strings.Join(needed, " AND ") + ", FALSE)"
}

// showsSQL is the condition that a row may be read in some way.
func (g *guard) showsSQL(st *statement, d *Definition) string {
	var conditions []string
	for _, a := range []view.Action{view.See, view.Identify, view.Query, view.Export} {
		conditions = append(conditions, conditionsOf(st, g.views[d.ID].For(a).Rules)...)
	}
	return "coalesce(" + anyOf(conditions) + ", FALSE)"
}

// attributesOf names the attributes that a write gives values to.
func attributesOf(w *write, rows []writeRow) []string {
	var names []string
	for _, f := range w.fields {
		given := func(row writeRow) bool { return row.feature.Properties[f.Name] != nil }
		if w.operation == kvartal.Update || slices.ContainsFunc(rows, given) {
			names = append(names, f.Name)
		}
	}
	return names
}

func idsOf(rows []writeRow) []int64 {
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = int64(row.feature.ID)
	}
	return ids
}
