package server_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/encoding/wkt"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"
)

// leakRoles are those that principals have some of; all have "public".
var leakRoles = []string{"clerk", "surveyor"}

// leakGrant is a grant and what it means in plain SQL. Filters are in what CQL2
// and SQL have in common.
type leakGrant struct {
	view.Grant

	void bool // does not fit its layer, and gives nothing
}

// condition is which rows the grant is about.
func (g leakGrant) condition() string {
	condition := "true"
	if g.Filter != "" {
		condition = "(" + g.Filter + ")"
	}
	if g.Area != "" {
		area := "ST_Transform(ST_GeomFromText('" + g.Area + "', 4326), 32618)"
		if layer, id, ok := g.FeatureArea(); ok {
			area = fmt.Sprintf("(SELECT ST_Buffer(area.geom, -0.01, 'join=mitre') FROM layer.%s AS area WHERE area.id = %d)", layer, id)
		}
		condition += " AND ST_Intersects(geom, " + area + ") AND NOT ST_Touches(geom, " + area + ")"
	}
	return condition
}

// names reports whether a list of the grant stands for a field.
func (g leakGrant) names(f leakField, lists ...[]string) bool {
	for _, list := range lists {
		if slices.Contains(list, f.name) || slices.Contains(list, view.EveryAttribute) && !f.personal && !g.Names(f.name) {
			return true
		}
	}
	return false
}

// reads and masks say what the grant shows of an attribute for an action.
func (g leakGrant) reads(f leakField, a view.Action) bool {
	return g.offers(f, a) && g.names(f, g.Attributes, g.Writable)
}

func (g leakGrant) masks(f leakField, a view.Action) bool {
	return g.offers(f, a) && g.names(f, g.Masked)
}

// offers reports whether an attribute can be shown for an action: on the map
// personal data never is, and what is not drawn where it may be exported; of what
// moves, where it may be queried.
func (g leakGrant) offers(f leakField, a view.Action) bool {
	whole := slices.Contains(g.Actions, view.Export) || f.from != "" && slices.Contains(g.Actions, view.Query)
	return a != view.See || !f.personal && (f.drawn || whole)
}

// leakPolicy is all grants of a city, those of definitions too.
type leakPolicy struct {
	grants []leakGrant
	closed []string
}

// drawPolicy draws a policy at random.
func drawPolicy(random *rand.Rand) leakPolicy {
	var p leakPolicy
	for _, l := range leakLayers() {
		if random.IntN(5) > 0 {
			p.closed = append(p.closed, l.id)
		}
	}
	for range 4 + random.IntN(16) {
		p.grants = append(p.grants, drawGrant(random))
	}
	return p
}

func drawGrant(random *rand.Rand) leakGrant {
	all := leakLayers()
	l := all[random.IntN(len(all))]
	g := leakGrant{Grant: view.Grant{Role: append(leakRoles, "public")[random.IntN(3)], Layer: kvartal.LayerID(l.id)}}
	reading := []view.Action{view.See, view.Identify, view.Query, view.Export, view.History}
	for len(g.Actions) == 0 {
		for _, a := range reading {
			if random.IntN(3) > 0 {
				g.Actions = append(g.Actions, a)
			}
		}
	}
	lists := []*[]string{&g.Hidden, &g.Masked, &g.Attributes, &g.Writable}
	if random.IntN(2) == 0 {
		list := lists[1+random.IntN(3)]
		*list = append(*list, view.EveryAttribute)
	}
	for _, f := range l.fields {
		if random.IntN(3) == 0 {
			list := lists[random.IntN(4)]
			*list = append(*list, f.name)
		}
	}
	g.Personal = random.IntN(2) == 0
	g.void = g.Role == "public" && !g.Personal && g.Names(l.id+"_owner")
	if random.IntN(4) > 0 {
		g.Filter = drawFilter(random, l.fields, 2)
	}
	if l.placed() && random.IntN(3) == 0 {
		area := leakCell(random.IntN(25)).Union(leakCell(random.IntN(25)))
		if g.Area = wkt.MarshalString(area.ToPolygon()); random.IntN(2) == 0 {
			g.Area = fmt.Sprintf("wards/%d", 1+random.IntN(25))
		}
	}
	return g
}

// drawFilter draws a condition on fields, in CQL2 that is SQL as well.
func drawFilter(random *rand.Rand, fields []leakField, depth int) string {
	if depth > 0 && random.IntN(3) == 0 {
		one, other := drawFilter(random, fields, depth-1), drawFilter(random, fields, depth-1)
		return []string{"(" + one + " AND " + other + ")", "(" + one + " OR " + other + ")", "NOT (" + one + ")"}[random.IntN(3)]
	}
	f := fields[random.IntN(len(fields))]
	operator := []string{"=", "<>", "<", ">="}[random.IntN(4)]
	if random.IntN(4) == 0 {
		return f.name + " IS NULL"
	}
	n := 1 + random.IntN(750)
	switch {
	case f.coded:
		return fmt.Sprintf("%s %s '%s'", f.name, []string{"=", "<>"}[random.IntN(2)], leakCodes(f.name)[random.IntN(3)])
	case f.kind == layers.TypeInteger:
		return fmt.Sprintf("%s %s %d", f.name, operator, 7700000+n*37)
	case f.kind == layers.TypeDate:
		return fmt.Sprintf("%s %s DATE('11%02d-%02d-%02d')", f.name, operator, n/336, n/28%12+1, n%28+1)
	}
	return fmt.Sprintf("%s LIKE 'zq%c%%'", f.name, 'a'+n%26)
}

// set puts a policy in force.
func (p leakPolicy) set(t *testing.T, c testCity) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), c.db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "DELETE FROM auth.access"); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), "DELETE FROM auth.closed"); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), "INSERT INTO auth.closed SELECT unnest($1::text[])", p.closed); err != nil {
			return err
		}
		for _, g := range p.grants {
			list := func(names []string) []string { return append([]string{}, names...) }
			if _, err := tx.Exec(t.Context(), `INSERT INTO auth.access (role, layer, actions, attributes, masked, writable, hidden, filter, area, personal)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, g.Role, string(g.Layer), g.Actions, list(g.Attributes), list(g.Masked),
				list(g.Writable), list(g.Hidden), g.Filter, g.Area, g.Personal); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = c.auth.Refresh(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// leakOracle says in plain SQL what a principal may read of each layer.
type leakOracle struct {
	pool   *pgxpool.Pool
	policy leakPolicy
	roles  []string
	seen   map[string][]leakRow // of layer and action, as far as asked for
}

// leakRow is a row as somebody sees it: values as text, without those that are none.
type leakRow struct {
	id     int64
	values map[string]string
	place  []float64 // of a point: longitude, latitude; nil: nowhere, or not told
}

// of returns the grants that a principal has on a layer for an action.
func (o *leakOracle) of(l leakLayer, a view.Action) []leakGrant {
	var out []leakGrant
	if actions := l.rights; !slices.Contains(o.policy.closed, l.id) {
		for _, role := range slices.Sorted(maps.Keys(actions)) {
			if slices.Contains(o.roles, role) && slices.Contains(actions[role], a) {
				out = append(out, leakGrant{Grant: view.Grant{Role: role, Actions: actions[role], Attributes: []string{view.EveryAttribute}}})
			}
		}
	}
	for _, g := range o.policy.grants {
		if string(g.Layer) == l.id && !g.void && slices.Contains(o.roles, g.Role) && slices.Contains(g.Actions, a) {
			out = append(out, g)
		}
	}
	return out
}

// may reports whether a layer may be used in some of the ways.
func (o *leakOracle) may(l leakLayer, actions ...view.Action) bool {
	return slices.ContainsFunc(actions, func(a view.Action) bool { return len(o.of(l, a)) > 0 })
}

// readable reports whether an attribute may be read of some row, perhaps masked.
func (o *leakOracle) readable(l leakLayer, f leakField, actions ...view.Action) bool {
	return slices.ContainsFunc(actions, func(a view.Action) bool {
		return slices.ContainsFunc(o.of(l, a), func(g leakGrant) bool { return g.reads(f, a) || g.masks(f, a) })
	})
}

// plain reports whether an attribute may be read as it is of every row that may be.
func (o *leakOracle) plain(l leakLayer, f leakField, a view.Action) bool {
	reads := map[string]bool{}
	for _, g := range o.of(l, a) {
		reads[g.condition()] = reads[g.condition()] || g.reads(f, a)
	}
	return reads["true"] || len(reads) > 0 && !slices.Contains(slices.Collect(maps.Values(reads)), false)
}

// relation is a query for what may be read of a layer in one way; past, at the
// moment before rows were changed.
func (o *leakOracle) relation(l leakLayer, a view.Action, past bool) string {
	switch {
	case l.live:
		return o.liveRelation(l, a, past)
	case past && o.looksBack(l, a):
		return shownBy(l, a, o.of(l, a), "oracle."+l.id)
	case past:
		return shownBy(l, a, o.of(l, a), "(SELECT * FROM layer."+l.id+" WHERE valid_from <= (SELECT at FROM oracle.moment)) AS present")
	}
	return shownBy(l, a, o.of(l, a), "layer."+l.id)
}

// shownBy is what grants show of rows for an action.
func shownBy(l leakLayer, a view.Action, grants []leakGrant, rows string) string {
	columns := []string{"id"}
	if l.placed() {
		columns = append(columns, "geom")
	}
	for _, f := range l.fields {
		plain, masked := []string{"false"}, []string{"false"}
		for _, g := range grants {
			if g.reads(f, a) {
				plain = append(plain, g.condition())
			} else if g.masks(f, a) {
				masked = append(masked, g.condition())
			}
		}
		columns = append(columns, fmt.Sprintf("CASE WHEN (%s) THEN %[2]s WHEN (%s) THEN %s END AS %[2]s",
			strings.Join(plain, ") OR ("), f.name, strings.Join(masked, ") OR ("), f.mask()))
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + rows + " WHERE " + conditionsOfGrants(grants)
}

// mask is as much as masking shows of a value.
func (f leakField) mask() string {
	switch {
	case f.coded || f.kind == layers.TypeInteger:
		return "NULL"
	case f.kind == layers.TypeDate:
		return "make_date(extract(year FROM " + f.name + ")::int, 1, 1)"
	}
	return "substr(" + f.name + ", 1, 1) || '…'"
}

// rows returns what may be read of a layer in one way, those rows alone for which
// a condition is true, in an order.
func (o *leakOracle) rows(ctx context.Context, l leakLayer, a view.Action, condition, order string) ([]leakRow, error) {
	return o.rowsAt(ctx, l, a, condition, order, false)
}

// rowsAt is rows, or as they were before some were changed.
func (o *leakOracle) rowsAt(ctx context.Context, l leakLayer, a view.Action, condition, order string, past bool) ([]leakRow, error) {
	key := fmt.Sprint(l.id, " ", a, " ", past)
	plain := condition == "" && order == ""
	if rows, known := o.seen[key]; known && plain {
		return rows, nil
	}
	sql := "SELECT id"
	for _, f := range l.fields {
		sql += ", " + f.name + "::text"
	}
	place := "NULL::float8[]"
	if l.geometry == "point" {
		place = "CASE WHEN geom IS NOT NULL THEN (SELECT ARRAY[ST_X(p), ST_Y(p)] FROM ST_Transform(geom, 4326) AS p) END"
	}
	sql += ", " + place + " FROM (" + o.relation(l, a, past) + ") AS seen"
	if condition != "" {
		sql += " WHERE " + condition
	}
	if order != "" {
		order += ", "
	}
	found, err := o.pool.Query(ctx, sql+" ORDER BY "+order+"id")
	if err != nil {
		return nil, err
	}
	rows, err := pgx.CollectRows(found, func(r pgx.CollectableRow) (leakRow, error) {
		row := leakRow{values: map[string]string{}}
		values := make([]*string, len(l.fields))
		targets := []any{&row.id}
		for i := range values {
			targets = append(targets, &values[i])
		}
		err := r.Scan(append(targets, &row.place)...)
		for i, value := range values {
			if value != nil {
				row.values[l.fields[i].name] = *value
			}
		}
		return row, err
	})
	if plain && err == nil {
		o.seen[key] = rows
	}
	return rows, err
}
