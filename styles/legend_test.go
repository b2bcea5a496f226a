package styles_test

import (
	"reflect"
	"testing"

	"kvartal/layers"
	"kvartal/styles"
)

const legendText = `"kvartal:legend": {"ru": "Вид", "en": "Kind", "ky": "Түрү"}`

// legendOf returns the legend of things drawn by the fragment.
func legendOf(t *testing.T, lang, fragment string) []styles.Entry {
	t.Helper()
	s, registry := withFragment(t, fragment)
	legends, err := s.Legend(request(registry, styles.Day, lang))
	if err != nil {
		t.Fatalf("Legend = %v", err)
	}
	return legends["things"]
}

func TestLegendByCodes(t *testing.T) {
	t.Parallel()
	got := legendOf(t, "ru", `[{"id": "things", "type": "circle", "metadata": {"kvartal:order": 1, `+legendText+`, "kvartal:legend-by": "kind"},
		"filter": ["!=", ["get", "kind"], "bin"],
		"paint": {"circle-color": ["match", ["get", "kind"], "lamp", "#112233", "#445566"], "circle-opacity": 0.5,
		 "circle-radius": ["interpolate", ["exponential", 2], ["zoom"], 14, 1, 18, ["case", ["==", ["get", "kind"], "lamp"], 16, 31]]}}]`)
	want := []styles.Entry{
		{Heading: "Вид", Title: "Фонарь", Geometry: "point", Fill: "#11223380", Radius: 4},
		{Title: "Скамья, не указано", Geometry: "point", Fill: "#44556680", Radius: 7},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Legend = %+v, want %+v: the filter hides bins, and features without a kind look like benches", got, want)
	}
}

func TestLegendByNumberedCodes(t *testing.T) {
	t.Parallel()
	got := legendOf(t, "en", `[{"id": "things", "type": "line", "metadata": {"kvartal:order": 1, `+legendText+`, "kvartal:legend-by": "grade"},
		"filter": ["has", "grade"],
		"paint": {"line-color": "#000000", "line-width": ["match", ["get", "grade"], 1, 4, 2], "line-dasharray": [2, 1]}}]`)
	want := []styles.Entry{
		{Heading: "Kind", Title: "First", Geometry: "line", Stroke: "#000000", Width: 4, Dash: []float64{2, 1}},
		{Title: "Second", Geometry: "line", Stroke: "#000000", Width: 2, Dash: []float64{2, 1}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Legend = %+v, want %+v", got, want)
	}
}

func TestLegendByClasses(t *testing.T) {
	t.Parallel()
	const circle = `[{"id": "things", "type": "circle", "metadata": {"kvartal:order": 1, ` + legendText + `, "kvartal:legend-by": "height"}, "paint": {"circle-radius": `
	for name, c := range map[string]struct {
		radius string
		titles []string
		radii  []float64
	}{
		"step":        {`["step", ["get", "height"], 1, 2.5, 3, 10, 8]`, []string{"< 2,5\u00a0м", "2,5–10\u00a0м", "≥ 10\u00a0м"}, []float64{1, 3, 8}},
		"interpolate": {`["interpolate", ["linear"], ["coalesce", ["get", "height"], 0], 5, 2, 20, 9]`, []string{"5\u00a0м", "20\u00a0м"}, []float64{2, 9}},
		"inside zoom": {`["interpolate", ["linear"], ["zoom"], 10, 1, 16, ["step", ["get", "height"], 4, 3, 6]]`, []string{"< 3\u00a0м", "≥ 3\u00a0м"}, []float64{4, 6}},
	} {
		var titles []string
		var radii []float64
		for _, e := range legendOf(t, "ky", circle+c.radius+`}}]`) {
			titles, radii = append(titles, e.Title), append(radii, e.Radius)
		}
		if !reflect.DeepEqual(titles, c.titles) || !reflect.DeepEqual(radii, c.radii) {
			t.Errorf("%s: legend = %q with radii %v, want %q with %v", name, titles, radii, c.titles, c.radii)
		}
	}
}

func TestLegendMergesWhatLiesOverEachOther(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lower, upper string
		want         styles.Entry
	}{
		"a line over its casing": {
			`"type": "line", "paint": {"line-color": "#111111", "line-width": 6}`,
			`"type": "line", "paint": {"line-color": "#ffffff", "line-width": 4}`,
			styles.Entry{Geometry: "line", Stroke: "#ffffff", Outline: "#111111", Width: 4},
		},
		"an edge around an area": {
			`"type": "fill", "paint": {"fill-color": "#eeeeee"}`,
			`"type": "line", "paint": {"line-color": "#333333", "line-width": 2}`,
			styles.Entry{Geometry: "polygon", Fill: "#eeeeee", Outline: "#333333", Width: 2},
		},
		"an icon on a disc": {
			`"type": "circle", "paint": {"circle-color": "#123456", "circle-radius": 9, "circle-stroke-width": 1, "circle-stroke-color": "#ffffff"}`,
			`"type": "symbol", "layout": {"icon-image": "park"}`,
			styles.Entry{Geometry: "point", Fill: "#123456", Outline: "#ffffff", Radius: 9, Icon: "park"},
		},
	} {
		const head = `{"metadata": {"kvartal:order": 1, ` + legendText + `}, `
		got := legendOf(t, "en", `[`+head+`"id": "things-a", `+c.lower+`}, `+head+`"id": "things-b", `+c.upper+`}]`)
		c.want.Title = "Kind"
		if !reflect.DeepEqual(got, []styles.Entry{c.want}) {
			t.Errorf("%s: Legend = %+v, want %+v", name, got, c.want)
		}
	}
}

func TestLegendOfTheProgramsLayers(t *testing.T) {
	t.Parallel()
	s, registry := builtin(t, nil)
	for _, theme := range styles.Themes() {
		for _, lang := range layers.Languages() {
			legends, err := s.Legend(request(registry, theme, lang))
			if err != nil {
				t.Fatalf("Legend(%s, %s) = %v", theme, lang, err)
			}
			for _, id := range []string{"base_streets", "base_land", "buildings", "parcels", "trees"} {
				if len(legends[registryLayer(t, registry, id).ID]) == 0 {
					t.Errorf("Legend(%s, %s) has nothing about %s", theme, lang, id)
				}
			}
			for id, entries := range legends {
				for _, e := range entries {
					if e.Title == "" || e.Fill == "" && e.Stroke == "" {
						t.Errorf("Legend(%s, %s) of %s has %+v, want a title and a colour", theme, lang, id, e)
					}
				}
			}
		}
	}
}

func registryLayer(t *testing.T, registry *layers.Registry, id string) *layers.Definition {
	t.Helper()
	defs, err := registry.Expand(id)
	if err != nil {
		t.Fatal(err)
	}
	return defs[0]
}
