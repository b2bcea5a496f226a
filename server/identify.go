package server

import (
	"context"
	"math"
	"net/http"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"golang.org/x/sync/errgroup"

	"kvartal"
	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/view"
)

const (
	// touchPixels is how far from a click a feature may lie, in CSS pixels.
	touchPixels = 6
	// identifyPerLayer is how many features of one layer an answer holds.
	identifyPerLayer = 10
	// identifyAtOnce bounds the statements of one request that run at a time.
	identifyAtOnce = 4
)

type identifyAnswer struct {
	Results []identifyResult `json:"results"`
	// Errors names the layers that could not be asked; the others are complete.
	Errors []failedLayer `json:"errors"`
}

type identifyResult struct {
	Layer    kvartal.LayerID    `json:"layer"`
	Features []*geojson.Feature `json:"features"`

	dimension int
	area      float64
}

// identify answers /identify: what is at a place, over all layers asked for,
// what is small before what is large.
func (s *Server) identify(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "lon", "lat", "zoom", "layers", "lang"); err != nil {
		return err
	}
	lon, err := number(r, "lon", -180, 180)
	if err != nil {
		return err
	}
	lat, err := number(r, "lat", -85.06, 85.06)
	if err != nil {
		return err
	}
	zoom, err := number(r, "zoom", 0, 24)
	if err != nil {
		return err
	}
	names := r.URL.Query().Get("layers")
	if names == "" {
		return respondJSON(w, r, "application/json", identifyAnswer{Results: []identifyResult{}, Errors: []failedLayer{}})
	}
	wanted, err := layersFor(r, city, names, view.Identify)
	if err != nil {
		return err
	}
	language, err := lang(r)
	if err != nil {
		return err
	}
	place := layers.Place{Point: orb.Point{lon, lat}, Radius: touchRadius(lat, zoom), Limit: identifyPerLayer}
	return respondJSON(w, r, "application/json", s.identifyAt(r.Context(), city, wanted, place, language))
}

// touchRadius is touchPixels on the ground in metres, for tiles of 512 pixels.
func touchRadius(lat, zoom float64) float64 {
	const equator = 40_075_016.686
	return touchPixels * equator * math.Cos(lat*math.Pi/180) / (512 * math.Exp2(zoom))
}

func (s *Server) identifyAt(ctx context.Context, city *City, wanted []tiles.Layer, place layers.Place, language string) identifyAnswer {
	found := make([][]kvartal.Feature, len(wanted))
	failed := make([]error, len(wanted))
	var group errgroup.Group
	group.SetLimit(identifyAtOnce)
	for i, l := range wanted {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, layerTimeout)
			defer cancel()
			found[i], failed[i] = city.Store.Identify(ctx, l.View, place)
			return nil
		})
	}
	_ = group.Wait() // failures stay with their layer
	answer := identifyAnswer{Results: []identifyResult{}, Errors: []failedLayer{}}
	for i, l := range wanted {
		if failed[i] != nil {
			s.config.Log.WarnContext(ctx, "identify failed in one layer", "layer", l.Definition.ID, "error", failed[i])
			answer.Errors = append(answer.Errors, newFailedLayer(l.Definition.ID, l.Definition.Title, failed[i], language))
		} else if len(found[i]) > 0 {
			answer.Results = append(answer.Results, newIdentifyResult(l, found[i]))
		}
	}
	slices.SortStableFunc(answer.Results, smallerFirst)
	return answer
}

func newIdentifyResult(l tiles.Layer, features []kvartal.Feature) identifyResult {
	result := identifyResult{Layer: l.Definition.ID}
	for _, f := range features {
		result.Features = append(result.Features, newGeoJSON(f))
	}
	first := features[0].Geometry
	result.dimension = first.Dimensions()
	bound := first.Bound()
	result.area = (bound.Max[0] - bound.Min[0]) * (bound.Max[1] - bound.Min[1])
	return result
}

// smallerFirst puts points before lines before areas, and small areas before
// those that surround them.
func smallerFirst(a, b identifyResult) int {
	if a.dimension != b.dimension {
		return a.dimension - b.dimension
	}
	switch {
	case a.dimension < 2 || a.area == b.area:
		return 0
	case a.area < b.area:
		return -1
	}
	return 1
}

type transformAnswer struct {
	SRID  int     `json:"srid"`
	Title string  `json:"title"`
	X     float64 `json:"x"`
	Y     float64 `json:"y"`
}

// transform answers /transform: a point in the city's own CRS.
func (s *Server) transform(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "lon", "lat"); err != nil {
		return err
	}
	lon, err := number(r, "lon", -180, 180)
	if err != nil {
		return err
	}
	lat, err := number(r, "lat", -90, 90)
	if err != nil {
		return err
	}
	p, err := city.Store.ToCity(r.Context(), orb.Point{lon, lat})
	if err != nil {
		return err
	}
	return respondJSON(w, r, "application/json", transformAnswer{
		SRID: int(city.Store.CitySRID()), Title: city.Store.CityCRS(), X: p[0], Y: p[1],
	})
}
