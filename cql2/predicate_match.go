package cql2

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
