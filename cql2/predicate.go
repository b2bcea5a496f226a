package cql2

import (
	"bytes"
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

func (v environment) likeness(n *likeness) (test, error) {
	value, err := v.text(n.value)
	p := n.pattern
	return v.withScratch(func(r Row, space *scratch) truth {
		s, t := value(r, space)
		if t != isTrue {
			return t
		}
		return truthOf(p.matches(s))
	}), err
}

func (v environment) membership(n *membership) (test, error) {
	switch t := n.value.valueType(); t {
	case TypeText:
		return v.textMembership(n)
	case TypeNumber, TypeDecimal:
		return v.numberMembership(n, t == TypeDecimal)
	}
	value, err := v.integer(n.value)
	set := make(map[int64]struct{}, len(n.items))
	for _, item := range n.items {
		set[item.Int] = struct{}{}
	}
	return func(r Row) truth {
		x, t := value(r)
		if t != isTrue {
			return t
		}
		_, ok := set[x]
		return truthOf(ok)
	}, err
}

func (v environment) textMembership(n *membership) (test, error) {
	value, err := v.text(n.value)
	set := make(map[string]struct{}, len(n.items))
	for _, item := range n.items {
		set[item.Text] = struct{}{}
	}
	return v.withScratch(func(r Row, space *scratch) truth {
		s, t := value(r, space)
		if t != isTrue {
			return t
		}
		_, ok := set[string(s)]
		return truthOf(ok)
	}), err
}

func (v environment) numberMembership(n *membership, unsure bool) (test, error) {
	value, err := v.number(n.value)
	set := make(map[float64]struct{}, len(n.items))
	for _, item := range n.items {
		set[item.Float] = struct{}{}
	}
	return func(r Row) truth {
		x, t := value(r)
		if t != isTrue {
			return t
		}
		_, ok := set[x] // literals are never NaN
		if ok && unsure {
			return undecided
		}
		return truthOf(ok)
	}, err
}
