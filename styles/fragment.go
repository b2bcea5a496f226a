package styles

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"kvartal"
	"kvartal/layers"
)

// maxOrder is the highest place on the map a style layer may ask for; see
// doc.go for the bands.
const maxOrder = 999

// maxZoom is the highest zoom MapLibre knows.
const maxZoom = 24

// fragment is the checked style.json of one layer.
type fragment struct {
	def    *layers.Definition
	layers []styleLayer
}

// styleLayer is one style layer of a fragment, with its tokens still in place.
type styleLayer struct {
	id               string
	kind             layerType
	order            int
	minZoom, maxZoom *node // nil if not said
	filter           *node
	layout, paint    object
	legend           *legend
	// fields are the fields without which it is not drawn, sorted.
	fields []string
}

// legend is what a style layer's metadata says about the legend.
type legend struct {
	title layers.Text
	by    string // field with an entry per value, or ""
}

// Fields returns the sorted names of the fields that the layer's style
// refers to, those that only serve as a label in some language among them.
// Errors are those of New.
func Fields(def *layers.Definition) ([]string, error) {
	c, err := newChecker(Options{})
	if err != nil {
		return nil, err
	}
	f, err := c.fragment(def)
	if err != nil {
		return nil, err
	}
	return f.fieldNames(), nil
}

func (f *fragment) fieldNames() []string {
	names := map[string]bool{}
	for _, l := range f.layers {
		for _, name := range slices.Concat(l.fields, f.labelFields(l)) {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// checker reads fragments. What it knows of palettes and icons does not
// change; the rest is about the fragment at hand.
type checker struct {
	palettes  map[Theme]*palette
	icons     map[string]bool // of the sprite; nil if it has not been made
	operators map[string]arity

	def        *layers.Definition
	fields     map[string]bool
	complaints []string
}

func (c *checker) complain(n node, at place, format string, args ...any) {
	c.complaints = append(c.complaints, fmt.Sprintf("%s:%d: %s: %s", c.file(), n.line, at.pointer, fmt.Sprintf(format, args...)))
}

func (c *checker) file() string { return c.def.Path + "/style.json" }

// fragment reads the style of a layer, which may be absent. All that is wrong
// with it is one error of KindInvalid with a complaint a line.
func (c *checker) fragment(def *layers.Definition) (*fragment, error) {
	f := &fragment{def: def}
	if def.Style == nil {
		return f, nil
	}
	c.def, c.complaints = def, nil
	root, err := parseJSON(def.Style)
	var fault *lineError
	if errors.As(err, &fault) {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "%s:%d: %s", c.file(), fault.line, fault.message)
	}
	if _, ok := root.value.([]node); !ok {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "%s:%d: want an array of style layers", c.file(), root.line)
	}
	ids := map[string]bool{}
	for i, n := range root.list() {
		l := c.styleLayer(n, place{pointer: fmt.Sprintf("/%d", i)})
		if ids[l.id] {
			c.complain(n, place{pointer: fmt.Sprintf("/%d/id", i)}, "%q stands twice", l.id)
		}
		ids[l.id] = true
		f.layers = append(f.layers, l)
	}
	if len(c.complaints) > 0 {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "%s", strings.Join(c.complaints, "\n"))
	}
	return f, nil
}

func (c *checker) styleLayer(n node, at place) styleLayer {
	var l styleLayer
	o, ok := n.value.(object)
	if !ok {
		c.complain(n, at, "want a style layer, an object")
		return l
	}
	c.fields = map[string]bool{}
	c.kind(&l, n, o, at)
	for _, m := range o {
		c.styleMember(&l, m, at.step(m.name))
	}
	if _, ok := o.get("metadata"); !ok {
		c.complain(n, at, `"metadata" with "kvartal:order" is missing: it says where on the map the layer is drawn`)
	}
	if low, high := l.zoom(l.minZoom, 0), l.zoom(l.maxZoom, maxZoom); low >= high {
		c.complain(n, at, "minzoom %v is not below maxzoom %v", low, high)
	}
	c.checkLegend(l, n, at)
	l.fields = slices.Sorted(maps.Keys(c.fields))
	return l
}

func (l styleLayer) zoom(n *node, otherwise float64) float64 {
	if n == nil {
		return otherwise
	}
	z, _ := n.number()
	return z
}

// kind reads what the checks of the other members depend on.
func (c *checker) kind(l *styleLayer, n node, o object, at place) {
	id, _ := o.get("id")
	l.id = id.text()
	own := regexp.MustCompile(`^` + regexp.QuoteMeta(string(c.def.ID)) + `(-[a-z0-9_-]+)?$`)
	if !own.MatchString(l.id) {
		c.complain(n, at.step("id"), "is %s: want %q, or %q and a name of a-z, 0-9, _ and -", show(id), c.def.ID, c.def.ID+"-")
	}
	kind, _ := o.get("type")
	l.kind = layerType(kind.text())
	if properties(l.kind, "paint") == nil {
		c.complain(n, at.step("type"), "is %s: want fill, line, symbol, circle or fill-extrusion", show(kind))
	}
}

func (c *checker) styleMember(l *styleLayer, m member, at place) {
	switch m.name {
	case "id", "type":
	case "metadata":
		c.metadata(l, m.value, at)
	case "minzoom":
		l.minZoom = c.zoom(m.value, at)
	case "maxzoom":
		l.maxZoom = c.zoom(m.value, at)
	case "filter":
		l.filter = &m.value
		at.filter, at.zoom = true, true
		if _, constant := m.value.value.(bool); !constant {
			c.expression(m.value, at)
		}
	case "layout":
		l.layout = c.section(l.kind, m, at)
	case "paint":
		l.paint = c.section(l.kind, m, at)
	case "source", "source-layer":
		c.complain(m.value, at, "is filled in from the definition: remove it")
	default:
		c.complain(m.value, at, "is no member of a style layer: want id, type, metadata, minzoom, maxzoom, filter, layout or paint")
	}
}

func (c *checker) zoom(n node, at place) *node {
	if z, ok := n.number(); !ok || z < 0 || z > maxZoom {
		c.complain(n, at, "is %s: want a number from 0 to %d", show(n), maxZoom)
	}
	return &n
}

// section checks the properties of "layout" or "paint".
func (c *checker) section(kind layerType, m member, at place) object {
	o, ok := m.value.value.(object)
	if !ok {
		c.complain(m.value, at, "is %s: want an object of properties", show(m.value))
		return nil
	}
	known := properties(kind, m.name)
	for _, p := range o {
		want, ok := known[p.name]
		if !ok && known != nil {
			c.complain(p.value, at.step(p.name), "is no %s property of a %s layer", m.name, kind)
			continue
		}
		c.property(want, p.value, at.step(p.name))
	}
	return o
}
