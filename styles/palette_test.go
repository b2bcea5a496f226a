package styles_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"kvartal/styles"
)

// rgb is a colour, each part 0 to 1.
type rgb [3]float64

func parseRGB(t *testing.T, s string) rgb {
	t.Helper()
	if len(s) < 7 || s[0] != '#' {
		t.Fatalf("%q is no colour #rrggbb", s)
	}
	var c rgb
	for i := range c {
		v, err := strconv.ParseUint(s[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatalf("%q is no colour: %v", s, err)
		}
		c[i] = float64(v) / 255
	}
	return c
}

// linear takes sRGB to light intensities (IEC 61966-2-1).
func (c rgb) linear() rgb {
	for i, v := range c {
		if v <= 0.04045 {
			c[i] = v / 12.92
		} else {
			c[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return c
}

func (c rgb) luminance() float64 {
	l := c.linear()
	return 0.2126*l[0] + 0.7152*l[1] + 0.0722*l[2]
}

// contrast is the ratio of WCAG 2.2, 1.4.3.
func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// colors returns the colours in a paint value.
func colors(v any) []string {
	switch v := v.(type) {
	case string:
		if strings.HasPrefix(v, "#") {
			return []string{v}
		}
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, colors(e)...)
		}
		return all
	}
	return nil
}

// grounds are the areas on which labels of the base map come to lie.
func grounds(d style) map[string]string {
	found := map[string]string{}
	for _, l := range d.Layers {
		switch l.SourceLayer {
		case "ocean", "water_polygons", "land", "sites", "buildings":
			if l.Source != "base" {
				continue
			}
			for _, c := range colors(l.Paint["fill-color"]) {
				found[c] = l.ID
			}
		case "":
			found[l.Paint["background-color"].(string)] = l.ID
		}
	}
	return found
}

func TestLabelsStandOutFromTheGround(t *testing.T) {
	t.Parallel()
	s, registry := builtin(t, nil)
	for _, theme := range styles.Themes() {
		d := document(t, s, request(registry, theme, "en"))
		for _, l := range d.Layers {
			for _, text := range colors(l.Paint["text-color"]) {
				for ground, where := range grounds(d) {
					if ratio := contrast(parseRGB(t, text), parseRGB(t, ground)); ratio < 4.5 {
						t.Errorf("%s: text %s of %s on %s of %s has contrast %.2f, want at least 4.5", theme, text, l.ID, ground, where, ratio)
					}
				}
			}
		}
	}
}

func TestWaterStandsOutFromLand(t *testing.T) {
	t.Parallel()
	s, registry := builtin(t, nil)
	for _, theme := range styles.Themes() {
		d := document(t, s, request(registry, theme, "en"))
		ocean, _ := d.layer("base_ocean")
		water := parseRGB(t, colors(ocean.Paint["fill-color"])[0])
		land := parseRGB(t, d.Layers[0].Paint["background-color"].(string))
		if got := distance(water, land, sees["all colours"]); got < 8 {
			t.Errorf("%s: water is ΔE %.1f from land, want at least 8", theme, got)
		}
	}
}

// matrix turns linear RGB into what an eye of one kind makes of it.
type matrix [3]rgb

// sees holds the full deficiencies of Machado, Oliveira and Fernandes, "A
// Physiologically-based Model for Simulation of Color Vision Deficiency", 2009.
var sees = map[string]matrix{
	"all colours":  {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
}

// lab is the CIE 1976 L*a*b* value of a colour under D65 as seen by m.
func (c rgb) lab(m matrix) rgb {
	l := c.linear()
	var seen rgb
	for i, row := range m {
		seen[i] = min(max(row[0]*l[0]+row[1]*l[1]+row[2]*l[2], 0), 1)
	}
	toXYZ := matrix{{0.4124, 0.3576, 0.1805}, {0.2126, 0.7152, 0.0722}, {0.0193, 0.1192, 0.9505}}
	white := rgb{0.95047, 1, 1.08883}
	var f rgb
	for i, row := range toXYZ {
		v := (row[0]*seen[0] + row[1]*seen[1] + row[2]*seen[2]) / white[i]
		if v > 216.0/24389 {
			f[i] = math.Cbrt(v)
		} else {
			f[i] = (24389.0/27*v + 16) / 116
		}
	}
	return rgb{116*f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])}
}

// distance is ΔE*ab; about 2 can just be seen side by side, a map legend needs
// several times that.
func distance(a, b rgb, m matrix) float64 {
	x, y := a.lab(m), b.lab(m)
	return math.Sqrt((x[0]-y[0])*(x[0]-y[0]) + (x[1]-y[1])*(x[1]-y[1]) + (x[2]-y[2])*(x[2]-y[2]))
}

func TestCodesCanBeToldApart(t *testing.T) {
	t.Parallel()
	s, registry := builtin(t, nil)
	for _, theme := range styles.Themes() {
		d := document(t, s, request(registry, theme, "en"))
		for id, property := range map[string]string{"buildings-fill": "fill-color", "parcels-fill": "fill-color", "trees": "circle-color"} {
			l, ok := d.layer(id)
			if !ok {
				t.Fatalf("there is no style layer %q", id)
			}
			for eye, m := range sees {
				checkApart(t, string(theme)+" "+id+" with "+eye, colors(l.Paint[property]), m)
			}
		}
	}
}

func checkApart(t *testing.T, where string, palette []string, m matrix) {
	t.Helper()
	for i, a := range palette {
		for _, b := range palette[:i] {
			if got := distance(parseRGB(t, a), parseRGB(t, b), m); got < 9 {
				t.Errorf("%s: %s and %s are ΔE %.1f apart, want at least 9", where, a, b, got)
			}
		}
	}
}
