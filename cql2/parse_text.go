package cql2

import (
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
