package server

import (
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"kvartal"
)

const geoJSONType = "application/geo+json"

// coordinateDigits keeps nine decimals of a degree, a tenth of a millimetre:
// what comes after is the noise of transformations.
const coordinateDigits = 1e9

// newGeoJSON is a feature as RFC 7946 has it; times are UTC by RFC 3339, dates
// without a time.
func newGeoJSON(f kvartal.Feature) *geojson.Feature {
	if f.Geometry != nil {
		f.Geometry = orb.Round(f.Geometry, coordinateDigits)
	}
	out := &geojson.Feature{ID: int64(f.ID), Type: "Feature", Geometry: f.Geometry, Properties: make(geojson.Properties, len(f.Properties))}
	for name, value := range f.Properties {
		if t, ok := value.(time.Time); ok {
			value = formatTime(t)
		}
		out.Properties[name] = value
	}
	return out
}

func formatTime(t time.Time) string {
	if t.Equal(t.Truncate(24*time.Hour)) && t.Location() == time.UTC {
		return t.Format(time.DateOnly)
	}
	return t.UTC().Format(time.RFC3339Nano)
}
