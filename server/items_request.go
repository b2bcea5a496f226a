package server

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/cql2"
	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/view"
)

const (
	defaultLimit = 100
	maxLimit     = layers.MaxItems
	// maxHTMLRows is the most rows of a table in a page for people.
	maxHTMLRows = 1000
	// maxQuery bounds parameter q, in bytes.
	maxQuery = 200
)

// itemsRequest is a request for features of a layer.
type itemsRequest struct {
	layer tiles.Layer // with what the view permits of the action
	whole view.View   // with the other actions, such as History
	query layers.Query
	crs   reference
}

// itemsRequest reads the parameters of items (17-069r4, section 7.15; 18-058r1;
// 19-079r2).
func (o *ogcRequest) itemsRequest(action view.Action) (itemsRequest, error) {
	var in itemsRequest
	var err error
	if in.layer, err = o.layer(action); err != nil {
		return in, err
	}
	in.layer.View, in.whole = in.layer.View.For(action), viewOf(o.Request, in.layer.Definition)
	readers := []func(*itemsRequest) error{
		o.readLimit, o.readPlace, o.readTime, o.readFilter, o.readOrder, o.readProperties, o.readBookmark,
	}
	for _, read := range readers {
		if err := read(&in); err != nil {
			return in, err
		}
	}
	return in, nil
}

func (o *ogcRequest) readLimit(in *itemsRequest) error {
	in.query.Limit = defaultLimit
	if o.query.Has("limit") {
		n, err := strconv.Atoi(o.query.Get("limit"))
		if err != nil && !errors.Is(err, strconv.ErrRange) || n < 1 {
			return kvartal.Errorf(kvartal.KindInvalid, "limit is %.40q: want a whole number from 1 to %d", o.query.Get("limit"), maxLimit).In("limit")
		}
		// Requirement 21: more than the maximum is answered with the maximum.
		in.query.Limit = min(n, maxLimit)
	}
	if o.format == formatHTML {
		in.query.Limit = min(in.query.Limit, maxHTMLRows)
	}
	return nil
}

func (o *ogcRequest) readPlace(in *itemsRequest) error {
	var err error
	if in.crs, err = o.crsParameter("crs"); err != nil {
		return err
	}
	in.query.CRS = in.crs.srid
	switch skip := o.query.Get("skipGeometry"); skip {
	case "", "false":
	case "true":
		in.query.WithoutGeometry = true
	default:
		return kvartal.Errorf(kvartal.KindInvalid, "skipGeometry is %.40q: want true or false", skip).In("skipGeometry")
	}
	of, err := o.crsParameter("bbox-crs")
	if err != nil || !o.query.Has("bbox") {
		return err
	}
	box, err := parseBox(o.query.Get("bbox"), of)
	in.query.BBox = box
	return err
}

// parseBox reads a bbox in a reference system, its axes in the order of that.
func parseBox(text string, in reference) (*layers.Box, error) {
	if in.uri == crs84 {
		bound, err := parseBBox(text)
		return &layers.Box{Bound: bound}, err
	}
	v, ok := parseCorners(text)
	if !ok {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "bbox is %.100q: want four numbers in the units of bbox-crs", text).In("bbox")
	}
	if in.northFirst {
		v[0], v[1], v[2], v[3] = v[1], v[0], v[3], v[2]
	}
	if v[0] > v[2] && in.srid != kvartal.WGS84 || v[1] > v[3] {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "bbox is %.100q: want the lower corner before the upper one, axes in the order of bbox-crs", text).In("bbox")
	}
	return &layers.Box{Bound: orb.Bound{Min: orb.Point{v[0], v[1]}, Max: orb.Point{v[2], v[3]}}, CRS: in.srid}, nil
}

// parseBBox reads "west,south,east,north", or six numbers with heights, which
// are not used, in degrees. West above east crosses the antimeridian.
func parseBBox(text string) (orb.Bound, error) {
	v, ok := parseCorners(text)
	for i, x := range v {
		ok = ok && math.Abs(x) <= []float64{180, 90}[i%2]
	}
	if !ok || v[1] > v[3] {
		return orb.Bound{}, kvartal.Errorf(kvartal.KindInvalid, "bbox is %.100q: want west,south,east,north in degrees", text).In("bbox")
	}
	return orb.Bound{Min: orb.Point{v[0], v[1]}, Max: orb.Point{v[2], v[3]}}, nil
}

// parseCorners reads four finite numbers, or six of which the third and last are
// heights.
func parseCorners(text string) (v [4]float64, ok bool) {
	parts := strings.Split(text, ",")
	if len(parts) == 6 {
		parts = []string{parts[0], parts[1], parts[3], parts[4]}
	}
	if len(parts) != 4 {
		return v, false
	}
	for i, part := range parts {
		x, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return v, false
		}
		v[i] = x
	}
	return v, true
}

func (o *ogcRequest) readTime(in *itemsRequest) error {
	var err error
	in.query.During, err = o.interval()
	return err
}

// interval reads datetime (17-069r4, requirement 25); nil if there is none.
func (o *ogcRequest) interval() (*layers.Interval, error) {
	if !o.query.Has("datetime") {
		return nil, nil
	}
	text := o.query.Get("datetime")
	wrong := kvartal.Errorf(kvartal.KindInvalid, "datetime is %.100q: want a time such as 2026-05-09T10:00:00Z, or an interval such as 2026-01-01/..", text).In("datetime")
	from, to, isInterval := strings.Cut(text, "/")
	if !isInterval {
		to = from
	}
	var interval layers.Interval
	var ok bool
	if interval.Start, ok = parseTime(from, isInterval, false); !ok {
		return nil, wrong
	}
	if interval.End, ok = parseTime(to, isInterval, true); !ok {
		return nil, wrong
	}
	if !interval.Start.IsZero() && !interval.End.IsZero() && interval.End.Before(interval.Start) {
		return nil, wrong
	}
	return &interval, nil
}

// parseTime reads a moment or a day; at its end for the end of an interval. In
// an interval it may be open: zero.
func parseTime(text string, open, end bool) (time.Time, bool) {
	if open && (text == "" || text == "..") {
		return time.Time{}, true
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, true
	}
	t, err := time.Parse(time.DateOnly, text)
	if end {
		t = t.AddDate(0, 0, 1).Add(-time.Microsecond)
	}
	return t, err == nil
}

// readFilter joins filter, q and the attributes given as parameters.
func (o *ogcRequest) readFilter(in *itemsRequest) error {
	of, err := o.crsParameter("filter-crs")
	if err != nil {
		return err
	}
	expr, err := o.filterExpression()
	if err != nil {
		return err
	}
	conditions := []cql2.Expr{expr}
	if o.query.Has("q") {
		c, err := o.textCondition(in.layer)
		if err != nil {
			return err
		}
		conditions = append(conditions, c)
	}
	for _, f := range queryParameters(in.layer) {
		if !o.query.Has(f.Name) || slices.Contains(o.route.query, f.Name) {
			continue
		}
		c, err := attributeCondition(f, o.query.Get(f.Name))
		if err != nil {
			return err
		}
		conditions = append(conditions, c)
	}
	if !slices.ContainsFunc(conditions, func(e cql2.Expr) bool { return e != nil }) {
		return nil
	}
	scope := o.city.Store.CQL2Scope(in.layer.Definition, in.layer.View)
	scope.CRS, scope.NorthFirst = of.srid, of.northFirst
	in.query.Filter, err = cql2.Check(cql2.All(conditions...), scope)
	return badFilter(err)
}

func (o *ogcRequest) filterExpression() (cql2.Expr, error) {
	language := o.query.Get("filter-lang")
	if language != "" && language != "cql2-text" && language != "cql2-json" {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "filter-lang is %.40q: want cql2-text or cql2-json", language).In("filter-lang")
	}
	if !o.query.Has("filter") {
		return nil, nil
	}
	if language == "cql2-json" {
		expr, err := cql2.ParseJSON([]byte(o.query.Get("filter")), cql2.DefaultLimits())
		return expr, badFilter(err)
	}
	expr, err := cql2.ParseText(o.query.Get("filter"), cql2.DefaultLimits())
	return expr, badFilter(err)
}

// badFilter says that it is the filter which is wrong. One that is too large is
// a bad request too: it stands in the address, not in a body.
func badFilter(err error) error {
	var e *kvartal.Error
	if !errors.As(err, &e) || e.Kind != kvartal.KindInvalid && e.Kind != kvartal.KindTooLarge {
		return err
	}
	return kvartal.Errorf(kvartal.KindInvalid, "filter: %s", strings.TrimPrefix(e.Message, "filter: ")).In(e.Field)
}

// textCondition is true for features one of whose searchable texts holds one of
// the terms of q.
func (o *ogcRequest) textCondition(l tiles.Layer) (cql2.Expr, error) {
	text := o.query.Get("q")
	if len(text) > maxQuery {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "q is longer than %d bytes: shorten it", maxQuery).In("q")
	}
	var alternatives []cql2.Expr
	for term := range strings.SplitSeq(text, ",") {
		term = strings.TrimSpace(term)
		if term == "" {
			continue
		}
		pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(term) + "%"
		for _, f := range l.Definition.Fields {
			if f.Search && f.Type == layers.TypeText && l.View.Readable(f.Name) {
				alternatives = append(alternatives, &cql2.Op{Name: cql2.Like, Args: []cql2.Expr{
					&cql2.Op{Name: cql2.CaseI, Args: []cql2.Expr{&cql2.Property{Name: f.Name}}},
					&cql2.Op{Name: cql2.CaseI, Args: []cql2.Expr{&cql2.String{Value: pattern}}},
				}})
			}
		}
	}
	switch len(alternatives) {
	case 0:
		return &cql2.Boolean{Value: false}, nil
	case 1:
		return alternatives[0], nil
	}
	return &cql2.Op{Name: cql2.Or, Args: alternatives}, nil
}

// queryParameters are the queryables of a layer that are parameters, too: its id
// and the attributes that the view may read.
func queryParameters(l tiles.Layer) []layers.Field {
	fields := []layers.Field{{Name: layers.IDProperty, Type: layers.TypeInteger}}
	for _, f := range l.Definition.Fields {
		if l.View.For(view.Query).Readable(f.Name) {
			fields = append(fields, f)
		}
	}
	return fields
}

// attributeCondition is true for features that have the value of an attribute
// (19-079r2, class queryables-query-parameters).
func attributeCondition(f layers.Field, text string) (cql2.Expr, error) {
	wrong := kvartal.Errorf(kvartal.KindInvalid, "%s is %.60q: want a value of type %s", f.Name, text, f.Type).In(f.Name)
	var value cql2.Expr
	switch f.Type {
	case layers.TypeText:
		value = &cql2.String{Value: text}
	case layers.TypeInteger, layers.TypeNumber, layers.TypeDecimal:
		if text == "" || !json.Valid([]byte(text)) || !strings.ContainsAny(text[:1], "-0123456789") {
			return nil, wrong
		}
		value = &cql2.Number{Digits: text}
	case layers.TypeBoolean:
		if text != "true" && text != "false" {
			return nil, wrong
		}
		value = &cql2.Boolean{Value: text == "true"}
	case layers.TypeDate:
		t, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return nil, wrong
		}
		value = &cql2.Date{Value: t}
	case layers.TypeTimestamp:
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, wrong
		}
		value = &cql2.Timestamp{Value: t.UTC()}
	}
	return &cql2.Op{Name: cql2.Equal, Args: []cql2.Expr{&cql2.Property{Name: f.Name}, value}}, nil
}

func (o *ogcRequest) readOrder(in *itemsRequest) error {
	if !o.query.Has("sortby") {
		return nil
	}
	var err error
	in.query.Sort, err = layers.ParseSort(o.query.Get("sortby"))
	return err
}

func (o *ogcRequest) readProperties(in *itemsRequest) error {
	if !o.query.Has("properties") {
		return nil
	}
	in.query.Properties = []string{}
	for name := range strings.SplitSeq(o.query.Get("properties"), ",") {
		if name != "" && !slices.Contains(in.query.Properties, name) {
			in.query.Properties = append(in.query.Properties, name)
		}
	}
	return nil
}

// bookmarkText is a bookmark as an opaque parameter.
func bookmarkText(b layers.Bookmark) string {
	id := strconv.FormatInt(int64(b.ID), 10)
	if len(b.Values) == 0 {
		return id
	}
	values, _ := json.Marshal(b.Values) // texts always encode
	return id + "." + base64.RawURLEncoding.EncodeToString(values)
}

func (o *ogcRequest) readBookmark(in *itemsRequest) error {
	if !o.query.Has("next") {
		return nil
	}
	wrong := kvartal.Errorf(kvartal.KindInvalid, "next is %.40q: follow the link of the page before", o.query.Get("next")).In("next")
	text, values, sorted := strings.Cut(o.query.Get("next"), ".")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 0 {
		return wrong
	}
	b := layers.Bookmark{ID: kvartal.FeatureID(id)}
	if sorted {
		decoded, err := base64.RawURLEncoding.DecodeString(values)
		if err != nil || json.Unmarshal(decoded, &b.Values) != nil {
			return wrong
		}
	}
	in.query.After = &b
	return nil
}
