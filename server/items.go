package server

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"kvartal"
	"kvartal/layers"
)

type featureCollection struct {
	Type           string             `json:"type"`
	NumberReturned int                `json:"numberReturned"`
	Links          []link             `json:"links"`
	Features       []*geojson.Feature `json:"features"`
}

// items answers /ogc/collections/{collection}/items (17-069r4, section 7.15).
// Pages are found by the last id, so that a page far back costs no more than
// the first.
func (s *Server) items(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "f", "lang", "bbox", "limit", "next"); err != nil {
		return err
	}
	l, err := s.collectionLayer(r, city)
	if err != nil {
		return err
	}
	q, err := itemsQuery(r)
	if err != nil {
		return err
	}
	page, err := city.Store.Items(r.Context(), l.View, q)
	if err != nil {
		return err
	}
	self := s.origin(r) + "/ogc/collections/" + string(l.Definition.ID) + "/items"
	out := featureCollection{
		Type: "FeatureCollection", NumberReturned: len(page.Features),
		Links:    []link{{withQuery(self, r.URL.Query()), "self", geoJSONType, "This page"}},
		Features: []*geojson.Feature{},
	}
	for _, f := range page.Features {
		out.Features = append(out.Features, newGeoJSON(f))
	}
	if page.Next != nil {
		query := r.URL.Query()
		query.Set("next", strconv.FormatInt(int64(page.Next.ID), 10))
		out.Links = append(out.Links, link{withQuery(self, query), "next", geoJSONType, "Next page"})
	}
	return respondJSON(w, r, geoJSONType, out)
}

func withQuery(address string, query url.Values) string {
	if len(query) == 0 {
		return address
	}
	return address + "?" + query.Encode()
}

func itemsQuery(r *http.Request) (layers.Query, error) {
	q := layers.Query{Limit: defaultLimit}
	query := r.URL.Query()
	if query.Has("limit") {
		n, err := strconv.Atoi(query.Get("limit"))
		if err != nil || n < 1 {
			return q, kvartal.Errorf(kvartal.KindInvalid, "limit is %.40q: want a whole number from 1 to %d", query.Get("limit"), layers.MaxItems).In("limit")
		}
		// Core, requirement 21: more than the maximum is answered with the maximum.
		q.Limit = min(n, layers.MaxItems)
	}
	if query.Has("next") {
		n, err := strconv.ParseInt(query.Get("next"), 10, 64)
		if err != nil || n < 0 {
			return q, kvartal.Errorf(kvartal.KindInvalid, "next is %.40q: follow the link of the page before", query.Get("next")).In("next")
		}
		q.After = &layers.Bookmark{ID: kvartal.FeatureID(n)}
	}
	if query.Has("bbox") {
		box, err := parseBBox(query.Get("bbox"))
		if err != nil {
			return q, err
		}
		q.BBox = &layers.Box{Bound: box}
	}
	return q, nil
}

// parseBBox reads "west,south,east,north", or six numbers with heights, which
// are not used, in degrees. West above east crosses the antimeridian.
func parseBBox(text string) (orb.Bound, error) {
	wrong := kvartal.Errorf(kvartal.KindInvalid, "bbox is %.100q: want west,south,east,north in degrees", text).In("bbox")
	parts := strings.Split(text, ",")
	if len(parts) == 6 {
		parts = []string{parts[0], parts[1], parts[3], parts[4]}
	}
	if len(parts) != 4 {
		return orb.Bound{}, wrong
	}
	var v [4]float64
	for i, part := range parts {
		limit := []float64{180, 90}[i%2]
		x, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || !(x >= -limit && x <= limit) {
			return orb.Bound{}, wrong
		}
		v[i] = x
	}
	if v[1] > v[3] {
		return orb.Bound{}, wrong
	}
	return orb.Bound{Min: orb.Point{v[0], v[1]}, Max: orb.Point{v[2], v[3]}}, nil
}

type featureDocument struct {
	*geojson.Feature
	links []link
}

// MarshalJSON adds the links to the feature's own members.
func (f featureDocument) MarshalJSON() ([]byte, error) {
	f.ExtraMembers = map[string]any{"links": f.links}
	return f.Feature.MarshalJSON()
}

// item answers /ogc/collections/{collection}/items/{feature}.
func (s *Server) item(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "f", "lang"); err != nil {
		return err
	}
	l, err := s.collectionLayer(r, city)
	if err != nil {
		return err
	}
	text, err := variable(r, "feature")
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return kvartal.Errorf(kvartal.KindNotFound, "layer %q has no feature %.40q: ids are whole numbers", l.Definition.ID, text)
	}
	f, err := city.Store.Item(r.Context(), l.View, kvartal.FeatureID(id))
	if err != nil {
		return err
	}
	collection := s.origin(r) + "/ogc/collections/" + string(l.Definition.ID)
	return respondJSON(w, r, geoJSONType, featureDocument{newGeoJSON(f), []link{
		{collection + "/items/" + strconv.FormatInt(id, 10), "self", geoJSONType, "This feature"},
		{collection, "collection", "application/json", l.Definition.Title.En},
	}})
}
