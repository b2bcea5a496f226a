package resident

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/jackc/pgx/v5"

	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/tiles/mvt"
	"kvartal/view"
)

// schema is what of a layer's rows is kept: id, geometry, lowest zoom and the
// fields that tiles carry.
type schema struct {
	def    *layers.Definition
	plane  plane
	fields []layers.Field
	list   string // the columns that tiles are made of, as SELECT has them
	sql    string // SELECT … FROM …, with the versions of the rows
	// within is the condition that a row is in $1, $2, $3, $4: west, south, east
	// and north in the plane's CRS; formerly adds where former rows are.
	within, formerly string
}

func newSchema(store *layers.Store, d *layers.Definition, grid tiles.Grid) *schema {
	s := &schema{def: d, plane: newPlane(grid)}
	columns := []string{"id", "geom", "NULL::bigint", noVersion}
	if store.SRID(d) != grid.SRID {
		columns[1] = fmt.Sprintf("ST_Transform(geom, %d)", grid.SRID)
	}
	if d.Geometry == layers.AnyGeometry {
		columns[1] = "ST_CurveToLine(" + columns[1] + ")"
	}
	if d.Tiles.ZoomField != "" {
		columns[2] = quote(d.Tiles.ZoomField)
	}
	for _, f := range d.Fields {
		if f.Tile {
			s.fields = append(s.fields, f)
			columns = append(columns, columnSQL(f))
		}
	}
	s.list = strings.Join(columns, ", ")
	s.sql = "SELECT " + strings.Replace(s.list, noVersion, "xmin", 1) + " FROM " + store.Table(d)
	window := fmt.Sprintf("ST_MakeEnvelope($1::float8, $2::float8, $3::float8, $4::float8, %d)", grid.SRID)
	in := func(schema string) string {
		return "geom && (SELECT " + tiles.SearchSQL(store, d, schema, grid.SRID, window, "($3 - $1) / 4") + ")"
	}
	s.within = in("layer")
	if d.History != layers.HistoryRevisions {
		s.formerly = " OR " + in("history")
	}
	return s
}

// windowSQL selects the rows in a window that a view shows on the map, and
// returns the values of its parameters from the fifth on.
func (s *schema) windowSQL(store *layers.Store, v view.View, during *layers.Interval) (sql string, args []any, err error) {
	from, args, err := store.Seen(v, view.See, during, 5)
	where := s.within
	if during != nil {
		where += s.formerly
	}
	return "SELECT " + s.list + " FROM " + from + " WHERE " + where, args, err
}

// columnSQL selects a field in the type it has in tiles.
func columnSQL(f layers.Field) string {
	column := quote(f.Name)
	switch f.Type {
	case layers.TypeDecimal:
		return column + "::double precision"
	case layers.TypeDate:
		return column + "::text"
	case layers.TypeTimestamp:
		return fmt.Sprintf(`to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`, column)
	}
	return column
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// fixedColumns are those before the fields' own.
const fixedColumns = 4

// noVersion stands in the place of a row's version where nobody asks for it.
const noVersion = "NULL::xid"

// never is a zoom at which no tile is.
const never = math.MaxUint8

// zoom reads the lowest zoom of a row: where the layer has a field for it, rows
// without a value are not shown.
func (s *schema) zoom(column []byte) (uint8, error) {
	if s.def.Tiles.ZoomField == "" {
		return 0, nil
	}
	if column == nil {
		return never, nil
	}
	n, err := bigint(column)
	return uint8(min(max(n, 0), never)), err
}

// appendValue appends the Value message of a field's column in PostgreSQL's
// binary format.
func appendValue(b []byte, t layers.FieldType, column []byte) ([]byte, error) {
	switch t {
	case layers.TypeInteger:
		n, err := bigint(column)
		return mvt.AppendInt(b, n), err
	case layers.TypeNumber, layers.TypeDecimal:
		n, err := bigint(column)
		return mvt.AppendDouble(b, math.Float64frombits(uint64(n))), err
	case layers.TypeBoolean:
		if len(column) != 1 {
			return nil, fmt.Errorf("%w: a boolean has %d bytes", errCopy, len(column))
		}
		return mvt.AppendBool(b, column[0] != 0), nil
	}
	return mvt.AppendString(b, column), nil
}

// bigint reads eight bytes.
func bigint(column []byte) (int64, error) {
	if len(column) != 8 {
		return 0, fmt.Errorf("%w: a number has %d bytes, want 8", errCopy, len(column))
	}
	return int64(binary.BigEndian.Uint64(column)), nil
}
