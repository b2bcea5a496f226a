package cql2

import (
	"errors"
	"fmt"
	"sync"

	"github.com/paulmach/orb"
)

// ErrUseSQL is what Compile's errors wrap: the filter holds something that
// cannot be decided exactly in memory.
var ErrUseSQL = errors.New("this filter must be run by the database")

// Row is one row of resident attributes. Columns have the numbers that Layout
// gave them. A method is called only for columns that suit it and are not null.
type Row interface {
	Null(column int) bool
	Boolean(column int) bool
	// Integer is a whole number, the days of a date since 1970-01-01, or the
	// microseconds of a timestamp since then; math.MinInt64 and MaxInt64 stand
	// for the infinities of both.
	Integer(column int) int64
	// Number is a number, or a decimal rounded to the nearest double.
	Number(column int) float64
	Text(column int) string
	// Bounds is the envelope of a geometry, not empty, in the frame of the
	// layout.
	Bounds(column int) orb.Bound
}

// Layout says what of a layer is resident.
type Layout struct {
	// Column returns the number of the column that holds a property, if one does.
	Column func(property string) (int, bool)
	// Frame is what Row.Bounds is measured in; nil leaves spatial functions to
	// the database.
	Frame *Frame
}

// Verdict says whether a row satisfies a filter.
type Verdict int

// The verdicts. Undecided rows are for the database to decide.
const (
	No Verdict = iota
	Yes
	Undecided
)

func (v Verdict) String() string { return [...]string{"no", "yes", "undecided"}[v] }

// Predicate is a filter made ready for rows in memory. It is safe for
// concurrent use.
type Predicate struct{ test test }

// Verdict decides one row, as PostgreSQL would or not at all.
func (p *Predicate) Verdict(row Row) Verdict {
	switch p.test(row) {
	case isTrue:
		return Yes
	case undecided:
		return Undecided
	}
	return No
}

// Functions of a row that a filter is compiled to. Those that give values come
// with isTrue for a value, isNull for none, or undecided.
type (
	test        func(Row) truth
	integerOf   func(Row) (int64, truth)
	numberOf    func(Row) (float64, truth)
	textOf      func(Row, *scratch) ([]byte, truth) // in the scratch, or not to be changed
	valueOf     func(Row) (Value, truth)
	orderOf     func(Row) (int, truth) // -1, 0 or 1, as one value is before another
	environment struct {
		Layout
		scratches *sync.Pool // of *scratch
	}
)

// Compile makes a predicate of the filter, or fails with an error that wraps
// ErrUseSQL.
func (f *Filter) Compile(layout Layout) (*Predicate, error) {
	t, err := environment{layout, &sync.Pool{New: newScratch}}.test(f.root)
	if err != nil {
		return nil, err
	}
	return &Predicate{t}, nil
}

func useSQL(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUseSQL, fmt.Sprintf(format, args...))
}

// column returns the number of the column behind n.
func (v environment) column(n *column) (int, error) {
	i, ok := v.Column(n.property)
	if !ok {
		return 0, useSQL("property %q is not resident", n.property)
	}
	return i, nil
}

// test compiles a condition.
func (v environment) test(n node) (test, error) {
	switch n := n.(type) {
	case *literal:
		t := truthOf(n.Bool)
		return func(Row) truth { return t }, nil
	case *column:
		return v.flag(n)
	case *call:
		return v.calledTest(n)
	case *connective:
		return v.connective(n)
	case *negation:
		arg, err := v.test(n.arg)
		return func(r Row) truth { return not(arg(r)) }, err
	case *relation:
		return v.relation(n)
	case *membership:
		return v.membership(n)
	case *likeness:
		return v.likeness(n)
	case *nullness:
		return v.nullness(n)
	case *placement:
		return v.placement(n)
	}
	return nil, useSQL("array functions are left to the database")
}

func not(t truth) truth {
	switch t {
	case isTrue:
		return isFalse
	case isFalse:
		return isTrue
	}
	return t
}

func (v environment) flag(n *column) (test, error) {
	i, err := v.column(n)
	return func(r Row) truth {
		if r.Null(i) {
			return isNull
		}
		return truthOf(r.Boolean(i))
	}, err
}

// connective joins conditions. One that is false settles AND and one that is
// true settles OR, whatever cannot be told of the others.
func (v environment) connective(n *connective) (test, error) {
	args := make([]test, len(n.args))
	for i, arg := range n.args {
		var err error
		if args[i], err = v.test(arg); err != nil {
			return nil, err
		}
	}
	settling := isFalse
	if n.op == Or {
		settling = isTrue
	}
	if len(args) == 2 {
		a, b := args[0], args[1]
		return func(r Row) truth {
			first := a(r)
			if first == settling {
				return settling
			}
			return join(settling, first, b(r))
		}, nil
	}
	return func(r Row) truth {
		result := not(settling)
		for _, arg := range args {
			if result = join(settling, result, arg(r)); result == settling {
				break
			}
		}
		return result
	}, nil
}

// join joins two truths by AND (settling is isFalse) or OR (isTrue).
func join(settling, a, b truth) truth {
	switch {
	case a == settling || b == settling:
		return settling
	case a == undecided || b == undecided:
		return undecided
	case a == isNull || b == isNull:
		return isNull
	}
	return not(settling)
}

func (v environment) nullness(n *nullness) (test, error) {
	if col, ok := n.arg.(*column); ok {
		i, err := v.column(col)
		return func(r Row) truth { return truthOf(r.Null(i)) }, err
	}
	state, err := v.state(n.arg)
	return func(r Row) truth {
		switch state(r) {
		case isNull:
			return isTrue
		case undecided:
			return undecided
		}
		return isFalse
	}, err
}

// state compiles whether n has a value.
func (v environment) state(n node) (test, error) {
	switch t := n.valueType(); {
	case t == TypeBoolean:
		return v.test(n)
	case t.isNumeric():
		value, err := v.number(n)
		return func(r Row) truth { _, t := value(r); return t }, err
	case t.isTemporal():
		value, err := v.integer(n)
		return func(r Row) truth { _, t := value(r); return t }, err
	case t == TypeText:
		value, err := v.text(n)
		return v.withScratch(func(r Row, s *scratch) truth { _, t := value(r, s); return t }), err
	}
	return nil, useSQL("whether a %s is NULL is left to the database", typeWords(n.valueType()))
}
