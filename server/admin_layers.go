package server

import (
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"
)

type adminLayer struct {
	ID         kvartal.LayerID  `json:"id"`
	Title      string           `json:"title"`
	Group      string           `json:"group"`
	Geometry   bool             `json:"geometry"`
	Closed     bool             `json:"closed"` // the rights of the definition do not hold
	Areas      bool             `json:"areas"`  // its features can be areas of grants
	Attributes []adminAttribute `json:"attributes"`
}

type adminAttribute struct {
	Name     string           `json:"name"`
	Title    string           `json:"title"`
	Type     layers.FieldType `json:"type"`
	Personal bool             `json:"personal"`
	Codes    []adminCode      `json:"codes"`
	Tiles    tilesCarry       `json:"tiles"`
}

// tilesCarry is for whom tiles carry an attribute that may be read.
type tilesCarry string

const (
	carryDrawn    tilesCarry = "drawn"    // for all who may see the layer: the style draws it
	carryExported tilesCarry = "exported" // for those who may export the layer too
	carryNever    tilesCarry = "never"
)

// carried says for whom tiles carry an attribute.
func carried(city *City, d *layers.Definition, f layers.Field) tilesCarry {
	switch {
	case !d.HasGeometry() || !f.Tile || f.Personal:
		return carryNever
	case slices.Contains(city.Styles.Fields(d.ID), f.Name):
		return carryDrawn
	}
	return carryExported
}

type adminCode struct {
	Value string `json:"value"`
	Title string `json:"title"`
}

// adminLayers answers /admin/layers: what grants can be given on. It tells of
// definitions, not of what is in the layers.
func (s *Server) adminLayers(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "lang"); err != nil {
		return err
	}
	language, err := lang(r)
	if err != nil {
		return err
	}
	all := []adminLayer{}
	for _, d := range city.Store.Registry().Layers() {
		l := adminLayer{
			ID: d.ID, Title: d.Title.In(language), Group: d.Group, Geometry: d.HasGeometry(),
			Closed: city.Auth.Policy().Closed(d.ID), Areas: d.Geometry.Dimension() == 2, Attributes: []adminAttribute{},
		}
		for _, f := range d.Fields {
			a := adminAttribute{f.Name, f.Title.In(language), f.Type, f.Personal, []adminCode{}, carried(city, d, f)}
			for _, code := range f.Codes {
				a.Codes = append(a.Codes, adminCode{code.Value, code.Title.In(language)})
			}
			l.Attributes = append(l.Attributes, a)
		}
		all = append(all, l)
	}
	return respondJSON(w, r, "application/json", map[string]any{"actions": view.Actions(), "layers": all})
}

// closeLayer answers PUT /admin/layers/{layer}: whether the rights of its own
// definition hold.
func (s *Server) closeLayer(w http.ResponseWriter, r *http.Request, city *City) error {
	var body struct{ Closed *bool }
	if err := decodeJSON(w, r, maxAdministration, &body); err != nil {
		return err
	}
	id := kvartal.LayerID(mux.Vars(r)["layer"])
	if !slices.ContainsFunc(city.Store.Registry().Layers(), func(d *layers.Definition) bool { return d.ID == id }) {
		return kvartal.Errorf(kvartal.KindNotFound, "there is no layer %.60q", id)
	}
	if body.Closed == nil {
		return kvartal.Errorf(kvartal.KindInvalid, "say whether the layer is closed").In("closed")
	}
	return done(w, city.Auth.Close(r.Context(), actor(r), id, *body.Closed))
}
