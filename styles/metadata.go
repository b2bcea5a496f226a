package styles

import (
	"strings"

	"kvartal/layers"
)

// metadata reads where the style layer belongs on the map and in the legend.
func (c *checker) metadata(l *styleLayer, n node, at place) {
	o, _ := n.value.(object)
	order, ok := o.get("kvartal:order")
	number, isNumber := order.number()
	if !ok || !isNumber || number < 0 || number > maxOrder || number != float64(int(number)) {
		c.complain(n, at.step("kvartal:order"), "is %s: want a whole number from 0 to %d", show(order), maxOrder)
	}
	l.order = int(number)
	for _, m := range o {
		switch m.name {
		case "kvartal:order":
		case "kvartal:legend":
			l.legendOf().title = c.title(m.value, at.step(m.name))
		case "kvartal:legend-by":
			l.legendOf().by = m.value.text()
			c.reference(m.value, at.step(m.name))
		default:
			c.complain(m.value, at.step(m.name), "is unknown: want kvartal:order, kvartal:legend or kvartal:legend-by")
		}
	}
}

func (l *styleLayer) legendOf() *legend {
	if l.legend == nil {
		l.legend = &legend{}
	}
	return l.legend
}

func (c *checker) title(n node, at place) layers.Text {
	o, _ := n.value.(object)
	texts := map[string]string{}
	for _, m := range o {
		texts[m.name] = m.value.text()
	}
	for _, lang := range layers.Languages() {
		if texts[lang] == "" || len(texts) != len(layers.Languages()) {
			c.complain(n, at, "want a title in each of %s", strings.Join(layers.Languages(), ", "))
			break
		}
	}
	return layers.Text{Ru: texts["ru"], En: texts["en"], Ky: texts["ky"]}
}

func (c *checker) checkLegend(l styleLayer, n node, at place) {
	if l.legend == nil {
		return
	}
	if l.legend.title == (layers.Text{}) {
		c.complain(n, at.step("metadata"), `"kvartal:legend-by" needs "kvartal:legend", the title`)
	}
	if _, ok := l.layout.get("icon-image"); l.kind == typeSymbol && !ok {
		c.complain(n, at.step("metadata"), "a symbol without icon-image has no legend")
	}
}
