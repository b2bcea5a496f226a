package layers

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"kvartal"
	"kvartal/postgres"
	"kvartal/view"
)

// MaxItems is the most features one Items call returns.
const MaxItems = 10_000

// Query says which features of a layer are wanted.
type Query struct {
	// BBox limits the features to those that meet it: longitude and latitude in
	// degrees (CRS84). Min[0] > Max[0] crosses the antimeridian. Nil: anywhere.
	BBox *orb.Bound
	// After is the last id of the page before; features come in order of id.
	After kvartal.FeatureID
	// Limit is the most features to return, 1 to MaxItems.
	Limit int
}

// Page is a part of the features asked for, in order of id.
type Page struct {
	Features []kvartal.Feature // geometry in longitude and latitude (CRS84)
	// More is true if further features follow the last one.
	More bool
}

// Items returns the features of the view's layer that q asks for, with the
// attributes the view may read. The view must permit Query.
func (s *Store) Items(ctx context.Context, v view.View, q Query) (Page, error) {
	if err := v.Require(view.Query); err != nil {
		return Page{}, err
	}
	d, err := s.reg.Layer(v.Layer)
	if err != nil {
		return Page{}, err
	}
	if q.Limit < 1 || q.Limit > MaxItems {
		return Page{}, kvartal.Errorf(kvartal.KindInvalid, "limit is %d: want 1 to %d", q.Limit, MaxItems).In("limit")
	}
	sel := s.selection(d, v)
	where, args := "id > $1", []any{int64(q.After), q.Limit + 1}
	if q.BBox != nil && d.HasGeometry() {
		condition, boxArgs := s.bboxSQL(d, *q.BBox, len(args))
		where += " AND " + condition
		args = append(args, boxArgs...)
	}
	features, err := sel.query(ctx, s.pool, fmt.Sprintf("WHERE %s ORDER BY id LIMIT $2", where), args...)
	if err != nil {
		return Page{}, postgres.Translate(err, "read features of layer "+string(d.ID))
	}
	page := Page{Features: features}
	if len(features) > q.Limit {
		page.Features, page.More = features[:q.Limit], true
	}
	return page, nil
}

// Item returns one feature, its geometry in longitude and latitude, or an error
// of KindNotFound. The view must permit Query or Identify.
func (s *Store) Item(ctx context.Context, v view.View, id kvartal.FeatureID) (kvartal.Feature, error) {
	if !v.May(view.Identify) {
		if err := v.Require(view.Query); err != nil {
			return kvartal.Feature{}, err
		}
	}
	d, err := s.reg.Layer(v.Layer)
	if err != nil {
		return kvartal.Feature{}, err
	}
	features, err := s.selection(d, v).query(ctx, s.pool, "WHERE id = $1", int64(id))
	if err != nil {
		return kvartal.Feature{}, postgres.Translate(err, "read a feature of layer "+string(d.ID))
	}
	if len(features) == 0 {
		return kvartal.Feature{}, kvartal.Errorf(kvartal.KindNotFound, "layer %q has no feature %d", d.ID, id)
	}
	return features[0], nil
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
	features, err := s.selection(d, v).query(ctx, s.pool, fmt.Sprintf(`
		CROSS JOIN (SELECT ST_Transform(ST_Buffer(ST_SetSRID(ST_MakePoint($1, $2), 4326)::geography, $3)::geometry, %d) AS circle) AS place
		WHERE ST_Intersects(geom, circle)
		ORDER BY ST_Dimension(geom), ST_Area(geom), id LIMIT $4`, s.SRID(d)), p.Point[0], p.Point[1], p.Radius, p.Limit)
	if err != nil {
		return nil, postgres.Translate(err, "identify features of layer "+string(d.ID))
	}
	return features, nil
}

// Bounds returns roughly where the features of a layer lie, in longitude and
// latitude; false if the layer is empty or nothing is known yet.
func (s *Store) Bounds(ctx context.Context, d *Definition) (orb.Bound, bool, error) {
	if !d.HasGeometry() {
		return orb.Bound{}, false, nil
	}
	var west, south, east, north *float64
	err := s.pool.QueryRow(ctx, `
		SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM (SELECT ST_Transform(
		  ST_SetSRID(ST_EstimatedExtent($1, $2, 'geom')::geometry, $3::int), 4326) AS b) AS extent`,
		layerSchema, string(d.ID), int(s.SRID(d))).Scan(&west, &south, &east, &north)
	if err != nil {
		return orb.Bound{}, false, postgres.Translate(err, "find the bounds of layer "+string(d.ID))
	}
	if west == nil {
		return orb.Bound{}, false, nil
	}
	return orb.Bound{Min: orb.Point{*west, *south}, Max: orb.Point{*east, *north}}, true, nil
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

// bboxSQL is the condition that a feature meets a box in longitude and
// latitude, its parameters numbered after used. The box is densified first: its
// straight edges are curves in the storage CRS.
func (s *Store) bboxSQL(d *Definition, box orb.Bound, used int) (string, []any) {
	one := func(n int) string {
		return fmt.Sprintf("ST_Intersects(geom, ST_Transform(ST_Segmentize(ST_MakeEnvelope($%d, $%d, $%d, $%d, 4326), 1), %d))",
			n+1, n+2, n+3, n+4, s.SRID(d))
	}
	if box.Min[0] <= box.Max[0] {
		return one(used), []any{box.Min[0], box.Min[1], box.Max[0], box.Max[1]}
	}
	return "(" + one(used) + " OR " + one(used+4) + ")", []any{
		box.Min[0], box.Min[1], 180.0, box.Max[1],
		-180.0, box.Min[1], box.Max[0], box.Max[1],
	}
}

// selection reads features of one layer through a view.
type selection struct {
	def    *Definition
	fields []Field // readable
	sql    string  // SELECT … FROM …
}

func (s *Store) selection(d *Definition, v view.View) selection {
	sel := selection{def: d}
	columns := []string{"id", "1::bigint", "NULL::bytea"}
	if d.History != HistoryRevisions {
		columns[1] = "version"
	}
	if d.HasGeometry() {
		columns[2] = "ST_AsBinary(ST_Transform(geom, 4326), 'NDR')"
	}
	for _, f := range d.Fields {
		if !v.Readable(f.Name) {
			continue
		}
		sel.fields = append(sel.fields, f)
		column := quote(f.Name)
		if f.Type == TypeDecimal {
			column += "::text"
		}
		columns = append(columns, column)
	}
	sel.sql = "SELECT " + strings.Join(columns, ", ") + " FROM " + s.Table(d)
	return sel
}

func (sel selection) query(ctx context.Context, db querier, rest string, args ...any) ([]kvartal.Feature, error) {
	rows, err := db.Query(ctx, sel.sql+" "+rest, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, sel.scan)
}

func (sel selection) scan(row pgx.CollectableRow) (kvartal.Feature, error) {
	values, err := row.Values()
	if err != nil {
		return kvartal.Feature{}, err
	}
	id, idOK := values[0].(int64)
	version, versionOK := values[1].(int64)
	if !idOK || !versionOK {
		return kvartal.Feature{}, errors.New("id and version are not integers")
	}
	f := kvartal.Feature{ID: kvartal.FeatureID(id), Version: version, Properties: make(map[string]any, len(sel.fields))}
	if b, ok := values[2].([]byte); ok {
		if f.Geometry, err = wkb.Unmarshal(b); err != nil {
			return kvartal.Feature{}, fmt.Errorf("geometry of feature %d: %w", id, err)
		}
	}
	for i, field := range sel.fields {
		v := values[3+i]
		if s, ok := v.(string); ok && field.Type == TypeDecimal {
			v = kvartal.Decimal(s)
		}
		f.Properties[field.Name] = v
	}
	return f, nil
}
