package cql2

import "strings"

// Operator names an operator or function of the standard as CQL2 JSON does.
type Operator string

// The operators.
const (
	And Operator = "and"
	Or  Operator = "or"
	Not Operator = "not"

	Equal          Operator = "="
	NotEqual       Operator = "<>"
	Less           Operator = "<"
	Greater        Operator = ">"
	LessOrEqual    Operator = "<="
	GreaterOrEqual Operator = ">="

	Like    Operator = "like"
	Between Operator = "between"
	In      Operator = "in"
	IsNull  Operator = "isNull"

	CaseI   Operator = "casei"
	AccentI Operator = "accenti"

	SContains   Operator = "s_contains"
	SCrosses    Operator = "s_crosses"
	SDisjoint   Operator = "s_disjoint"
	SEquals     Operator = "s_equals"
	SIntersects Operator = "s_intersects"
	SOverlaps   Operator = "s_overlaps"
	STouches    Operator = "s_touches"
	SWithin     Operator = "s_within"

	TAfter        Operator = "t_after"
	TBefore       Operator = "t_before"
	TContains     Operator = "t_contains"
	TDisjoint     Operator = "t_disjoint"
	TDuring       Operator = "t_during"
	TEquals       Operator = "t_equals"
	TFinishedBy   Operator = "t_finishedBy"
	TFinishes     Operator = "t_finishes"
	TIntersects   Operator = "t_intersects"
	TMeets        Operator = "t_meets"
	TMetBy        Operator = "t_metBy"
	TOverlappedBy Operator = "t_overlappedBy"
	TOverlaps     Operator = "t_overlaps"
	TStartedBy    Operator = "t_startedBy"
	TStarts       Operator = "t_starts"

	AContainedBy Operator = "a_containedBy"
	AContains    Operator = "a_contains"
	AEquals      Operator = "a_equals"
	AOverlaps    Operator = "a_overlaps"

	Plus     Operator = "+"
	Minus    Operator = "-"
	Times    Operator = "*"
	Divide   Operator = "/"
	Power    Operator = "^"
	Modulo   Operator = "%"
	IntegDiv Operator = "div"
)

// class sorts operators by what they take and give.
type class int

const (
	noOperator class = iota
	logical
	comparison
	matching // like, between, in, isNull
	folding
	spatial
	temporal
	arraywise
	arithmetic
)

// class of the operator; noOperator if the standard does not know it.
func (o Operator) class() class {
	switch o {
	case And, Or, Not:
		return logical
	case Equal, NotEqual, Less, Greater, LessOrEqual, GreaterOrEqual:
		return comparison
	case Like, Between, In, IsNull:
		return matching
	case CaseI, AccentI:
		return folding
	case SContains, SCrosses, SDisjoint, SEquals, SIntersects, SOverlaps, STouches, SWithin:
		return spatial
	case TAfter, TBefore, TContains, TDisjoint, TDuring, TEquals, TFinishedBy, TFinishes, TIntersects,
		TMeets, TMetBy, TOverlappedBy, TOverlaps, TStartedBy, TStarts:
		return temporal
	case AContainedBy, AContains, AEquals, AOverlaps:
		return arraywise
	case Plus, Minus, Times, Divide, Power, Modulo, IntegDiv:
		return arithmetic
	}
	return noOperator
}

// operands returns how many operands the operator takes; most is -1 without
// an upper bound.
func (o Operator) operands() (least, most int) {
	switch o {
	case And, Or:
		return 2, -1
	case Not, IsNull, CaseI, AccentI:
		return 1, 1
	case Between:
		return 3, 3
	}
	return 2, 2
}

// standardFunctions are the operators written as function calls in CQL2 text.
var standardFunctions = [...]Operator{
	CaseI, AccentI,
	SContains, SCrosses, SDisjoint, SEquals, SIntersects, SOverlaps, STouches, SWithin,
	TAfter, TBefore, TContains, TDisjoint, TDuring, TEquals, TFinishedBy, TFinishes, TIntersects,
	TMeets, TMetBy, TOverlappedBy, TOverlaps, TStartedBy, TStarts,
	AContainedBy, AContains, AEquals, AOverlaps,
}

// keyword is how CQL2 text writes the operator.
func (o Operator) keyword() string { return strings.ToUpper(string(o)) }

// mirrored returns the comparison that holds with its operands exchanged.
func (o Operator) mirrored() Operator {
	switch o {
	case Less:
		return Greater
	case Greater:
		return Less
	case LessOrEqual:
		return GreaterOrEqual
	case GreaterOrEqual:
		return LessOrEqual
	}
	return o
}
