package server

import (
	"net/http"
	"strconv"
	"strings"

	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/view"
)

// object is a JSON object of a document that is read by standards only.
type object = map[string]any

// schema answers /ogc/collections/{collectionId}/schema: what features hold, and
// what a writer may give (23-058r2, returnables and receivables).
func (s *Server) schema(w http.ResponseWriter, o *ogcRequest) error {
	return o.respondSchema(w, "schema", true)
}

// queryables answers …/queryables (19-079r2, section 6.2).
func (s *Server) queryables(w http.ResponseWriter, o *ogcRequest) error {
	return o.respondSchema(w, "queryables", true)
}

// sortables answers …/sortables (23-058r2, section 11).
func (s *Server) sortables(w http.ResponseWriter, o *ogcRequest) error {
	return o.respondSchema(w, "sortables", false)
}

func (o *ogcRequest) respondSchema(w http.ResponseWriter, kind string, withGeometry bool) error {
	l, err := o.layer(view.Query)
	if err != nil {
		return err
	}
	codelist, err := o.schemaProfile()
	if err != nil {
		return err
	}
	l.View = l.View.For(view.Query)
	tellProfiles(w.Header(), codelist)
	doc := o.layerSchema(l, kind, codelist, withGeometry)
	return o.represent(w, o.layerPage("schema", o.text(l.Definition.Title)+" · "+o.T(kind), &l), doc)
}

// layerSchema is a logical schema of a layer's features (23-058r2, section 7).
func (o *ogcRequest) layerSchema(l tiles.Layer, kind, codelist string, withGeometry bool) object {
	d := l.Definition
	properties := object{layers.IDProperty: object{
		"title": o.T("number"), "type": "integer", "x-ogc-role": "id", "readOnly": true, "x-ogc-propertySeq": 0,
	}}
	if withGeometry && d.HasGeometry() {
		properties[layers.GeometryProperty] = object{
			"title": o.T("where"), "format": geometryFormat(d.Geometry), "x-ogc-role": "primary-geometry", "x-ogc-propertySeq": 1,
		}
	}
	whole, instant := viewOf(o.Request, d), instantOf(l)
	required := []string{}
	for i, f := range d.Fields {
		if !l.View.Readable(f.Name) || kind == "sortables" && !d.Sortable(l.View, f.Name) {
			continue
		}
		property := o.fieldSchema(d, f, i+2, codelist)
		if f.Name == instant {
			property["x-ogc-role"] = "primary-instant"
		}
		if kind == "schema" && !whole.Writable(f.Name) {
			property["readOnly"] = true
		}
		properties[f.Name] = property
		if f.Required {
			required = append(required, f.Name)
		}
	}
	doc := object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"$id":     o.root + collectionPath(d) + "/" + kind,
		"type":    "object", "title": o.text(d.Title), "properties": properties, "additionalProperties": false,
	}
	if d.Description != (layers.Text{}) {
		doc["description"] = o.text(d.Description)
	}
	if kind == "schema" && len(required) > 0 {
		doc["required"] = required
	}
	return doc
}

// instantOf names the attribute that says when a feature is, the only one of time
// that a view shows (23-058r2, /req/advanced-property-roles/role-primary-instant);
// "" if there is none or several.
func instantOf(l tiles.Layer) string {
	var names []string
	for _, f := range l.Definition.Fields {
		if (f.Type == layers.TypeDate || f.Type == layers.TypeTimestamp) && l.View.For(view.Query).Readable(f.Name) {
			names = append(names, f.Name)
		}
	}
	if len(names) != 1 {
		return ""
	}
	return names[0]
}

// fieldSchema describes one attribute, its codes by a profile.
func (o *ogcRequest) fieldSchema(d *layers.Definition, f layers.Field, sequence int, codelist string) object {
	schema := object{"title": o.text(f.Title), "x-ogc-propertySeq": sequence}
	if f.Description != (layers.Text{}) {
		schema["description"] = o.text(f.Description)
	}
	schema["type"] = "string"
	switch f.Type {
	case layers.TypeInteger:
		schema["type"] = "integer"
	case layers.TypeNumber, layers.TypeDecimal:
		schema["type"] = "number"
	case layers.TypeBoolean:
		schema["type"] = "boolean"
	case layers.TypeDate:
		schema["format"] = "date"
	case layers.TypeTimestamp:
		schema["format"] = "date-time"
	}
	switch code, isCurrency := currency(f.Unit); {
	case isCurrency:
		schema["x-kvartal-currency"] = code
	case f.Unit != "":
		schema["x-ogc-unit"] = f.Unit
		schema["x-ogc-unitLang"] = "UCUM"
	}
	if f.MaxLength > 0 {
		schema["maxLength"] = f.MaxLength
	}
	if f.Pattern != "" {
		schema["pattern"] = "^(?:" + f.Pattern + ")$"
	}
	if f.Min != nil {
		schema["minimum"] = *f.Min
	}
	if f.Max != nil {
		schema["maximum"] = *f.Max
	}
	if len(f.Codes) > 0 {
		o.describeCodes(schema, d, f, codelist)
	}
	return schema
}

// currency is the code (ISO 4217) of a unit such as [RUB]: definitions write
// money so, but UCUM has none.
func currency(unit string) (code string, ok bool) {
	code, opened := strings.CutPrefix(unit, "[")
	code, closed := strings.CutSuffix(code, "]")
	return code, opened && closed && len(code) == 3 && strings.ToUpper(code) == code
}

// describeCodes gives a property the values of its codelist: with their titles,
// or alone with the address of the codelist (23-058r2, section 15).
func (o *ogcRequest) describeCodes(property object, d *layers.Definition, f layers.Field, profile string) {
	var values []any
	var titled []object
	for _, code := range f.Codes {
		values = append(values, codeValue(f, code))
		titled = append(titled, object{"const": codeValue(f, code), "title": o.text(code.Title)})
	}
	if profile == codelistRef {
		property["enum"], property["x-ogc-codelistUri"] = values, o.codelistAddress(d, f)
		return
	}
	property["oneOf"] = titled
}

// codeValue is a code as values of the attribute are.
func codeValue(f layers.Field, code layers.Code) any {
	if f.Type == layers.TypeInteger {
		if n, err := strconv.ParseInt(code.Value, 10, 64); err == nil {
			return n
		}
	}
	return code.Value
}

// geometryFormat names a geometry type (23-058r2, table 3).
func geometryFormat(g layers.Geometry) string {
	if g == "geometry" {
		return "geometry-any"
	}
	return "geometry-" + string(g)
}
