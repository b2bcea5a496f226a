package cql2

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// maxChecked bounds the nodes of a checked filter. Operands that appear more
// than once in what a predicate stands for count each time.
const maxChecked = 100_000

// Filter is a filter that fits its layer. It is safe for concurrent use.
type Filter struct {
	root       node
	properties []string
}

// Check fits an expression to the queryables of a layer. Errors are of
// KindInvalid and say where: an unknown property or function, types that do not
// go together, a value outside of a codelist, coordinates outside of their CRS.
func Check(e Expr, scope Scope) (*Filter, error) {
	c := checker{scope}
	root, err := c.condition(e)
	if err != nil {
		return nil, err
	}
	f := &Filter{root: root}
	return f, f.survey(e.Pos())
}

// Properties are the names of the properties the filter looks at, sorted.
func (f *Filter) Properties() []string { return slices.Clone(f.properties) }

// survey collects the properties, and refuses filters that are too large.
func (f *Filter) survey(at Position) error {
	found, left := map[string]bool{}, maxChecked
	var visit func(node)
	visit = func(n node) {
		if left--; left < 0 {
			return
		}
		if c, ok := n.(*column); ok {
			found[c.property] = true
		}
		n.children(visit)
	}
	visit(f.root)
	if left < 0 {
		return at.tooLarge("the filter has too many parts: split it")
	}
	f.properties = slices.Sorted(maps.Keys(found))
	return nil
}

// checker turns the syntax tree into nodes.
type checker struct{ scope Scope }

// condition checks an expression that must be true or false.
func (c checker) condition(e Expr) (node, error) {
	n, err := c.value(e)
	if err != nil {
		return nil, err
	}
	if n.valueType() != TypeBoolean {
		return nil, e.Pos().invalid("%s cannot stand as a condition: compare it with something", c.describe(e, n))
	}
	return n, nil
}

// value checks an expression of any type but an interval.
func (c checker) value(e Expr) (node, error) {
	switch e := e.(type) {
	case *Op:
		return c.operation(e)
	case *Call:
		return c.call(e)
	case *Property:
		return c.property(e)
	case *String:
		return textLiteral(e.Value), nil
	case *Number:
		return numberLiteral(e), nil
	case *Boolean:
		return booleanLiteral(e.Value), nil
	case *Date:
		return dateLiteral(e.Value), nil
	case *Timestamp:
		return timestampLiteral(e.Value), nil
	case *Geometry:
		return c.geometry(e)
	case *BBox:
		return c.bbox(e)
	case *Array:
		return nil, e.At.invalid("a list can only stand after IN and in array functions such as A_CONTAINS")
	case *Interval:
		return nil, e.At.invalid("an interval can only stand in temporal functions such as T_DURING")
	}
	return nil, Position{}.invalid("a part of the filter is missing")
}

func (c checker) property(e *Property) (node, error) {
	q, ok := c.scope.Schema[e.Name]
	if !ok {
		names := slices.Sorted(maps.Keys(c.scope.Schema))
		return nil, e.At.invalid("there is no property “%s”%s", shorten(e.Name), didYouMean(e.Name, names))
	}
	return &column{
		property: e.Name, name: cmp.Or(q.Column, e.Name),
		typ: q.Type, element: q.Element, codes: q.Codes, srid: q.SRID,
	}, nil
}

func (c checker) operation(e *Op) (node, error) {
	if err := checkOperands(e.At, e.Name, e.Args); err != nil {
		return nil, err // programs make trees too
	}
	switch e.Name.class() {
	case logical:
		return c.logic(e)
	case comparison:
		return c.comparison(e)
	case folding:
		return c.fold(e)
	case spatial:
		return c.placement(e)
	case temporal:
		return c.temporal(e)
	case arraywise:
		return c.sets(e)
	case arithmetic:
		return c.calculation(e)
	}
	switch e.Name {
	case Like:
		return c.like(e)
	case Between:
		return c.between(e)
	case In:
		return c.in(e)
	case IsNull:
		arg, err := c.value(e.Args[0])
		return &nullness{arg}, err
	}
	return nil, e.At.invalid("there is no operator %q", e.Name)
}

func (c checker) logic(e *Op) (node, error) {
	args := make([]node, len(e.Args))
	for i, arg := range e.Args {
		n, err := c.condition(arg)
		if err != nil {
			return nil, err
		}
		args[i] = n
	}
	if e.Name == Not {
		return &negation{args[0]}, nil
	}
	return &connective{e.Name, args}, nil
}

func (c checker) fold(e *Op) (node, error) {
	arg, err := c.text(e.Args[0])
	if err != nil {
		return nil, err
	}
	if l, ok := arg.(*literal); ok {
		return textLiteral(c.scope.Folding.fold(e.Name, l.Text)), nil
	}
	return &folded{e.Name, c.scope.Folding, arg}, nil
}

func (c checker) text(e Expr) (node, error) {
	n, err := c.value(e)
	if err == nil && n.valueType() != TypeText {
		err = e.Pos().invalid("%s is not text", c.describe(e, n))
	}
	return n, err
}

func (c checker) like(e *Op) (node, error) {
	value, err := c.text(e.Args[0])
	if err != nil {
		return nil, err
	}
	p, err := c.pattern(e.Args[1])
	return &likeness{value, p}, err
}

// pattern reads the right side of LIKE: a literal, folded or not.
func (c checker) pattern(e Expr) (pattern, error) {
	switch e := e.(type) {
	case *String:
		p, err := parsePattern(e.At, e.Value)
		if most := DefaultLimits().Wildcards; err == nil && p.wildcards() > most {
			err = e.At.tooLarge("the pattern has more than %d wildcards %%: simplify it", most)
		}
		return p, err
	case *Op:
		if e.Name.class() == folding && len(e.Args) == 1 {
			p, err := c.pattern(e.Args[0])
			return p.folded(c.scope.Folding, e.Name), err
		}
	}
	return pattern{}, e.Pos().invalid("the pattern of LIKE must be a text in single quotes, or CASEI or ACCENTI of one")
}

// between is value >= low AND value <= high.
func (c checker) between(e *Op) (node, error) {
	value, err := c.value(e.Args[0])
	if err != nil {
		return nil, err
	}
	bounds := make([]node, 2)
	for i, op := range []Operator{GreaterOrEqual, LessOrEqual} {
		bound, err := c.value(e.Args[i+1])
		if err != nil {
			return nil, err
		}
		if t := value.valueType(); !t.isNumeric() && !t.isTemporal() {
			return nil, e.Args[0].Pos().invalid("%s is not a number, date or timestamp, as BETWEEN wants", c.describe(e.Args[0], value))
		}
		if bounds[i], err = c.compare(op, side{e.Args[0], value}, side{e.Args[i+1], bound}); err != nil {
			return nil, err
		}
	}
	return &connective{And, bounds}, nil
}

// describe says what an expression is, for messages.
func (c checker) describe(e Expr, n node) string {
	what := typeWords(n.valueType())
	switch e := e.(type) {
	case *Property:
		return fmt.Sprintf("“%s” (%s)", shorten(e.Name), what)
	case *String:
		return fmt.Sprintf("the text '%s'", shorten(e.Value))
	case *Number:
		return "the number " + shorten(e.Digits)
	case *Call:
		return fmt.Sprintf("%s(…) (%s)", shorten(e.Name), what)
	case *Op:
		if e.Name.class() == folding {
			return fmt.Sprintf("%s(…) (%s)", e.Name.keyword(), what)
		}
	}
	return "this " + what
}

func typeWords(t Type) string {
	switch t {
	case TypeInteger:
		return "whole number"
	case TypeDecimal:
		return "decimal number"
	case TypeBoolean:
		return "true or false"
	}
	return string(t)
}
