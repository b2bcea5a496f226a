package cql2

// Type is the type of a queryable or of a value.
type Type string

// The types.
const (
	TypeText      Type = "text"
	TypeInteger   Type = "integer" // 64 bits
	TypeNumber    Type = "number"  // IEEE double
	TypeDecimal   Type = "decimal" // numeric of any precision
	TypeBoolean   Type = "boolean"
	TypeDate      Type = "date"
	TypeTimestamp Type = "timestamp" // with time zone
	TypeGeometry  Type = "geometry"
	TypeArray     Type = "array"
)

func (t Type) isNumeric() bool { return t == TypeInteger || t == TypeNumber || t == TypeDecimal }

func (t Type) isTemporal() bool { return t == TypeDate || t == TypeTimestamp }

// sqlType names the PostgreSQL type.
func (t Type) sqlType() string {
	switch t {
	case TypeInteger:
		return "bigint"
	case TypeNumber:
		return "double precision"
	case TypeDecimal:
		return "numeric"
	case TypeTimestamp:
		return "timestamptz"
	}
	return string(t) // text, boolean, date, geometry
}
