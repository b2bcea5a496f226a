package cql2

import "strings"

// call checks a call of one of the city's own functions.
func (c checker) call(e *Call) (node, error) {
	f, ok := c.scope.Functions.find(e.Name)
	if !ok {
		return nil, e.At.invalid("there is no function “%s”%s", shorten(e.Name), didYouMean(e.Name, c.scope.Functions.names()))
	}
	if len(e.Args) != len(f.Parameters) {
		return nil, e.At.invalid("%s takes %s, found %d", f.Name, counted(len(f.Parameters), "argument"), len(e.Args))
	}
	n := &call{function: f, srid: c.scope.geometrySRID()} // of geometry arguments and results
	for i, arg := range e.Args {
		a, err := c.argument(arg, f.Parameters[i])
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, a)
	}
	return n, nil
}

// argument fits a value to the first type of the parameter it can have.
func (c checker) argument(e Expr, p Parameter) (node, error) {
	n, err := c.value(e)
	if err != nil {
		return nil, err
	}
	if g, ok := n.(*geometryLiteral); ok {
		n = g.in(c.scope.geometrySRID())
	}
	words := make([]string, len(p.Types))
	for i, t := range p.Types {
		if fitted, ok := fit(side{e, n}, t); ok {
			return fitted, nil
		}
		words[i] = typeWords(t)
	}
	return nil, e.Pos().invalid("%s cannot be the argument “%s”: it must be of type %s", c.describe(e, n), p.Name, strings.Join(words, " or "))
}
