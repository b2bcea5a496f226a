package styles

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"kvartal/layers"
)

// reference notes a field that the style names by get or has.
func (c *checker) reference(name node, at place) {
	if _, ok := name.value.(string); !ok {
		c.complain(name, at, "want the name of a field as a string: a computed name could not be checked")
		return
	}
	c.field(name, name.text(), at)
}

// field notes that the style layer cannot be drawn without the field.
func (c *checker) field(n node, name string, at place) {
	f, ok := c.def.Field(name)
	switch {
	case !ok:
		c.complain(n, at, "layer %q has no field %q: it has %s", c.def.ID, name, fieldNames(c.def))
	case !f.Tile:
		c.complain(n, at, "field %q is not carried in tiles: remove tile: false from its definition", name)
	default:
		c.fields[name] = true
	}
}

func fieldNames(d *layers.Definition) string {
	if len(d.Fields) == 0 {
		return "none"
	}
	names := make([]string, 0, len(d.Fields))
	for _, f := range d.Fields {
		if f.Tile {
			names = append(names, f.Name)
		}
	}
	return strings.Join(names, ", ")
}

// comparable complains if no value of the field that input reads can equal
// value: most likely one of them is misspelt.
func (c *checker) comparable(input, value node, at place) {
	for _, name := range inputFields(input) {
		f, ok := c.def.Field(name)
		if !ok {
			continue
		}
		if !ofType(value, f.Type) {
			c.complain(value, at, "%s is never equal to field %q, which is of type %s", show(value), name, f.Type)
			return
		}
		if len(f.Codes) == 0 || hasCode(f.Codes, value) {
			return
		}
	}
	if names := inputFields(input); len(names) > 0 {
		if f, ok := c.def.Field(names[0]); ok && len(f.Codes) > 0 {
			c.complain(value, at, "the codelist of field %q has no %s", strings.Join(names, ", "), show(value))
		}
	}
}

// inputFields returns the fields whose values input may have as they are.
func inputFields(input node) []string {
	args := input.list()
	switch input.operator() {
	case "get":
		if len(args) == 2 && args[1].text() != "" {
			return []string{args[1].text()}
		}
	case "coalesce":
		var names []string
		for _, arg := range args[1:] {
			names = append(names, inputFields(arg)...)
		}
		return names
	}
	return nil
}

func ofType(value node, t layers.FieldType) bool {
	switch value.value.(type) {
	case json.Number:
		return t == layers.TypeInteger || t == layers.TypeNumber || t == layers.TypeDecimal
	case bool:
		return t == layers.TypeBoolean
	case string:
		return t != layers.TypeInteger && t != layers.TypeNumber && t != layers.TypeBoolean
	}
	return value.value == nil
}

func hasCode(codes layers.Codelist, value node) bool {
	if value.value == nil {
		return true
	}
	return slices.ContainsFunc(codes, func(code layers.Code) bool { return code.Value == fmt.Sprint(value.value) })
}
