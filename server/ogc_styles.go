package server

import (
	"net/http"
	"slices"

	"kvartal"
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
			{Href: o.root + "/styles/" + string(theme) + "?f=mapbox", Rel: "stylesheet", Type: mapboxStyleType, Title: o.T("theme " + string(theme))},
		}})
	}
	return o.represent(w, htmlPage{template: "document", Title: o.T("styles")}, list)
}

// ogcStyle answers /ogc/styles/{styleId} (20-009, mapbox-styles).
func (s *Server) ogcStyle(w http.ResponseWriter, o *ogcRequest) error {
	theme, err := variable(o.Request, "styleId")
	if err != nil {
		return err
	}
	request := styles.Request{Theme: styles.Theme(theme), Lang: o.lang, Origin: s.origin(o.Request)}
	for _, l := range o.layers(view.See) {
		request.Views = append(request.Views, l.View)
	}
	if !slices.Contains(styles.Themes(), request.Theme) {
		return kvartal.Errorf(kvartal.KindNotFound, "there is no style %.40q: /ogc/styles lists them", theme)
	}
	document, err := o.city.Styles.Document(request)
	if err != nil {
		return err
	}
	return respond(w, o.Request, mapboxStyleType, document)
}
