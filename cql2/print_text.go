package cql2

import (
	"strings"

	"github.com/paulmach/orb"
)

// Text writes the expression in CQL2 text. Reading it gives an equal tree.
func Text(e Expr) string {
	var w textPrinter
	w.expression(e, disjunctionRank)
	return w.String()
}

// rank orders the rules of the grammar from the loosest binding to the
// tightest; what binds looser than its place allows goes into parentheses.
type rank int

const (
	disjunctionRank rank = iota
	conjunctionRank
	negationRank
	predicateRank
	sumRank
	productRank
	powerRank
	primaryRank
)

func rankOf(e Expr) rank {
	op, ok := e.(*Op)
	if !ok {
		return primaryRank
	}
	switch op.Name {
	case Or:
		return disjunctionRank
	case And:
		return conjunctionRank
	case Not:
		if negatedForm(op) != nil {
			return predicateRank
		}
		return negationRank
	case Plus, Minus:
		return sumRank
	case Times, Divide, Modulo, IntegDiv:
		return productRank
	case Power:
		return powerRank
	}
	if c := op.Name.class(); c == comparison || c == matching {
		return predicateRank
	}
	return primaryRank
}

// negatedForm returns the operand of NOT if both are written as one: NOT LIKE,
// NOT BETWEEN, NOT IN, IS NOT NULL.
func negatedForm(op *Op) *Op {
	inner, ok := op.Args[0].(*Op)
	if ok && op.Name == Not && inner.Name.class() == matching {
		return inner
	}
	return nil
}

type textPrinter struct{ strings.Builder }

func (w *textPrinter) expression(e Expr, least rank) {
	if rankOf(e) < least {
		w.WriteByte('(')
		w.bare(e)
		w.WriteByte(')')
		return
	}
	w.bare(e)
}

func (w *textPrinter) bare(e Expr) {
	switch e := e.(type) {
	case *Op:
		w.operation(e)
	case *Call:
		w.name(e.Name)
		w.list(e.Args)
	case *Property:
		w.name(e.Name)
	case *String:
		w.literal(e.Value)
	case *Number:
		w.WriteString(e.Digits)
	case *Boolean:
		w.WriteString(map[bool]string{true: "TRUE", false: "FALSE"}[e.Value])
	case *Date:
		w.WriteString("DATE('" + e.Value.Format(dateLayout) + "')")
	case *Timestamp:
		w.WriteString("TIMESTAMP('" + e.Value.Format(timestampLayout) + "')")
	case *Interval:
		w.WriteString("INTERVAL(")
		w.end(e.Start)
		w.WriteString(", ")
		w.end(e.End)
		w.WriteByte(')')
	case *Geometry:
		z := e.Z
		w.geometry(e.Value, &z)
	case *BBox:
		w.WriteString("BBOX")
		w.sequence(len(e.Bounds), func(i int) { w.WriteString(formatFloat(e.Bounds[i])) })
	case *Array:
		w.list(e.Items)
	}
}

func (w *textPrinter) sequence(n int, write func(i int)) {
	w.WriteByte('(')
	for i := range n {
		if i > 0 {
			w.WriteString(", ")
		}
		write(i)
	}
	w.WriteByte(')')
}

func (w *textPrinter) list(items []Expr) {
	w.sequence(len(items), func(i int) { w.expression(items[i], disjunctionRank) })
}

// name writes an identifier, in quotes if it could be taken for a keyword.
func (w *textPrinter) name(s string) {
	if isIdentifier(s) && !isKeyword(s) {
		w.WriteString(s)
		return
	}
	w.WriteString(`"` + strings.ReplaceAll(s, `"`, `""`) + `"`)
}

// isKeyword reports whether the standard lists s as a keyword (clause 8.2).
func isKeyword(s string) bool {
	if _, ok := geometryTag(s); ok || isReserved(s) {
		return true
	}
	switch strings.ToUpper(s) {
	case "BBOX", "DATE", "TIMESTAMP", "INTERVAL":
		return true
	}
	for _, op := range standardFunctions {
		if strings.EqualFold(s, string(op)) {
			return true
		}
	}
	return false
}

func (w *textPrinter) literal(s string) {
	w.WriteByte('\'')
	for _, r := range s {
		switch i := strings.IndexRune(controlEscapes, r); {
		case r == '\'':
			w.WriteString("''")
		case r == '\\':
			w.WriteString(`\\`)
		case i >= 0 && i%2 == 1:
			w.WriteString(`\` + controlEscapes[i-1:i])
		default:
			w.WriteRune(r)
		}
	}
	w.WriteByte('\'')
}

func (w *textPrinter) end(e Expr) {
	switch e := e.(type) {
	case nil:
		w.literal(unbounded)
	case *Date:
		w.literal(e.Value.Format(dateLayout))
	case *Timestamp:
		w.literal(e.Value.Format(timestampLayout))
	default:
		w.bare(e)
	}
}

func (w *textPrinter) operation(e *Op) {
	switch e.Name {
	case And, Or:
		w.chain(e)
	case Not:
		if inner := negatedForm(e); inner != nil {
			w.matching(inner, "NOT ")
			return
		}
		w.WriteString("NOT ")
		w.expression(e.Args[0], negationRank)
	case Like, Between, In, IsNull:
		w.matching(e, "")
	default:
		if e.Name.class() == comparison || e.Name.class() == arithmetic {
			w.binary(e)
			return
		}
		w.WriteString(e.Name.keyword())
		w.list(e.Args)
	}
}

// chain writes conditions joined by AND or OR. A chain of the same kind within
// keeps its parentheses, so that the tree is the same when read again.
func (w *textPrinter) chain(e *Op) {
	for i, arg := range e.Args {
		if i > 0 {
			w.WriteString(" " + e.Name.keyword() + " ")
		}
		w.expression(arg, rankOf(e)+1)
	}
}

func (w *textPrinter) binary(e *Op) {
	left, right := rankOf(e), rankOf(e)+1
	if e.Name.class() == comparison || e.Name == Power {
		left = right
	}
	w.expression(e.Args[0], left)
	w.WriteString(" " + strings.ToUpper(string(e.Name)) + " ")
	w.expression(e.Args[1], right)
}

func (w *textPrinter) matching(e *Op, not string) {
	w.expression(e.Args[0], sumRank)
	switch e.Name {
	case Like:
		w.WriteString(" " + not + "LIKE ")
		w.expression(e.Args[1], sumRank)
	case Between:
		w.WriteString(" " + not + "BETWEEN ")
		w.expression(e.Args[1], sumRank)
		w.WriteString(" AND ")
		w.expression(e.Args[2], sumRank)
	case In:
		w.WriteString(" " + not + "IN ")
		w.bare(e.Args[1])
	case IsNull:
		w.WriteString(" IS " + not + "NULL")
	}
}

// geometry writes well-known text (OGC 06-103r4, clause 7), taking heights
// from the front of z.
func (w *textPrinter) geometry(g orb.Geometry, z *[]float64) {
	w.WriteString(strings.ToUpper(g.GeoJSONType()))
	if len(*z) > 0 {
		w.WriteString(" Z")
	}
	w.WriteByte(' ')
	w.coordinates(g, z)
}

func (w *textPrinter) coordinates(g orb.Geometry, z *[]float64) {
	switch g := g.(type) {
	case orb.Point:
		w.sequence(1, func(int) { w.position(g, z) })
	case orb.MultiPoint:
		w.sequence(len(g), func(i int) { w.coordinates(g[i], z) })
	case orb.LineString:
		w.sequence(len(g), func(i int) { w.position(g[i], z) })
	case orb.Ring:
		w.sequence(len(g), func(i int) { w.position(g[i], z) })
	case orb.Polygon:
		w.sequence(len(g), func(i int) { w.coordinates(g[i], z) })
	case orb.MultiLineString:
		w.sequence(len(g), func(i int) { w.coordinates(g[i], z) })
	case orb.MultiPolygon:
		w.sequence(len(g), func(i int) { w.coordinates(g[i], z) })
	case orb.Collection:
		w.sequence(len(g), func(i int) { w.geometry(g[i], z) })
	}
}

func (w *textPrinter) position(p orb.Point, z *[]float64) {
	w.WriteString(formatFloat(p[0]) + " " + formatFloat(p[1]))
	if len(*z) > 0 {
		w.WriteString(" " + formatFloat((*z)[0]))
		*z = (*z)[1:]
	}
}
