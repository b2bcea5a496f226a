package server

import "net/http"

// writeOperation describes an operation that changes features (20-002r1) or
// styles (20-009).
func writeOperation(route *ogcRoute, parameters []object) object {
	header := func(name, description string) object {
		return object{"name": name, "in": "header", "required": false, "description": description, "schema": object{"type": "string"}}
	}
	op := object{"operationId": route.id, "tags": []string{route.tag}, "summary": route.summary}
	features := route.permits == nil
	told := object{"description": route.summary}
	if features {
		told["headers"] = object{
			changeHeader: object{"description": "Names the change: reads that carry it wait until they see it.", "schema": object{"type": "string"}},
		}
	}
	code := "200"
	switch {
	case route.method == http.MethodPost:
		code = "201"
	case route.method == http.MethodDelete || !features:
		code = "204"
	}
	if route.method != http.MethodPost {
		parameters = append(parameters, header("If-Match", "The ETag of what the change is made to, or *."))
	}
	if route.method != http.MethodPost && features {
		parameters = append(parameters, header("If-Unmodified-Since", "Its Last-Modified, in place of If-Match."))
	}
	if route.accepts != nil && !features {
		parameters = append(parameters, header("Prefer", "handling=strict refuses documents that do not follow the specification."))
	}
	if route.accepts != nil && features {
		parameters = append(parameters, header("Content-Crs", "The coordinate reference system of the body in angle brackets; CRS84 if absent."))
		told["content"] = object{formatGeoJSON.mediaType: object{"schema": formatGeoJSON.schema()}}
	}
	if route.accepts != nil {
		content := object{}
		for _, mediaType := range route.accepts {
			content[mediaType] = object{"schema": object{"type": "object"}}
		}
		op["requestBody"] = object{"required": true, "content": content}
	}
	op["parameters"] = parameters
	op["responses"] = object{code: told, "default": object{"$ref": "#/components/responses/problem"}}
	return op
}
