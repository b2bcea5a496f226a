package cql2

import (
	"strings"
	"unicode/utf8"
)

// ParseText reads a filter in CQL2 text (21-065r2, Annex B). Errors are of
// KindInvalid, or KindTooLarge over a limit, and give line and column.
//
// It takes a little more than the standard: properties of type Boolean stand
// as conditions by themselves, names in double quotes may hold any character,
// and keywords that are not operators need no quotes where no parenthesis
// follows.
func ParseText(s string, limits Limits) (Expr, error) {
	p := textParser{lexer: lexer{src: s, line: 1, column: 1}, budget: budget{limits: limits}}
	if err := p.source(len(s)); err != nil {
		return nil, err
	}
	if !utf8.ValidString(s) {
		return nil, Position{}.invalid("it is not valid UTF-8")
	}
	return p.filter()
}

// textParser is a recursive descent over one token of look-ahead. One grammar
// of expressions serves conditions, values and lists alike, since "(" may open
// any of them; Check tells them apart.
type textParser struct {
	lexer
	budget
	token token
}

func (p *textParser) filter() (Expr, error) {
	if err := p.shift(); err != nil {
		return nil, err
	}
	e, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	if p.token.kind != endToken {
		return nil, p.unexpected("the end of the filter, AND or OR")
	}
	return e, nil
}

// shift takes the next token.
func (p *textParser) shift() error {
	t, err := p.next()
	if err != nil {
		return err
	}
	p.token = t
	if t.kind == stringToken {
		return p.text(t.at, t.text)
	}
	return nil
}

// accept takes the token if it is the given sign or keyword.
func (p *textParser) accept(text string) (bool, error) {
	if !p.token.is(text) {
		return false, nil
	}
	return true, p.shift()
}

func (p *textParser) expect(text string) error {
	ok, err := p.accept(text)
	if err == nil && !ok {
		err = p.unexpected("“" + text + "”")
	}
	return err
}

func (p *textParser) unexpected(want string) error {
	return p.token.at.invalid("want %s, found %s", want, p.token)
}

// op makes an operator node.
func (p *textParser) op(at Position, name Operator, args ...Expr) (Expr, error) {
	if err := p.node(at); err != nil {
		return nil, err
	}
	return &Op{At: at, Name: name, Args: args}, nil
}

func (p *textParser) disjunction() (Expr, error) { return p.chain(Or, p.conjunction) }

func (p *textParser) conjunction() (Expr, error) { return p.chain(And, p.negation) }

// chain reads operands joined by AND or by OR into one node.
func (p *textParser) chain(name Operator, operand func() (Expr, error)) (Expr, error) {
	first, err := operand()
	if err != nil || !p.token.is(string(name)) {
		return first, err
	}
	at, args := p.token.at, []Expr{first}
	for p.token.is(string(name)) {
		if err := p.shift(); err != nil {
			return nil, err
		}
		e, err := operand()
		if err != nil {
			return nil, err
		}
		args = append(args, e)
	}
	return p.op(at, name, args...)
}

func (p *textParser) negation() (Expr, error) {
	at := p.token.at
	ok, err := p.accept("NOT")
	if err != nil {
		return nil, err
	}
	if !ok {
		return p.predicate()
	}
	if err := p.enter(at); err != nil {
		return nil, err
	}
	defer p.leave()
	e, err := p.negation()
	if err != nil {
		return nil, err
	}
	return p.op(at, Not, e)
}

// predicate reads a comparison, or a value that stands alone.
func (p *textParser) predicate() (Expr, error) {
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	at := p.token.at
	if p.token.kind == signToken && Operator(p.token.text).class() == comparison {
		return p.comparison(at, Operator(p.token.text), left)
	}
	negated, err := p.accept("NOT")
	if err != nil {
		return nil, err
	}
	e, err := p.match(at, left)
	if err != nil || e == nil {
		if err == nil && negated {
			return nil, p.unexpected("LIKE, BETWEEN or IN after NOT")
		}
		return left, err
	}
	if negated {
		return p.op(at, Not, e)
	}
	return e, nil
}

func (p *textParser) comparison(at Position, name Operator, left Expr) (Expr, error) {
	if err := p.shift(); err != nil {
		return nil, err
	}
	right, err := p.sum()
	if err != nil {
		return nil, err
	}
	if p.token.kind == signToken && Operator(p.token.text).class() == comparison {
		return nil, p.token.at.invalid("comparisons cannot be chained: write a < b AND b < c")
	}
	return p.op(at, name, left, right)
}

// match reads LIKE, BETWEEN, IN or IS NULL after its first operand, or nothing.
func (p *textParser) match(at Position, left Expr) (Expr, error) {
	var read func(Position, Expr) (Expr, error)
	switch t := p.token; {
	case t.is("LIKE"):
		read = p.like
	case t.is("BETWEEN"):
		read = p.between
	case t.is("IN"):
		read = p.in
	case t.is("IS"):
		read = p.isNull
	default:
		return nil, nil
	}
	if err := p.shift(); err != nil {
		return nil, err
	}
	return read(at, left)
}

func (p *textParser) like(at Position, left Expr) (Expr, error) {
	pattern, err := p.sum()
	if err != nil {
		return nil, err
	}
	return p.op(at, Like, left, pattern)
}

func (p *textParser) between(at Position, left Expr) (Expr, error) {
	low, err := p.sum()
	if err != nil {
		return nil, err
	}
	if err := p.expect("AND"); err != nil {
		return nil, err
	}
	high, err := p.sum()
	if err != nil {
		return nil, err
	}
	return p.op(at, Between, left, low, high)
}

func (p *textParser) in(at Position, left Expr) (Expr, error) {
	open := p.token.at
	if !p.token.is("(") {
		return nil, p.unexpected("“(”")
	}
	items, err := p.parenthesized(open)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, open.invalid("the list after IN is empty")
	}
	list, err := p.array(open, items)
	if err != nil {
		return nil, err
	}
	return p.op(at, In, left, list)
}

func (p *textParser) isNull(at Position, left Expr) (Expr, error) {
	negated, err := p.accept("NOT")
	if err != nil {
		return nil, err
	}
	if err := p.expect("NULL"); err != nil {
		return nil, err
	}
	e, err := p.op(at, IsNull, left)
	if err != nil || !negated {
		return e, err
	}
	return p.op(at, Not, e)
}

func (p *textParser) sum() (Expr, error) { return p.leftToRight(p.product, Plus, Minus) }

func (p *textParser) product() (Expr, error) {
	return p.leftToRight(p.power, Times, Divide, Modulo, IntegDiv)
}

// leftToRight reads operands joined by operators of equal rank. Its loop deepens
// the tree, so it counts as nesting.
func (p *textParser) leftToRight(operand func() (Expr, error), names ...Operator) (Expr, error) {
	left, err := operand()
	entered := 0
	defer func() { p.depth -= entered }()
	for err == nil {
		name, ok := p.operatorOf(names)
		if !ok {
			break
		}
		at := p.token.at
		entered++
		if err := p.enter(at); err != nil {
			return nil, err
		}
		if err := p.shift(); err != nil {
			return nil, err
		}
		var right Expr
		if right, err = operand(); err == nil {
			left, err = p.op(at, name, left, right)
		}
	}
	return left, err
}

func (p *textParser) operatorOf(names []Operator) (Operator, bool) {
	for _, name := range names {
		if p.token.is(string(name)) {
			return name, true
		}
	}
	return "", false
}

func (p *textParser) power() (Expr, error) {
	base, err := p.factor()
	if err != nil || !p.token.is("^") {
		return base, err
	}
	at := p.token.at
	if err := p.shift(); err != nil {
		return nil, err
	}
	exponent, err := p.factor()
	if err != nil {
		return nil, err
	}
	if p.token.is("^") {
		return nil, p.token.at.invalid("powers cannot be chained: put parentheses around one of them")
	}
	return p.op(at, Power, base, exponent)
}

// factor reads a value with a sign or none. The minus of a number belongs to
// it; that of another value multiplies it by -1.
func (p *textParser) factor() (Expr, error) {
	at, negative := p.token.at, p.token.is("-")
	if !negative && !p.token.is("+") {
		return p.primary()
	}
	if err := p.shift(); err != nil {
		return nil, err
	}
	if p.token.kind == numberToken {
		if negative {
			p.token.text = "-" + p.token.text
		}
		p.token.at = at
		return p.primary()
	}
	if !negative {
		return nil, p.unexpected("a number after “+”")
	}
	e, err := p.primary()
	if err != nil {
		return nil, err
	}
	return p.op(at, Times, &Number{At: at, Digits: "-1"}, e)
}

func (p *textParser) primary() (Expr, error) {
	t := p.token
	if err := p.node(t.at); err != nil {
		return nil, err
	}
	switch {
	case t.is("("):
		return p.parenthesis()
	case t.kind == stringToken:
		return &String{At: t.at, Value: t.text}, p.shift()
	case t.kind == numberToken:
		return p.number()
	case t.is("TRUE"), t.is("FALSE"):
		return &Boolean{At: t.at, Value: t.is("TRUE")}, p.shift()
	case t.kind == quotedToken, t.kind == wordToken && !isReserved(t.text):
		return p.named()
	}
	return nil, p.unexpected("a property, a value or “(”")
}

func (p *textParser) number() (Expr, error) {
	n, err := newNumber(p.token.at, p.token.text)
	if err != nil {
		return nil, err
	}
	return n, p.shift()
}

// reserved are the words that cannot be names without quotes.
var reserved = [...]string{"AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "TRUE", "FALSE", "DIV"}

func isReserved(word string) bool {
	for _, r := range reserved {
		if strings.EqualFold(word, r) {
			return true
		}
	}
	return false
}

// named reads a property, or what is written like a function call.
func (p *textParser) named() (Expr, error) {
	t := p.token
	if err := p.shift(); err != nil {
		return nil, err
	}
	if t.kind == wordToken && (p.token.is("(") || p.token.is("Z")) {
		if kind, ok := geometryTag(t.text); ok {
			return p.geometry(t.at, kind)
		}
	}
	if !p.token.is("(") {
		return &Property{At: t.at, Name: t.text}, nil
	}
	if err := p.enter(t.at); err != nil {
		return nil, err
	}
	defer p.leave()
	if err := p.shift(); err != nil {
		return nil, err
	}
	if t.kind == quotedToken {
		return p.call(t)
	}
	switch {
	case t.is("DATE"):
		s, err := p.quotedInstant()
		if err != nil {
			return nil, err
		}
		return parseDate(t.at, s)
	case t.is("TIMESTAMP"):
		s, err := p.quotedInstant()
		if err != nil {
			return nil, err
		}
		return parseTimestamp(t.at, s)
	case t.is("INTERVAL"):
		return p.interval(t.at)
	case t.is("BBOX"):
		return p.bbox(t.at)
	}
	return p.call(t)
}

// call reads the arguments of a function of the standard or another one.
func (p *textParser) call(name token) (Expr, error) {
	if name.kind == wordToken {
		for _, op := range standardFunctions {
			if strings.EqualFold(name.text, string(op)) {
				return p.standardCall(name.at, op)
			}
		}
	}
	args, err := p.list(p.disjunction)
	if err != nil {
		return nil, err
	}
	return &Call{At: name.at, Name: name.text, Args: args}, nil
}

func (p *textParser) standardCall(at Position, op Operator) (Expr, error) {
	operand := p.disjunction
	if op.class() == arraywise {
		operand = p.arrayOperand
	}
	args, err := p.list(operand)
	if err != nil {
		return nil, err
	}
	return &Op{At: at, Name: op, Args: args}, checkOperands(at, op, args)
}

// arrayOperand reads an operand of an array function: unlike elsewhere, a
// parenthesis makes an array even around one value.
func (p *textParser) arrayOperand() (Expr, error) {
	at := p.token.at
	if !p.token.is("(") {
		return p.disjunction()
	}
	items, err := p.parenthesized(at)
	if err != nil {
		return nil, err
	}
	return p.array(at, items)
}

// list reads items up to the closing parenthesis; the opening one has been
// taken.
func (p *textParser) list(item func() (Expr, error)) ([]Expr, error) {
	open := p.token.at
	items := []Expr{}
	if p.token.is(")") {
		return items, p.shift()
	}
	for {
		e, err := item()
		if err != nil {
			return nil, err
		}
		items = append(items, e)
		if err := p.items(open, len(items)); err != nil {
			return nil, err
		}
		if p.token.is(")") {
			return items, p.shift()
		}
		if !p.token.is(",") {
			return nil, p.unexpected("“,” or “)”")
		}
		if err := p.shift(); err != nil {
			return nil, err
		}
	}
}

// parenthesized reads a list from its opening parenthesis on.
func (p *textParser) parenthesized(at Position) ([]Expr, error) {
	if err := p.enter(at); err != nil {
		return nil, err
	}
	defer p.leave()
	if err := p.shift(); err != nil {
		return nil, err
	}
	return p.list(p.disjunction)
}

// parenthesis reads an expression in parentheses, or an array.
func (p *textParser) parenthesis() (Expr, error) {
	at := p.token.at
	items, err := p.parenthesized(at)
	if err != nil {
		return nil, err
	}
	if len(items) == 1 {
		return items[0], nil
	}
	return p.array(at, items)
}

func (p *textParser) array(at Position, items []Expr) (Expr, error) {
	return &Array{At: at, Items: items}, p.node(at)
}

// quotedInstant reads '…') of DATE('…') or TIMESTAMP('…').
func (p *textParser) quotedInstant() (string, error) {
	if p.token.kind != stringToken {
		return "", p.unexpected("an instant in single quotes")
	}
	s := p.token.text
	if err := p.shift(); err != nil {
		return "", err
	}
	return s, p.expect(")")
}

// interval reads the ends of INTERVAL(…, …).
func (p *textParser) interval(at Position) (Expr, error) {
	start, err := p.intervalEnd()
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	end, err := p.intervalEnd()
	if err != nil {
		return nil, err
	}
	return &Interval{At: at, Start: start, End: end}, p.expect(")")
}

func (p *textParser) intervalEnd() (Expr, error) {
	if t := p.token; t.kind == stringToken {
		e, err := parseEnd(t.at, t.text)
		if err != nil {
			return nil, err
		}
		return e, p.shift()
	}
	e, err := p.primary()
	if err != nil {
		return nil, err
	}
	return e, checkEnd(e)
}

// checkEnd refuses what cannot be the end of an interval.
func checkEnd(e Expr) error {
	switch e.(type) {
	case nil, *Date, *Timestamp, *Property, *Call:
		return nil
	}
	return e.Pos().invalid("an interval ends in an instant, '..', a property or a function")
}
