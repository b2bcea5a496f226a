package server

import (
	"net/http"
)

// OGC API – Features – Part 1: Core (17-069r4), as far as conformance declares.

const (
	crs84        = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
	defaultLimit = 100
)

type link struct {
	Href  string `json:"href"`
	Rel   string `json:"rel"`
	Type  string `json:"type,omitempty"`
	Title string `json:"title,omitempty"`
}

type landingPage struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Links       []link `json:"links"`
}

// landing answers /ogc (17-069r4, section 7.2).
func (s *Server) landing(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "f"); err != nil {
		return err
	}
	root := s.origin(r) + "/ogc"
	return respondJSON(w, r, "application/json", landingPage{
		Title:       city.Store.City().Title.En,
		Description: "Layers of the city as OGC API Features.",
		Links: []link{
			{root, "self", "application/json", "This document"},
			{root + "/conformance", "conformance", "application/json", "What this API conforms to"},
			{root + "/collections", "data", "application/json", "The layers"},
		},
	})
}

// conformance answers /ogc/conformance. A class is declared when its tests pass.
func (s *Server) conformance(w http.ResponseWriter, r *http.Request, _ *City) error {
	if err := parameters(r, "f"); err != nil {
		return err
	}
	return respondJSON(w, r, "application/json", map[string][]string{"conformsTo": {
		"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
		"http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
		"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
	}})
}
