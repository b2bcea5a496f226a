package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"kvartal"
	"kvartal/layers"
	"kvartal/server/formats"
	"kvartal/view"
)

// mostCounted is where counting ends: what is more is not told, because it would
// cost every page.
const mostCounted = 100_000

// items answers /ogc/collections/{collectionId}/items (17-069r4, section 7.15).
// Pages are found by the last feature of the one before, so that a page far back
// costs no more than the first.
func (s *Server) items(w http.ResponseWriter, o *ogcRequest) error {
	in, err := o.itemsRequest(view.Query)
	if err != nil {
		return err
	}
	in.query.Budget = s.config.FilterBudget
	h := w.Header()
	o.tellQueryables(h, in.layer.Definition)
	if o.format == formatHTML {
		return o.itemsHTML(w, in)
	}
	h.Set("Content-Type", o.format.Media())
	h.Set("Content-Crs", "<"+in.crs.uri+">")
	h.Set("Cache-Control", "no-cache")
	return s.stream(w, o, func(out io.Writer) error { return o.writePage(out, in) })
}

// tellQueryables links what the features of a layer can be filtered by from the
// features, in formats without links too (19-079r2, /req/queryables/queryables-link).
func (o *ogcRequest) tellQueryables(h http.Header, d *layers.Definition) {
	h.Add("Link", "<"+o.at(collectionPath(d)+"/queryables", format{})+`>; rel="`+relOGC+`queryables"; type="`+formatSchema.Media()+`"`)
}

// writePage writes a page of features in the format asked for.
func (o *ogcRequest) writePage(out io.Writer, in itemsRequest) error {
	encoder := newEncoder(o.format, out, in)
	if err := encoder.Begin(); err != nil {
		return err
	}
	returned := 0
	next, err := o.city.Store.Scan(o.ctx(), in.whole, in.query, func(r *layers.Record) error {
		returned++
		return encoder.Feature(r)
	})
	if err != nil {
		return err
	}
	members, err := o.pageMembers(in, returned, next)
	if err != nil {
		return err
	}
	return encoder.End(members)
}

func newEncoder(f format, out io.Writer, in itemsRequest) formats.Encoder {
	opts := formats.Options{
		Digits: in.crs.digits, NorthFirst: in.crs.northFirst, CRS: in.crs.uri,
		FeatureType: string(in.layer.Definition.ID), Dimension: in.layer.Definition.Geometry.Dimension(), Instant: instantOf(in.layer),
		Fields: in.query.Fields(in.layer.Definition, in.layer.View),
	}
	switch f {
	case formatCSV:
		return formats.NewCSV(out, opts)
	case formatSeq:
		return formats.NewGeoJSONSeq(out, opts)
	case formatJSONFG:
		return formats.NewJSONFG(out, opts)
	}
	return formats.NewGeoJSON(out, opts)
}

// pageInfo is what a page says beside its features.
type pageInfo struct {
	NumberMatched  *int      `json:"numberMatched,omitempty"` // exact, or absent
	NumberReturned int       `json:"numberReturned"`
	TimeStamp      time.Time `json:"timeStamp"`
	Links          []link    `json:"links"`
}

func (o *ogcRequest) pageInfo(in itemsRequest, returned int, next *layers.Bookmark) (pageInfo, error) {
	info := pageInfo{NumberReturned: returned, TimeStamp: time.Now().UTC().Truncate(time.Second), Links: o.selfLinks()}
	d := in.layer.Definition
	info.Links = append(info.Links, link{Href: o.at(collectionPath(d), formatJSON), Rel: "collection", Type: formatJSON.Media(), Title: o.text(d.Title)})
	if next != nil {
		query := o.query
		query.Set("next", bookmarkText(*next))
		info.Links = append(info.Links, link{Href: withQuery(o.root+o.path(), query), Rel: "next", Type: o.format.Media(), Title: o.T("next page")})
	}
	if next == nil && in.query.After == nil {
		info.NumberMatched = &returned
		return info, nil
	}
	n, err := o.city.Store.Count(o.ctx(), in.whole, in.query, mostCounted+1)
	if n <= mostCounted {
		info.NumberMatched = &n
	}
	return info, err
}

// pageMembers are the members of a page after its features.
func (o *ogcRequest) pageMembers(in itemsRequest, returned int, next *layers.Bookmark) ([]byte, error) {
	if o.format != formatGeoJSON && o.format != formatJSONFG {
		return nil, nil
	}
	info, err := o.pageInfo(in, returned, next)
	if err != nil {
		return nil, err
	}
	return jsonMembers(info)
}

// jsonMembers are the members of a JSON object without its braces.
func jsonMembers(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // links stay readable
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("encode response: %w", err)
	}
	return bytes.TrimSpace(b.Bytes())[1 : b.Len()-2], nil
}

// streamBuffer is how much of an answer is held back, so that what fails early
// is told with a status of its own.
const streamBuffer = 64 << 10

// stream answers with what write writes. If it fails after a part has been sent,
// the connection is cut: never half an answer with 200.
func (s *Server) stream(w http.ResponseWriter, o *ogcRequest, write func(io.Writer) error) error {
	sent := &sentWriter{w: w}
	buffer := bufio.NewWriterSize(sent, streamBuffer)
	err := write(buffer)
	if err == nil {
		err = buffer.Flush()
	}
	if err == nil || !sent.some {
		return err
	}
	if status(err) == http.StatusInternalServerError {
		s.config.Log.ErrorContext(o.ctx(), "answer broken off", "request", kvartal.RequestIDFrom(o.ctx()), "path", o.URL.Path, "error", err)
	}
	panic(http.ErrAbortHandler)
}

// sentWriter knows whether anything has been written.
type sentWriter struct {
	w    io.Writer
	some bool
}

func (s *sentWriter) Write(b []byte) (int, error) {
	s.some = true
	return s.w.Write(b)
}

// item answers /ogc/collections/{collectionId}/items/{featureId}.
func (s *Server) item(w http.ResponseWriter, o *ogcRequest) error {
	in, id, err := o.itemRequest()
	if err != nil {
		return err
	}
	if o.format == formatHTML {
		return o.itemHTML(w, in, id)
	}
	var body []byte
	var version int64
	err = o.city.Store.ScanItem(o.ctx(), in.layer.View, id, in.query, func(r *layers.Record) error {
		version = r.Version
		body, err = o.featureDocument(in, r)
		return err
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Crs", "<"+in.crs.uri+">")
	o.tellModified(w.Header(), in.layer.View, id, version)
	return respondVersion(w, o.Request, o.format.Media(), versionTag(version), body)
}

// tellModified tells since when there is a version of a feature, if it is still
// the present one (20-002r1, class optimistic-locking-timestamps).
func (o *ogcRequest) tellModified(h http.Header, v view.View, id kvartal.FeatureID, version int64) {
	if stamp, err := o.city.Store.Stamp(o.ctx(), v, id); err == nil && stamp.Version == version {
		h.Set("Last-Modified", stamp.Told.UTC().Format(http.TimeFormat))
	}
}

func (o *ogcRequest) itemRequest() (in itemsRequest, id kvartal.FeatureID, err error) {
	if in.layer, err = o.layer(view.Query); err != nil {
		return in, 0, err
	}
	in.layer.View = in.layer.View.For(view.Query)
	if in.crs, err = o.crsParameter("crs"); err != nil {
		return in, 0, err
	}
	in.query.CRS = in.crs.srid
	id, err = o.featureID(in.layer.Definition)
	return in, id, err
}

func (o *ogcRequest) featureID(d *layers.Definition) (kvartal.FeatureID, error) {
	text, err := variable(o.Request, "featureId")
	if err != nil {
		return 0, err
	}
	return parseFeatureID(d, text)
}

func parseFeatureID(d *layers.Definition, text string) (kvartal.FeatureID, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, kvartal.Errorf(kvartal.KindNotFound, "layer %q has no feature %.40q: ids are whole numbers", d.ID, text)
	}
	return kvartal.FeatureID(n), nil
}

// featureDocument is one feature with its links.
func (o *ogcRequest) featureDocument(in itemsRequest, r *layers.Record) ([]byte, error) {
	members, err := jsonMembers(struct {
		Links []link `json:"links"`
	}{o.featureLinks(in)})
	if err != nil {
		return nil, err
	}
	opts := formats.Options{
		Fields: r.Fields, Digits: in.crs.digits, NorthFirst: in.crs.northFirst, CRS: in.crs.uri,
		FeatureType: string(in.layer.Definition.ID), Dimension: in.layer.Definition.Geometry.Dimension(), Instant: instantOf(in.layer),
	}
	if o.format == formatJSONFG {
		return formats.JSONFGFeature(r, opts, members)
	}
	return formats.GeoJSONFeature(r, opts, members)
}

func (o *ogcRequest) featureLinks(in itemsRequest) []link {
	d := in.layer.Definition
	return append(o.selfLinks(), link{Href: o.at(collectionPath(d), formatJSON), Rel: "collection", Type: formatJSON.Media(), Title: o.text(d.Title)})
}
