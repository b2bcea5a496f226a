package cql2

import (
	"bytes"
	"errors"
)

// relation compiles a comparison.
func (v environment) relation(n *relation) (test, error) {
	if t, err, ok := v.columnAndLiteral(n); ok {
		return t, err
	}
	order, err := v.order(n.left, n.right)
	if err != nil {
		return nil, err
	}
	accept := accepting(n.op)
	unsure := n.left.valueType() == TypeDecimal && n.right.valueType() != TypeNumber ||
		n.right.valueType() == TypeDecimal && n.left.valueType() != TypeNumber
	return func(r Row) truth {
		c, state := order(r)
		switch {
		case state != isTrue:
			return state
		case c == 0 && unsure: // equal doubles may be of unequal decimals
			return undecided
		}
		return truthOf(accept.holds(c))
	}, nil
}

// acceptance is the set of orders for which a comparison holds: bit 0 for less,
// 1 for equal, 2 for greater.
type acceptance uint8

func (a acceptance) holds(order int) bool { return a>>(order+1)&1 == 1 }

func accepting(op Operator) acceptance {
	switch op {
	case Less:
		return 0b001
	case Equal:
		return 0b010
	case LessOrEqual:
		return 0b011
	case Greater:
		return 0b100
	case NotEqual:
		return 0b101
	}
	return 0b110 // GreaterOrEqual
}

// columnAndLiteral compiles the commonest comparisons without detours.
func (v environment) columnAndLiteral(n *relation) (t test, err error, ok bool) {
	col, ok1 := n.left.(*column)
	lit, ok2 := n.right.(*literal)
	if !ok1 || !ok2 || col.typ != lit.typ {
		return nil, nil, false
	}
	accept := accepting(n.op)
	i, err := v.column(col)
	switch col.typ {
	case TypeInteger, TypeDate, TypeTimestamp:
		value := lit.Int
		return func(r Row) truth {
			if r.Null(i) {
				return isNull
			}
			return truthOf(accept.holds(compareIntegers(r.Integer(i), value)))
		}, err, true
	case TypeNumber:
		value := lit.Float
		return func(r Row) truth {
			if r.Null(i) {
				return isNull
			}
			return truthOf(accept.holds(compareFloats(r.Number(i), value)))
		}, err, true
	case TypeText:
		value := lit.Text
		return func(r Row) truth {
			if r.Null(i) {
				return isNull
			}
			return truthOf(accept.holds(compareStrings(r.Text(i), value)))
		}, err, true
	}
	return nil, nil, false
}

func compareIntegers(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func compareStrings(a, b string) int {
	switch {
	case a == b:
		return 0
	case a < b:
		return -1
	}
	return 1
}

// order compiles the order of two values of one type, or of two numbers.
func (v environment) order(l, r node) (orderOf, error) {
	a, b := l.valueType(), r.valueType()
	switch {
	case a == TypeText:
		return v.orderTexts(l, r)
	case a == TypeBoolean:
		return v.orderFlags(l, r)
	case a.isTemporal() || a == TypeInteger && b == TypeInteger:
		return v.orderIntegers(l, r)
	}
	return v.orderNumbers(l, r)
}

func (v environment) orderIntegers(l, r node) (orderOf, error) {
	a, err1 := v.integer(l)
	b, err2 := v.integer(r)
	return func(row Row) (int, truth) {
		x, s := a(row)
		y, t := b(row)
		return compareIntegers(x, y), both(s, t)
	}, errors.Join(err1, err2)
}

func (v environment) orderNumbers(l, r node) (orderOf, error) {
	a, err1 := v.number(l)
	b, err2 := v.number(r)
	return func(row Row) (int, truth) {
		x, s := a(row)
		y, t := b(row)
		return compareFloats(x, y), both(s, t)
	}, errors.Join(err1, err2)
}

func (v environment) orderTexts(l, r node) (orderOf, error) {
	a, err1 := v.text(l)
	b, err2 := v.text(r)
	return func(row Row) (int, truth) {
		space := v.scratches.Get().(*scratch)
		defer v.scratches.Put(space)
		space.used = 0
		x, s := a(row, space)
		y, t := b(row, space)
		return bytes.Compare(x, y), both(s, t)
	}, errors.Join(err1, err2)
}

func (v environment) orderFlags(l, r node) (orderOf, error) {
	a, err1 := v.test(l)
	b, err2 := v.test(r)
	return func(row Row) (int, truth) {
		x, y := a(row), b(row)
		return compareIntegers(int64(x), int64(y)), both(known(x), known(y))
	}, errors.Join(err1, err2)
}

// known turns the truth of a condition into whether it has a value.
func known(t truth) truth {
	if t == isFalse {
		return isTrue
	}
	return t
}

// both is the state of what needs two values. NULL prevails: it is NULL
// whatever the other would be.
func both(a, b truth) truth {
	switch {
	case a == isNull || b == isNull:
		return isNull
	case a == undecided || b == undecided:
		return undecided
	}
	return isTrue
}
