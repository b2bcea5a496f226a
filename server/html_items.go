package server

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/layers"
	"kvartal/styles"
)

// htmlColumns is the most attributes a table for people shows; a feature's own
// page shows all.
const htmlColumns = 7

type itemsTable struct {
	Search  string
	Matched *int
	Columns []string
	Rows    []itemsRow
	First   string
	Next    string
}

type itemsRow struct {
	Href, Title string
	Cells       []string
}

// itemsHTML shows a page of features as a table.
func (o *ogcRequest) itemsHTML(w http.ResponseWriter, in itemsRequest) error {
	in.query.WithoutGeometry = true
	page, err := o.city.Store.Items(o.ctx(), in.whole, in.query)
	if err != nil {
		return err
	}
	info, err := o.pageInfo(in, len(page.Features), page.Next)
	if err != nil {
		return err
	}
	d := in.layer.Definition
	table := itemsTable{Search: o.query.Get("q"), Matched: info.NumberMatched, Columns: []string{o.T("feature")}}
	fields := o.shownFields(in)
	for _, f := range fields {
		table.Columns = append(table.Columns, o.text(f.Title))
	}
	for _, f := range page.Features {
		row := itemsRow{Href: o.root + collectionPath(d) + "/items/" + strconv.FormatInt(int64(f.ID), 10) + "?lang=" + o.lang, Title: o.featureTitle(d, f)}
		for _, field := range fields {
			row.Cells = append(row.Cells, o.shownValue(field, f.Properties[field.Name]))
		}
		table.Rows = append(table.Rows, row)
	}
	for _, l := range info.Links {
		if l.Rel == "next" {
			table.Next = l.Href
		}
	}
	if in.query.After != nil {
		query := o.URL.Query()
		query.Del("next")
		table.First = withQuery(o.root+o.path(), query)
	}
	return o.respondHTML(w, o.layerPage("items", o.text(d.Title), &in.layer), table)
}

// shownFields are the first attributes that the title does not show.
func (o *ogcRequest) shownFields(in itemsRequest) []layers.Field {
	var fields []layers.Field
	for _, f := range in.query.Fields(in.layer.Definition, in.layer.View) {
		if f.Name != in.layer.Definition.Label && len(fields) < htmlColumns {
			fields = append(fields, f)
		}
	}
	return fields
}

// featureTitle names a feature to people: by its label, else by its number.
func (o *ogcRequest) featureTitle(d *layers.Definition, f kvartal.Feature) string {
	if label, ok := d.Field(d.Label); ok {
		if shown := o.shownValue(label, f.Properties[d.Label]); shown != "" {
			return shown
		}
	}
	return "№ " + strconv.FormatInt(int64(f.ID), 10)
}

// shownValue is a value as people read it.
func (o *ogcRequest) shownValue(f layers.Field, value any) string {
	if value == nil {
		return ""
	}
	shown := fmt.Sprint(value)
	switch v := value.(type) {
	case bool:
		shown = o.T(map[bool]string{true: "yes", false: "no"}[v])
	case float64:
		shown = o.decimal(strconv.FormatFloat(v, 'f', -1, 64))
	case kvartal.Decimal:
		shown = o.decimal(string(v))
	case time.Time:
		shown = v.UTC().Format("02.01.2006")
		if f.Type == layers.TypeTimestamp && !v.Equal(v.UTC().Truncate(24*time.Hour)) {
			shown = v.UTC().Format("02.01.2006 15:04 UTC")
		}
	}
	for _, code := range f.Codes {
		if code.Value == fmt.Sprint(value) {
			return o.text(code.Title)
		}
	}
	if sign := styles.UnitSign(f.Unit, o.lang); sign != "" {
		shown += "\u00a0" + sign
	}
	return shown
}

// decimal is a number as people of the language write it.
func (o *ogcRequest) decimal(digits string) string {
	if o.lang == "en" {
		return digits
	}
	return strings.Replace(digits, ".", ",", 1)
}

type itemView struct {
	Rows    []itemValue
	Where   string
	Outline *outline
	Linked  object // schema.org
}

type itemValue struct{ Title, Value string }

// itemHTML shows one feature with all that is known of it.
func (o *ogcRequest) itemHTML(w http.ResponseWriter, in itemsRequest, id kvartal.FeatureID) error {
	f, err := o.city.Store.Item(o.ctx(), in.layer.View, id)
	if err != nil {
		return err
	}
	d := in.layer.Definition
	shown := itemView{Linked: o.linkedData(d, f)}
	for _, field := range d.Fields {
		if value := o.shownValue(field, f.Properties[field.Name]); value != "" {
			shown.Rows = append(shown.Rows, itemValue{o.text(field.Title), value})
		}
	}
	if f.Geometry != nil && !f.Geometry.Bound().IsEmpty() {
		c := f.Geometry.Bound().Center()
		shown.Where = fmt.Sprintf("%.6f, %.6f", c[1], c[0])
		shown.Outline = newOutline(f.Geometry)
	}
	return o.respondHTML(w, o.layerPage("item", o.featureTitle(d, f), &in.layer), shown)
}

// linkedData describes a feature by schema.org for search engines.
func (o *ogcRequest) linkedData(d *layers.Definition, f kvartal.Feature) object {
	address := o.root + collectionPath(d) + "/items/" + strconv.FormatInt(int64(f.ID), 10)
	linked := object{
		"@context": "https://schema.org", "@type": "Place", "@id": address, "url": address,
		"name": o.featureTitle(d, f), "additionalType": o.text(d.Title),
	}
	if f.Geometry != nil && !f.Geometry.Bound().IsEmpty() {
		linked["geo"] = geoOf(f.Geometry)
	}
	var more []object
	for _, field := range d.Fields {
		if value := o.shownValue(field, f.Properties[field.Name]); value != "" {
			more = append(more, object{"@type": "PropertyValue", "name": o.text(field.Title), "value": value})
		}
	}
	if more != nil {
		linked["additionalProperty"] = more
	}
	return linked
}

func geoOf(g orb.Geometry) object {
	b := g.Bound()
	if p, ok := g.(orb.Point); ok {
		return object{"@type": "GeoCoordinates", "latitude": p[1], "longitude": p[0]}
	}
	return object{"@type": "GeoShape", "box": fmt.Sprintf("%.7f %.7f %.7f %.7f", b.Min[1], b.Min[0], b.Max[1], b.Max[0])}
}
