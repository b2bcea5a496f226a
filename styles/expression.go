package styles

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// arity is how many arguments an operator takes.
type arity struct{ least, most int }

const many = 1 << 10

// operators lists the expression operators a fragment may use: those of the
// MapLibre style specification that read nothing but the feature, the zoom and
// the feature's state. "properties" is not among them, for it names no field
// and so could not be kept from readers who may not see one.
func operators() map[string]arity {
	one, two, some := arity{1, 1}, arity{2, 2}, arity{1, many}
	return map[string]arity{
		"literal": one, "get": one, "has": one, "feature-state": one, "zoom": {0, 0}, "id": {0, 0}, "geometry-type": {0, 0},
		"case": {3, many}, "match": {4, many}, "coalesce": some, "step": {4, many}, "interpolate": {4, many},
		"interpolate-hcl": {4, many}, "interpolate-lab": {4, many},
		"in": two, "at": two, "slice": {2, 3}, "length": one,
		"==": two, "!=": two, "<": two, "<=": two, ">": two, ">=": two, "!": one, "all": {0, many}, "any": {0, many},
		"to-string": one, "to-number": some, "to-boolean": one, "to-color": some, "string": some, "number": some, "boolean": some,
		"format": some, "image": one, "number-format": two, "concat": some, "upcase": one, "downcase": one,
		"+": {2, many}, "*": {2, many}, "-": {1, 2}, "/": two, "%": two, "^": two, "min": some, "max": some, "abs": one,
		"ceil": one, "floor": one, "round": one, "sqrt": one, "ln": one, "log2": one, "log10": one, "rgb": {3, 3}, "rgba": {4, 4},
	}
}

// operator returns the operator of the expression that n is, or "".
func (n node) operator() string {
	if l := n.list(); len(l) > 0 {
		return l[0].text()
	}
	return ""
}

// place is where in a fragment the checker is.
type place struct {
	pointer string // RFC 6901
	filter  bool
	// zoom says that ["zoom"] may stand here: filters take it anywhere,
	// properties only as the input of the outermost step or interpolate.
	zoom bool
}

// step returns the place of a member or element of the value at p.
func (p place) step(name any) place {
	p.pointer = fmt.Sprintf("%s/%v", p.pointer, name)
	return p
}

// expression checks an expression and everything in it, and notes the fields
// it names.
func (c *checker) expression(n node, at place) {
	args := n.list()
	if len(args) == 0 {
		c.complain(n, at, "an empty array is no expression")
		return
	}
	op := args[0].text()
	takes, known := c.operators[op]
	if !known {
		c.complain(n, at, "%s is no expression operator a style may use%s", show(args[0]), legacyHint(op))
		return
	}
	args = args[1:]
	if len(args) < takes.least || len(args) > takes.most {
		c.complain(n, at, "%q has %d arguments: want %s", op, len(args), takes)
		return
	}
	c.operator(op, n, args, at)
}

func (a arity) String() string {
	switch {
	case a.least == a.most:
		return strconv.Itoa(a.least)
	case a.most == many:
		return fmt.Sprintf("%d or more", a.least)
	}
	return fmt.Sprintf("%d to %d", a.least, a.most)
}

// legacyHint helps whoever writes a filter of the time before expressions.
func legacyHint(op string) string {
	switch op {
	case "!in", "!has", "none":
		return `: write ["!", …] around the expression`
	case "":
		return ": an expression begins with an operator's name"
	}
	return ""
}

func (c *checker) operator(op string, n node, args []node, at place) {
	switch op {
	case "literal", "feature-state":
		return // holds data or a name, nothing to look into
	case "get", "has":
		c.reference(args[0], at.step(1))
		return
	case "zoom":
		if !at.zoom {
			c.complain(n, at, `["zoom"] may only be the input of the outermost step or interpolate of a property`)
		}
		return
	case "match":
		c.match(n, args, at)
		return
	case "step":
		c.stops(n, args[0], args[1:], at, 1)
	case "interpolate", "interpolate-hcl", "interpolate-lab":
		c.interpolation(args[0], at.step(1))
		c.stops(n, args[1], args[2:], at, 0)
		args = slices.Concat([]node{{value: true}}, args[1:]) // the type of interpolation is not an expression
	case "case":
		if len(args)%2 == 0 {
			c.complain(n, at, `"case" lacks its last argument, the value when no condition holds`)
		}
	case "==", "!=", "<", "<=", ">", ">=":
		c.comparison(n, args, at)
	case "in":
		c.values(args[0], args[1], at.step(2))
	}
	for i, arg := range args {
		c.argument(op, arg, at.argument(op, i))
	}
}

// argument returns the place of the argument i of an expression with operator
// op.
func (p place) argument(op string, i int) place {
	input := op == "step" && i == 0 || strings.HasPrefix(op, "interpolate") && i == 1
	return place{pointer: fmt.Sprintf("%s/%d", p.pointer, i+1), filter: p.filter, zoom: p.filter || p.zoom && input}
}

func (c *checker) argument(op string, arg node, at place) {
	switch v := arg.value.(type) {
	case []node:
		c.expression(arg, at)
	case object:
		if op != "format" && op != "number-format" {
			c.complain(arg, at, "an object is no expression: the old function syntax is not supported, write an expression")
			return
		}
		for _, m := range v {
			c.argument("", m.value, at.step(m.name))
		}
	case string:
		c.text(arg, at)
	}
}

// match checks ["match", input, label, output, …, default].
func (c *checker) match(n node, args []node, at place) {
	if len(args)%2 != 0 {
		c.complain(n, at, `"match" lacks its last argument, the value when no label matches`)
		return
	}
	c.argument("match", args[0], at.argument("match", 0))
	seen := map[string]bool{}
	for i := 1; i+1 < len(args); i += 2 {
		for _, l := range labels(args[i]) {
			if _, isNumber := l.number(); !isNumber && l.text() == "" {
				c.complain(l, at.step(i+1), "label %s of \"match\": want strings or numbers", show(l))
			}
			if seen[show(l)] {
				c.complain(l, at.step(i+1), "label %s stands twice", show(l))
			}
			seen[show(l)] = true
			c.comparable(args[0], l, at.step(i+1))
		}
		c.argument("match", args[i+1], at.argument("match", i+1))
	}
	c.argument("match", args[len(args)-1], at.argument("match", len(args)-1))
}

// labels returns the labels of one branch of a match.
func labels(n node) []node {
	if l, ok := n.value.([]node); ok {
		return l
	}
	return []node{n}
}

// stops checks the input and the stops of a step or interpolate, the first
// stop's number being stops[offset]… before its output.
func (c *checker) stops(n, input node, stops []node, at place, outputsBefore int) {
	pairs := stops[outputsBefore:]
	if len(pairs)%2 != 0 {
		c.complain(n, at, "%q has a stop without an output", n.operator())
		return
	}
	last, have := 0.0, false
	for i := 0; i < len(pairs); i += 2 {
		number, ok := pairs[i].number()
		if !ok || have && number <= last {
			c.complain(pairs[i], at, "stop %s of %q: want numbers in rising order", show(pairs[i]), n.operator())
			return
		}
		last, have = number, true
	}
	if input.operator() == "" {
		c.complain(input, at, "%q works on the constant %s: want an expression", n.operator(), show(input))
	}
}

// interpolation checks ["linear"], ["exponential", base] or
// ["cubic-bezier", x1, y1, x2, y2].
func (c *checker) interpolation(n node, at place) {
	want := map[string]int{"linear": 1, "exponential": 2, "cubic-bezier": 5}[n.operator()]
	if want == 0 || len(n.list()) != want {
		c.complain(n, at, `want ["linear"], ["exponential", base] or ["cubic-bezier", x1, y1, x2, y2]`)
	}
}

func (c *checker) comparison(n node, args []node, at place) {
	for _, operands := range [][2]node{{args[0], args[1]}, {args[1], args[0]}} {
		if operands[1].operator() == "" {
			c.comparable(operands[0], operands[1], at)
		}
	}
	if args[0].operator() == "" && args[1].operator() == "" {
		c.complain(n, at, `%q compares two constants: to compare a field write ["get", %s]`, n.operator(), show(args[0]))
	}
}

// values checks the list of ["in", input, ["literal", list]].
func (c *checker) values(input, list node, at place) {
	if list.operator() != "literal" || len(list.list()) != 2 {
		return
	}
	for _, l := range list.list()[1].list() {
		c.comparable(input, l, at)
	}
}

// number returns the number that n is.
func (n node) number() (float64, bool) {
	s, ok := n.value.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := s.Float64()
	return f, err == nil
}

// show writes a value for messages.
func show(n node) string {
	switch v := n.value.(type) {
	case nil:
		return "null"
	case string:
		return fmt.Sprintf("%.60q", v)
	case []node:
		return "an array"
	case object:
		return "an object"
	}
	return fmt.Sprintf("%.60v", n.value)
}
