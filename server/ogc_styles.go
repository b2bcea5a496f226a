package server

import (
	"net/http"
	"slices"
	"time"

	"kvartal"
	"kvartal/layers"
	"kvartal/styles"
	"kvartal/tiles"
	"kvartal/view"
)

const mapboxStyleType = "application/vnd.mapbox.style+json"

type styleList struct {
	Default string      `json:"default"`
	Styles  []styleItem `json:"styles"`
	Links   []link      `json:"links"`
}

type styleItem struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Links []link `json:"links"`
}

// mapStyle is a style as its reader may see it: a theme of the program, or one
// that people made.
type mapStyle struct {
	id, title string
	document  []byte // nil of a theme, which is made when it is asked for
	draws     []kvartal.LayerID
	stored    styles.Stored
}

// ogcStyles answers /ogc/styles (20-009, core): the themes of the map, and the
// styles that people made.
func (s *Server) ogcStyles(w http.ResponseWriter, o *ogcRequest) error {
	all := o.themes()
	var made []styles.Stored
	if o.city.Shelf != nil {
		var err error
		if made, err = o.city.Shelf.All(o.ctx()); err != nil {
			return err
		}
	}
	for _, stored := range made {
		style, visible, err := o.storedStyle(stored)
		if err != nil {
			return err
		}
		if visible {
			all = append(all, style)
		}
	}
	list := styleList{Default: string(styles.Day), Links: o.selfLinks()}
	for _, style := range all {
		list.Styles = append(list.Styles, styleItem{style.id, style.title, []link{
			o.styleSheetLink(style),
			{Href: o.at("/styles/"+style.id+"/metadata", format{}), Rel: "describedby", Type: formatJSON.Media(), Title: style.title},
		}})
	}
	return o.represent(w, htmlPage{template: "document", Title: o.T("styles")}, list)
}

func (o *ogcRequest) themes() []mapStyle {
	var all []mapStyle
	for _, theme := range styles.Themes() {
		all = append(all, o.themeStyle(theme))
	}
	return all
}

func (o *ogcRequest) themeStyle(theme styles.Theme) mapStyle {
	style := mapStyle{id: string(theme), title: o.T("theme " + string(theme))}
	for _, l := range o.layers(view.See) {
		style.draws = append(style.draws, l.Definition.ID)
	}
	return style
}

// storedStyle is what a reader may see of a style that people made; false if
// that is nothing.
func (o *ogcRequest) storedStyle(stored styles.Stored) (mapStyle, bool, error) {
	sheet, err := o.city.Styles.Sheet(stored.Document, o.origin())
	if err != nil {
		return mapStyle{}, false, err
	}
	document, visible, err := sheet.For(views(o.layers(view.See)))
	return mapStyle{id: stored.ID, title: stored.Title, document: document, draws: sheet.Draws(), stored: stored}, visible, err
}

func views(all []tiles.Layer) []view.View {
	var out []view.View
	for _, l := range all {
		out = append(out, l.View)
	}
	return out
}

// origin is the scheme and host of the request.
func (o *ogcRequest) origin() string { return o.root[:len(o.root)-len("/ogc")] }

// style resolves {styleId}.
func (o *ogcRequest) style() (mapStyle, error) {
	id, err := variable(o.Request, "styleId")
	if err != nil {
		return mapStyle{}, err
	}
	if theme := styles.Theme(id); slices.Contains(styles.Themes(), theme) {
		return o.themeStyle(theme), nil
	}
	none := kvartal.Errorf(kvartal.KindNotFound, "there is no style %.40q: /ogc/styles lists them", id)
	if o.city.Shelf == nil {
		return mapStyle{}, none
	}
	stored, err := o.city.Shelf.Get(o.ctx(), id)
	if err != nil {
		return mapStyle{}, err
	}
	style, visible, err := o.storedStyle(stored)
	if err == nil && !visible {
		err = none
	}
	return style, err
}

// ogcStyle answers /ogc/styles/{styleId} (20-009, mapbox-styles).
func (s *Server) ogcStyle(w http.ResponseWriter, o *ogcRequest) error {
	style, err := o.style()
	if err != nil {
		return err
	}
	if style.document != nil {
		return respondVersion(w, o.Request, mapboxStyleType, versionTag(style.stored.Version), style.document)
	}
	document, err := o.city.Styles.Document(styles.Request{
		Theme: styles.Theme(style.id), Lang: o.lang, Origin: o.origin(), Views: views(o.layers(view.See)),
	})
	if err != nil {
		return err
	}
	return respond(w, o.Request, mapboxStyleType, document)
}

func (o *ogcRequest) styleSheetLink(style mapStyle) link {
	return link{Href: o.at("/styles/"+style.id, formatMapbox), Rel: "stylesheet", Type: mapboxStyleType, Title: style.title}
}

type styleMetadata struct {
	ID             string       `json:"id"`
	Title          string       `json:"title"`
	PointOfContact string       `json:"pointOfContact,omitempty"`
	Created        *time.Time   `json:"created,omitempty"`
	Updated        *time.Time   `json:"updated,omitempty"`
	Scope          string       `json:"scope"`
	Version        string       `json:"version,omitempty"`
	Stylesheets    []stylesheet `json:"stylesheets"`
	Layers         []styleLayer `json:"layers"`
	Links          []link       `json:"links"`
}

type stylesheet struct {
	Title         string `json:"title"`
	Version       string `json:"version"`
	Specification string `json:"specification"`
	Native        bool   `json:"native"`
	Link          link   `json:"link"`
}

type styleLayer struct {
	ID         string `json:"id"`
	DataType   string `json:"dataType"`
	Geometry   string `json:"geometryType"`
	SampleData link   `json:"sampleData"`
}

// styleMetadata answers /ogc/styles/{styleId}/metadata (20-009, core).
func (s *Server) styleMetadata(w http.ResponseWriter, o *ogcRequest) error {
	style, err := o.style()
	if err != nil {
		return err
	}
	doc := styleMetadata{ID: style.id, Title: style.title, Scope: "style", Links: o.selfLinks(), Layers: []styleLayer{}}
	doc.Stylesheets = []stylesheet{{style.title, "8", "https://maplibre.org/maplibre-style-spec/", true, o.styleSheetLink(style)}}
	if style.document != nil {
		doc.Created, doc.Updated = &style.stored.Created, &style.stored.Changed
		doc.Version = versionTag(style.stored.Version)
	}
	for _, l := range o.layers(view.See) {
		d := l.Definition
		if !d.HasGeometry() || !slices.Contains(style.draws, d.ID) {
			continue
		}
		doc.Layers = append(doc.Layers, styleLayer{string(d.ID), "vector", styleGeometry(d.Geometry), link{
			Href: o.at(collectionPath(d)+"/tiles", formatJSON), Rel: "data", Type: formatJSON.Media(), Title: o.text(d.Title),
		}})
	}
	return o.represent(w, htmlPage{template: "document", Title: style.title}, doc)
}

// styleGeometry names what a layer is drawn from.
func styleGeometry(g layers.Geometry) string {
	if d := g.Dimension(); d >= 0 {
		return [...]string{"points", "lines", "polygons"}[d]
	}
	return "any"
}
