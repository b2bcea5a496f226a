package cql2

import "sync"

// called compiles a call of a function that has a Go side.
func (v environment) called(n *call) (valueOf, error) {
	if n.function.Go == nil {
		return nil, useSQL("function %q is the database's", n.function.Name)
	}
	args := make([]valueOf, len(n.args))
	for i, arg := range n.args {
		var err error
		if args[i], err = v.value(arg); err != nil {
			return nil, err
		}
	}
	// The arguments are handed over in a slice that is used again.
	pool := sync.Pool{New: func() any { s := make([]Value, len(args)); return &s }}
	call := n.function.Go
	return func(r Row) (Value, truth) {
		values := pool.Get().(*[]Value)
		defer pool.Put(values)
		for i, arg := range args {
			x, t := arg(r)
			if t == undecided {
				return Value{}, undecided
			}
			x.Null = t == isNull
			(*values)[i] = x
		}
		result, ok := call(*values)
		switch {
		case !ok:
			return Value{}, undecided
		case result.Null:
			return Value{}, isNull
		}
		return result, isTrue
	}, nil
}

func (v environment) calledTest(n *call) (test, error) {
	value, err := v.called(n)
	return func(r Row) truth {
		x, t := value(r)
		if t != isTrue {
			return t
		}
		return truthOf(x.Bool)
	}, err
}

// value compiles an argument of a function.
func (v environment) value(n node) (valueOf, error) {
	switch t := n.valueType(); {
	case t == TypeBoolean:
		value, err := v.test(n)
		return func(r Row) (Value, truth) {
			x := value(r)
			return Value{Bool: x == isTrue}, known(x)
		}, err
	case t == TypeInteger || t.isTemporal():
		value, err := v.integer(n)
		return func(r Row) (Value, truth) {
			x, t := value(r)
			return Value{Int: x, Float: float64(x)}, t
		}, err
	case t.isNumeric():
		value, err := v.number(n)
		return func(r Row) (Value, truth) { x, t := value(r); return Value{Float: x}, t }, err
	case t == TypeText:
		value, err := v.text(n)
		return func(r Row) (Value, truth) {
			s, t := value(r, newScratch().(*scratch))
			return Value{Text: string(s)}, t
		}, err
	}
	return nil, useSQL("a %s is not resident as a value", typeWords(n.valueType()))
}
