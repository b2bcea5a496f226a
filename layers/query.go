package layers

import (
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/cql2"
	"kvartal/view"
)

// MaxItems is the most features one Items call returns.
const MaxItems = 10_000

// Query says which features of a layer are wanted, in which order.
type Query struct {
	// BBox limits the features to those that meet it: longitude and latitude in
	// degrees (CRS84). Min[0] > Max[0] crosses the antimeridian. Nil: anywhere.
	BBox *orb.Bound
	// Filter limits the features to those it is true for. It must have been
	// checked against CQL2Scope of the same layer and view. Nil: all.
	Filter *cql2.Filter
	// Sort is the order of the features; the id decides among equals, so that
	// every order is total.
	Sort []SortKey
	// Properties are the attributes wanted; nil stands for all that the view may
	// read.
	Properties []string
	// After is where the page before ended; nil begins with the first feature.
	After *Bookmark
	// Limit is the most features to return, 1 to MaxItems.
	Limit int
}

// check finds what cannot be asked of the layer through the view.
func (q Query) check(d *Definition, v view.View) error {
	if q.Limit < 1 || q.Limit > MaxItems {
		return kvartal.Errorf(kvartal.KindInvalid, "limit is %d: want 1 to %d", q.Limit, MaxItems).In("limit")
	}
	for _, name := range q.Properties {
		if _, ok := d.Field(name); !ok || !v.Readable(name) {
			return kvartal.Errorf(kvartal.KindInvalid, "layer %q has no property %.60q", d.ID, name).In("properties")
		}
	}
	return checkSort(d, v, q.Sort, q.After)
}

// wants reports whether the answer carries an attribute.
func (q Query) wants(v view.View, attribute string) bool {
	return v.Readable(attribute) && (q.Properties == nil || slices.Contains(q.Properties, attribute))
}

// pageSQL reads one feature more than the page holds.
func (s *Store) pageSQL(d *Definition, sel selection, q Query) (string, []any) {
	var st statement
	st.write(sel.sql)
	s.whereSQL(&st, d, q)
	if q.After != nil {
		st.where(st.afterSQL(d, q.Sort, *q.After))
	}
	st.write(orderSQL(d, q.Sort))
	st.write(" LIMIT " + st.parameter(q.Limit+1))
	return st.String(), st.args
}

// whereSQL writes which features q asks for, whatever its page.
func (s *Store) whereSQL(st *statement, d *Definition, q Query) {
	if q.BBox != nil && d.HasGeometry() {
		st.where(s.bboxSQL(st, d, *q.BBox))
	}
	if q.Filter != nil {
		condition, args := q.Filter.SQL(len(st.args)+1, "")
		st.args = append(st.args, args...)
		st.where(condition)
	}
}

// bboxSQL is the condition that a feature meets a box in longitude and
// latitude. The box is densified: its straight edges are curves in the storage
// CRS.
func (s *Store) bboxSQL(st *statement, d *Definition, box orb.Bound) string {
	meets := func(west, south, east, north float64) string {
		return fmt.Sprintf("ST_Intersects(geom, ST_Transform(ST_Segmentize(ST_MakeEnvelope(%s, %s, %s, %s, 4326), 1), %d))",
			st.parameter(west), st.parameter(south), st.parameter(east), st.parameter(north), s.SRID(d))
	}
	if box.Min[0] <= box.Max[0] {
		return meets(box.Min[0], box.Min[1], box.Max[0], box.Max[1])
	}
	return "(" + meets(box.Min[0], box.Min[1], 180, box.Max[1]) + " OR " + meets(-180, box.Min[1], box.Max[0], box.Max[1]) + ")"
}
