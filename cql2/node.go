package cql2

import (
	"math"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
)

// node is a part of a checked filter: its types are known to fit, temporal
// predicates and BETWEEN have become comparisons, and literals have the type of
// what they are compared with. A node may be shared by several parents.
type node interface {
	valueType() Type
	// children calls visit for each operand.
	children(visit func(node))
}

// column is the value of a property: a Queryable under its name in SQL.
type column struct {
	property, name string
	typ, element   Type
	codes          []string
	srid           kvartal.SRID
}

// literal is a constant. Fields are as in Value; a Decimal has its digits in
// text and the nearest double in float, as has a Number that was written down.
type literal struct {
	typ Type
	Value
}

// Instants outside of time: the ends of unbounded intervals.
const (
	pastForever   = math.MinInt64
	futureForever = math.MaxInt64
)

// geometryLiteral is a geometry in CRS srid with easting first, to be compared
// in CRS target.
type geometryLiteral struct {
	geometry     orb.Geometry
	srid, target kvartal.SRID
	isBox        bool       // its rings are boxes
	domain       *orb.Bound // to cut it to before it is transformed, or nil
}

// arrayLiteral is a set of literals of one type; arrayOf of any values.
type arrayLiteral struct {
	element Type
	items   []*literal
}

type arrayOf struct {
	element Type
	items   []node
}

// calculation is arithmetic of doubles.
type calculation struct {
	op          Operator
	left, right node
}

// folded is CASEI or ACCENTI.
type folded struct {
	op      Operator
	folding Folding
	arg     node
}

// call is a call of a Function.
type call struct {
	function *Function
	args     []node
	srid     kvartal.SRID // of a geometry result
}

// dayOf is the day of a timestamp in UTC.
type dayOf struct{ arg node }

// momentOf is the first or last microsecond of a date in UTC.
type momentOf struct {
	arg  node
	last bool
}

// connective is AND or OR.
type connective struct {
	op   Operator
	args []node
}

type negation struct{ arg node }

// relation compares two values of the same type, or two numbers.
type relation struct {
	op          Operator
	left, right node
}

// membership tests for one of several literals of the type of the value.
type membership struct {
	value node
	items []*literal
}

type likeness struct {
	value   node
	pattern pattern
}

type nullness struct{ arg node }

// placement is a spatial predicate.
type placement struct {
	op          Operator
	left, right node
}

// setRelation is an array predicate.
type setRelation struct {
	op          Operator
	left, right node
}

func (n *column) valueType() Type        { return n.typ }
func (n *literal) valueType() Type       { return n.typ }
func (*geometryLiteral) valueType() Type { return TypeGeometry }
func (*arrayLiteral) valueType() Type    { return TypeArray }
func (*arrayOf) valueType() Type         { return TypeArray }
func (*calculation) valueType() Type     { return TypeNumber }
func (*folded) valueType() Type          { return TypeText }
func (n *call) valueType() Type          { return n.function.Result }
func (*dayOf) valueType() Type           { return TypeDate }
func (*momentOf) valueType() Type        { return TypeTimestamp }
func (*connective) valueType() Type      { return TypeBoolean }
func (*negation) valueType() Type        { return TypeBoolean }
func (*relation) valueType() Type        { return TypeBoolean }
func (*membership) valueType() Type      { return TypeBoolean }
func (*likeness) valueType() Type        { return TypeBoolean }
func (*nullness) valueType() Type        { return TypeBoolean }
func (*placement) valueType() Type       { return TypeBoolean }
func (*setRelation) valueType() Type     { return TypeBoolean }

func (*column) children(func(node))              {}
func (*literal) children(func(node))             {}
func (*geometryLiteral) children(func(node))     {}
func (*arrayLiteral) children(func(node))        {}
func (n *arrayOf) children(visit func(node))     { visitAll(n.items, visit) }
func (n *calculation) children(visit func(node)) { visit(n.left); visit(n.right) }
func (n *folded) children(visit func(node))      { visit(n.arg) }
func (n *call) children(visit func(node))        { visitAll(n.args, visit) }
func (n *dayOf) children(visit func(node))       { visit(n.arg) }
func (n *momentOf) children(visit func(node))    { visit(n.arg) }
func (n *connective) children(visit func(node))  { visitAll(n.args, visit) }
func (n *negation) children(visit func(node))    { visit(n.arg) }
func (n *relation) children(visit func(node))    { visit(n.left); visit(n.right) }
func (n *membership) children(visit func(node))  { visit(n.value) }
func (n *likeness) children(visit func(node))    { visit(n.value) }
func (n *nullness) children(visit func(node))    { visit(n.arg) }
func (n *placement) children(visit func(node))   { visit(n.left); visit(n.right) }
func (n *setRelation) children(visit func(node)) { visit(n.left); visit(n.right) }

func visitAll(nodes []node, visit func(node)) {
	for _, n := range nodes {
		visit(n)
	}
}

func booleanLiteral(v bool) *literal { return &literal{TypeBoolean, Value{Bool: v}} }

func textLiteral(s string) *literal { return &literal{TypeText, Value{Text: s}} }

func integerLiteral(i int64) *literal { return &literal{TypeInteger, Value{Int: i}} }

func dateLiteral(t time.Time) *literal {
	return &literal{TypeDate, Value{Int: dayNumber(t.UnixMicro())}}
}

func timestampLiteral(t time.Time) *literal {
	return &literal{TypeTimestamp, Value{Int: t.UnixMicro()}}
}

const microsecondsOfDay = 24 * 60 * 60 * 1_000_000

// dayNumber returns the day in UTC of a moment in microseconds since 1970.
func dayNumber(microseconds int64) int64 {
	if microseconds == pastForever || microseconds == futureForever {
		return microseconds
	}
	day := microseconds / microsecondsOfDay
	if microseconds%microsecondsOfDay < 0 {
		day--
	}
	return day
}

// moment returns the first or last microsecond of a day.
func moment(day int64, last bool) int64 {
	if day == pastForever || day == futureForever {
		return day
	}
	if last {
		return (day+1)*microsecondsOfDay - 1
	}
	return day * microsecondsOfDay
}
