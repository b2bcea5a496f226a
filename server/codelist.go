package server

import (
	"net/http"
	"net/url"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"
)

// codelistDocument is the codes of an attribute and what they mean.
type codelistDocument struct {
	ID          string         `json:"id"`
	Title       string         `json:"title"`
	Description string         `json:"description,omitempty"`
	Codes       []codeDocument `json:"codes"`
	Links       []link         `json:"links"`
}

type codeDocument struct {
	Value any    `json:"value"`
	Title string `json:"title"`
}

// codelist answers …/codelists/{codelistId}, to which schemas refer
// (23-058r2, /req/profile-codelists/codelist-ref).
func (s *Server) codelist(w http.ResponseWriter, o *ogcRequest) error {
	l, err := o.layer(view.Query)
	if err != nil {
		return err
	}
	name, err := variable(o.Request, "codelistId")
	if err != nil {
		return err
	}
	f, known := l.Definition.Field(name)
	if !known || len(f.Codes) == 0 || !l.View.For(view.Query).Readable(name) {
		return kvartal.Errorf(kvartal.KindNotFound, "layer %q has no codelist %.60q", l.Definition.ID, name)
	}
	doc := codelistDocument{
		ID: f.Name, Title: o.text(f.Title), Description: o.text(f.Description), Links: o.selfLinks(),
	}
	for _, code := range f.Codes {
		doc.Codes = append(doc.Codes, codeDocument{codeValue(f, code), o.text(code.Title)})
	}
	return o.represent(w, o.layerPage("document", doc.Title, &l), doc)
}

// codelistAddress is where the codelist of an attribute is.
func (o *ogcRequest) codelistAddress(d *layers.Definition, f layers.Field) string {
	return o.root + collectionPath(d) + "/codelists/" + url.PathEscape(f.Name)
}
