package server

import (
	"net/http"

	"kvartal"
	"kvartal/tiles"
	"kvartal/view"
)

type collection struct {
	ID          kvartal.LayerID `json:"id"`
	Title       string          `json:"title"`
	Description string          `json:"description,omitempty"`
	Attribution string          `json:"attribution,omitempty"`
	Extent      *extent         `json:"extent,omitempty"`
	ItemType    string          `json:"itemType"`
	CRS         []string        `json:"crs"`
	Links       []link          `json:"links"`
}

type extent struct {
	Spatial spatialExtent `json:"spatial"`
}

type spatialExtent struct {
	BBox [][4]float64 `json:"bbox"`
	CRS  string       `json:"crs"`
}

type collectionsPage struct {
	Links       []link       `json:"links"`
	Collections []collection `json:"collections"`
}

// collections answers /ogc/collections (17-069r4, section 7.13).
func (s *Server) collections(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "f", "lang"); err != nil {
		return err
	}
	page := collectionsPage{
		Links:       []link{{s.origin(r) + "/ogc/collections", "self", "application/json", "This document"}},
		Collections: []collection{},
	}
	for _, d := range city.Store.Registry().Layers() {
		v := viewOf(r, d)
		if !v.May(view.Query) {
			continue
		}
		c, err := s.newCollection(r, city, tiles.Layer{Definition: d, View: v})
		if err != nil {
			return err
		}
		page.Collections = append(page.Collections, c)
	}
	return respondJSON(w, r, "application/json", page)
}

// collection answers /ogc/collections/{collection}.
func (s *Server) collection(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "f", "lang"); err != nil {
		return err
	}
	l, err := s.collectionLayer(r, city)
	if err != nil {
		return err
	}
	c, err := s.newCollection(r, city, l)
	if err != nil {
		return err
	}
	return respondJSON(w, r, "application/json", c)
}

// collectionLayer resolves {collection} to a layer that may be queried.
func (s *Server) collectionLayer(r *http.Request, city *City) (tiles.Layer, error) {
	name, err := variable(r, "collection")
	if err != nil {
		return tiles.Layer{}, err
	}
	d, err := city.Store.Registry().Layer(kvartal.LayerID(name))
	if err != nil {
		return tiles.Layer{}, err
	}
	v := viewOf(r, d)
	return tiles.Layer{Definition: d, View: v}, v.Require(view.Query)
}

func (s *Server) newCollection(r *http.Request, city *City, l tiles.Layer) (collection, error) {
	language, err := lang(r)
	if err != nil {
		return collection{}, err
	}
	d := l.Definition
	self := s.origin(r) + "/ogc/collections/" + string(d.ID)
	c := collection{
		ID: d.ID, Title: d.Title.In(language), Description: d.Description.In(language), Attribution: d.Attribution,
		ItemType: "feature", CRS: []string{crs84},
		Links: []link{
			{self, "self", "application/json", "This document"},
			{self + "/items", "items", geoJSONType, d.Title.In(language)},
		},
	}
	bounds, err := boundsOf(r.Context(), city, []tiles.Layer{l})
	if err != nil {
		return collection{}, err
	}
	if bounds != nil {
		c.Extent = &extent{spatialExtent{[][4]float64{*corners(bounds)}, crs84}}
	}
	return c, nil
}
