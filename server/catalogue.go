package server

import (
	"net/http"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/view"
)

// catalogue is what a client must know to offer the city's layers.
type catalogue struct {
	Languages []string         `json:"languages"`
	City      catalogueCity    `json:"city"`
	Groups    []catalogueGroup `json:"groups"`
	Layers    []catalogueLayer `json:"layers"`
}

type catalogueCity struct {
	Title  string      `json:"title"`
	Center [2]float64  `json:"center"` // longitude, latitude
	Zoom   float64     `json:"zoom"`
	Bounds *[4]float64 `json:"bounds"`
	CRS    crs         `json:"crs"`
}

type crs struct {
	SRID  int    `json:"srid"`
	Title string `json:"title"`
}

type catalogueGroup struct {
	ID     string            `json:"id"`
	Title  string            `json:"title"`
	Layers []kvartal.LayerID `json:"layers"`
}

type catalogueLayer struct {
	ID          kvartal.LayerID  `json:"id"`
	Title       string           `json:"title"`
	Description string           `json:"description,omitempty"`
	Group       string           `json:"group"`
	Geometry    layers.Geometry  `json:"geometry"`
	MinZoom     int              `json:"minZoom"`
	MaxZoom     int              `json:"maxZoom"`
	Label       *string          `json:"label"`
	Shown       bool             `json:"shown"` // when the map opens
	Attribution string           `json:"attribution,omitempty"`
	Bounds      *[4]float64      `json:"bounds"`
	Actions     []view.Action    `json:"actions"`
	Fields      []catalogueField `json:"fields"`
	Table       bool             `json:"table"`          // /table answers
	Searchable  bool             `json:"searchable"`     // /search looks into it
	Links       bool             `json:"links"`          // /related may know more
	Live        bool             `json:"live,omitempty"` // /live/{id}/events tells what moves
}

type catalogueField struct {
	Name  string            `json:"name"`
	Type  layers.FieldType  `json:"type"`
	Title string            `json:"title"`
	Unit  string            `json:"unit,omitempty"`
	Codes map[string]string `json:"codes,omitempty"`
}

// catalogue answers /catalogue.json with the layers the principal may use.
func (s *Server) catalogue(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "lang"); err != nil {
		return err
	}
	language, err := lang(r)
	if err != nil {
		return err
	}
	registry := city.Store.Registry()
	c := catalogue{Languages: layers.Languages(), Groups: []catalogueGroup{}, Layers: []catalogueLayer{}}
	members := map[string][]kvartal.LayerID{}
	var all []tiles.Layer
	for _, d := range registry.Layers() {
		v := viewOf(r, d)
		if len(v.Actions) == 0 {
			continue
		}
		bounds, err := boundsOf(r.Context(), city, []tiles.Layer{{Definition: d, View: v}})
		if err != nil {
			return err
		}
		all = append(all, tiles.Layer{Definition: d, View: v})
		members[d.Group] = append(members[d.Group], d.ID)
		c.Layers = append(c.Layers, newCatalogueLayer(r, city, d, v, language, bounds))
	}
	for _, g := range registry.Groups() {
		if ids := members[g.ID]; ids != nil {
			c.Groups = append(c.Groups, catalogueGroup{ID: g.ID, Title: g.Title.In(language), Layers: ids})
		}
	}
	bounds, err := boundsOf(r.Context(), city, all)
	if err != nil {
		return err
	}
	place := city.Store.City()
	c.City = catalogueCity{
		Title: place.Title.In(language), Center: place.Center, Zoom: place.Zoom, Bounds: corners(bounds),
		CRS: crs{int(city.Store.CitySRID()), city.Store.CityCRS()},
	}
	return respondJSON(w, r, "application/json", c)
}

func newCatalogueLayer(r *http.Request, city *City, d *layers.Definition, v view.View, language string, bounds *orb.Bound) catalogueLayer {
	l := catalogueLayer{
		ID: d.ID, Title: d.Title.In(language), Description: d.Description.In(language), Group: d.Group,
		Geometry: d.Geometry, MinZoom: d.Tiles.MinZoom, MaxZoom: d.Tiles.MaxZoom, Shown: d.Shown,
		Attribution: d.Attribution, Bounds: corners(bounds), Actions: v.Actions, Fields: []catalogueField{},
		Table: v.May(view.Query), Searchable: v.May(view.Query) && city.Search.Searchable(d.ID),
		Links: len(relationsFrom(r, city, v)) > 0, Live: d.Live != nil && v.May(view.See),
	}
	if d.Label != "" && v.Readable(d.Label) {
		l.Label = &d.Label
	}
	for _, f := range d.Fields {
		if v.Readable(f.Name) {
			l.Fields = append(l.Fields, newCatalogueField(f, language))
		}
	}
	return l
}

func newCatalogueField(f layers.Field, language string) catalogueField {
	out := catalogueField{Name: f.Name, Type: f.Type, Title: f.Title.In(language), Unit: f.Unit}
	for _, code := range f.Codes {
		if out.Codes == nil {
			out.Codes = map[string]string{}
		}
		out.Codes[code.Value] = code.Title.In(language)
	}
	return out
}

func corners(b *orb.Bound) *[4]float64 {
	if b == nil {
		return nil
	}
	return &[4]float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
}
