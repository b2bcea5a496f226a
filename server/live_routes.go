package server

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"
)

// liveRoute is one resource of what moves. Requests are served, checked and
// described (OpenAPI) from the table of them, as those of the OGC APIs are.
type liveRoute struct {
	path    string // variables in braces
	method  string // "": GET and HEAD
	id      string // operationId
	summary string
	query   []string // all parameters understood; see parameters
	needs   []string // those of them that must be given
	accepts []string // media types of the body
	formats []format // the default first
	handle  handler  // nil: a stream, which is answered ahead of the router
}

// liveRoutes lists the resources of what moves.
func (s *Server) liveRoutes() []*liveRoute {
	document := []format{formatJSON}
	stream := []format{{"", "text/event-stream", "Server-sent events"}}
	return []*liveRoute{
		{path: "/live.json", id: "live.getLayers", summary: "The live layers, and in which state their objects are", query: []string{"lang"}, formats: document, handle: s.live},
		{path: "/live/events", id: "live.getEvents", summary: "Objects of several live layers, then what changes, as GeoJSON", query: []string{"layers", "bbox", "interval"}, needs: []string{"layers"}, formats: stream},
		{path: "/live/{layer}/events", id: "live.getLayerEvents", summary: "Objects of a live layer, then what changes, as GeoJSON", query: []string{"bbox", "filter", "interval"}, formats: stream},
		{path: "/live/{layer}/items/{id}/track", id: "live.getTrack", summary: "What an object did from one time to another", query: []string{"from", "to", "f", "lang"}, needs: []string{"from", "to"}, formats: []format{formatGeoJSON, {"gpx", "application/gpx+xml", "GPX"}, formatCSV}, handle: s.liveTrack},
		{path: "/live/{layer}/tracks", id: "live.getTracks", summary: "Where the objects of a layer were, step by step", query: []string{"from", "to", "bbox", "lang"}, needs: []string{"from", "to"}, formats: document, handle: s.liveTracks},
		{path: "/live/{layer}/vehicle-positions.pb", id: "live.getVehiclePositions", summary: "The vehicles of a live layer as GTFS Realtime", formats: []format{{"", "application/x-protobuf", "GTFS Realtime"}}, handle: s.vehiclePositions},
		{path: "/live/{layer}/bustime.csv", id: "live.getBustime", summary: "The vehicles of a live layer as Bustime reads them", formats: []format{formatCSV}, handle: s.bustime},
		{path: "/live/unknown", id: "live.getUnknown", summary: "Devices that tell and that no register has", formats: document, handle: s.liveUnknown},
		{path: "/live/fixes", method: http.MethodPost, id: "live.addFixes", summary: "Takes what devices told; answers when it is durable", accepts: []string{"application/json", ndjsonType}, formats: document, handle: s.postFixes},
	}
}

func (r *liveRoute) methods() []string {
	if r.method != "" {
		return []string{r.method}
	}
	return []string{http.MethodGet, http.MethodHead}
}

// routeLive serves the resources of what moves.
func (s *Server) routeLive(router *mux.Router) {
	for _, route := range s.liveRoutes() {
		if route.handle == nil {
			continue
		}
		checked := func(w http.ResponseWriter, r *http.Request, city *City) error {
			if err := parameters(r, route.query...); err != nil {
				return err
			}
			return route.handle(w, r, city)
		}
		router.Handle(route.path, s.observe(route.path, s.withCity(checked))).Methods(route.methods()...)
	}
}

// parameters describes the parameters of a route by OpenAPI 3.0.
func (r *liveRoute) parameters() []object {
	text, moment := object{"type": "string"}, object{"type": "string", "format": "date-time"}
	ogc := ogcParameters(r.formats)
	known := map[string]object{
		"f": ogc["f"], "lang": ogc["lang"], "bbox": ogc["bbox"], "filter": ogc["filter"],
		"layers":   {"description": "The live layers to follow.", "schema": object{"type": "array", "maxItems": mostFollowed, "items": text}, "style": "form", "explode": false},
		"interval": {"description": "The least time between two events, in seconds.", "schema": object{"type": "number", "minimum": 0, "maximum": 60}},
		"from":     {"description": "When the period begins.", "schema": moment},
		"to":       {"description": "When the period ends.", "schema": moment},
	}
	parameters := []object{}
	for _, m := range pathVariable.FindAllStringSubmatch(r.path, -1) {
		parameters = append(parameters, object{
			"name": m[1], "in": "path", "required": true, "schema": text,
			"description": map[string]string{"layer": "The id of a live layer.", "id": "The id of an object."}[m[1]],
		})
	}
	for _, name := range r.query {
		p := object{"name": name, "in": "query", "required": slices.Contains(r.needs, name)}
		for member, value := range known[name] {
			if p[member] == nil {
				p[member] = value
			}
		}
		parameters = append(parameters, p)
	}
	return parameters
}

// operation describes a route by OpenAPI 3.0. It does not live below the landing
// page, so it names its server.
func (r *liveRoute) operation(origin string) object {
	content := object{}
	for _, f := range r.formats {
		content[f.mediaType] = object{"schema": f.schema()}
	}
	op := object{
		"operationId": r.id, "tags": []string{"Live"}, "summary": r.summary, "parameters": r.parameters(), "servers": []object{{"url": origin}},
		"responses": object{
			"200":     object{"description": r.summary, "content": content},
			"default": object{"$ref": "#/components/responses/problem"},
		},
	}
	if r.accepts != nil {
		body := object{}
		for _, mediaType := range r.accepts {
			body[mediaType] = object{"schema": object{}}
		}
		op["requestBody"] = object{"required": true, "content": body}
	}
	return op
}

// describeLive adds what moves to the paths of the OpenAPI document.
func (s *Server) describeLive(paths object, root string) {
	for _, route := range s.liveRoutes() {
		paths[route.path] = object{strings.ToLower(route.methods()[0]): route.operation(strings.TrimSuffix(root, "/ogc"))}
	}
}

// liveOperations are the routes as the page for people shows them.
func (s *Server) liveOperations() []apiOperation {
	var all []apiOperation
	for _, route := range s.liveRoutes() {
		all = append(all, apiOperation{
			Method: cmp.Or(route.method, http.MethodGet), Path: route.path, ID: route.id, Summary: route.summary,
			Formats: route.formats, Parameters: apiParameters(route.parameters()),
		})
	}
	return all
}
