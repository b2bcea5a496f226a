package styles

import (
	"encoding/json"
	"math"
	"strings"
)

// scene is what an expression sees when the legend is drawn: a theme's
// colours, a zoom and the value of the field an entry is about.
type scene struct {
	colors map[string]string // token → colour
	zoom   float64
	fields map[string]any // string, float64 or bool
}

// evaluate computes an expression as far as a legend needs it: values are
// nil, bool, float64, string (colours as #rrggbb or #rrggbbaa) and []any. It
// reports false for what the scene does not tell, such as the geometry type
// or a label's text.
func (s scene) evaluate(n node) (any, bool) {
	list, ok := n.value.([]node)
	switch {
	case !ok:
		return s.constant(n), true
	case n.operator() == "":
		return s.array(list), true // as in a line-dasharray
	}
	return s.apply(n.operator(), list[1:])
}

func (s scene) constant(n node) any {
	switch v := n.value.(type) {
	case json.Number:
		f, _ := v.Float64()
		return f
	case string:
		if token, ok := strings.CutPrefix(v, "@"); ok {
			return s.colors[token]
		}
	}
	return n.value
}

func (s scene) array(list []node) []any {
	out := make([]any, len(list))
	for i, n := range list {
		out[i] = s.constant(n)
	}
	return out
}

func (s scene) apply(op string, args []node) (any, bool) {
	switch op {
	case "literal":
		if list, ok := args[0].value.([]node); ok {
			return s.array(list), true
		}
		return s.constant(args[0]), true
	case "get":
		return s.fields[args[0].text()], true
	case "has":
		return s.fields[args[0].text()] != nil, true
	case "zoom":
		return s.zoom, true
	case "to-string", "string", "to-number", "number", "to-color", "image":
		return s.evaluate(args[0])
	case "match":
		return s.match(args)
	case "case":
		return s.cases(args)
	case "coalesce":
		return s.coalesce(args)
	case "step":
		return s.step(args)
	case "interpolate":
		return s.interpolate(args)
	case "all", "any", "!":
		return s.logic(op, args)
	case "==", "!=", "<", "<=", ">", ">=":
		return s.compare(op, args)
	case "in":
		return s.contains(args)
	case "+", "-", "*", "/":
		return s.arithmetic(op, args)
	}
	return nil, false
}

func (s scene) match(args []node) (any, bool) {
	input, ok := s.evaluate(args[0])
	if !ok {
		return nil, false
	}
	for i := 1; i+1 < len(args); i += 2 {
		for _, label := range labels(args[i]) {
			if input != nil && same(s.constant(label), input) {
				return s.evaluate(args[i+1])
			}
		}
	}
	return s.evaluate(args[len(args)-1])
}

func (s scene) cases(args []node) (any, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		holds, ok := s.evaluate(args[i])
		if !ok {
			return nil, false
		}
		if holds == true {
			return s.evaluate(args[i+1])
		}
	}
	return s.evaluate(args[len(args)-1])
}

func (s scene) coalesce(args []node) (any, bool) {
	for _, arg := range args {
		if v, ok := s.evaluate(arg); !ok || v != nil {
			return v, ok
		}
	}
	return nil, true
}

func (s scene) number(n node) (float64, bool) {
	v, ok := s.evaluate(n)
	f, isNumber := v.(float64)
	return f, ok && isNumber
}

func (s scene) step(args []node) (any, bool) {
	input, ok := s.number(args[0])
	if !ok {
		return nil, false
	}
	out := args[1]
	for i := 2; i+1 < len(args); i += 2 {
		if stop, _ := args[i].number(); input < stop {
			break
		}
		out = args[i+1]
	}
	return s.evaluate(out)
}

func (s scene) interpolate(args []node) (any, bool) {
	input, ok := s.number(args[1])
	if !ok {
		return nil, false
	}
	stops := args[2:]
	for i := 0; i+3 < len(stops); i += 2 {
		from, _ := stops[i].number()
		to, _ := stops[i+2].number()
		if input <= from {
			return s.evaluate(stops[i+1])
		}
		if input < to {
			return s.between(stops[i+1], stops[i+3], progress(args[0], input, from, to))
		}
	}
	return s.evaluate(stops[len(stops)-1])
}

// progress says how far input has come from one stop to the next, 0 to 1.
// Bézier easing is drawn as a straight line.
func progress(kind node, input, from, to float64) float64 {
	base := 1.0
	if kind.operator() == "exponential" {
		base, _ = kind.list()[1].number()
	}
	if base == 1 {
		return (input - from) / (to - from)
	}
	return (math.Pow(base, input-from) - 1) / (math.Pow(base, to-from) - 1)
}

// between mixes numbers or colours.
func (s scene) between(a, b node, t float64) (any, bool) {
	from, ok := s.evaluate(a)
	if !ok {
		return nil, false
	}
	to, ok := s.evaluate(b)
	if !ok {
		return nil, false
	}
	if x, isNumber := from.(float64); isNumber {
		y, _ := to.(float64)
		return x + (y-x)*t, true
	}
	return mixColors(from, to, t)
}
