package server

import (
	"net/http"
	"slices"

	"kvartal"
	"kvartal/layers"
	"kvartal/styles"
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

// ogcStyles answers /ogc/styles (20-009, core): the themes of the map.
func (s *Server) ogcStyles(w http.ResponseWriter, o *ogcRequest) error {
	list := styleList{Default: string(styles.Day), Links: o.selfLinks()}
	for _, theme := range styles.Themes() {
		list.Styles = append(list.Styles, styleItem{string(theme), o.T("theme " + string(theme)), []link{
			o.styleSheetLink(theme),
			{Href: o.at("/styles/"+string(theme)+"/metadata", format{}), Rel: "describedby", Type: formatJSON.Media(), Title: o.T("theme " + string(theme))},
		}})
	}
	return o.represent(w, htmlPage{template: "document", Title: o.T("styles")}, list)
}

// ogcStyle answers /ogc/styles/{styleId} (20-009, mapbox-styles).
func (s *Server) ogcStyle(w http.ResponseWriter, o *ogcRequest) error {
	theme, err := o.theme()
	if err != nil {
		return err
	}
	request := styles.Request{Theme: theme, Lang: o.lang, Origin: s.origin(o.Request)}
	for _, l := range o.layers(view.See) {
		request.Views = append(request.Views, l.View)
	}
	document, err := o.city.Styles.Document(request)
	if err != nil {
		return err
	}
	return respond(w, o.Request, mapboxStyleType, document)
}

func (o *ogcRequest) styleSheetLink(theme styles.Theme) link {
	return link{Href: o.at("/styles/"+string(theme), formatMapbox), Rel: "stylesheet", Type: mapboxStyleType, Title: o.T("theme " + string(theme))}
}

// theme resolves {styleId}.
func (o *ogcRequest) theme() (styles.Theme, error) {
	name, err := variable(o.Request, "styleId")
	if err != nil {
		return "", err
	}
	if theme := styles.Theme(name); slices.Contains(styles.Themes(), theme) {
		return theme, nil
	}
	return "", kvartal.Errorf(kvartal.KindNotFound, "there is no style %.40q: /ogc/styles lists them", name)
}

type styleMetadata struct {
	ID          string       `json:"id"`
	Title       string       `json:"title"`
	Scope       string       `json:"scope"`
	Stylesheets []stylesheet `json:"stylesheets"`
	Layers      []styleLayer `json:"layers"`
	Links       []link       `json:"links"`
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
	theme, err := o.theme()
	if err != nil {
		return err
	}
	title := o.T("theme " + string(theme))
	doc := styleMetadata{ID: string(theme), Title: title, Scope: "style", Links: o.selfLinks(), Layers: []styleLayer{}}
	doc.Stylesheets = []stylesheet{{title, "8", "https://maplibre.org/maplibre-style-spec/", true, o.styleSheetLink(theme)}}
	for _, l := range o.layers(view.See) {
		d := l.Definition
		if !d.HasGeometry() {
			continue
		}
		doc.Layers = append(doc.Layers, styleLayer{string(d.ID), "vector", styleGeometry(d.Geometry), link{
			Href: o.at(collectionPath(d)+"/tiles", formatJSON), Rel: "data", Type: formatJSON.Media(), Title: o.text(d.Title),
		}})
	}
	return o.represent(w, htmlPage{template: "document", Title: title}, doc)
}

// styleGeometry names what a layer is drawn from.
func styleGeometry(g layers.Geometry) string {
	if d := g.Dimension(); d >= 0 {
		return [...]string{"points", "lines", "polygons"}[d]
	}
	return "any"
}
