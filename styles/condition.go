package styles

import (
	"cmp"
	"math"
)

// logic computes "all", "any" and "!".
func (s scene) logic(op string, args []node) (any, bool) {
	for _, arg := range args {
		v, ok := s.evaluate(arg)
		switch {
		case !ok:
			return nil, false
		case op == "!":
			return v != true, true
		case op == "any" && v == true:
			return true, true
		case op == "all" && v != true:
			return false, true
		}
	}
	return op == "all", true
}

// compare computes comparisons; only numbers have an order.
func (s scene) compare(op string, args []node) (any, bool) {
	a, ok := s.evaluate(args[0])
	b, okB := s.evaluate(args[1])
	if !ok || !okB {
		return nil, false
	}
	switch op {
	case "==":
		return same(a, b), true
	case "!=":
		return !same(a, b), true
	}
	x, isNumber := a.(float64)
	y, areNumbers := b.(float64)
	if !isNumber || !areNumbers {
		return nil, false
	}
	return inOrder(op, cmp.Compare(x, y)), true
}

// same reports whether two values are equal; arrays never are.
func same(a, b any) bool {
	switch a.(type) {
	case nil, bool, float64, string:
		return a == b
	}
	return false
}

func inOrder(op string, order int) bool {
	switch op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// contains computes "in" over a literal list.
func (s scene) contains(args []node) (any, bool) {
	input, ok := s.evaluate(args[0])
	list, okList := s.evaluate(args[1])
	values, isList := list.([]any)
	if !ok || !okList || !isList {
		return nil, false
	}
	for _, v := range values {
		if same(v, input) {
			return true, true
		}
	}
	return false, true
}

func (s scene) arithmetic(op string, args []node) (any, bool) {
	total, ok := s.number(args[0])
	for _, arg := range args[1:] {
		v, known := s.number(arg)
		ok = ok && known
		switch op {
		case "+":
			total += v
		case "-":
			total -= v
		case "*":
			total *= v
		case "/":
			total /= v
		}
	}
	if len(args) == 1 && op == "-" {
		total = -total
	}
	return total, ok && !math.IsNaN(total) && !math.IsInf(total, 0)
}
