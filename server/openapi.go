package server

import (
	"net/http"
	"regexp"
	"strings"
)

// openAPI answers /ogc/api: OpenAPI 3.0 made from the routes that are served.
func (s *Server) openAPI(w http.ResponseWriter, o *ogcRequest) error {
	doc := s.apiDocument(o)
	if o.format == formatHTML {
		return o.respondHTML(w, htmlPage{template: "api", Title: o.T("api")}, s.apiOperations(o))
	}
	return respondJSON(w, o.Request, o.format.Media(), doc)
}

func (s *Server) apiDocument(o *ogcRequest) object {
	paths := object{}
	for _, route := range s.ogcRoutes() {
		path := route.path
		if path == "" {
			path = "/"
		}
		methods, _ := paths[path].(object)
		if methods == nil {
			methods = object{}
			paths[path] = methods
		}
		methods[strings.ToLower(route.methods()[0])] = operation(route)
	}
	s.describeLive(paths, o.root)
	return object{
		"openapi": "3.0.3",
		"info": object{
			"title": o.city.Store.City().Title.En, "version": s.config.Version,
			"description": ogcText("about this api").En,
		},
		"servers": []object{{"url": o.root}},
		"tags":    []object{{"name": "Capabilities"}, {"name": "Data"}, {"name": "Tiles"}, {"name": "Styles"}, {"name": "Records"}, {"name": "Live"}},
		"paths":   paths,
		"components": object{
			"schemas": object{"problem": object{
				"type": "object", "description": "Problem details (RFC 9457)", "required": []string{"status", "title"},
				"properties": object{
					"type": object{"type": "string"}, "title": object{"type": "string"}, "status": object{"type": "integer"},
					"detail": object{"type": "string"}, "field": object{"type": "string"}, "instance": object{"type": "string"},
				},
			}},
			"responses": object{
				"problem": object{"description": "What is wrong, and what to do", "content": object{
					"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/problem"}},
				}},
			},
		},
	}
}

var pathVariable = regexp.MustCompile(`\{([^}]+)\}`)

func operation(route *ogcRoute) object {
	known := ogcParameters(route.formats)
	parameters := []object{}
	for _, m := range pathVariable.FindAllStringSubmatch(route.path, -1) {
		parameters = append(parameters, pathParameter(m[1]))
	}
	for _, name := range append([]string{"f", "lang"}, route.query...) {
		parameters = append(parameters, known[name])
	}
	if route.alters() {
		return writeOperation(route, parameters)
	}
	content := object{}
	for _, f := range route.formats {
		content[f.mediaType] = object{"schema": f.schema()}
	}
	return object{
		"operationId": route.id, "tags": []string{route.tag}, "summary": route.summary, "parameters": parameters,
		"responses": object{
			"200":     object{"description": route.summary, "content": content},
			"default": object{"$ref": "#/components/responses/problem"},
		},
	}
}

// schema is what OpenAPI is told of the bodies of a format.
func (f format) schema() object {
	switch {
	case strings.Contains(f.mediaType, "json") && f != formatSeq:
		return object{"type": "object"}
	case strings.HasPrefix(f.mediaType, "text/") || f == formatSeq:
		return object{"type": "string"}
	}
	return object{"type": "string", "format": "binary"}
}

func pathParameter(name string) object {
	schema := object{"type": "string"}
	if strings.HasPrefix(name, "tile") && name != "tileMatrixSetId" {
		schema = object{"type": "integer", "minimum": 0}
	}
	return object{"name": name, "in": "path", "required": true, "schema": schema, "description": map[string]string{
		"collectionId":    "The id of a layer.",
		"codelistId":      "The name of an attribute with codes.",
		"featureId":       "The id of a feature.",
		"tileMatrixSetId": "The id of a tile matrix set.",
		"tileMatrix":      "The zoom level.",
		"tileRow":         "The row of the tile, from the north.",
		"tileCol":         "The column of the tile, from the west.",
		"styleId":         "The id of a style.",
		"recordId":        "The id of a record.",
	}[name]}
}

// apiOperation is an operation as the page for people shows it.
type apiOperation struct {
	Path, ID, Summary string
	Method            string
	Example           string // an address to try, if there is one without variables
	Formats           []format
	Parameters        []apiParameter
	Attributes        bool
}

type apiParameter struct {
	Name, Description string
	Required          bool
}

func (s *Server) apiOperations(o *ogcRequest) []apiOperation {
	var all []apiOperation
	for _, route := range s.ogcRoutes() {
		op := apiOperation{Method: route.methods()[0], Path: "/ogc" + route.path, ID: route.id, Summary: route.summary, Formats: route.formats, Attributes: route.attributes}
		if !route.alters() && !strings.Contains(route.path, "{") {
			op.Example = o.at(route.path, format{})
		}
		parameters, _ := operation(route)["parameters"].([]object)
		op.Parameters = apiParameters(parameters)
		all = append(all, op)
	}
	return append(all, s.liveOperations()...)
}

// apiParameters are parameters as OpenAPI describes them.
func apiParameters(described []object) []apiParameter {
	var all []apiParameter
	for _, p := range described {
		name, _ := p["name"].(string)
		description, _ := p["description"].(string)
		required, _ := p["required"].(bool)
		all = append(all, apiParameter{name, description, required})
	}
	return all
}
