package cql2

import (
	"time"

	"github.com/paulmach/orb"

	"kvartal"
)

// Expr is a node of the syntax tree: one of *Op, *Call, *Property, *String,
// *Number, *Boolean, *Date, *Timestamp, *Interval, *Geometry, *BBox and
// *Array. A tree is not changed after it has been made.
type Expr interface {
	// Pos is where the expression stands in its source.
	Pos() Position
	expr()
}

// Op is an operator of the standard or one of its own functions with its
// operands: conditions, comparisons, arithmetic, CASEI, S_INTERSECTS and so on.
// And and Or take two or more operands, In a value and an *Array.
type Op struct {
	At   Position
	Name Operator
	Args []Expr
}

// Call is a call of a function that the standard does not define.
type Call struct {
	At   Position
	Name string
	Args []Expr
}

// Property is the value of a queryable.
type Property struct {
	At   Position
	Name string
}

// String is a character literal.
type String struct {
	At    Position
	Value string
}

// Number is a numeric literal with its digits as they were written, in the
// form of a JSON number.
type Number struct {
	At     Position
	Digits string
}

// Boolean is TRUE or FALSE.
type Boolean struct {
	At    Position
	Value bool
}

// Date is a day, given as its first moment in UTC.
type Date struct {
	At    Position
	Value time.Time
}

// Timestamp is a moment in UTC.
type Timestamp struct {
	At    Position
	Value time.Time
}

// Interval is a stretch of time including both ends. An end is a *Date, a
// *Timestamp, a *Property, a *Call, or nil for an unbounded one ("..").
type Interval struct {
	At         Position
	Start, End Expr
}

// Geometry is a geometry literal in the CRS of the filter, coordinates in the
// order they were written in. Z holds the height of each vertex in the order
// of the source, or is nil; it is kept but takes no part in predicates.
type Geometry struct {
	At    Position
	Value orb.Geometry
	Z     []float64
	// CRS of a geometry that a program has put in, easting first, whatever that of
	// the filter; 0 for those that were written.
	CRS kvartal.SRID
}

// BBox is a box: the four or six numbers of GeoJSON (RFC 7946, section 5), in
// the CRS of the filter. West of a box over the antimeridian exceeds east.
type BBox struct {
	At     Position
	Bounds []float64
}

// Array is a list of values.
type Array struct {
	At    Position
	Items []Expr
}

func (e *Op) Pos() Position        { return e.At }
func (e *Call) Pos() Position      { return e.At }
func (e *Property) Pos() Position  { return e.At }
func (e *String) Pos() Position    { return e.At }
func (e *Number) Pos() Position    { return e.At }
func (e *Boolean) Pos() Position   { return e.At }
func (e *Date) Pos() Position      { return e.At }
func (e *Timestamp) Pos() Position { return e.At }
func (e *Interval) Pos() Position  { return e.At }
func (e *Geometry) Pos() Position  { return e.At }
func (e *BBox) Pos() Position      { return e.At }
func (e *Array) Pos() Position     { return e.At }

func (*Op) expr()        {}
func (*Call) expr()      {}
func (*Property) expr()  {}
func (*String) expr()    {}
func (*Number) expr()    {}
func (*Boolean) expr()   {}
func (*Date) expr()      {}
func (*Timestamp) expr() {}
func (*Interval) expr()  {}
func (*Geometry) expr()  {}
func (*BBox) expr()      {}
func (*Array) expr()     {}

// All joins conditions that must all hold: a filter of rights and one of a
// request, for example. Nil conditions are left out; without any it is TRUE.
func All(conditions ...Expr) Expr {
	var args []Expr
	for _, c := range conditions {
		if c != nil {
			args = append(args, c)
		}
	}
	switch len(args) {
	case 0:
		return &Boolean{Value: true}
	case 1:
		return args[0]
	}
	return &Op{Name: And, Args: args}
}
