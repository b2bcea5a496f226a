package cql2

// sets checks an array function.
func (c checker) sets(e *Op) (node, error) {
	element, err := c.elementType(e.Args[0], e.Args[1])
	if err != nil {
		return nil, err
	}
	args := make([]node, 2)
	for i, arg := range e.Args {
		if args[i], err = c.set(arg, element); err != nil {
			return nil, err
		}
	}
	return &setRelation{e.Name, args[0], args[1]}, nil
}

// elementType is the type of the items of the array properties among the
// operands, or else of the first item of an array.
func (c checker) elementType(operands ...Expr) (Type, error) {
	for _, e := range operands {
		if p, ok := e.(*Property); ok {
			if q := c.scope.Schema[p.Name]; q.Type == TypeArray {
				return q.Element, nil
			}
		}
	}
	for _, e := range operands {
		if a, ok := e.(*Array); ok && len(a.Items) > 0 {
			n, err := c.value(a.Items[0])
			if err != nil {
				return "", err
			}
			return n.valueType(), nil
		}
	}
	return TypeText, nil
}

// set checks an operand of an array function: a property or a list of values.
func (c checker) set(e Expr, element Type) (node, error) {
	if list, ok := e.(*Array); ok {
		return c.list(list, element)
	}
	n, err := c.value(e)
	if err != nil {
		return nil, err
	}
	if col, ok := n.(*column); ok && col.typ == TypeArray && col.element == element {
		return n, nil
	}
	return nil, e.Pos().invalid("%s is not an array of %s", c.describe(e, n), typeWords(element))
}

func (c checker) list(list *Array, element Type) (node, error) {
	literals := &arrayLiteral{element: element}
	values := &arrayOf{element: element}
	for _, item := range list.Items {
		n, err := c.item(item, element)
		if err != nil {
			return nil, err
		}
		if lit, ok := n.(*literal); ok {
			literals.items = append(literals.items, lit)
		}
		values.items = append(values.items, n)
	}
	if len(literals.items) == len(values.items) {
		return literals, nil
	}
	return values, nil
}

// item checks a value that must have the type of the items of an array.
func (c checker) item(e Expr, element Type) (node, error) {
	if a, ok := e.(*Array); ok {
		return nil, a.At.invalid("arrays of arrays are not supported by any property")
	}
	n, err := c.value(e)
	if err != nil {
		return nil, err
	}
	if fitted, ok := fit(e, n, element); ok && element != TypeGeometry {
		return fitted, nil
	}
	return nil, e.Pos().invalid("%s does not fit an array of %s", c.describe(e, n), typeWords(element))
}

// fit returns n as a value of type t, if it is one without loss.
func fit(e Expr, n node, t Type) (node, bool) {
	if s, err := readInstant(side{e, n}); err == nil && s.node.valueType() == t {
		return s.node, true
	}
	if n.valueType() == t {
		return n, true
	}
	lit, ok := n.(*literal)
	if !ok || !n.valueType().isNumeric() {
		return n, t == TypeNumber && n.valueType() == TypeInteger
	}
	switch t {
	case TypeDecimal:
		return &literal{t, lit.Value}, true
	case TypeInteger:
		r, ok := compareWithInteger(Equal, n, lit).(*relation).right.(*literal)
		return r, ok && r.typ == TypeInteger
	}
	return n, false
}
