package layers

import (
	"context"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/postgres"
	"kvartal/view"
)

// Page is a part of the features asked for, in their order.
type Page struct {
	Features []kvartal.Feature // geometry in the CRS asked for
	// Next is where the page ends; nil if no feature follows.
	Next *Bookmark
}

// Items returns the features of the view's layer that q asks for, with the
// attributes asked for that the view may read. The view must permit Query.
func (s *Store) Items(ctx context.Context, v view.View, q Query) (Page, error) {
	var page Page
	var err error
	page.Next, err = s.Scan(ctx, v, q, func(r *Record) error {
		f, err := r.Feature()
		page.Features = append(page.Features, f)
		return err
	})
	if err != nil {
		return Page{}, err
	}
	return page, nil
}

// Scan calls fn with each feature that Items would return, one after the other,
// and returns where the page ends, nil if no feature follows. It keeps none; an
// error of fn ends it.
func (s *Store) Scan(ctx context.Context, v view.View, q Query, fn func(*Record) error) (*Bookmark, error) {
	d, err := s.queried(v)
	if err != nil {
		return nil, err
	}
	if err := q.check(d, v.For(view.Query)); err != nil {
		return nil, err
	}
	if err := s.afford(ctx, d, v, view.Query, q); err != nil {
		return nil, err
	}
	var st statement
	sel := s.selection(&st, d, v, view.Query, q)
	if some, err := s.pageSQL(ctx, &st, d, q); err != nil || !some {
		return nil, err
	}
	var next, last *Bookmark
	var failed error // by fn
	read := 0
	err = sel.each(ctx, s.pool, st.String(), st.args, func(r *Record) error {
		if read++; read > q.Limit {
			next = last
			return nil
		}
		if read == q.Limit {
			last = r.bookmark()
		}
		failed = fn(r)
		return failed
	})
	if failed != nil {
		return nil, failed
	}
	if err != nil {
		return nil, postgres.Translate(err, "read features of layer "+string(d.ID))
	}
	return next, nil
}

// pageSQL has the statement read one feature more than the page holds; false if
// there can be none.
func (s *Store) pageSQL(ctx context.Context, st *statement, d *Definition, q Query) (bool, error) {
	if some, err := s.whereSQL(ctx, st, d, q); err != nil || !some {
		return false, err
	}
	if q.After != nil {
		st.where(st.afterSQL(d, q.Sort, *q.After))
	}
	st.write(orderSQL(d, q.Sort))
	st.write(" LIMIT " + st.parameter(q.Limit+1))
	return true, nil
}

// Count returns how many features of the view's layer q asks for, whatever its
// page, but stops counting at most. The view must permit Query.
func (s *Store) Count(ctx context.Context, v view.View, q Query, most int) (int, error) {
	d, err := s.queried(v)
	if err != nil {
		return 0, err
	}
	var st statement
	st.write("SELECT count(*) FROM (SELECT FROM " + s.seen(&st, d, v, view.Query, q.During))
	if some, err := s.whereSQL(ctx, &st, d, q); err != nil || !some {
		return 0, err
	}
	st.write(" LIMIT " + st.parameter(most) + ") AS counted")
	var n int
	if err := s.pool.QueryRow(ctx, st.String(), st.args...).Scan(&n); err != nil {
		return 0, postgres.Translate(err, "count features of layer "+string(d.ID))
	}
	return n, nil
}

// queried is the layer of a view that permits Query.
func (s *Store) queried(v view.View) (*Definition, error) {
	if err := v.Require(view.Query); err != nil {
		return nil, err
	}
	return s.reg.Layer(v.Layer)
}

// Item returns one feature, its geometry in longitude and latitude, or an error
// of KindNotFound. The view must permit Query or Identify.
func (s *Store) Item(ctx context.Context, v view.View, id kvartal.FeatureID) (kvartal.Feature, error) {
	var f kvartal.Feature
	err := s.ScanItem(ctx, v, id, Query{}, func(r *Record) error {
		var err error
		f, err = r.Feature()
		return err
	})
	return f, err
}

// ScanItem calls fn with one feature, in the CRS of q and with the attributes it
// asks for, or returns an error of KindNotFound. The view must permit Query or
// Identify.
func (s *Store) ScanItem(ctx context.Context, v view.View, id kvartal.FeatureID, q Query, fn func(*Record) error) error {
	action := asks(v)
	if err := v.Require(action); err != nil {
		return err
	}
	d, err := s.reg.Layer(v.Layer)
	if err != nil {
		return err
	}
	var st statement
	sel := s.selection(&st, d, v, action, q)
	st.where("id = " + st.parameter(int64(id)))
	found := false
	err = sel.each(ctx, s.pool, st.String(), st.args, func(r *Record) error {
		found = true
		return fn(r)
	})
	if err != nil {
		return postgres.Translate(err, "read a feature of layer "+string(d.ID))
	}
	if !found {
		return kvartal.Errorf(kvartal.KindNotFound, "layer %q has no feature %d", d.ID, id)
	}
	return nil
}

// asks is the action by which a view shows single features: Query, unless it
// permits Identify alone.
func asks(v view.View) view.Action {
	if !v.May(view.Query) && v.May(view.Identify) {
		return view.Identify
	}
	return view.Query
}

// Place is where Identify looks.
type Place struct {
	Point orb.Point // longitude, latitude in degrees
	// Radius around the point in metres on the ground.
	Radius float64
	Limit  int
}

// Identify returns the features of the view's layer at a place, the smallest
// first, so that what lies in something comes before it. The view must permit
// Identify.
func (s *Store) Identify(ctx context.Context, v view.View, p Place) ([]kvartal.Feature, error) {
	if err := v.Require(view.Identify); err != nil {
		return nil, err
	}
	d, err := s.reg.Layer(v.Layer)
	if err != nil || !d.HasGeometry() {
		return nil, err
	}
	// The circle is made on the ellipsoid, so that metres are metres in every
	// storage CRS; its polygon then uses the index.
	var st statement
	sel := s.selection(&st, d, v, view.Identify, Query{})
	st.write(fmt.Sprintf(`
		CROSS JOIN (SELECT ST_Transform(ST_Buffer(ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography, %s)::geometry, %d) AS circle) AS place
		WHERE ST_Intersects(geom, circle)
		ORDER BY ST_Dimension(geom), ST_Area(geom), id LIMIT %s`,
		st.parameter(p.Point[0]), st.parameter(p.Point[1]), st.parameter(p.Radius), s.SRID(d), st.parameter(p.Limit)))
	features, err := sel.features(ctx, s.pool, &st)
	if err != nil {
		return nil, postgres.Translate(err, "identify features of layer "+string(d.ID))
	}
	return features, nil
}

// Bounds returns a box around the features of a layer, in longitude and latitude;
// false if the layer is empty, nothing is known yet, or features come and go. It may be larger than need
// be, but none of them lies outside: the sides, which bend on their way from the
// storage CRS, are divided, and what bends between is in the margin.
func (s *Store) Bounds(ctx context.Context, d *Definition) (orb.Bound, bool, error) {
	if !d.HasGeometry() || d.Live != nil {
		return orb.Bound{}, false, nil
	}
	var west, south, east, north *float64
	err := s.pool.QueryRow(ctx, `
		SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM (SELECT ST_Transform(ST_Segmentize(
		  e, greatest(ST_XMax(e) - ST_XMin(e), ST_YMax(e) - ST_YMin(e), 1e-3) / 64), 4326) AS b
		  FROM (SELECT ST_SetSRID(ST_EstimatedExtent($1, $2, 'geom')::geometry, $3::int) AS e) AS stored) AS extent`,
		layerSchema, string(d.ID), int(s.SRID(d))).Scan(&west, &south, &east, &north)
	if err != nil {
		return orb.Bound{}, false, postgres.Translate(err, "find the bounds of layer "+string(d.ID))
	}
	if west == nil {
		return orb.Bound{}, false, nil
	}
	b := orb.Bound{Min: orb.Point{*west, *south}, Max: orb.Point{*east, *north}}
	b = b.Pad(1e-6 + 1e-5*math.Max(*east-*west, *north-*south))
	return intersection(b, orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}), true, nil
}

// ToCity transforms a point from longitude and latitude to the city's own CRS.
func (s *Store) ToCity(ctx context.Context, p orb.Point) (orb.Point, error) {
	var out orb.Point
	err := s.pool.QueryRow(ctx, `
		SELECT ST_X(p), ST_Y(p) FROM ST_Transform(ST_SetSRID(ST_MakePoint($1, $2), 4326), $3::int) AS p`,
		p[0], p[1], int(s.CitySRID())).Scan(&out[0], &out[1])
	if err != nil {
		return orb.Point{}, postgres.Translate(err, "transform a point")
	}
	return out, nil
}
