package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/munnerz/goautoneg"

	"kvartal"
)

// format is one representation of a resource.
type format struct {
	id        string // value of parameter f
	mediaType string
	title     string
}

// The formats of the OGC APIs.
var (
	formatJSON    = format{"json", "application/json", "JSON"}
	formatHTML    = format{"html", "text/html", "HTML"}
	formatGeoJSON = format{"json", geoJSONType, "GeoJSON"}
	formatJSONFG  = format{"jsonfg", "application/vnd.ogc.fg+json", "JSON-FG"}
	formatSeq     = format{"geojsonseq", "application/geo+json-seq", "GeoJSON text sequence"}
	formatCSV     = format{"csv", "text/csv", "CSV"}
	formatSchema  = format{"json", "application/schema+json", "JSON Schema"}
	// The Tiles suite compares the media type of OpenAPI letter by letter.
	formatOpenAPI = format{"json", "application/vnd.oai.openapi+json;version=3.0", "OpenAPI 3.0"}
	formatTile    = format{"geojson", geoJSONType, "GeoJSON"} // of a vector tile
	formatMVT     = format{"mvt", mvtType, "Mapbox Vector Tile"}
	formatMapbox  = format{"mapbox", mapboxStyleType, "MapLibre style"}
	formatFGB     = format{"fgb", "application/flatgeobuf", "FlatGeobuf"}
	formatGPKG    = format{"gpkg", "application/geopackage+sqlite3", "GeoPackage"}
	formatXLSX    = format{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX"}
)

// media is the type for Content-Type and links.
func (f format) Media() string { return f.mediaType }

// negotiate chooses the format of an answer: parameter f, else what the client
// accepts, else the first. A client that accepts nothing of what there is gets
// the first too (RFC 9110, section 12.5.1): it can say so better than we.
func negotiate(query url.Values, header http.Header, formats []format) (format, error) {
	if query.Has("f") {
		i := slices.IndexFunc(formats, func(f format) bool { return f.id == query.Get("f") })
		if i < 0 {
			return format{}, kvartal.Errorf(kvartal.KindInvalid, "f is %.40q: want one of %s", query.Get("f"), formatIDs(formats)).In("f")
		}
		return formats[i], nil
	}
	accept := header.Get("Accept")
	if accept == "" || len(accept) > 1000 {
		return formats[0], nil
	}
	offered := []string{formats[0].mediaType, plainJSON}
	for _, f := range formats[1:] {
		offered = append(offered, f.mediaType)
	}
	chosen := goautoneg.Negotiate(accept, offered)
	for _, f := range formats {
		// What is JSON of any kind is plain JSON too.
		if f.mediaType == chosen || chosen == plainJSON && strings.Contains(f.mediaType, "json") {
			return f, nil
		}
	}
	return formats[0], nil
}

const plainJSON = "application/json"

func formatIDs(formats []format) string {
	var ids []string
	for _, f := range formats {
		ids = append(ids, f.id)
	}
	return strings.Join(ids, ", ")
}
