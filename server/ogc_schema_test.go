package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"kvartal/view"
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
			if c.get(t, path).StatusCode == http.StatusNotFound {
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
			times := 0
			for _, p := range properties {
				if format, _ := p.(map[string]any)["format"].(string); strings.HasPrefix(format, "date") {
					times++
				}
			}
			if (roles["primary-instant"] == 1) != (times == 1) && kind != "sortables" {
				t.Errorf("%s: %d properties of time, roles %v, want the only one to be the instant", path, times, roles)
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
		if c.get(t, path).StatusCode == http.StatusNotFound {
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

// Who may not write an attribute reads so in the schema, and what JSON-FG tells
// of time is the instant of the schema.
func TestSchemasTellWhatMayBeWritten(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	all := c.addWriter(t, "editors", everything())
	w := c.addWriter(t, "clerks", view.Grant{Actions: view.Actions(), Attributes: []string{"*"}, Writable: []string{"cadastral_number", "address", "category", "registered_on"}})
	path, _ := all.create(t, "50:01:0000001:1")
	want(t, w.do(t, http.MethodPatch, path, `{"properties":{"registered_on":"2024-02-29"}}`, "If-Match", "*"), http.StatusOK)
	readOnly := func(text string) (names []string) {
		var doc struct {
			Properties map[string]struct{ ReadOnly bool }
		}
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		for name, p := range doc.Properties {
			if p.ReadOnly {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return names
	}
	mine := readOnly(want(t, w.do(t, http.MethodGet, "/ogc/collections/parcels/schema", ""), http.StatusOK))
	if !slices.Contains(mine, "area") || slices.Contains(mine, "address") || !slices.Contains(mine, "id") {
		t.Errorf("read-only for the editor = %v, want the area, not the address", mine)
	}
	if got := readOnly(body(t, c.get(t, "/ogc/collections/parcels/schema"))); !slices.Contains(got, "address") {
		t.Errorf("read-only for the public = %v, want all", got)
	}
	if text := body(t, c.get(t, path[len("http://example.com"):]+"?f=jsonfg")); !strings.Contains(text, `"time":{"date":"2024-02-29"}`) {
		t.Errorf("JSON-FG = %s, want the day of registration as its time", text)
	}
}

// profilesOf are those that an answer links.
func profilesOf(r *http.Response) (ids []string) {
	for _, l := range r.Header.Values("Link") {
		if m := regexp.MustCompile(`^<http://www\.opengis\.net/def/profile/OGC/0/([a-z-]+)>; rel="profile"$`).FindStringSubmatch(l); m != nil {
			ids = append(ids, m[1])
		}
	}
	return ids
}

// /conf/profile-parameter/profile-param-response
func TestTheProfileParameterOfSchemas(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	const register = "http://www.opengis.net/def/profile/OGC/0/"
	for _, kind := range []string{"schema", "queryables", "sortables"} {
		for query, profiles := range map[string][]string{
			"":                                      {"codelist-inline", "valid-domain"},
			"?profile=codelist-ref":                 {"codelist-ref", "valid-domain"},
			"?profile=" + register + "codelist-ref": {"codelist-ref", "valid-domain"},
			"?profile=valid-domain,codelist-ref":    {"codelist-ref", "valid-domain"},
			"?profile=codelist-inline,codelist-ref": {"codelist-inline", "valid-domain"},
			"?profile=valid-domain":                 {"codelist-inline", "valid-domain"},
			"?profile=actual-domain":                nil,
			"?profile=valid-domain,rel-as-key":      nil,
			"?profile=":                             nil,
		} {
			path, want := "/ogc/collections/trees/"+kind+query, http.StatusOK
			if profiles == nil {
				want = http.StatusBadRequest
			}
			r := c.get(t, path)
			if got := profilesOf(r); r.StatusCode != want || !slices.Equal(got, profiles) {
				t.Errorf("GET %s = %d with profiles %v, want %d with %v", path, r.StatusCode, got, want, profiles)
			}
		}
	}
}

// /conf/profile-codelists/codelists: all properties with codes follow one pattern.
func TestTheProfilesOfCodelists(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	listed := 0
	for _, l := range c.store.Registry().Layers() {
		about := "/ogc/collections/" + string(l.ID)
		if c.get(t, about).StatusCode == http.StatusNotFound {
			continue // a hidden layer
		}
		for _, kind := range []string{"schema", "queryables", "sortables"} {
			inline, _ := c.schemaOf(t, about+"/"+kind)
			apart, _ := c.schemaOf(t, about+"/"+kind+"?profile=codelist-ref")
			told, _ := inline["properties"].(map[string]any)
			referred, _ := apart["properties"].(map[string]any)
			for name := range told {
				titled, _ := told[name].(map[string]any)
				property, _ := referred[name].(map[string]any)
				codes, hasCodes := titled["oneOf"].([]any)
				values, _ := property["enum"].([]any)
				uri, refers := property["x-ogc-codelistUri"].(string)
				if titled["enum"] != nil || titled["x-ogc-codelistUri"] != nil || property["oneOf"] != nil || refers != hasCodes || len(values) != len(codes) {
					t.Fatalf("%s/%s: %s is %v inline and %v by reference", about, kind, name, titled, property)
				}
				if !refers {
					continue
				}
				var list struct {
					Codes []struct {
						Value any
						Title string
					}
				}
				listed++
				c.read(t, uri, &list)
				for i, code := range list.Codes {
					of, _ := codes[i].(map[string]any)
					if of["title"] != code.Title || fmt.Sprint(of["const"]) != fmt.Sprint(code.Value) || fmt.Sprint(values[i]) != fmt.Sprint(code.Value) {
						t.Errorf("%s: code %d = %v, want %v", uri, i, code, of)
					}
				}
			}
		}
	}
	if listed < 10 {
		t.Errorf("%d codelists were compared, want some", listed)
	}
	for _, path := range []string{"/ogc/collections/trees/codelists/inventory_number", "/ogc/collections/trees/codelists/x"} {
		if r := c.get(t, path); r.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s = %d, want 404", path, r.StatusCode)
		}
	}
}

// /conf/profile-domains/domains: what a schema permits may be written.
func TestTheProfileOfDomains(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	w := c.addWriter(t, "editors", everything())
	schema, _ := c.schemaOf(t, "/ogc/collections/parcels/schema?profile=valid-domain")
	properties, _ := schema["properties"].(map[string]any)
	category, _ := properties["category"].(map[string]any)
	codes, _ := category["oneOf"].([]any)
	if len(codes) < 2 {
		t.Fatalf("category = %v, want its codes", category)
	}
	for i, code := range codes {
		value, _ := code.(map[string]any)["const"].(string)
		feature := parcel(fmt.Sprintf("50:01:0000001:%d", i+1), -75.5, fmt.Sprintf(`,"area":0,"category":%q`, value))
		want(t, w.do(t, http.MethodPost, parcelItems, feature), http.StatusCreated)
	}
}
