package cql2

// span is an operand of a temporal function: from start to end, both included.
// An instant is both its ends. A nil end is unbounded.
type span struct {
	start, end node
	instant    bool
}

// temporal turns a temporal function into comparisons of ends (21-065r2,
// tables 4 and 5, after the W3C Time Ontology).
func (c checker) temporal(e *Op) (node, error) {
	l, err := c.span(e.Args[0])
	if err != nil {
		return nil, err
	}
	r, err := c.span(e.Args[1])
	if err != nil {
		return nil, err
	}
	if l.instant && r.instant {
		if op, ok := instantOperator(e.Name); ok {
			return compareInstants(op, l.start, r.start), nil
		}
	}
	for i, s := range []span{l, r} {
		if s.instant && intervalsOnly(e.Name) {
			return nil, e.Args[i].Pos().invalid("%s compares intervals, and this is an instant: write INTERVAL(…, …)", e.Name.keyword())
		}
	}
	alignSpans(&l, &r)
	return relateSpans(e.Name, l, r), nil
}

// instantOperator is the comparison that a temporal function between two
// instants is.
func instantOperator(op Operator) (Operator, bool) {
	switch op {
	case TAfter:
		return Greater, true
	case TBefore:
		return Less, true
	case TDisjoint:
		return NotEqual, true
	case TEquals, TIntersects:
		return Equal, true
	}
	return "", false
}

func intervalsOnly(op Operator) bool {
	_, both := instantOperator(op)
	return !both
}

func (c checker) span(e Expr) (span, error) {
	i, ok := e.(*Interval)
	if !ok {
		n, err := c.instant(e)
		return span{n, n, true}, err
	}
	start, err := c.end(i.Start)
	if err != nil {
		return span{}, err
	}
	end, err := c.end(i.End)
	if err != nil {
		return span{}, err
	}
	return span{start: start, end: end}, checkOrder(i, start, end)
}

// checkOrder refuses literal intervals that end before they begin.
func checkOrder(i *Interval, start, end node) error {
	s, ok1 := start.(*literal)
	e, ok2 := end.(*literal)
	if ok1 && ok2 && asMoment(s, false).(*literal).Int > asMoment(e, true).(*literal).Int {
		return i.At.invalid("the interval ends before it begins")
	}
	return nil
}

func (c checker) end(e Expr) (node, error) {
	if e == nil {
		return nil, nil
	}
	return c.instant(e)
}

func (c checker) instant(e Expr) (node, error) {
	n, err := c.value(e)
	if err != nil {
		return nil, err
	}
	s, err := readInstant(side{e, n})
	if err == nil && !s.node.valueType().isTemporal() {
		err = e.Pos().invalid("%s is not a date or timestamp", c.describe(e, n))
	}
	return s.node, err
}

// alignSpans gives all four ends the same type. If any is a timestamp, dates
// become their first moment at a start and their last at an end.
func alignSpans(l, r *span) {
	t := TypeDate
	for _, n := range []node{l.start, l.end, r.start, r.end} {
		if n != nil && n.valueType() == TypeTimestamp {
			t = TypeTimestamp
		}
	}
	for _, s := range []*span{l, r} {
		s.start = alignEnd(s.start, t, false)
		s.end = alignEnd(s.end, t, true)
	}
}

func alignEnd(n node, t Type, last bool) node {
	switch {
	case n == nil && last:
		return &literal{t, Value{Int: futureForever}}
	case n == nil:
		return &literal{t, Value{Int: pastForever}}
	case t == TypeTimestamp:
		return asMoment(n, last)
	}
	return n
}

// relateSpans says in comparisons of ends what the function says of spans.
func relateSpans(op Operator, l, r span) node {
	starts := func(op Operator) node { return &relation{op, l.start, r.start} }
	ends := func(op Operator) node { return &relation{op, l.end, r.end} }
	endStart := func(op Operator) node { return &relation{op, l.end, r.start} }
	startEnd := func(op Operator) node { return &relation{op, l.start, r.end} }
	both := func(args ...node) node { return &connective{And, args} }
	switch op {
	case TAfter:
		return startEnd(Greater)
	case TBefore:
		return endStart(Less)
	case TDisjoint:
		return &connective{Or, []node{endStart(Less), startEnd(Greater)}}
	case TEquals:
		return both(starts(Equal), ends(Equal))
	case TIntersects:
		return both(startEnd(LessOrEqual), endStart(GreaterOrEqual))
	case TContains:
		return both(starts(Less), ends(Greater))
	case TDuring:
		return both(starts(Greater), ends(Less))
	case TFinishes:
		return both(starts(Greater), ends(Equal))
	case TFinishedBy:
		return both(starts(Less), ends(Equal))
	case TMeets:
		return endStart(Equal)
	case TMetBy:
		return startEnd(Equal)
	case TOverlaps:
		return both(starts(Less), endStart(Greater), ends(Less))
	case TOverlappedBy:
		return both(starts(Greater), startEnd(Less), ends(Greater))
	case TStarts:
		return both(starts(Equal), ends(Less))
	}
	return both(starts(Equal), ends(Greater)) // TStartedBy
}
