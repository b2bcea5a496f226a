package layers

import (
	"context"
	"slices"
	"strings"
	"time"

	"kvartal"
	"kvartal/cql2"
	"kvartal/view"
)

// MaxItems is the most features one Items call returns.
const MaxItems = 10_000

// Query says which features of a layer are wanted, in which order.
type Query struct {
	// BBox limits the features to those that meet it; nil: anywhere.
	BBox *Box
	// During asks for the features that were true at some time of it, as they were
	// last; nil: as they are now. Features of layers that keep no times are always.
	During *Interval
	// Filter limits the features to those it is true for. It must have been
	// checked against CQL2Scope of the same layer and view. Nil: all.
	Filter *cql2.Filter
	// Budget is the longest that the database may work at the filter, by estimate:
	// one that takes longer is refused. 0: any.
	Budget time.Duration
	// Sort is the order of the features; the id decides among equals, so that
	// every order is total.
	Sort []SortKey
	// Properties are the attributes wanted; nil stands for all that the view may
	// read.
	Properties []string
	// WithoutGeometry leaves the places of features out.
	WithoutGeometry bool
	// CRS of the geometries of the answer, easting or longitude first; 0 stands for
	// WGS 84.
	CRS kvartal.SRID
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

// Fields are those of the records that answer the query through a view.
func (q Query) Fields(d *Definition, v view.View) []Field {
	var fields []Field
	for _, f := range d.Fields {
		if q.wants(v, f.Name) {
			fields = append(fields, f)
		}
	}
	return fields
}

// wants reports whether the answer carries an attribute.
func (q Query) wants(v view.View, attribute string) bool {
	return v.Readable(attribute) && (q.Properties == nil || slices.Contains(q.Properties, attribute))
}

// whereSQL writes which features q asks for, whatever its page; false if there
// can be none.
func (s *Store) whereSQL(ctx context.Context, st *statement, d *Definition, q Query) (bool, error) {
	if q.BBox != nil && d.HasGeometry() {
		parts, err := s.boxes(ctx, d, *q.BBox)
		if err != nil || len(parts) == 0 {
			return false, err
		}
		conditions := make([]string, len(parts))
		for i, part := range parts {
			conditions[i] = s.inBoxSQL(st, d, part)
		}
		st.where("(" + strings.Join(conditions, " OR ") + ")")
	}
	if q.Filter != nil {
		condition, args := q.Filter.SQL(len(st.args)+1, "")
		st.args = append(st.args, args...)
		st.where(condition)
	}
	return true, nil
}
