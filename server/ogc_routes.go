package server

import (
	"net/http"
	"slices"

	"kvartal/view"
)

// ogcRoutes lists the resources of the OGC APIs.
func (s *Server) ogcRoutes() []*ogcRoute {
	documents := []format{formatJSON, formatHTML}
	items := []string{"limit", "bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs", "sortby", "properties", "q", "crs", "skipGeometry", "next"}
	sheets := []string{mapboxStyleType, "application/json"}
	geoJSON, written := []string{geoJSONType, "application/json"}, []format{formatGeoJSON}
	profiled := []string{"profile"}
	tile := []format{formatMVT, formatTile}
	selection, when := []string{"collections", "datetime"}, []string{"datetime"}
	return []*ogcRoute{
		{path: "", id: "getLandingPage", tag: "Capabilities", summary: "The landing page", formats: documents, handle: s.landing},
		{path: "/conformance", id: "getConformance", tag: "Capabilities", summary: "The conformance classes of the standards that this API passes", formats: documents, handle: s.conformance},
		{path: "/api", id: "getAPI", tag: "Capabilities", summary: "This description of the API", formats: []format{formatOpenAPI, formatHTML}, handle: s.openAPI},
		{path: "/functions", id: "getFunctions", tag: "Capabilities", summary: "The functions that filters may call", formats: documents, handle: s.functions},
		{path: "/crs/city", id: "getCityCRS", tag: "Capabilities", summary: "The city's own coordinate reference system", formats: documents, handle: s.cityCRS},
		{path: "/collections", id: "getCollections", tag: "Data", summary: "The layers", formats: documents, handle: s.collections},
		{path: "/collections/{collectionId}", id: "getCollection", tag: "Data", summary: "One layer", formats: documents, handle: s.collection},
		{path: "/collections/{collectionId}/schema", id: "getSchema", tag: "Data", summary: "What the features of a layer hold", query: profiled, formats: []format{formatSchema, formatHTML}, handle: s.schema},
		{path: "/collections/{collectionId}/queryables", id: "getQueryables", tag: "Data", summary: "What filters may use", query: profiled, formats: []format{formatSchema, formatHTML}, handle: s.queryables},
		{path: "/collections/{collectionId}/sortables", id: "getSortables", tag: "Data", summary: "What features may be sorted by", query: profiled, formats: []format{formatSchema, formatHTML}, handle: s.sortables},
		{path: "/collections/{collectionId}/codelists/{codelistId}", id: "getCodelist", tag: "Data", summary: "The codes of an attribute and what they mean", formats: documents, handle: s.codelist},
		{
			path: "/collections/{collectionId}/items", id: "getFeatures", tag: "Data", summary: "Features of a layer",
			query: items, attributes: true, formats: []format{formatGeoJSON, formatHTML, formatJSONFG, formatSeq, formatCSV}, handle: s.items,
		},
		{
			path: "/collections/{collectionId}/items/{featureId}", id: "getFeature", tag: "Data", summary: "One feature",
			query: []string{"crs"}, formats: featureFormats(), handle: s.item,
		},
		{
			path: "/collections/{collectionId}/items", method: http.MethodPost, action: view.Create, id: "createFeature", tag: "Data", summary: "Adds a feature",
			accepts: geoJSON, formats: written, handle: s.createFeature,
		},
		{
			path: "/collections/{collectionId}/items/{featureId}", method: http.MethodPut, action: view.Change, id: "replaceFeature", tag: "Data", summary: "Replaces a feature",
			accepts: geoJSON, formats: written, handle: s.replaceFeature,
		},
		{
			path: "/collections/{collectionId}/items/{featureId}", method: http.MethodPatch, action: view.Change, id: "updateFeature", tag: "Data", summary: "Changes some of a feature",
			accepts: []string{mergePatchType}, formats: written, handle: s.updateFeature,
		},
		{
			path: "/collections/{collectionId}/items/{featureId}", method: http.MethodDelete, action: view.Delete, id: "deleteFeature", tag: "Data", summary: "Deletes a feature",
			formats: written, handle: s.deleteFeature,
		},
		{
			path: "/collections/{collectionId}/export", id: "exportFeatures", tag: "Data", summary: "All features of a layer as a file",
			query:      slices.DeleteFunc(slices.Clone(items), func(name string) bool { return name == "limit" || name == "next" }),
			attributes: true, formats: exportFormats(), timeout: exportTimeout, handle: s.export,
		},
		{path: "/records", id: "getRecords", tag: "Records", summary: "The catalogue: a record for each layer", query: []string{"limit", "bbox", "datetime", "q", "type", "ids", "externalIds", "next"}, formats: []format{formatGeoJSON, formatHTML}, handle: s.records},
		{path: "/records/{recordId}", id: "getRecord", tag: "Records", summary: "What is known of a layer's data", formats: []format{formatGeoJSON, formatHTML}, handle: s.record},
		{path: "/tiles", id: "dataset.vector.getTileSetsList", tag: "Tiles", summary: "The tilesets of the whole city", query: selection, formats: documents, handle: s.tilesets},
		{path: "/tiles/{tileMatrixSetId}", id: "dataset.vector.getTileSet", tag: "Tiles", summary: "A tileset of the whole city", query: selection, formats: documents, handle: s.tileset},
		{path: "/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}", id: "dataset.vector.getTile", tag: "Tiles", summary: "A tile of the whole city", query: selection, formats: tile, handle: s.vectorTile},
		{path: "/collections/{collectionId}/tiles", id: "collection.vector.getTileSetsList", tag: "Tiles", summary: "The tilesets of a layer", query: when, formats: documents, handle: s.tilesets},
		{path: "/collections/{collectionId}/tiles/{tileMatrixSetId}", id: "collection.vector.getTileSet", tag: "Tiles", summary: "A tileset of a layer", query: when, formats: documents, handle: s.tileset},
		{path: "/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}", id: "collection.vector.getTile", tag: "Tiles", summary: "A tile of a layer", query: when, formats: tile, handle: s.vectorTile},
		{path: "/tileMatrixSets", id: "getTileMatrixSetsList", tag: "Tiles", summary: "The tile matrix sets", formats: documents, handle: s.tileMatrixSets},
		{path: "/tileMatrixSets/{tileMatrixSetId}", id: "getTileMatrixSet", tag: "Tiles", summary: "A tile matrix set", formats: documents, handle: s.tileMatrixSet},
		{path: "/styles", id: "getStyles", tag: "Styles", summary: "The styles of the map", formats: documents, handle: s.ogcStyles},
		{path: "/styles/{styleId}", id: "getStyle", tag: "Styles", summary: "A style of the map for MapLibre", formats: []format{formatMapbox}, handle: s.ogcStyle},
		{
			path: "/styles", method: http.MethodPost, permits: mayStyle, id: "createStyle", tag: "Styles", summary: "Adds a style of the map",
			query: []string{"dry-run"}, accepts: sheets, formats: []format{formatMapbox}, handle: s.createStyle,
		},
		{
			path: "/styles/{styleId}", method: http.MethodPut, permits: mayStyle, id: "replaceStyle", tag: "Styles", summary: "Replaces a style, or adds it under an id of one's own",
			query: []string{"dry-run"}, accepts: sheets, formats: []format{formatMapbox}, handle: s.replaceStyle,
		},
		{
			path: "/styles/{styleId}", method: http.MethodDelete, permits: mayStyle, id: "deleteStyle", tag: "Styles", summary: "Deletes a style",
			formats: []format{formatMapbox}, handle: s.deleteStyle,
		},
		{path: "/styles/{styleId}/metadata", id: "getStyleMetadata", tag: "Styles", summary: "What a style is made of", formats: documents, handle: s.styleMetadata},
	}
}

func featureFormats() []format { return []format{formatGeoJSON, formatHTML, formatJSONFG} }

// ogcParameters describes the query parameters by OpenAPI 3.0. The Features
// suite compares style, explode and the bounds of limit, bbox and datetime.
func ogcParameters(formats []format) map[string]object {
	query := func(name, description string, schema object) object {
		return object{
			"name": name, "in": "query", "required": false, "style": "form", "explode": false,
			"description": description, "schema": schema,
		}
	}
	text := object{"type": "string"}
	uri := object{"type": "string", "format": "uri"}
	var ids []string
	for _, f := range formats {
		ids = append(ids, f.id)
	}
	return map[string]object{
		"f":    query("f", "The format of the answer; else header Accept decides.", object{"type": "string", "enum": ids}),
		"lang": query("lang", "The language of titles; else header Accept-Language decides.", object{"type": "string", "enum": []string{"ru", "en", "ky"}}),
		"limit": query("limit", "The most features of one page.", object{
			"type": "integer", "minimum": 1, "maximum": maxLimit, "default": defaultLimit,
		}),
		"bbox": query("bbox", "Only features that meet this box: west, south, east, north (heights are not used). West above east crosses the antimeridian.", object{
			"type": "array", "minItems": 4, "maxItems": 6, "items": object{"type": "number"},
		}),
		"bbox-crs":     query("bbox-crs", "The coordinate reference system of bbox: one of those of the collection; CRS84 if absent.", uri),
		"datetime":     query("datetime", "Only features that are true at this time or at some time of this interval (RFC 3339; ends open by ..).", text),
		"filter":       query("filter", "Only features for which this filter is true.", text),
		"filter-lang":  query("filter-lang", "The language of filter.", object{"type": "string", "enum": []string{"cql2-text", "cql2-json"}, "default": "cql2-text"}),
		"filter-crs":   query("filter-crs", "The coordinate reference system of geometries in filter; CRS84 if absent.", uri),
		"sortby":       query("sortby", "The properties to sort by, the first first; - before a name sorts down. Features without a value come last.", object{"type": "array", "minItems": 1, "items": object{"type": "string", "pattern": "^[+-]?[a-z][a-z0-9_]*$"}}),
		"properties":   query("properties", "The properties wanted; all if absent.", object{"type": "array", "items": text}),
		"q":            query("q", "Only features in whose searchable texts one of these terms, parted by commas, stands. Letter case does not matter.", text),
		"crs":          query("crs", "The coordinate reference system of the answer: one of those of the collection; CRS84 if absent.", uri),
		"collections":  query("collections", "The layers of the tile; all that there are if absent.", object{"type": "array", "items": text}),
		"type":         query("type", "Only records of one of these types.", object{"type": "array", "items": text}),
		"ids":          query("ids", "Only records with one of these ids.", object{"type": "array", "items": text}),
		"externalIds":  query("externalIds", "Only records with one of these ids in other systems, as scheme:value or value.", object{"type": "array", "items": text}),
		"dry-run":      query("dry-run", "Finds what is wrong with the request and changes nothing.", object{"type": "boolean", "default": false}),
		"skipGeometry": query("skipGeometry", "Leaves the geometries out.", object{"type": "boolean", "default": false}),
		"profile":      query("profile", "The profile of codelists: with titles in the schema, or apart.", object{"type": "array", "items": object{"type": "string", "enum": profileValues()}}),
		"next":         query("next", "Where the page begins: given by the link to the next page.", text),
	}
}
