package server

import (
	"net/http"

	"kvartal/layers"
)

type landingPage struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Attribution string `json:"attribution,omitempty"`
	Links       []link `json:"links"`
}

// landing answers /ogc (17-069r4, section 7.2).
func (s *Server) landing(w http.ResponseWriter, o *ogcRequest) error {
	doc := landingPage{
		Title:       o.text(o.city.Store.City().Title),
		Description: o.T("about this api"),
		Links:       o.selfLinks(),
	}
	doc.Links = append(doc.Links,
		link{Href: o.at("/api", formatOpenAPI), Rel: "service-desc", Type: formatOpenAPI.Media(), Title: o.T("api")},
		link{Href: o.at("/api", formatHTML), Rel: "service-doc", Type: formatHTML.Media(), Hreflang: o.lang, Title: o.T("api")},
		link{Href: o.at("/conformance", format{}), Rel: "conformance", Type: formatJSON.Media(), Title: o.T("conformance")},
		link{Href: o.at("/collections", format{}), Rel: "data", Type: formatJSON.Media(), Title: o.T("collections")},
		link{Href: o.at("/functions", format{}), Rel: relOGC + "functions", Type: formatJSON.Media(), Title: o.T("functions")},
		link{Href: o.at("/records", format{}), Rel: relOGC + "ogc-catalog", Type: formatGeoJSON.Media(), Title: o.T("records")},
		link{Href: o.root + "/tiles", Rel: relOGC + "tilesets-vector", Type: formatJSON.Media(), Title: o.T("tiles")},
		link{Href: o.at("/tileMatrixSets", format{}), Rel: relOGC + "tiling-schemes", Type: formatJSON.Media(), Title: o.T("tile matrix sets")},
		link{Href: o.at("/styles", format{}), Rel: relOGC + "styles", Type: formatJSON.Media(), Title: o.T("styles")},
	)
	return o.represent(w, htmlPage{template: "landing", Title: doc.Title}, doc)
}

// relOGC begins the link relations of OGC.
const relOGC = "http://www.opengis.net/def/rel/ogc/1.0/"

type conformanceDocument struct {
	ConformsTo []string `json:"conformsTo"`
	Links      []link   `json:"links"`
}

// conformance answers /ogc/conformance. A class is declared when its tests pass.
func (s *Server) conformance(w http.ResponseWriter, o *ogcRequest) error {
	return o.represent(w, htmlPage{template: "conformance", Title: o.T("conformance")},
		conformanceDocument{conformanceClasses(), o.selfLinks()})
}

func conformanceClasses() []string {
	const spec = "http://www.opengis.net/spec/"
	var all []string
	add := func(standard string, classes ...string) {
		for _, class := range classes {
			all = append(all, spec+standard+"/conf/"+class)
		}
	}
	add("ogcapi-common-1/1.0", "core", "landing-page", "json", "html", "oas30")
	add("ogcapi-common-2/1.0", "collections")
	add("ogcapi-features-1/1.0", "core", "oas30", "html", "geojson")
	add("ogcapi-features-2/1.0", "crs")
	add("ogcapi-features-3/1.0", "queryables", "queryables-query-parameters", "filter", "features-filter")
	add("ogcapi-features-4/1.0", "create-replace-delete", "update", "features", "optimistic-locking-etags",
		"optimistic-locking-timestamps")
	add("cql2/1.0", "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
		"accent-insensitive-comparison", "basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions",
		"temporal-functions", "array-functions", "property-property", "functions", "arithmetic")
	add("ogcapi-common-3/1.0", "schemas", "advanced-property-roles", "returnables-and-receivables", "queryables", "sortables",
		"profile-parameter", "profile-codelists", "profile-domains")
	add("json-fg-1/1.0", "core")
	add("ogcapi-tiles-1/1.0", "core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets", "collections-selection", "datetime", "oas30", "mvt", "geojson")
	add("tms/2.0", "tilematrixset", "tilematrixsetlimits", "tilesetmetadata", "json-tilematrixset", "json-tilematrixsetlimits", "json-tilesetmetadata")
	add("ogcapi-records-1/1.0", "record-core", "record-core-query-parameters", "json", "html")
	add("ogcapi-styles-1/1.0", "core", "manage-styles", "style-validation", "mapbox-styles")
	return all
}

// functions answers /ogc/functions (21-065r2, requirement class functions).
func (s *Server) functions(w http.ResponseWriter, o *ogcRequest) error {
	return o.represent(w, htmlPage{template: "functions", Title: o.T("functions")}, layers.Functions().Describe())
}
