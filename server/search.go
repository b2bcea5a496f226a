package server

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"

	"kvartal"
	"kvartal/search"
	"kvartal/view"
)

const (
	defaultResults = 10
	// cityReach is how far from the city's centre coordinates in its own CRS may
	// lie, in metres.
	cityReach = 300_000
)

type searchAnswer struct {
	Results []searchResult `json:"results"`
	// Errors names the layers that could not be searched; the others are complete.
	Errors []failedLayer `json:"errors"`
}

type searchResult struct {
	Kind     string            `json:"kind"` // "feature" or "coordinates"
	Layer    kvartal.LayerID   `json:"layer,omitempty"`
	ID       kvartal.FeatureID `json:"id,omitempty"`
	Title    string            `json:"title"`
	Subtitle string            `json:"subtitle"`
	Point    *orb.Point        `json:"point"` // longitude, latitude
	BBox     *[4]float64       `json:"bbox"`
}

// search answers /search: features of all layers, or of those named, and places
// given by their coordinates.
func (s *Server) search(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "q", "lang", "lon", "lat", "limit", "layers"); err != nil {
		return err
	}
	request, err := searchRequest(r, city)
	if err != nil {
		return err
	}
	answer := searchAnswer{Results: []searchResult{}, Errors: []failedLayer{}}
	if place, ok := coordinates(r.Context(), city, request.Text); ok {
		answer.Results = append(answer.Results, place)
	}
	results, failures, err := city.Search.Search(r.Context(), request)
	if err != nil {
		return err
	}
	for _, found := range results {
		answer.Results = append(answer.Results, searchResult{
			Kind: "feature", Layer: found.Layer.ID, ID: found.ID, Title: found.Title, Subtitle: found.Subtitle,
			Point: rounded(found.Point), BBox: corners(found.Bound),
		})
	}
	for _, f := range failures {
		s.config.Log.WarnContext(r.Context(), "search failed in one layer", "layer", f.Layer.ID, "error", f.Err)
		answer.Errors = append(answer.Errors, newFailedLayer(f.Layer.ID, f.Layer.Title, f.Err, request.Lang))
	}
	return respondJSON(w, r, "application/json", answer)
}

func searchRequest(r *http.Request, city *City) (search.Request, error) {
	query := r.URL.Query()
	request := search.Request{Text: query.Get("q"), Limit: defaultResults}
	var err error
	if request.Lang, err = lang(r); err != nil {
		return request, err
	}
	if query.Has("limit") {
		if request.Limit, err = strconv.Atoi(query.Get("limit")); err != nil {
			return request, kvartal.Errorf(kvartal.KindInvalid, "limit is %.40q: want a whole number from 1 to %d", query.Get("limit"), search.MaxResults).In("limit")
		}
	}
	if query.Has("lon") || query.Has("lat") {
		near, err := lonLat(r)
		if err != nil {
			return request, err
		}
		request.Near = &near
	}
	request.Layers, err = searchedLayers(r, city)
	return request, err
}

// lonLat reads a point on the globe.
func lonLat(r *http.Request) (orb.Point, error) {
	lon, err := number(r, "lon", -180, 180)
	if err != nil {
		return orb.Point{}, err
	}
	lat, err := number(r, "lat", -90, 90)
	return orb.Point{lon, lat}, err
}

// searchedLayers returns the layers asked for, or all that may be queried.
func searchedLayers(r *http.Request, city *City) ([]search.Layer, error) {
	var out []search.Layer
	if names := r.URL.Query().Get("layers"); names != "" {
		wanted, err := layersFor(r, city, names, view.Query)
		for _, l := range wanted {
			out = append(out, search.Layer{Definition: l.Definition, View: l.View})
		}
		return out, err
	}
	for _, d := range city.Store.Registry().Layers() {
		if v := viewOf(r, d); v.May(view.Query) {
			out = append(out, search.Layer{Definition: d, View: v.For(view.Query)})
		}
	}
	return out, nil
}

// coordinates reads a place in text.
func coordinates(ctx context.Context, city *City, text string) (searchResult, bool) {
	c, ok := search.ParseCoordinates(text)
	if !ok {
		return searchResult{}, false
	}
	if !c.Projected {
		p := c.Resolve(city.Store.City().Center)
		return searchResult{Kind: "coordinates", Title: latLonText(p), Subtitle: "WGS 84", Point: &p}, true
	}
	p, ok := fromCity(ctx, city, c)
	if !ok {
		return searchResult{}, false
	}
	return searchResult{Kind: "coordinates", Title: strings.TrimSpace(text), Subtitle: city.Store.CityCRS() + " · " + latLonText(p), Point: rounded(&p)}, true
}

// fromCity resolves coordinates of the city's own CRS: x to the east first, as
// maps have it, unless only the order of geodesists, x to the north, is near
// the city.
func fromCity(ctx context.Context, city *City, c search.Coordinates) (orb.Point, bool) {
	for _, p := range []orb.Point{{c.First, c.Second}, {c.Second, c.First}} {
		place, err := city.Store.FromCity(ctx, p)
		if err == nil && geo.Distance(place, city.Store.City().Center) < cityReach {
			return place, true
		}
	}
	return orb.Point{}, false
}

// latLonText writes a point as people read it aloud: "55.75580° N, 37.61760° E".
func latLonText(p orb.Point) string {
	northing, easting := "N", "E"
	if p[1] < 0 {
		northing = "S"
	}
	if p[0] < 0 {
		easting = "W"
	}
	return fmt.Sprintf("%.5f° %s, %.5f° %s", math.Abs(p[1]), northing, math.Abs(p[0]), easting)
}

func rounded(p *orb.Point) *orb.Point {
	if p == nil {
		return nil
	}
	round := func(x float64) float64 { return math.Round(x*coordinateDigits) / coordinateDigits }
	return &orb.Point{round(p[0]), round(p[1])}
}
