package cql2

import "math"

// truth is a truth value of three-valued logic, or that Go cannot tell.
type truth uint8

const (
	isFalse truth = iota
	isNull
	isTrue
	undecided
)

func truthOf(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

// calculate reckons in doubles as PostgreSQL does. The state is isTrue if there
// is a value, isNull if the result is NULL, and undecided where PostgreSQL
// would refuse to reckon: overflow and underflow.
func calculate(op Operator, a, b float64) (float64, truth) {
	switch op {
	case Plus:
		return settle(a+b, math.IsInf(a, 0) || math.IsInf(b, 0), true)
	case Minus:
		return settle(a-b, math.IsInf(a, 0) || math.IsInf(b, 0), true)
	case Times: // converted, lest a later subtraction be fused with it
		return settle(float64(a*b), math.IsInf(a, 0) || math.IsInf(b, 0), a == 0 || b == 0)
	case Divide:
		return divide(a, b)
	case Power:
		return raise(a, b)
	}
	q, state := divide(a, b)
	if state != isTrue {
		return 0, state
	}
	q = math.Trunc(q)
	if op == IntegDiv {
		return q, isTrue
	}
	product, state := calculate(Times, b, q)
	if state != isTrue {
		return 0, state
	}
	return calculate(Minus, a, product)
}

// settle accepts a result unless it overflowed, being infinite from finite
// operands, or underflowed, being zero without a reason.
func settle(x float64, mayBeInfinite, mayBeZero bool) (float64, truth) {
	if math.IsInf(x, 0) && !mayBeInfinite || x == 0 && !mayBeZero {
		return 0, undecided
	}
	return x, isTrue
}

func divide(a, b float64) (float64, truth) {
	if b == 0 {
		return 0, isNull
	}
	return settle(a/b, math.IsInf(a, 0), a == 0 || math.IsInf(b, 0))
}

// raise is used for literals only: the last digit of powers differs between
// mathematical libraries.
func raise(a, b float64) (float64, truth) {
	x := math.Pow(a, b)
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, isNull
	}
	return x, isTrue
}

// compareFloats orders as PostgreSQL does: NaN equals itself and exceeds all.
func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	}
	return -1
}
