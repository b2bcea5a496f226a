package server

import "net/http"

// writeOperation describes an operation that changes features (20-002r1).
func writeOperation(route *ogcRoute, parameters []object) object {
	header := func(name, description string, required bool) object {
		return object{"name": name, "in": "header", "required": required, "description": description, "schema": object{"type": "string"}}
	}
	op := object{"operationId": route.id, "tags": []string{route.tag}, "summary": route.summary}
	told := object{"description": route.summary, "headers": object{
		changeHeader: object{"description": "Names the change: reads that carry it wait until they see it.", "schema": object{"type": "string"}},
	}}
	code := "200"
	switch route.method {
	case http.MethodPost:
		code = "201"
	case http.MethodDelete:
		code = "204"
	}
	if route.method != http.MethodPost {
		parameters = append(parameters, header("If-Match", "The ETag of the feature that the change is made to, or *.", true))
	}
	if route.accepts != nil {
		parameters = append(parameters, header("Content-Crs", "The coordinate reference system of the body in angle brackets; CRS84 if absent.", false))
		content := object{}
		for _, mediaType := range route.accepts {
			content[mediaType] = object{"schema": object{"type": "object"}}
		}
		op["requestBody"] = object{"required": true, "content": content}
		told["content"] = object{formatGeoJSON.mediaType: object{"schema": formatGeoJSON.schema()}}
	}
	op["parameters"] = parameters
	op["responses"] = object{code: told, "default": object{"$ref": "#/components/responses/problem"}}
	return op
}
