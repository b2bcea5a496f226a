package server_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The abstract tests of OGC API – Common – Part 3 (23-058r2, annex A).

// schemaOf reads a schema as a document and as a validator.
func (c testCity) schemaOf(t *testing.T, path string) (map[string]any, *jsonschema.Schema) {
	t.Helper()
	text := body(t, c.get(t, path))
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("GET %s = %v in %.200s", path, err, text)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatalf("GET %s is no JSON Schema: %v", path, err)
	}
	members, _ := doc.(map[string]any)
	return members, schema
}

// schemaKeywords are those of JSON Schema 2020-12 that schemas may use.
const schemaKeywords = `^(\$schema|\$id|type|title|description|properties|additionalProperties|required|format|enum|oneOf|const|maxLength|pattern|minimum|maximum|readOnly|writeOnly|x-[a-z][A-Za-z-]*)$`

func TestSchemasPassTheirAbstractTests(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	known := regexp.MustCompile(schemaKeywords)
	ucum := regexp.MustCompile(`^(%|deg|Cel|\[ppth\]|/?([kMGchm]?(m|W|V\.A|V|Pa|cal|ar|a|d|h)[23]?)(/(h|d|km))?)$`)
	for _, l := range c.store.Registry().Layers() {
		for _, kind := range []string{"schema", "queryables", "sortables"} {
			path := "/ogc/collections/" + string(l.ID) + "/" + kind
			if c.get(t, path).StatusCode == 404 {
				continue // a hidden layer
			}
			doc, _ := c.schemaOf(t, path)
			roles := map[string]int{}
			properties, _ := doc["properties"].(map[string]any)
			for keyword := range doc {
				if !known.MatchString(keyword) {
					t.Errorf("%s has the keyword %q", path, keyword)
				}
			}
			for name, p := range properties {
				property, _ := p.(map[string]any)
				format, _ := property["format"].(string)
				kindOf, typed := property["type"].(string)
				if typed == strings.HasPrefix(format, "geometry-") || kindOf == "array" || kindOf == "object" {
					t.Errorf("%s: %s has type %q and format %q, want one of type and geometry", path, name, kindOf, format)
				}
				for keyword := range property {
					if !known.MatchString(keyword) {
						t.Errorf("%s: %s has the keyword %q", path, name, keyword)
					}
				}
				if role, ok := property["x-ogc-role"]; ok {
					roles[role.(string)]++
				}
				if unit, ok := property["x-ogc-unit"].(string); ok && (!ucum.MatchString(unit) || kindOf != "number" && kindOf != "integer") {
					t.Errorf("%s: %s, a %s, has the unit %q, which UCUM does not", path, name, kindOf, unit)
				}
				if _, ok := property["x-ogc-propertySeq"].(json.Number); !ok {
					t.Errorf("%s: x-ogc-propertySeq of %s = %v, want a whole number", path, name, property["x-ogc-propertySeq"])
				}
			}
			for role, n := range roles {
				if n != 1 || role == "primary-geometry" && kind == "sortables" {
					t.Errorf("%s: %d properties are %s", path, n, role)
				}
			}
			if roles["id"] != 1 {
				t.Errorf("%s: no property is the id", path)
			}
		}
	}
}

// What is returned is valid by the schema; a property without a value is none.
func TestFeaturesAreValidByTheirSchema(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	for _, l := range c.store.Registry().Layers() {
		path := "/ogc/collections/" + string(l.ID)
		if c.get(t, path).StatusCode == 404 {
			continue
		}
		_, schema := c.schemaOf(t, path+"/schema")
		for _, f := range c.pages(t, path+"/items?limit=100")[0].Features {
			values := map[string]any{"id": f.ID, "geometry": map[string]any{}}
			for name, value := range f.Properties {
				if value != nil {
					values[name] = value
				}
			}
			if err := schema.Validate(values); err != nil {
				t.Errorf("feature %v of %s: %v", f.ID, l.ID, err)
			}
		}
	}
}
