package server

import (
	"net/http"

	"kvartal"
	"kvartal/layers"
	"kvartal/styles"
	"kvartal/view"
)

// styleRequest reads what /styles and /legends.json have in common.
func (s *Server) styleRequest(r *http.Request, city *City, theme string) (styles.Request, error) {
	language, err := lang(r)
	if err != nil {
		return styles.Request{}, err
	}
	request := styles.Request{Theme: styles.Theme(theme), Lang: language, Origin: s.origin(r)}
	if names := r.URL.Query().Get("layers"); names != "" {
		wanted, err := layersFor(r, city, names, view.See)
		for _, l := range wanted {
			request.Views = append(request.Views, l.View)
		}
		return request, err
	}
	for _, d := range city.Store.Registry().Layers() {
		if v := viewOf(r, d); v.May(view.See) {
			request.Views = append(request.Views, v.For(view.See))
		}
	}
	return request, nil
}

// style answers /styles/{theme}.json.
func (s *Server) style(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "lang", "layers"); err != nil {
		return err
	}
	theme, err := variable(r, "theme")
	if err != nil {
		return err
	}
	request, err := s.styleRequest(r, city, theme)
	if err != nil {
		return err
	}
	document, err := city.Styles.Document(request)
	if err != nil {
		return err
	}
	return respond(w, r, "application/json", document)
}

// legends answers /legends.json.
func (s *Server) legends(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "theme", "lang", "layers"); err != nil {
		return err
	}
	theme := r.URL.Query().Get("theme")
	if theme == "" {
		theme = string(styles.Day)
	}
	request, err := s.styleRequest(r, city, theme)
	if err != nil {
		return err
	}
	legend, err := city.Styles.Legend(request)
	if err != nil {
		return err
	}
	return respondJSON(w, r, "application/json", legend)
}

// glyphs answers /fonts/{stack}/{range}.pbf, for clients that draw text from
// signed distance fields.
func (s *Server) glyphs(w http.ResponseWriter, r *http.Request, city *City) error {
	stack, err := variable(r, "stack")
	if err != nil {
		return err
	}
	codes, err := variable(r, "range")
	if err != nil {
		return err
	}
	if len(stack) > 400 {
		return kvartal.Errorf(kvartal.KindTooLarge, "the list of fonts is too long").In("fontstack")
	}
	pbf, err := city.Styles.Glyphs(stack, codes)
	if err != nil {
		return err
	}
	return respond(w, r, "application/x-protobuf", pbf)
}

// layerSchema answers /schemas/layer.json, for editors of layer definitions.
func (s *Server) layerSchema(w http.ResponseWriter, r *http.Request, _ *City) error {
	return respond(w, r, "application/schema+json", layers.Schema())
}
