package server

import (
	"net/http"

	"kvartal"
	"kvartal/tiles"
	"kvartal/view"
)

type collection struct {
	ID          kvartal.LayerID `json:"id"`
	Title       string          `json:"title"`
	Description string          `json:"description,omitempty"`
	Attribution string          `json:"attribution,omitempty"`
	Extent      *extent         `json:"extent,omitempty"`
	ItemType    string          `json:"itemType"`
	CRS         []string        `json:"crs,omitempty"`
	StorageCRS  string          `json:"storageCrs,omitempty"`
	Links       []link          `json:"links"`

	provenance

	group string
}

type extent struct {
	Spatial spatialExtent `json:"spatial"`
}

type spatialExtent struct {
	BBox [][4]float64 `json:"bbox"`
	CRS  string       `json:"crs"`
}

type collectionsPage struct {
	Links       []link       `json:"links"`
	CRS         []string     `json:"crs"`
	Collections []collection `json:"collections"`
}

// collections answers /ogc/collections (17-069r4, section 7.13).
func (s *Server) collections(w http.ResponseWriter, o *ogcRequest) error {
	page := collectionsPage{Links: o.selfLinks(), Collections: []collection{}}
	for _, r := range o.references() {
		page.CRS = append(page.CRS, r.uri)
	}
	for _, l := range o.layers(view.Query) {
		c, err := o.newCollection(l)
		if err != nil {
			return err
		}
		page.Collections = append(page.Collections, c)
	}
	if o.format == formatHTML {
		return o.respondHTML(w, htmlPage{template: "collections", Title: o.T("collections")}, o.grouped(page.Collections))
	}
	return o.represent(w, htmlPage{}, page)
}

type collectionGroup struct {
	Title       string
	Collections []collection
}

// grouped parts collections, which come in the order of the layer tree, by its
// headings.
func (o *ogcRequest) grouped(all []collection) []collectionGroup {
	var groups []collectionGroup
	for _, g := range o.city.Store.Registry().Groups() {
		group := collectionGroup{Title: o.text(g.Title)}
		for _, c := range all {
			if c.group == g.ID {
				group.Collections = append(group.Collections, c)
			}
		}
		if group.Collections != nil {
			groups = append(groups, group)
		}
	}
	return groups
}

// collection answers /ogc/collections/{collectionId}. Alone it is what it is in
// the list, but for the links to its other representations.
func (s *Server) collection(w http.ResponseWriter, o *ogcRequest) error {
	l, err := o.layer(view.Query)
	if err != nil {
		return err
	}
	c, err := o.newCollection(l)
	if err != nil {
		return err
	}
	page := o.layerPage("collection", c.Title, nil)
	page.Facts = o.facts(l.Definition, c.provenance)
	return o.represent(w, page, c)
}

func (o *ogcRequest) newCollection(l tiles.Layer) (collection, error) {
	d := l.Definition
	c := collection{
		ID: d.ID, Title: o.text(d.Title), Description: o.text(d.Description), Attribution: d.Attribution,
		ItemType: "feature", Links: o.collectionLinks(l), group: d.Group,
	}
	var err error
	if c.provenance, err = o.provenance(d); err != nil || !d.HasGeometry() {
		return c, err
	}
	for _, r := range o.references() {
		c.CRS = append(c.CRS, r.uri)
	}
	c.StorageCRS = o.storageReference(d).uri
	bounds, err := boundsOf(o.ctx(), o.city, []tiles.Layer{l})
	if err != nil {
		return collection{}, err
	}
	if bounds != nil {
		c.Extent = &extent{spatialExtent{[][4]float64{*corners(bounds)}, crs84}}
	}
	return c, nil
}

func (o *ogcRequest) collectionLinks(l tiles.Layer) []link {
	path, title := collectionPath(l.Definition), o.text(l.Definition.Title)
	links := []link{
		{Href: o.at(path, formatJSON), Rel: "self", Type: formatJSON.Media(), Title: title},
		{Href: o.at(path, formatHTML), Rel: "alternate", Type: formatHTML.Media(), Hreflang: o.lang, Title: title},
	}
	for _, f := range []format{formatGeoJSON, formatHTML, formatJSONFG, formatSeq, formatCSV} {
		links = append(links, link{Href: o.at(path+"/items", f), Rel: "items", Type: f.Media(), Title: title + " (" + f.title + ")"})
	}
	for _, schema := range []struct{ name, rel string }{{"schema", relOGC + "schema"}, {"queryables", relOGC + "queryables"}, {"sortables", relOGC + "sortables"}} {
		links = append(links, link{Href: o.at(path+"/"+schema.name, format{}), Rel: schema.rel, Type: formatSchema.Media(), Title: o.T(schema.name)})
	}
	if viewOf(o.Request, l.Definition).May(view.Export) {
		for _, f := range exportFormats() {
			links = append(links, link{Href: o.at(path+"/export", f), Rel: "enclosure", Type: f.Media(), Title: o.T("download") + ": " + f.title})
		}
	}
	if l.Definition.HasGeometry() && viewOf(o.Request, l.Definition).May(view.See) {
		links = append(links, link{Href: o.root + path + "/tiles", Rel: relOGC + "tilesets-vector", Type: formatJSON.Media(), Title: o.T("tiles")})
	}
	links = append(links, link{Href: o.at("/records/"+string(l.Definition.ID), format{}), Rel: "describedby", Type: formatGeoJSON.Media(), Title: o.T("record")})
	return append(links, licenceLinks(l.Definition)...)
}
