package cql2_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/cql2"
	"kvartal/postgres/pgtest"
)

// utm43 is a CRS in which a city around Bishkek may store its layers.
const utm43 kvartal.SRID = 32643

// citySchema is a layer with a property of every type.
func citySchema() cql2.Schema {
	return cql2.Schema{
		"name":     {Type: cql2.TypeText},
		"street":   {Type: cql2.TypeText},
		"status":   {Type: cql2.TypeText, Codes: []string{"planned", "built", "demolished"}},
		"floors":   {Type: cql2.TypeInteger},
		"capacity": {Type: cql2.TypeInteger, Column: "Места"},
		"height":   {Type: cql2.TypeNumber},
		"width":    {Type: cql2.TypeNumber},
		"price":    {Type: cql2.TypeDecimal},
		"fee":      {Type: cql2.TypeDecimal},
		"lit":      {Type: cql2.TypeBoolean},
		"open":     {Type: cql2.TypeBoolean},
		"built":    {Type: cql2.TypeDate},
		"closed":   {Type: cql2.TypeDate},
		"seen":     {Type: cql2.TypeTimestamp},
		"gone":     {Type: cql2.TypeTimestamp},
		"geom":     {Type: cql2.TypeGeometry, SRID: utm43},
		"place":    {Type: cql2.TypeGeometry, SRID: kvartal.WGS84},
		"tags":     {Type: cql2.TypeArray, Element: cql2.TypeText},
		"numbers":  {Type: cql2.TypeArray, Element: cql2.TypeInteger},
		"days":     {Type: cql2.TypeArray, Element: cql2.TypeDate},
	}
}

// cityFunctions are functions as a city may define them.
func cityFunctions() cql2.Functions {
	return cql2.Functions{
		{
			Name: "double", Description: "Twice the number.", Result: cql2.TypeNumber,
			Parameters: []cql2.Parameter{{Name: "x", Types: []cql2.Type{cql2.TypeNumber}}},
			SQL:        func(args []string) string { return args[0] + " * 2" },
			Go: func(args []cql2.Value) (cql2.Value, bool) {
				return cql2.Value{Null: args[0].Null, Float: args[0].Float * 2}, true
			},
		},
		{
			Name: "initial", Description: "The first letter.", Result: cql2.TypeText,
			Parameters: []cql2.Parameter{{Name: "text", Types: []cql2.Type{cql2.TypeText}}},
			SQL:        func(args []string) string { return "left(" + args[0] + ", 1)" },
			Go: func(args []cql2.Value) (cql2.Value, bool) {
				_, size := utf8.DecodeRuneInString(args[0].Text)
				return cql2.Value{Null: args[0].Null, Text: args[0].Text[:size]}, !strings.HasPrefix(args[0].Text, "Ё")
			},
		},
		{
			Name: "Buffer", Description: "The area within a distance in metres.", Result: cql2.TypeGeometry,
			Parameters: []cql2.Parameter{
				{Name: "geometry", Types: []cql2.Type{cql2.TypeGeometry}},
				{Name: "distance", Types: []cql2.Type{cql2.TypeNumber}},
			},
			SQL: func(args []string) string { return "ST_Buffer(" + args[0] + ", " + args[1] + ")" },
		},
		{
			Name: "either", Description: "Whether one of two holds.", Result: cql2.TypeBoolean,
			Parameters: []cql2.Parameter{
				{Name: "a", Types: []cql2.Type{cql2.TypeBoolean}}, {Name: "b", Types: []cql2.Type{cql2.TypeBoolean}},
			},
			SQL: func(args []string) string { return args[0] + " OR " + args[1] },
		},
		{
			Name: "opening", Description: "A day or a moment.", Result: cql2.TypeTimestamp,
			Parameters: []cql2.Parameter{{Name: "day", Types: []cql2.Type{cql2.TypeDate, cql2.TypeTimestamp}}},
			SQL:        func(args []string) string { return args[0] + "::date::timestamp AT TIME ZONE 'UTC'" },
		},
	}
}

// cityWords are texts that differ in what folding and collations take for
// equal or order otherwise.
func cityWords() []string {
	return []string{
		"", "a", "A", "Z", "_", "%", `\`, "Ёлка", "ёлка", "елка", "ЕЛКА", "Елка", "май", "маи", "МАЙ", "Чүй", "Чуй", "ЧҮЙ", "өң", "он",
		"Straße", "STRASSE", "strasse", "STRAẞE", "Οδος", "ΟΔΟΣ", "οδοσ", "Chișinău", "Chisinau", "København", "Kobenhavn",
		"I", "i", "ı", "İ", "й", "и\u0306", "е\u0308лка", "ﬁn", "fin", "が", "か", "한국", "100%_", "Ꭰ", "ꭰ", "😀", "улица Токтогула",
	}
}

// newCity makes a table of random rows.
func newCity(t *testing.T, count int) *rows {
	t.Helper()
	db := pgtest.New(t)
	_, err := db.Pool.Exec(t.Context(), `CREATE TABLE city (
		id bigint PRIMARY KEY, name text, street text, status text, floors bigint, "Места" bigint,
		height double precision, width double precision, price numeric, fee numeric, lit boolean, open boolean,
		built date, closed date, seen timestamptz, gone timestamptz,
		geom geometry(Geometry, 32643), place geometry(Geometry, 4326), tags text[], numbers bigint[], days date[])`)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(5, 5))
	batch := &pgx.Batch{}
	for id := range count {
		batch.Queue(`INSERT INTO city SELECT $1::int, $2, $3, $4, $5::numeric, $6::numeric, $7::numeric, $8::numeric, $9::numeric, $10::numeric, $11::boolean,
			$12::boolean, $13::date, $14::date, $15::timestamptz, $16::timestamptz,
			ST_Transform(ST_GeomFromText($17, 4326), 32643), ST_GeomFromText($18, 4326),
			$19::text[], $20::bigint[], $21::date[]`, append([]any{id}, randomRow(random)...)...)
	}
	if err := db.Pool.SendBatch(t.Context(), batch).Close(); err != nil {
		t.Fatal(err)
	}
	return loadRows(t, db.Pool, "city", "id", citySchema())
}

// randomRow returns one row as text, each attribute NULL now and then.
func randomRow(random *rand.Rand) []any {
	pick := func(options ...string) any {
		if i := random.IntN(len(options) + 1); i < len(options) {
			return options[i]
		}
		return nil
	}
	dates := []string{"2020-01-01", "2020-12-31", "2021-06-15", "1969-12-31", "infinity", "-infinity"}
	times := []string{
		"2020-01-01T00:00:00Z", "2020-01-01T23:59:59.999999Z", "2020-12-31T12:00:00Z", "2021-06-15T06:00:00.5Z",
		"1969-12-31T23:59:59.999999Z", "infinity", "-infinity",
	}
	integers := []string{"0", "1", "2", "3", "-7", "12", "9007199254740993", "9223372036854775807", "-9223372036854775808"}
	numbers := []string{"0", "1", "2.5", "-3.25", "0.1", "0.3", "12", "7", "1e15", "123456789.125"}
	decimals := []string{"0", "0.1", "0.10000000000000000001", "2.5", "-3.25", "12", "9007199254740993"}
	return []any{
		pick(cityWords()...), pick(cityWords()...), pick("planned", "built", "demolished"),
		pick(integers...), pick(integers...), pick(numbers...), pick(numbers...), pick(decimals...), pick(decimals...),
		pick("true", "false"), pick("true", "false"), pick(dates...), pick(dates...), pick(times...), pick(times...),
		pick(randomWKT(random)), pick(randomWKT(random)),
		pick("{}", "{a}", "{a,b}", "{b,c,a}", "{NULL,a}"), pick("{}", "{1}", "{1,2}", "{3,2,1}"), pick("{}", "{2020-01-01}", "{2020-01-01,2020-12-31}"),
	}
}

// randomWKT returns a geometry near Bishkek, on a grid so that some touch.
func randomWKT(random *rand.Rand) string {
	x, y := 74.5+float64(random.IntN(20))/100, 42.8+float64(random.IntN(15))/100
	switch random.IntN(3) {
	case 0:
		return fmt.Sprintf("POINT(%v %v)", x, y)
	case 1:
		return fmt.Sprintf("LINESTRING(%v %v, %v %v)", x, y, x+0.01, y+0.02)
	}
	return fmt.Sprintf("POLYGON((%v %v, %v %v, %v %v, %v %v))", x, y, x+0.01, y, x+0.01, y+0.01, x, y)
}

func cityScope() cql2.Scope {
	return cql2.Scope{Schema: citySchema(), Functions: cityFunctions(), Folding: cql2.Folding{YoAsYe: true}}
}
