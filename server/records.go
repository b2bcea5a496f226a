package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"kvartal"
	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/view"
)

// provenance says whose a layer is and what it is good for, in a collection and
// in a record.
type provenance struct {
	License         string    `json:"license,omitempty"`
	Contacts        []contact `json:"contacts,omitempty"`
	UpdateFrequency string    `json:"updateFrequency,omitempty"`
	Lineage         string    `json:"lineage,omitempty"`
	Quality         string    `json:"quality,omitempty"`
}

// contact is one of OGC API – Records (20-004r1, section 8.2.6).
type contact struct {
	Organization string   `json:"organization,omitempty"`
	Emails       []valued `json:"emails,omitempty"`
	Phones       []valued `json:"phones,omitempty"`
	Links        []link   `json:"links,omitempty"`
	Roles        []string `json:"roles"`
}

type valued struct {
	Value string `json:"value"`
}

// record is a layer's entry in the catalogue: a GeoJSON feature (20-004r1,
// requirement class record-core).
type record struct {
	ID         kvartal.LayerID   `json:"id"`
	Type       string            `json:"type"`
	ConformsTo []string          `json:"conformsTo"`
	Time       *struct{}         `json:"time"` // null: of no time in particular
	Geometry   *geojson.Geometry `json:"geometry"`
	Properties recordProperties  `json:"properties"`
	Links      []link            `json:"links"`
}

type recordProperties struct {
	Type        string       `json:"type"`
	Title       string       `json:"title"`
	Description string       `json:"description,omitempty"`
	Keywords    []string     `json:"keywords"`
	Languages   []spoken     `json:"resourceLanguages"`
	ExternalIDs []externalID `json:"externalIds"`
	Formats     []recordForm `json:"formats"`
	Attribution string       `json:"rights,omitempty"`
	provenance
}

type (
	spoken     struct{ Code string }
	externalID struct {
		Scheme string `json:"scheme"`
		Value  string `json:"value"`
	}
	recordForm struct {
		Name      string `json:"name"`
		MediaType string `json:"mediaType"`
	}
)

// MarshalJSON writes the code as Records has it.
func (l spoken) MarshalJSON() ([]byte, error) { return []byte(`{"code":"` + l.Code + `"}`), nil }

const (
	recordCore = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"
	// recordType is the type of every record.
	recordType = "dataset"
	// recordScheme tells ids of layers from those of others.
	recordScheme = "kvartal:layer"
)

// provenance tells what the definition of a layer says, and whether its rows were
// made up.
func (o *ogcRequest) provenance(d *layers.Definition) (provenance, error) {
	m := d.Metadata
	p := provenance{License: m.Licence.ID, UpdateFrequency: m.UpdateFrequency, Lineage: o.text(m.Lineage), Quality: o.text(m.Quality)}
	c := contact{Organization: o.text(m.Owner), Roles: []string{"owner"}}
	if m.Contact.Email != "" {
		c.Emails = []valued{{m.Contact.Email}}
	}
	if m.Contact.Phone != "" {
		c.Phones = []valued{{m.Contact.Phone}}
	}
	if m.Contact.URL != "" {
		c.Links = []link{{Href: m.Contact.URL, Rel: "about"}}
	}
	if m.Owner != (layers.Text{}) || m.Contact != (layers.Contact{}) {
		p.Contacts = []contact{c}
	}
	madeUp, err := o.city.Store.MadeUp(o.ctx(), d)
	if madeUp {
		p.Lineage, p.Quality = o.T("made up"), o.T("made up quality")
	}
	return p, err
}

// facts are a provenance for people.
func (o *ogcRequest) facts(d *layers.Definition, p provenance) []fact {
	var facts []fact
	add := func(key, text, href string) {
		if text != "" {
			facts = append(facts, fact{o.T(key), text, href})
		}
	}
	for _, c := range p.Contacts {
		add("owner", c.Organization, "")
		for _, l := range c.Links {
			add("contact", l.Href, l.Href)
		}
		for _, email := range c.Emails {
			add("contact", email.Value, "mailto:"+email.Value)
		}
		for _, phone := range c.Phones {
			add("contact", phone.Value, "tel:"+phone.Value)
		}
	}
	add("licence", p.License, d.Metadata.Licence.URL)
	if p.UpdateFrequency != "" {
		add("update frequency", o.T("frequency "+p.UpdateFrequency), "")
	}
	add("lineage", p.Lineage, "")
	add("quality", p.Quality, "")
	return facts
}

// records answers /ogc/records: the catalogue, a record for each layer that the
// principal may query.
func (s *Server) records(w http.ResponseWriter, o *ogcRequest) error {
	in := itemsRequest{}
	for _, read := range []func(*itemsRequest) error{o.readLimit, o.readPlace, o.readTime} {
		if err := read(&in); err != nil {
			return err
		}
	}
	if len(o.query.Get("q")) > maxQuery {
		return kvartal.Errorf(kvartal.KindInvalid, "q is longer than %d bytes", maxQuery).In("q")
	}
	all, err := o.matchingRecords(in)
	if err != nil {
		return err
	}
	page := struct {
		Type           string   `json:"type"`
		Features       []record `json:"features"`
		NumberMatched  int      `json:"numberMatched"`
		NumberReturned int      `json:"numberReturned"`
		Links          []link   `json:"links"`
	}{Type: "FeatureCollection", NumberMatched: len(all), Links: o.selfLinks(), Features: []record{}}
	if after := o.query.Get("next"); after != "" {
		i := slices.IndexFunc(all, func(r record) bool { return string(r.ID) == after })
		if i < 0 {
			return kvartal.Errorf(kvartal.KindInvalid, "next is %.40q: follow the link of the page before", after).In("next")
		}
		all = all[i+1:]
	}
	if len(all) > in.query.Limit {
		all = all[:in.query.Limit]
		o.query.Set("next", string(all[len(all)-1].ID))
		page.Links = append(page.Links, link{Href: withQuery(o.root+o.path(), o.query), Rel: "next", Type: o.format.Media(), Title: o.T("next page")})
	}
	page.Features, page.NumberReturned = append(page.Features, all...), len(all)
	return o.represent(w, htmlPage{template: "records", Title: o.T("records")}, page)
}

// record answers /ogc/records/{recordId}.
func (s *Server) record(w http.ResponseWriter, o *ogcRequest) error {
	id, err := variable(o.Request, "recordId")
	if err != nil {
		return err
	}
	none := kvartal.Errorf(kvartal.KindNotFound, "there is no record %.60q", id)
	d, err := o.city.Store.Registry().Layer(kvartal.LayerID(id))
	if err != nil {
		return none
	}
	v := viewOf(o.Request, d)
	if !v.May(view.Query) {
		return none
	}
	r, err := o.newRecord(tiles.Layer{Definition: d, View: v.For(view.Query)})
	if err != nil {
		return err
	}
	r.Links = append(o.selfLinks(), r.Links...)
	page := o.layerPage("record", r.Properties.Title, nil)
	page.Facts = o.facts(d, r.Properties.provenance)
	return o.represent(w, page, r)
}

func (o *ogcRequest) matchingRecords(in itemsRequest) ([]record, error) {
	var all []record
	for _, l := range o.layers(view.Query) {
		if !o.named(l.Definition) || !o.tells(l.Definition) {
			continue
		}
		r, err := o.newRecord(l)
		if err != nil {
			return nil, err
		}
		if in.query.BBox == nil || r.Geometry != nil && meets(in.query.BBox.Bound, r.Geometry.Coordinates.Bound()) {
			all = append(all, r)
		}
	}
	return all, nil
}

// named reports whether ids, externalIds and type admit a layer.
func (o *ogcRequest) named(d *layers.Definition) bool {
	id := string(d.ID)
	admits := func(parameter string, values ...string) bool {
		if !o.query.Has(parameter) {
			return true
		}
		return slices.ContainsFunc(strings.Split(o.query.Get(parameter), ","), func(v string) bool { return slices.Contains(values, v) })
	}
	return admits("ids", id) && admits("externalIds", id, recordScheme+":"+id) && admits("type", recordType)
}

// tells reports whether the texts of a layer hold one of the terms of q, in any
// language; the words of a term stand one after the other.
func (o *ogcRequest) tells(d *layers.Definition) bool {
	var texts []string
	for _, t := range []layers.Text{d.Title, d.Description, d.Metadata.Owner, d.Metadata.Lineage} {
		texts = append(texts, t.Ru, t.En, t.Ky)
	}
	text := strings.ToLower(strings.Join(append(texts, string(d.ID), d.Attribution), "\n"))
	for term := range strings.SplitSeq(strings.ToLower(o.query.Get("q")), ",") {
		if strings.Contains(text, strings.Join(strings.Fields(term), " ")) {
			return true
		}
	}
	return false
}

// meets reports whether two boxes in degrees share a point; that of a request
// may cross the antimeridian.
func meets(asked, b orb.Bound) bool {
	if asked.Min[0] <= asked.Max[0] {
		return asked.Intersects(b)
	}
	west, east := asked, asked
	west.Min[0], east.Max[0] = -180, 180
	return west.Intersects(b) || east.Intersects(b)
}

func (o *ogcRequest) newRecord(l tiles.Layer) (record, error) {
	d := l.Definition
	told, err := o.provenance(d)
	if err != nil {
		return record{}, err
	}
	r := record{ID: d.ID, Type: "Feature", ConformsTo: []string{recordCore}, Properties: recordProperties{
		Type: recordType, Title: o.text(d.Title), Description: o.text(d.Description), Keywords: []string{o.groupTitle(d)},
		ExternalIDs: []externalID{{recordScheme, string(d.ID)}}, Attribution: d.Attribution, provenance: told,
	}}
	for _, code := range layers.Languages() {
		r.Properties.Languages = append(r.Properties.Languages, spoken{code})
	}
	for _, f := range []format{formatGeoJSON, formatJSONFG, formatSeq, formatCSV} {
		r.Properties.Formats = append(r.Properties.Formats, recordForm{f.title, f.mediaType})
	}
	path := collectionPath(d)
	r.Links = []link{
		{Href: o.root + "/records", Rel: "collection", Type: formatGeoJSON.Media(), Title: o.T("records")},
		{Href: o.root + path, Rel: "item", Type: formatJSON.Media(), Title: o.text(d.Title)},
		{Href: o.root + path + "/items", Rel: "item", Type: formatGeoJSON.Media(), Title: o.T("items")},
	}
	r.Links = append(r.Links, licenceLinks(d)...)
	if !d.HasGeometry() {
		return r, nil
	}
	bounds, err := boundsOf(o.ctx(), o.city, []tiles.Layer{l})
	if bounds != nil {
		r.Geometry = geojson.NewGeometry(bounds.ToPolygon())
	}
	return r, err
}

func licenceLinks(d *layers.Definition) []link {
	if d.Metadata.Licence.URL == "" {
		return nil
	}
	return []link{{Href: d.Metadata.Licence.URL, Rel: "license", Type: formatHTML.Media(), Title: d.Metadata.Licence.ID}}
}

func (o *ogcRequest) groupTitle(d *layers.Definition) string {
	for _, g := range o.city.Store.Registry().Groups() {
		if g.ID == d.Group {
			return o.text(g.Title)
		}
	}
	return ""
}
