package styles

import (
	"slices"
	"strconv"
	"strings"

	"kvartal/layers"
)

// legendCase is one value of the field that a legend goes by.
type legendCase struct {
	value any // string or float64; nil for features without a value
	title string
}

// cases lists the values of the field f worth an entry: its codes, or else a
// value for each stop of the step or interpolate that reads it.
func (l legendDrawer) cases(f layers.Field) []legendCase {
	if len(f.Codes) > 0 {
		return codeCases(f, l.lang)
	}
	for _, m := range slices.Concat(l.paint, l.layout) {
		if scale, ok := m.value.scaleOf(f.Name); ok {
			return scaleCases(scale, f.Unit, l.lang)
		}
	}
	return nil
}

func codeCases(f layers.Field, lang string) []legendCase {
	out := make([]legendCase, 0, len(f.Codes))
	for _, code := range f.Codes {
		c := legendCase{value: code.Value, title: code.Title.In(lang)}
		if number, err := strconv.ParseFloat(code.Value, 64); err == nil && f.Type == layers.TypeInteger {
			c.value = number
		}
		out = append(out, c)
	}
	if !f.Required {
		out = append(out, legendCase{title: notStated().In(lang)})
	}
	return out
}

// notStated is the title of features without a value.
func notStated() layers.Text {
	return layers.Text{Ru: "Не указано", En: "Not stated", Ky: "Көрсөтүлгөн эмес"}
}

// scaleOf finds the outermost step or interpolate over the field in n.
func (n node) scaleOf(field string) (node, bool) {
	args := n.list()
	input := map[string]int{"step": 1, "interpolate": 2}[n.operator()]
	if input > 0 && input < len(args) && slices.Contains(inputFields(args[input]), field) {
		return n, true
	}
	for _, arg := range args {
		if found, ok := arg.scaleOf(field); ok {
			return found, true
		}
	}
	return node{}, false
}

// scaleCases names the classes of a step ("< 5 m", "5–10 m", "≥ 10 m") or the
// stops of an interpolate ("5 m", "10 m").
func scaleCases(scale node, unit, lang string) []legendCase {
	if scale.operator() == "interpolate" {
		var out []legendCase
		for _, stop := range everySecond(scale.list()[3:]) {
			v, _ := stop.number()
			out = append(out, legendCase{value: v, title: quantity(v, unit, lang)})
		}
		return out
	}
	stops := everySecond(scale.list()[3:])
	first, _ := stops[0].number()
	out := []legendCase{{value: first - 1, title: "< " + quantity(first, unit, lang)}}
	for i, stop := range stops {
		v, _ := stop.number()
		title := "≥ " + quantity(v, unit, lang)
		if i+1 < len(stops) {
			next, _ := stops[i+1].number()
			title = quantity(v, "", lang) + "–" + quantity(next, unit, lang)
		}
		out = append(out, legendCase{value: v, title: title})
	}
	return out
}

// quantity writes a number with its UCUM unit as the language does.
func quantity(v float64, unit, lang string) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if lang != "en" {
		s = strings.Replace(s, ".", ",", 1)
	}
	if unit = UnitSign(unit, lang); unit != "" {
		s += "\u00a0" + unit
	}
	return s
}

// UnitSign returns the sign of a UCUM unit that people of the language read;
// units it does not know stand as they are.
func UnitSign(unit, lang string) string {
	signs := map[string]layers.Text{
		"mm": {Ru: "мм", En: "mm", Ky: "мм"}, "cm": {Ru: "см", En: "cm", Ky: "см"}, "m": {Ru: "м", En: "m", Ky: "м"}, "km": {Ru: "км", En: "km", Ky: "км"},
		"m2": {Ru: "м²", En: "m²", Ky: "м²"}, "km2": {Ru: "км²", En: "km²", Ky: "км²"}, "har": {Ru: "га", En: "ha", Ky: "га"},
		"km/h": {Ru: "км/ч", En: "km/h", Ky: "км/с"}, "m/km": {Ru: "м/км", En: "m/km", Ky: "м/км"},
		"m3/d": {Ru: "м³/сут", En: "m³/d", Ky: "м³/сутка"}, "m3/h": {Ru: "м³/ч", En: "m³/h", Ky: "м³/с"}, "/d": {Ru: "в сутки", En: "a day", Ky: "суткасына"},
		"/a": {Ru: "в год", En: "a year", Ky: "жылына"}, "h": {Ru: "ч", En: "h", Ky: "саат"},
		"W": {Ru: "Вт", En: "W", Ky: "Вт"}, "kW": {Ru: "кВт", En: "kW", Ky: "кВт"}, "kV": {Ru: "кВ", En: "kV", Ky: "кВ"}, "kV.A": {Ru: "кВ·А", En: "kVA", Ky: "кВ·А"},
		"MPa": {Ru: "МПа", En: "MPa", Ky: "МПа"}, "Gcal/h": {Ru: "Гкал/ч", En: "Gcal/h", Ky: "Гкал/с"},
		"[RUB]": {Ru: "₽", En: "₽", Ky: "₽"}, "[KGS]": {Ru: "сом", En: "som", Ky: "сом"}, "[ppth]": {Ru: "‰", En: "‰", Ky: "‰"},
		"a": {}, // a year is a number of its own
	}
	if sign, ok := signs[unit]; ok {
		return sign.In(lang)
	}
	return unit
}
