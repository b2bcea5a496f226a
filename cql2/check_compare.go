package cql2

import (
	"math/big"
	"slices"
	"strconv"
)

// side is one operand of a comparison with its source, for messages.
type side struct {
	expr Expr
	node node
}

func (c checker) comparison(e *Op) (node, error) {
	left, err := c.value(e.Args[0])
	if err != nil {
		return nil, err
	}
	right, err := c.value(e.Args[1])
	if err != nil {
		return nil, err
	}
	return c.compare(e.Name, side{e.Args[0], left}, side{e.Args[1], right})
}

// compare makes a comparison of two values, once their types have been brought
// together.
func (c checker) compare(op Operator, l, r side) (node, error) {
	l, r, err := readInstants(l, r)
	if err != nil {
		return nil, err
	}
	a, b := l.node.valueType(), r.node.valueType()
	switch {
	case a.isNumeric() && b.isNumeric():
		if err := c.checkCodes(op, l, r); err != nil {
			return nil, err
		}
		return compareNumbers(op, l.node, r.node), nil
	case a.isTemporal() && b.isTemporal():
		return compareInstants(op, l.node, r.node), nil
	case a == TypeText && b == TypeText:
		return &relation{op, l.node, r.node}, c.checkCodes(op, l, r)
	case a == TypeBoolean && b == TypeBoolean:
		return &relation{op, l.node, r.node}, nil
	}
	return nil, r.expr.Pos().invalid("%s cannot be compared with %s", c.describe(l.expr, l.node), c.describe(r.expr, r.node))
}

// checkCodes refuses values that a codelist does not have.
func (c checker) checkCodes(op Operator, l, r side) error {
	if op != Equal && op != NotEqual {
		return nil
	}
	if _, ok := l.node.(*column); !ok {
		l, r = r, l
	}
	col, ok := l.node.(*column)
	lit, literal := r.node.(*literal)
	if !ok || !literal || len(col.codes) == 0 || slices.Contains(col.codes, lit.Text) {
		return nil
	}
	return r.expr.Pos().invalid("“%s” has no value '%s'%s", col.property, shorten(lit.Text), didYouMean(lit.Text, col.codes))
}

// readInstants reads a character literal beside a date or timestamp as one.
func readInstants(l, r side) (side, side, error) {
	var err error
	if l.node.valueType().isTemporal() {
		r, err = readInstant(r)
	} else if r.node.valueType().isTemporal() {
		l, err = readInstant(l)
	}
	return l, r, err
}

func readInstant(s side) (side, error) {
	text, ok := s.expr.(*String)
	if !ok {
		return s, nil
	}
	e, err := parseInstant(text.At, text.Value)
	if err != nil {
		return s, err
	}
	return side{e, instantLiteral(e)}, nil
}

// instantLiteral is the literal of a *Date or *Timestamp.
func instantLiteral(e Expr) *literal {
	if d, ok := e.(*Date); ok {
		return dateLiteral(d.Value)
	}
	return timestampLiteral(e.(*Timestamp).Value)
}

// numberLiteral keeps the digits, for it may yet become an integer or decimal.
func numberLiteral(e *Number) *literal {
	return &literal{TypeNumber, Value{Float: e.float(), Text: e.Digits}}
}

// compareNumbers brings literals to the type of the other side.
func compareNumbers(op Operator, l, r node) node {
	if lit, ok := l.(*literal); ok {
		if _, both := r.(*literal); !both {
			return compareWithNumber(op.mirrored(), r, lit)
		}
	} else if lit, ok := r.(*literal); ok {
		return compareWithNumber(op, l, lit)
	}
	return &relation{op, l, r}
}

func compareWithNumber(op Operator, value node, lit *literal) node {
	switch value.valueType() {
	case TypeInteger:
		return compareWithInteger(op, value, lit)
	case TypeDecimal:
		return &relation{op, value, &literal{TypeDecimal, lit.Value}}
	}
	return &relation{op, value, lit}
}

// compareWithInteger compares whole numbers with a literal that may have a
// fraction or lie outside of 64 bits, as a comparison of whole numbers that an
// index serves.
func compareWithInteger(op Operator, value node, lit *literal) node {
	if i, err := strconv.ParseInt(lit.Text, 10, 64); err == nil {
		return &relation{op, value, integerLiteral(i)}
	}
	x, ok := new(big.Rat).SetString(lit.Text)
	if !ok {
		x = new(big.Rat).SetFloat64(lit.Float)
	}
	floor := new(big.Int).Div(x.Num(), x.Denom()) // Euclidean: the floor, as Denom is positive
	switch {
	case x.IsInt() && floor.IsInt64():
		return &relation{op, value, integerLiteral(floor.Int64())}
	case op == Equal:
		return never(value)
	case op == NotEqual:
		return always(value)
	}
	below := op == Less || op == LessOrEqual
	if !floor.IsInt64() || floor.Int64() == futureForever {
		if below == (floor.Sign() > 0) {
			return always(value)
		}
		return never(value)
	}
	if below {
		return &relation{LessOrEqual, value, integerLiteral(floor.Int64())}
	}
	return &relation{GreaterOrEqual, value, integerLiteral(floor.Int64() + 1)}
}

// always is true unless the value is NULL, and never is false.
func always(value node) node { return &relation{Equal, value, value} }

func never(value node) node { return &relation{NotEqual, value, value} }

// compareInstants compares days if one of the two is a date.
func compareInstants(op Operator, l, r node) node {
	if l.valueType() == r.valueType() {
		return &relation{op, l, r}
	}
	if l.valueType() == TypeDate {
		return compareInstants(op.mirrored(), r, l)
	}
	if day, ok := r.(*literal); ok {
		return compareWithDay(op, l, day.Int)
	}
	return &relation{op, asDay(l), r}
}

// compareWithDay compares a timestamp with a literal day in a form that an
// index on the timestamp serves.
func compareWithDay(op Operator, value node, day int64) node {
	first := &literal{TypeTimestamp, Value{Int: moment(day, false)}}
	last := &literal{TypeTimestamp, Value{Int: moment(day, true)}}
	switch op {
	case Equal:
		return &connective{And, []node{&relation{GreaterOrEqual, value, first}, &relation{LessOrEqual, value, last}}}
	case NotEqual:
		return &connective{Or, []node{&relation{Less, value, first}, &relation{Greater, value, last}}}
	case Less, GreaterOrEqual:
		return &relation{op, value, first}
	}
	return &relation{op, value, last}
}

func asDay(n node) node {
	if l, ok := n.(*literal); ok {
		return &literal{TypeDate, Value{Int: dayNumber(l.Int)}}
	}
	return &dayOf{n}
}

// asMoment turns a date into its first or last moment; timestamps stay.
func asMoment(n node, last bool) node {
	if n.valueType() != TypeDate {
		return n
	}
	if l, ok := n.(*literal); ok {
		return &literal{TypeTimestamp, Value{Int: moment(l.Int, last)}}
	}
	return &momentOf{n, last}
}

// in tests for literals of the type of the value at once; other lists are
// comparisons joined by OR.
func (c checker) in(e *Op) (node, error) {
	value, err := c.value(e.Args[0])
	if err != nil {
		return nil, err
	}
	list := e.Args[1].(*Array)
	args := make([]node, len(list.Items))
	for i, item := range list.Items {
		n, err := c.value(item)
		if err != nil {
			return nil, err
		}
		if args[i], err = c.compare(Equal, side{e.Args[0], value}, side{item, n}); err != nil {
			return nil, err
		}
	}
	if m, ok := asMembership(value, args); ok {
		return m, nil
	}
	if len(args) == 1 {
		return args[0], nil
	}
	return &connective{Or, args}, nil
}

// asMembership gathers comparisons of value with literals of its type.
func asMembership(value node, args []node) (node, bool) {
	if value.valueType() == TypeBoolean {
		return nil, false
	}
	m := &membership{value: value}
	for _, arg := range args {
		r, ok := arg.(*relation)
		if !ok || r.left != value {
			return nil, false
		}
		if r.op == NotEqual && r.right == value { // never: no such whole number
			continue
		}
		lit, ok := r.right.(*literal)
		if !ok || lit.typ != value.valueType() {
			return nil, false
		}
		m.items = append(m.items, lit)
	}
	if len(m.items) == 0 {
		return never(value), true
	}
	return m, true
}

// calculation checks arithmetic, and does that of literals.
func (c checker) calculation(e *Op) (node, error) {
	args := make([]node, 2)
	for i, arg := range e.Args {
		n, err := c.value(arg)
		if err != nil {
			return nil, err
		}
		if !n.valueType().isNumeric() {
			return nil, arg.Pos().invalid("%s is not a number: %s cannot reckon with it", c.describe(arg, n), e.Name)
		}
		args[i] = n
	}
	l, left := args[0].(*literal)
	r, right := args[1].(*literal)
	if !left || !right {
		return &calculation{e.Name, args[0], args[1]}, nil
	}
	x, state := calculate(e.Name, l.Float, r.Float)
	if state != isTrue {
		return nil, e.At.invalid("%s %s %s has no value", shorten(l.Text), e.Name, shorten(r.Text))
	}
	return &literal{TypeNumber, Value{Float: x, Text: formatFloat(x)}}, nil
}
