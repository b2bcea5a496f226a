package styles

import (
	"regexp"
	"slices"
	"strings"

	"kvartal/layers"
)

// labelPattern is a label: {label} for the name in the reader's language, or
// {label:field} for a field as text.
var labelPattern = regexp.MustCompile(`^\{label(?::([a-z][a-z0-9_]*))?\}$`)

// label checks a label and notes the field without which it is empty.
func (c *checker) label(n node, at place) {
	m := labelPattern.FindStringSubmatch(n.text())
	if m == nil {
		c.complain(n, at, `%s: want exactly "{label}" or "{label:field}"; other texts are expressions`, show(n))
		return
	}
	name := m[1]
	if name == "" {
		name = nameField(c.def)
	}
	if name == "" {
		c.complain(n, at, `"{label}" needs a field "name" or a label in the definition`)
		return
	}
	c.field(n, name, at)
}

// nameField is the field {label} falls back on.
func nameField(d *layers.Definition) string {
	if _, ok := d.Field("name"); ok {
		return "name"
	}
	return d.Label
}

// names lists the fields that hold a feature's name in one of the languages
// of the interface and are carried in tiles.
func names(d *layers.Definition) []string {
	var fields []string
	for _, lang := range layers.Languages() {
		if f, ok := d.Field("name_" + lang); ok && f.Tile {
			fields = append(fields, f.Name)
		}
	}
	return fields
}

// labelFields returns the fields that serve as {label} of l in some language.
// A layer is drawn without those that may not be read.
func (f *fragment) labelFields(l styleLayer) []string {
	if slices.ContainsFunc(slices.Concat(l.layout, l.paint), func(m member) bool { return m.value.mentions("{label}") }) {
		return names(f.def)
	}
	return nil
}

// mentions reports whether s is one of the strings in n.
func (n node) mentions(s string) bool {
	switch v := n.value.(type) {
	case string:
		return v == s
	case []node:
		return slices.ContainsFunc(v, func(e node) bool { return e.mentions(s) })
	case object:
		return slices.ContainsFunc(v, func(m member) bool { return m.value.mentions(s) })
	}
	return false
}

// expandLabel makes the expression that a label stands for. Fields that are
// not readable are left out.
func (r *renderer) expandLabel(s string) any {
	if field := strings.TrimSuffix(strings.TrimPrefix(s, "{label:"), "}"); field != s && strings.HasPrefix(s, "{label:") {
		return []any{"to-string", []any{"get", field}}
	}
	name := []any{"get", nameField(r.def)}
	translated := "name_" + r.lang
	if !slices.Contains(names(r.def), translated) || !r.readable(translated) {
		return []any{"to-string", name}
	}
	return []any{"coalesce", []any{"get", translated}, name}
}
