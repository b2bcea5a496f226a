package cql2

import "errors"

// integer compiles a whole number, date or timestamp.
func (v environment) integer(n node) (integerOf, error) {
	switch n := n.(type) {
	case *literal:
		return func(Row) (int64, truth) { return n.Int, isTrue }, nil
	case *column:
		i, err := v.column(n)
		return func(r Row) (int64, truth) {
			if r.Null(i) {
				return 0, isNull
			}
			return r.Integer(i), isTrue
		}, err
	case *dayOf:
		return v.mapped(n.arg, dayNumber)
	case *momentOf:
		return v.mapped(n.arg, func(day int64) int64 { return moment(day, n.last) })
	case *call:
		value, err := v.called(n)
		return func(r Row) (int64, truth) { x, t := value(r); return x.Int, t }, err
	}
	return nil, useSQL("%T is not a whole number", n)
}

func (v environment) mapped(n node, f func(int64) int64) (integerOf, error) {
	arg, err := v.integer(n)
	return func(r Row) (int64, truth) {
		x, t := arg(r)
		if t != isTrue {
			return 0, t
		}
		return f(x), isTrue
	}, err
}

// number compiles a number of any type as a double.
func (v environment) number(n node) (numberOf, error) {
	if n.valueType() == TypeInteger {
		value, err := v.integer(n)
		return func(r Row) (float64, truth) { i, t := value(r); return float64(i), t }, err
	}
	switch n := n.(type) {
	case *literal:
		return func(Row) (float64, truth) { return n.Float, isTrue }, nil
	case *column:
		i, err := v.column(n)
		return func(r Row) (float64, truth) {
			if r.Null(i) {
				return 0, isNull
			}
			return r.Number(i), isTrue
		}, err
	case *calculation:
		return v.calculation(n)
	case *call:
		value, err := v.called(n)
		return func(r Row) (float64, truth) { x, t := value(r); return x.Float, t }, err
	}
	return nil, useSQL("%T is not a number", n)
}

func (v environment) calculation(n *calculation) (numberOf, error) {
	if n.op == Power {
		return nil, useSQL("the last digit of powers is PostgreSQL's to decide")
	}
	a, err1 := v.number(n.left)
	b, err2 := v.number(n.right)
	op := n.op
	return func(r Row) (float64, truth) {
		x, s := a(r)
		y, t := b(r)
		if state := both(s, t); state != isTrue {
			return 0, state
		}
		return calculate(op, x, y)
	}, errors.Join(err1, err2)
}
