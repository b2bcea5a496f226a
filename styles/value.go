package styles

import (
	"slices"
	"strings"
)

// Fonts lists the fonts a style may use, each a font stack of its own.
func Fonts() []string { return []string{"Noto Sans Regular", "Noto Sans Bold", "Noto Sans Italic"} }

// property checks the value of a property: an expression with all constants it
// may come to, or a constant.
func (c *checker) property(p property, n node, at place) {
	if !c.isExpression(p, n) {
		c.constant(p, n, at)
		c.text(n, at)
		return
	}
	at.zoom = true
	c.expression(n, at)
	for _, output := range n.outputs() {
		c.constant(p, output, at)
	}
}

func (c *checker) isExpression(p property, n node) bool {
	if _, array := n.value.([]node); !array {
		return false
	}
	if !p.kind.array() {
		return true
	}
	_, known := c.operators[n.operator()]
	return known
}

// outputs returns the constants that n may come to, as far as they stand in n.
func (n node) outputs() []node {
	args := n.list()
	var branches []node
	switch n.operator() {
	case "match": // input, label, output, …, default
		branches = everySecond(args[min(3, len(args)):])
		branches = append(branches, args[len(args)-1])
	case "case": // condition, output, …, default
		branches = everySecond(args[min(2, len(args)):])
		branches = append(branches, args[len(args)-1])
	case "step": // input, output, stop, output, …
		branches = everySecond(args[min(2, len(args)):])
	case "interpolate", "interpolate-hcl", "interpolate-lab": // type, input, stop, output, …
		branches = everySecond(args[min(4, len(args)):])
	case "coalesce", "image":
		branches = args[1:]
	}
	var constants []node
	for _, b := range branches {
		if b.operator() == "" {
			constants = append(constants, b)
			continue
		}
		constants = append(constants, b.outputs()...)
	}
	return constants
}

// everySecond returns the first of list, the third and so on.
func everySecond(list []node) []node {
	var out []node
	for i := 0; i < len(list); i += 2 {
		out = append(out, list[i])
	}
	return out
}

// constant checks a value that a property may come to.
func (c *checker) constant(p property, n node, at place) {
	if want := c.mismatch(p, n); want != "" {
		c.complain(n, at, "is %s: want %s", show(n), want)
		return
	}
	if p.kind == kindImage {
		c.icon(n, at)
	}
}

// mismatch returns what was wanted if n is not of the property's kind.
func (c *checker) mismatch(p property, n node) string {
	_, isNumber := n.number()
	_, isBoolean := n.value.(bool)
	_, isString := n.value.(string)
	switch {
	case p.kind.array():
		return mismatchedArray(p, n)
	case p.kind == kindNumber && !isNumber:
		return "a number"
	case p.kind == kindBoolean && !isBoolean:
		return "true or false"
	case p.kind == kindEnum && !slices.Contains(p.values, n.text()):
		return strings.Join(p.values, ", ")
	case p.kind == kindColor && !strings.HasPrefix(n.text(), "@") && !colorPattern.MatchString(n.text()):
		return `"@token" of the palettes or "#rrggbb"`
	case (p.kind == kindText || p.kind == kindImage) && !isString:
		return "a string or an expression"
	}
	return ""
}

func mismatchedArray(p property, n node) string {
	_, isArray := n.value.([]node)
	// icon-padding takes a bare number for all four sides.
	if _, bare := n.number(); !isArray && (!bare || p.kind != kindNumbers) {
		return "an array"
	}
	for _, e := range n.list() {
		_, isNumber := e.number()
		_, isString := e.value.(string)
		switch {
		case p.kind == kindNumbers && !isNumber:
			return "an array of numbers"
		case p.kind == kindStrings && !isString:
			return "an array of strings"
		case p.kind == kindFonts && !slices.Contains(Fonts(), e.text()):
			return "an array of the fonts " + strings.Join(Fonts(), ", ")
		}
	}
	return ""
}

// icon checks that the sprite has the icon; "" draws none.
func (c *checker) icon(n node, at place) {
	if c.icons != nil && n.text() != "" && !c.icons[n.text()] {
		c.complain(n, at, "the sprite has no icon %q: the names are those of Maki and Temaki", n.text())
	}
}

// text checks the strings that stand for something else, wherever they stand.
func (c *checker) text(n node, at place) {
	token, isToken := strings.CutPrefix(n.text(), "@")
	switch {
	case isToken && c.palettes[Day].Colors[token] == "":
		c.complain(n, at, "there is no colour token %q in the palettes", n.text())
	case strings.ContainsAny(n.text(), "{}"):
		c.label(n, at)
	}
}
