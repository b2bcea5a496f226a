package styles

import (
	"strings"

	"kvartal/layers"
)

// renderer turns the values of a fragment into those of a document: tokens
// into colours, labels into expressions.
type renderer struct {
	palette  *palette
	lang     string
	def      *layers.Definition
	readable func(field string) bool
}

func (r *renderer) optional(n *node) any {
	if n == nil {
		return nil
	}
	return r.value(*n)
}

func (r *renderer) object(o object) map[string]any {
	out := make(map[string]any, len(o))
	for _, m := range o {
		out[m.name] = r.value(m.value)
	}
	return out
}

func (r *renderer) value(n node) any {
	switch v := n.value.(type) {
	case []node:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = r.value(e)
		}
		return out
	case object:
		return r.object(v)
	case string:
		return r.text(v)
	}
	return n.value
}

// text resolves the strings that stand for something else. Whether they may
// was checked when the fragment was read.
func (r *renderer) text(s string) any {
	if token, ok := strings.CutPrefix(s, "@"); ok {
		return r.palette.Colors[token]
	}
	if strings.HasPrefix(s, "{") {
		return r.expandLabel(s)
	}
	return s
}
