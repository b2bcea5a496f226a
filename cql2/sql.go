package cql2

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb/encoding/ewkb"
)

// SQL writes the filter as a condition for WHERE and returns the values of its
// parameters, which are numbered from first. Columns are qualified by table, a
// name or alias, unless it is "". Filters of equal shape, that differ in values
// and lengths of lists only, give equal text, so that the database prepares it
// once. The condition may be NULL, which WHERE takes for false.
//
// Equality and ranges compare bare columns, for B-trees; LIKE does, for
// trigrams; spatial functions are those PostGIS answers from a GiST index.
func (f *Filter) SQL(first int, table string) (text string, args []any) {
	w := sqlWriter{first: first}
	if table != "" {
		w.prefix = pgx.Identifier{table}.Sanitize() + "."
	}
	w.node(f.root)
	return w.String(), w.args
}

type sqlWriter struct {
	strings.Builder
	prefix string
	first  int
	args   []any
}

// parameter writes the next parameter, with its type so that PostgreSQL need not
// guess it.
func (w *sqlWriter) parameter(value any, sqlType string) {
	w.WriteByte('$')
	w.WriteString(strconv.Itoa(w.first + len(w.args)))
	if sqlType != "" {
		w.WriteString("::" + sqlType)
	}
	w.args = append(w.args, value)
}

func (w *sqlWriter) node(n node) {
	switch n := n.(type) {
	case *column:
		w.WriteString(w.prefix + pgx.Identifier{n.name}.Sanitize())
	case *literal:
		w.literal(n)
	case *geometryLiteral:
		w.geometry(n)
	case *arrayLiteral:
		w.parameter(arrayValue(n.element, n.items), n.element.sqlType()+"[]")
	case *arrayOf:
		w.WriteString("ARRAY")
		w.list('[', ", ", ']', n.items)
		w.WriteString("::" + n.element.sqlType() + "[]")
	case *calculation:
		w.calculation(n)
	case *folded:
		w.folded(n)
	case *call:
		w.call(n)
	case *dayOf:
		w.wrapped("(", n.arg, " AT TIME ZONE 'UTC')::date")
	case *momentOf:
		w.momentOf(n)
	case *connective:
		w.list('(', " "+n.op.keyword()+" ", ')', n.args)
	case *negation:
		w.wrapped("(NOT ", n.arg, ")")
	case *relation:
		w.relation(n)
	case *membership:
		t := n.value.valueType()
		w.wrapped("(", n.value, " = ANY(")
		w.parameter(arrayValue(t, n.items), t.sqlType()+"[]")
		w.WriteString("))")
	case *likeness:
		w.wrapped("(", n.value, " LIKE ")
		w.parameter(n.pattern.String(), "text")
		w.WriteByte(')')
	case *nullness:
		w.wrapped("(", n.arg, " IS NULL)")
	case *placement:
		w.placement(n)
	case *setRelation:
		w.setRelation(n)
	default:
		panic(fmt.Sprintf("cql2: no SQL for %T", n))
	}
}

func (w *sqlWriter) wrapped(before string, n node, after string) {
	w.WriteString(before)
	w.node(n)
	w.WriteString(after)
}

func (w *sqlWriter) list(open byte, separator string, closing byte, nodes []node) {
	w.WriteByte(open)
	for i, n := range nodes {
		if i > 0 {
			w.WriteString(separator)
		}
		w.node(n)
	}
	w.WriteByte(closing)
}

// fragment writes a node apart, numbering its parameters on.
func (w *sqlWriter) fragment(n node) string {
	part := sqlWriter{prefix: w.prefix, first: w.first, args: w.args}
	part.node(n)
	w.args = part.args
	return part.String()
}

func (w *sqlWriter) literal(n *literal) {
	switch {
	case n.typ.isTemporal() && n.Int == futureForever:
		w.WriteString("'infinity'::" + n.typ.sqlType())
	case n.typ.isTemporal() && n.Int == pastForever:
		w.WriteString("'-infinity'::" + n.typ.sqlType())
	default:
		w.parameter(n.sqlValue(), n.typ.sqlType())
	}
}

// sqlValue is the literal as pgx takes it.
func (n *literal) sqlValue() any {
	switch n.typ {
	case TypeText:
		return n.Text
	case TypeInteger:
		return n.Int
	case TypeNumber:
		return n.Float
	case TypeBoolean:
		return n.Bool
	case TypeDate:
		return time.UnixMicro(moment(n.Int, false)).UTC()
	case TypeTimestamp:
		return time.UnixMicro(n.Int).UTC()
	}
	return numeric(n.Text)
}

// numeric is a decimal literal with all its digits.
func numeric(digits string) pgtype.Numeric {
	mantissa, exponent, _ := strings.Cut(digits, "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	scale, _ := strconv.Atoi(exponent) // newNumber has checked the digits
	i, _ := new(big.Int).SetString(whole+fraction, 10)
	return pgtype.Numeric{Int: i, Exp: int32(scale - len(fraction)), Valid: i != nil} //nolint:gosec // within ±400
}

// arrayValue is a list of literals as pgx takes it.
func arrayValue(t Type, items []*literal) any {
	switch t {
	case TypeText:
		return valuesOf(items, func(l *literal) string { return l.Text })
	case TypeInteger:
		return valuesOf(items, func(l *literal) int64 { return l.Int })
	case TypeNumber:
		return valuesOf(items, func(l *literal) float64 { return l.Float })
	case TypeBoolean:
		return valuesOf(items, func(l *literal) bool { return l.Bool })
	case TypeDecimal:
		return valuesOf(items, func(l *literal) pgtype.Numeric { return numeric(l.Text) })
	}
	return valuesOf(items, func(l *literal) time.Time { return l.sqlValue().(time.Time) })
}

func valuesOf[T any](items []*literal, value func(*literal) T) []T {
	out := make([]T, len(items))
	for i, item := range items {
		out[i] = value(item)
	}
	return out
}

// geometry writes a literal in the CRS it is compared in. That CRS is part of
// the text: it belongs to the layer, not to the filter.
func (w *sqlWriter) geometry(n *geometryLiteral) {
	g := n.geometry
	transform := n.target != n.srid && n.target != 0
	if transform {
		// As a query of its own it is transformed once, not for each row, when
		// the plan is a generic one.
		w.WriteString("(SELECT ST_Transform(")
	}
	clip := transform && n.domain != nil
	if clip && n.isBox {
		g = clippedBoxes(g, *n.domain)
	}
	if transform && n.isBox {
		g = densified(g)
	}
	if clip {
		w.WriteString("ST_ClipByBox2D(")
	}
	w.WriteString("ST_GeomFromEWKB(")
	data, err := ewkb.Marshal(g, int(n.srid))
	if err != nil {
		panic(fmt.Sprintf("cql2: %T does not marshal: %v", g, err)) // the parser makes no others
	}
	w.parameter(data, "")
	w.WriteByte(')')
	if clip {
		_, _ = fmt.Fprintf(w, ", ST_MakeEnvelope(%v, %v, %v, %v)::box2d)", n.domain.Min[0], n.domain.Min[1], n.domain.Max[0], n.domain.Max[1])
	}
	if transform {
		w.WriteString(", " + strconv.Itoa(int(n.target)) + "))")
	}
}

// number writes an operand of arithmetic as a double.
func (w *sqlWriter) number(n node) {
	w.node(n)
	if t := n.valueType(); t != TypeNumber {
		w.WriteString("::double precision")
	}
}

func (w *sqlWriter) calculation(n *calculation) {
	if n.op == Modulo || n.op == Power {
		w.pairwise(n)
		return
	}
	if n.op == IntegDiv {
		w.WriteString("trunc")
	}
	w.WriteByte('(')
	w.number(n.left)
	switch n.op {
	case Divide, IntegDiv:
		w.WriteString(" / NULLIF(")
		w.number(n.right)
		w.WriteString(", 0)")
	default:
		w.WriteString(" " + string(n.op) + " ")
		w.number(n.right)
	}
	w.WriteByte(')')
}

// pairwise writes operations in which an operand appears more than once, as a
// subquery that names the operands: nested ones would grow exponentially.
func (w *sqlWriter) pairwise(n *calculation) {
	formula := "p.a - p.b * trunc(p.a / NULLIF(p.b, 0))"
	if n.op == Power {
		formula = "CASE WHEN NOT (p.a = 0 AND p.b < 0 OR p.a < 0 AND p.b <> trunc(p.b)) THEN power(p.a, p.b) END"
	}
	w.WriteString("(SELECT " + formula + " FROM (VALUES (")
	w.number(n.left)
	w.WriteString(", ")
	w.number(n.right)
	w.WriteString(")) AS p(a, b))")
}

func (w *sqlWriter) folded(n *folded) {
	w.WriteString(n.folding.SQL(n.op, w.fragment(n.arg)))
}

func (w *sqlWriter) call(n *call) {
	args := make([]string, len(n.args))
	for i, arg := range n.args {
		args[i] = w.fragment(arg)
		if srid := sridOf(arg); srid != 0 && srid != n.srid {
			args[i] = fmt.Sprintf("ST_Transform(%s, %d)", args[i], int(n.srid))
		}
	}
	w.WriteString("(" + n.function.SQL(args) + ")")
}

func (w *sqlWriter) momentOf(n *momentOf) {
	if n.last {
		w.wrapped("((", n.arg, " + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 microsecond')")
		return
	}
	w.wrapped("(", n.arg, "::timestamp AT TIME ZONE 'UTC')")
}

// relation writes a comparison. Text is ordered by its bytes; its equality is
// the same under every deterministic collation, and left to that of the column,
// which has the index.
func (w *sqlWriter) relation(n *relation) {
	collate := ""
	if n.left.valueType() == TypeText && n.op != Equal && n.op != NotEqual {
		collate = ` COLLATE "C"`
	}
	w.WriteByte('(')
	w.node(n.left)
	w.WriteString(collate + " " + string(n.op) + " ")
	w.node(n.right)
	w.WriteString(collate + ")")
}

// sqlPredicate is the function of PostGIS behind a spatial function.
func sqlPredicate(op Operator) string {
	return map[Operator]string{
		SContains: "ST_Contains", SCrosses: "ST_Crosses", SDisjoint: "ST_Disjoint", SEquals: "ST_Equals",
		SIntersects: "ST_Intersects", SOverlaps: "ST_Overlaps", STouches: "ST_Touches", SWithin: "ST_Within",
	}[op]
}

func (w *sqlWriter) placement(n *placement) {
	w.WriteString(sqlPredicate(n.op) + "(")
	w.node(n.left)
	w.WriteString(", ")
	srid, other := sridOf(n.left), sridOf(n.right)
	if other != srid && srid != 0 && other != 0 {
		w.wrapped("ST_Transform(", n.right, fmt.Sprintf(", %d))", int(srid)))
		return
	}
	w.node(n.right)
	w.WriteByte(')')
}

func (w *sqlWriter) setRelation(n *setRelation) {
	operator := map[Operator]string{AContains: "@>", AContainedBy: "<@", AOverlaps: "&&"}[n.op]
	if n.op != AEquals {
		w.sets(n, operator)
		return
	}
	w.WriteByte('(')
	w.sets(n, "@>")
	w.WriteString(" AND ")
	w.sets(n, "<@")
	w.WriteByte(')')
}

func (w *sqlWriter) sets(n *setRelation, operator string) {
	w.WriteByte('(')
	w.node(n.left)
	w.WriteString(" " + operator + " ")
	w.node(n.right)
	w.WriteByte(')')
}
