package layers

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kvartal/view"
)

// lag is how far behind rules of a view let a live layer be seen.
type lag struct{ delay, every time.Duration }

// liveSeen is seen for a live layer: the features that told something during a
// stretch of time, as they were at its end; at a moment, all as they were. Views
// that do not permit History have those that have told nothing since. A feature
// is shown as it is where a rule says so, and else as it was when a rule that lags
// has it: it is shown once.
func (s *Store) liveSeen(st *statement, d *Definition, v view.View, a view.Action, during *Interval) string {
	moment := ""
	if during.past(time.Now()) && looksBack(v, a) {
		moment = "least(" + st.parameter(during.End) + "::timestamptz, now())"
	}
	v = v.For(a)
	if v.WholeLayer() && moment == "" && during == nil {
		return s.Table(d)
	}
	told := ""
	if during != nil && !during.Start.Equal(during.End) {
		told += " AND valid_from >= " + st.moment(during.Start, "-infinity")
	}
	if during != nil && moment == "" {
		told += " AND valid_from <= " + st.moment(during.End, "infinity")
	}
	var parts, before []string
	for _, g := range byLag(v.Rules) {
		from := s.liveFrom(st, d, g[0], moment)
		conditions := conditionsOf(st, g)
		parts = append(parts, "SELECT "+strings.Join(seenColumns(d, g, conditions), ", ")+" FROM "+from+" WHERE "+anyOf(conditions)+told+strings.Join(before, ""))
		before = append(before, " AND NOT EXISTS (SELECT FROM "+strings.Replace(from, asLayer(d), " AS kv_newer", 1)+" WHERE kv_newer.id = "+quote(string(d.ID))+".id AND "+anyOf(conditions)+")")
	}
	if len(parts) == 0 {
		return "(SELECT * FROM " + s.Table(d) + " WHERE FALSE)" + asLayer(d)
	}
	return "(" + strings.Join(parts, " UNION ALL ") + ")" + asLayer(d)
}

// liveFrom is what stands after FROM for the features of a live layer as a rule
// lets them be seen at a moment.
func (s *Store) liveFrom(st *statement, d *Definition, r view.Rule, moment string) string {
	if r.Lags() {
		moment = lagging(st, r, moment)
	}
	if moment == "" {
		return s.Table(d) + asLayer(d)
	}
	return "(" + liveSQL(d, moment) + ")" + asLayer(d)
}

func asLayer(d *Definition) string { return " AS " + quote(string(d.ID)) }

// lagging is the moment that a rule shows at another one, "" for now: the last
// multiple of its steps that is its delay ago.
func lagging(st *statement, r view.Rule, moment string) string {
	shown := "now() - " + st.parameter(r.Delay) + "::interval"
	if moment != "" {
		shown = "least(" + moment + ", " + shown + ")"
	}
	if r.Every <= 0 {
		return "(" + shown + ")"
	}
	every := st.parameter(int64(r.Every/time.Second)) + "::bigint"
	return "to_timestamp((floor(extract(epoch FROM " + shown + ") / " + every + ") * " + every + ")::double precision)"
}

// byLag divides rules by the time at which they show, the present first.
func byLag(rules []view.Rule) [][]view.Rule {
	var lags []lag
	groups := map[lag][]view.Rule{}
	for _, r := range rules {
		l := lag{r.Delay, r.Every}
		if groups[l] == nil {
			lags = append(lags, l)
		}
		groups[l] = append(groups[l], r)
	}
	slices.SortFunc(lags, func(a, b lag) int { return cmp.Or(cmp.Compare(a.delay, b.delay), cmp.Compare(a.every, b.every)) })
	out := make([][]view.Rule, len(lags))
	for i, l := range lags {
		out[i] = groups[l]
	}
	return out
}
