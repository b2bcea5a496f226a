package cql2

import "strings"

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
