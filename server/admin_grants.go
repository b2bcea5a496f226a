package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/gorilla/mux"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/paulmach/orb/geojson"

	"kvartal"
	"kvartal/auth"
	"kvartal/layers"
	"kvartal/view"
)

// grantForm is a grant as administrators fill it in.
type grantForm struct {
	Layer   kvartal.LayerID `json:"layer"`
	Actions []view.Action   `json:"actions"`
	// Attributes by name, or "*", with what may be done with them.
	Attributes map[string]level `json:"attributes"`
	Filter     string           `json:"filter"`
	Area       *areaForm        `json:"area"`
	Personal   bool             `json:"personal"`
}

type grantAnswer struct {
	ID int64 `json:"id"`
	grantForm

	Definition bool    `json:"definition"` // given by the definition of the layer
	Problem    *string `json:"problem"`    // why it does not fit and gives nothing
	// HeldBack are the attributes that tiles do not carry, though the grant lets
	// see the layer and read them, because it does not let export them.
	HeldBack []string `json:"heldBack"`
}

// level is what a grant lets do with an attribute.
type level string

const (
	levelHidden   level = "hidden"
	levelMasked   level = "masked"
	levelReadable level = "readable"
	levelWritable level = "writable"
)

// areaForm is a polygon in CRS84, or a feature of a layer of polygons.
type areaForm struct {
	Polygon json.RawMessage   `json:"polygon,omitempty"`
	Layer   kvartal.LayerID   `json:"layer,omitempty"`
	Feature kvartal.FeatureID `json:"feature,omitempty"`
}

// grants answers /admin/roles/{role}/grants: those of definitions too.
func (s *Server) grants(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r); err != nil {
		return err
	}
	role := mux.Vars(r)["role"]
	given, err := city.Auth.Grants(r.Context())
	if err != nil {
		return err
	}
	for _, d := range city.Store.Registry().Layers() {
		if !city.Auth.Policy().Closed(d.ID) {
			given = append(given, d.Grants()...)
		}
	}
	answer := []grantAnswer{}
	for _, g := range given {
		if g.Role == role {
			answer = append(answer, answerOf(r.Context(), city, g))
		}
	}
	return respondJSON(w, r, "application/json", map[string]any{"grants": answer})
}

func answerOf(ctx context.Context, city *City, g view.Grant) grantAnswer {
	a := grantAnswer{ID: g.ID, Definition: g.ID == 0, HeldBack: heldBack(ctx, city, g), grantForm: grantForm{
		Layer: g.Layer, Actions: g.Actions, Attributes: map[string]level{}, Filter: g.Filter, Personal: g.Personal,
	}}
	for _, listed := range []struct {
		names []string
		level level
	}{{g.Hidden, levelHidden}, {g.Masked, levelMasked}, {g.Attributes, levelReadable}, {g.Writable, levelWritable}} {
		for _, name := range listed.names {
			a.Attributes[name] = listed.level
		}
	}
	if layer, feature, ok := g.FeatureArea(); ok {
		a.Area = &areaForm{Layer: layer, Feature: feature}
	} else if area, err := wkt.Unmarshal(g.Area); err == nil {
		polygon, _ := geojson.NewGeometry(area).MarshalJSON() // of a geometry that was read
		a.Area = &areaForm{Polygon: polygon}
	}
	if err := fits(ctx, city, g); err != nil {
		problem := err.Error()
		a.Problem = &problem
	}
	return a
}

// heldBack names the attributes that a grant keeps out of tiles.
func heldBack(ctx context.Context, city *City, g view.Grant) []string {
	names := []string{}
	d, err := definitionOf(city, g.Layer)
	if err != nil || !slices.Contains(g.Actions, view.See) || hasWhole(d, g.Actions) {
		return names
	}
	rule, err := fitted(ctx, city.Store, d, g, nameless(g))
	if err != nil {
		return names
	}
	for _, f := range d.Fields {
		read := slices.Contains(rule.Attributes, f.Name) || slices.Contains(rule.Masked, f.Name)
		if read && carried(city, d, f) == carryExported {
			names = append(names, f.Name)
		}
	}
	return names
}

// fits returns why a grant does not fit its layer.
func fits(ctx context.Context, city *City, g view.Grant) error {
	d, err := definitionOf(city, g.Layer)
	if err != nil {
		return err
	}
	_, err = fitted(ctx, city.Store, d, g, nameless(g))
	return err
}

// nameless is a name by which a grant is tried: none of the public's.
func nameless(g view.Grant) string {
	if g.Role == auth.RolePublic {
		return ""
	}
	return "somebody"
}

func definitionOf(city *City, id kvartal.LayerID) (*layers.Definition, error) {
	all := city.Store.Registry().Layers()
	i := slices.IndexFunc(all, func(d *layers.Definition) bool { return d.ID == id })
	if i < 0 {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "there is no layer %.60q", id).In("layer")
	}
	return all[i], nil
}

// giveGrant answers POST /admin/roles/{role}/grants.
func (s *Server) giveGrant(w http.ResponseWriter, r *http.Request, city *City) error {
	g, err := readGrant(w, r, city)
	if err != nil {
		return err
	}
	id, err := city.Auth.Give(r.Context(), actor(r), g)
	if err != nil {
		return err
	}
	return created(w, r, http.StatusCreated, map[string]int64{"id": id})
}

// replaceGrant answers PUT /admin/roles/{role}/grants/{id}.
func (s *Server) replaceGrant(w http.ResponseWriter, r *http.Request, city *City) error {
	id, err := grantID(r)
	if err != nil {
		return err
	}
	g, err := readGrant(w, r, city)
	if err != nil {
		return err
	}
	g.ID = id
	return done(w, city.Auth.Replace(r.Context(), actor(r), g))
}

// revokeGrant answers DELETE /admin/roles/{role}/grants/{id}.
func (s *Server) revokeGrant(w http.ResponseWriter, r *http.Request, city *City) error {
	id, err := grantID(r)
	if err != nil {
		return err
	}
	return done(w, city.Auth.RevokeFrom(r.Context(), actor(r), mux.Vars(r)["role"], id))
}

func grantID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(mux.Vars(r)["id"], 10, 64)
	if err != nil || id < 1 {
		return 0, kvartal.Errorf(kvartal.KindNotFound, "there is no grant %.40q", mux.Vars(r)["id"])
	}
	return id, nil
}

// readGrant reads a grant that fits its layer.
func readGrant(w http.ResponseWriter, r *http.Request, city *City) (view.Grant, error) {
	var form grantForm
	if err := decodeJSON(w, r, maxAdministration, &form); err != nil {
		return view.Grant{}, err
	}
	g, err := form.grant(mux.Vars(r)["role"])
	if err != nil {
		return view.Grant{}, err
	}
	return g, fits(r.Context(), city, g)
}

func (f grantForm) grant(role string) (view.Grant, error) {
	g := view.Grant{Role: role, Layer: f.Layer, Actions: f.Actions, Filter: f.Filter, Personal: f.Personal}
	for name, to := range f.Attributes {
		list, ok := map[level]*[]string{levelHidden: &g.Hidden, levelMasked: &g.Masked, levelReadable: &g.Attributes, levelWritable: &g.Writable}[to]
		if !ok {
			return g, kvartal.Errorf(kvartal.KindInvalid, "attribute %.60q is %.20q: want hidden, masked, readable or writable", name, to).In("attributes")
		}
		*list = append(*list, name)
	}
	for _, list := range [][]string{g.Hidden, g.Masked, g.Attributes, g.Writable} {
		slices.Sort(list)
	}
	if f.Area == nil {
		return g, nil
	}
	if f.Area.Layer != "" {
		if f.Area.Polygon != nil || f.Area.Feature < 1 {
			return g, errArea()
		}
		g.Area = fmt.Sprintf("%s/%d", f.Area.Layer, f.Area.Feature)
		return g, nil
	}
	area, err := geojson.UnmarshalGeometry(f.Area.Polygon)
	if err != nil {
		return g, errArea()
	}
	switch area.Geometry().(type) {
	case orb.Polygon, orb.MultiPolygon:
	default:
		return g, errArea()
	}
	g.Area = wkt.MarshalString(area.Geometry())
	return g, nil
}

func errArea() error {
	return kvartal.Errorf(kvartal.KindInvalid, "the area is neither a polygon in GeoJSON nor a feature of a layer").In("area")
}
