package cql2

// operandSet is an operand of an array function: a value, or the items of an
// array.
type operandSet struct {
	expr  Expr
	value node   // nil for an array
	items []side // of an array
}

// sets checks an array function.
func (c checker) sets(e *Op) (node, error) {
	left, err := c.operandSet(e.Args[0])
	if err != nil {
		return nil, err
	}
	right, err := c.operandSet(e.Args[1])
	if err != nil {
		return nil, err
	}
	element := elementType(left, right)
	l, err := c.set(left, element)
	if err != nil {
		return nil, err
	}
	r, err := c.set(right, element)
	return &setRelation{e.Name, l, r}, err
}

func (c checker) operandSet(e Expr) (operandSet, error) {
	list, ok := e.(*Array)
	if !ok {
		n, err := c.value(e)
		return operandSet{expr: e, value: n}, err
	}
	set := operandSet{expr: e}
	for _, item := range list.Items {
		if a, ok := item.(*Array); ok {
			return set, a.At.invalid("arrays of arrays are not supported by any property")
		}
		n, err := c.value(item)
		if err != nil {
			return set, err
		}
		set.items = append(set.items, side{item, n})
	}
	return set, nil
}

// elementType is the type of the items of the array property among the
// operands, or else of the first item of an array.
func elementType(operands ...operandSet) Type {
	for _, set := range operands {
		if col, ok := set.value.(*column); ok && col.typ == TypeArray {
			return col.element
		}
	}
	for _, set := range operands {
		if len(set.items) > 0 {
			return set.items[0].node.valueType()
		}
	}
	return TypeText
}

// set brings an operand to the type of the items.
func (c checker) set(set operandSet, element Type) (node, error) {
	if set.value == nil {
		return c.list(set.items, element)
	}
	if col, ok := set.value.(*column); ok && col.typ == TypeArray && col.element == element {
		return col, nil
	}
	return nil, set.expr.Pos().invalid("%s is not an array of %s", c.describe(set.expr, set.value), typeWords(element))
}

func (c checker) list(items []side, element Type) (node, error) {
	literals := &arrayLiteral{element: element}
	values := &arrayOf{element: element}
	for _, item := range items {
		n, ok := fit(item, element)
		if !ok || element == TypeGeometry {
			return nil, item.expr.Pos().invalid("%s does not fit an array of %s", c.describe(item.expr, item.node), typeWords(element))
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

// fit returns a value as one of type t, if it is one without loss.
func fit(s side, t Type) (node, bool) {
	if read, err := readInstant(s); err == nil && read.node.valueType() == t {
		return read.node, true
	}
	if s.node.valueType() == t {
		return s.node, true
	}
	lit, ok := s.node.(*literal)
	if !ok || !lit.typ.isNumeric() {
		return s.node, t == TypeNumber && s.node.valueType() == TypeInteger
	}
	switch t {
	case TypeDecimal:
		return &literal{t, lit.Value}, true
	case TypeInteger:
		r, ok := compareWithInteger(Equal, lit, lit).(*relation).right.(*literal)
		return r, ok && r.typ == TypeInteger
	}
	return s.node, false
}
