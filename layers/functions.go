package layers

import (
	"fmt"
	"time"

	"kvartal/cql2"
)

// Functions returns the functions that filters may call beside those of CQL2.
// Lengths and areas are true ones, on the ellipsoid, in every storage CRS.
func Functions() cql2.Functions {
	geometry := cql2.Parameter{Name: "geometry", Description: "A geometry.", Types: []cql2.Type{cql2.TypeGeometry}}
	other := cql2.Parameter{Name: "other", Description: "Another geometry.", Types: geometry.Types}
	day := cql2.Parameter{Name: "day", Description: "A date or a timestamp.", Types: []cql2.Type{cql2.TypeDate, cql2.TypeTimestamp}}
	return cql2.Functions{
		{
			Name: "area", Title: "Area", Description: "The area of a polygon on the ground in square metres; 0 for points and lines.",
			Parameters: []cql2.Parameter{geometry}, Result: cql2.TypeNumber,
			SQL:  func(args []string) string { return "ST_Area(" + onGround(args[0]) + ")" },
			Cost: onEllipsoid,
		},
		{
			Name: "length", Title: "Length", Description: "The length of a line on the ground in metres; 0 for points and polygons.",
			Parameters: []cql2.Parameter{geometry}, Result: cql2.TypeNumber,
			SQL:  func(args []string) string { return "ST_Length(" + onGround(args[0]) + ")" },
			Cost: onEllipsoid,
		},
		{
			Name: "distance", Title: "Distance", Description: "The least distance between two geometries on the ground in metres.",
			Parameters: []cql2.Parameter{geometry, other}, Result: cql2.TypeNumber,
			SQL: func(args []string) string {
				return fmt.Sprintf("ST_Distance(%s, %s)", onGround(args[0]), onGround(args[1]))
			},
			Cost: onEllipsoid,
		},
		{
			Name: "year", Title: "Year", Description: "The year of a date, or of a timestamp in UTC.",
			Parameters: []cql2.Parameter{day}, Result: cql2.TypeInteger,
			SQL: func(args []string) string { return "date_part('year', " + args[0] + " AT TIME ZONE 'UTC')::bigint" },
		},
	}
}

// onGround is a geometry in the storage CRS as PostGIS measures it on the
// ellipsoid.
func onGround(geometry string) string { return "ST_Transform(" + geometry + ", 4326)::geography" }

// onEllipsoid is about how long it takes to measure there.
func onEllipsoid(vertices int) time.Duration {
	return 8*time.Microsecond + time.Duration(vertices)*500*time.Nanosecond
}
