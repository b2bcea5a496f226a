package server

import (
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"kvartal"
	"kvartal/tiles"
	"kvartal/view"
)

const mvtType = "application/vnd.mapbox-vector-tile"

// variable returns a part of the path, unescaped.
func variable(r *http.Request, name string) (string, error) {
	v, err := url.PathUnescape(mux.Vars(r)[name])
	if err != nil {
		return "", kvartal.Errorf(kvartal.KindInvalid, "the address has a broken %% escape")
	}
	return v, nil
}

// tile answers /tiles/{layers}/{z}/{x}/{y}.mvt.
func (s *Server) tile(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r); err != nil {
		return err
	}
	vars := mux.Vars(r)
	address, err := tiles.ParseAddress(vars["z"], vars["x"], vars["y"])
	if err != nil {
		return err
	}
	names, err := variable(r, "layers")
	if err != nil {
		return err
	}
	wanted, err := layersFor(r, city, names, view.See)
	if err != nil {
		return err
	}
	tile, err := city.Tiles.Tile(r.Context(), wanted, address)
	if err != nil {
		return err
	}
	return respond(w, r, mvtType, tile)
}

// tileJSON answers /tiles/{layers}.json (TileJSON 3.0.0).
func (s *Server) tileJSON(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r); err != nil {
		return err
	}
	names, err := variable(r, "layers")
	if err != nil {
		return err
	}
	wanted, err := layersFor(r, city, names, view.See)
	if err != nil {
		return err
	}
	bounds, err := boundsOf(r.Context(), city, wanted)
	if err != nil {
		return err
	}
	template := s.origin(r) + "/tiles/" + url.PathEscape(names) + "/{z}/{x}/{y}.mvt"
	return respondJSON(w, r, "application/json", tiles.NewTileJSON(wanted, template, bounds))
}
