package styles

import "math"

// legendDrawer draws the entries of one style layer.
type legendDrawer struct {
	placed
	palette *palette
	lang    string
}

func (l legendDrawer) entries() []Entry {
	title := l.legend.title.In(l.lang)
	if l.legend.by == "" {
		return []Entry{l.entry(title, nil)}
	}
	field, _ := l.drawn.def.Field(l.legend.by)
	var out []Entry
	for _, c := range l.cases(field) {
		if l.drawsCase(c.value) {
			out = joinAlike(out, l.entry(c.title, c.value))
		}
	}
	if len(out) > 0 {
		out[0].Heading = title
	}
	return out
}

// drawsCase reports whether the filter lets features with the value pass, as
// far as that can be told from the value alone.
func (l legendDrawer) drawsCase(value any) bool {
	if l.filter == nil {
		return true
	}
	passes, known := l.scene(value).evaluate(*l.filter)
	return !known || passes == true
}

func (l legendDrawer) scene(value any) scene {
	s := scene{
		colors: l.palette.Colors,
		zoom:   min(max(legendZoom, l.zoom(l.minZoom, 0)), l.zoom(l.maxZoom, maxZoom)),
		fields: map[string]any{},
	}
	if l.legend.by != "" {
		s.fields[l.legend.by] = value
	}
	return s
}

func (l legendDrawer) entry(title string, value any) Entry {
	v := evaluated{drawer: l, scene: l.scene(value)}
	e := Entry{Title: title}
	switch l.kind {
	case typeFill:
		e.Geometry, e.Fill, e.Outline = "polygon", v.color("fill-color", "fill-opacity"), v.color("fill-outline-color", "fill-opacity")
	case typeFillExtrusion:
		e.Geometry, e.Fill = "polygon", v.color("fill-extrusion-color", "fill-extrusion-opacity")
	case typeLine:
		e.Geometry, e.Stroke, e.Width = "line", v.color("line-color", "line-opacity"), v.length("line-width", 1)
		e.Dash = v.numbers("line-dasharray")
	case typeCircle:
		e.Geometry, e.Fill, e.Radius = "point", v.color("circle-color", "circle-opacity"), v.length("circle-radius", 5)
		if v.number("circle-stroke-width", 0) > 0 {
			e.Outline = v.color("circle-stroke-color", "circle-stroke-opacity")
		}
	case typeSymbol:
		e.Geometry, e.Icon, e.Fill = "point", v.text("icon-image"), v.color("icon-color", "icon-opacity")
	}
	return e
}

// evaluated reads the properties of a style layer as they come out in a scene.
type evaluated struct {
	drawer legendDrawer
	scene  scene
}

// property returns a property's value, nil if it is not said or not known.
func (v evaluated) property(name string) any {
	for _, section := range []object{v.drawer.paint, v.drawer.layout} {
		if n, ok := section.get(name); ok {
			value, _ := v.scene.evaluate(n)
			return value
		}
	}
	return nil
}

func (v evaluated) number(name string, otherwise float64) float64 {
	if f, ok := v.property(name).(float64); ok {
		return f
	}
	return otherwise
}

// length is a number of pixels, to a tenth.
func (v evaluated) length(name string, otherwise float64) float64 {
	return math.Round(v.number(name, otherwise)*10) / 10
}

func (v evaluated) numbers(name string) []float64 {
	list, _ := v.property(name).([]any)
	var out []float64
	for _, e := range list {
		if f, ok := e.(float64); ok {
			out = append(out, f)
		}
	}
	return out
}

func (v evaluated) text(name string) string {
	s, _ := v.property(name).(string)
	return s
}

// color resolves the token of a colour and lays the opacity over it.
func (v evaluated) color(name, opacity string) string {
	c, ok := parseColor(v.property(name))
	if !ok {
		return ""
	}
	c[3] *= v.number(opacity, 1)
	return c.String()
}
