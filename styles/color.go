package styles

import (
	"math"
	"strconv"
	"strings"
)

// color is red, green, blue and alpha, each 0 to 255.
type color [4]float64

// parseColor reads #rrggbb or #rrggbbaa.
func parseColor(v any) (color, bool) {
	s, _ := v.(string)
	if !colorPattern.MatchString(s) {
		return color{}, false
	}
	c := color{3: 255}
	for i := range (len(s) - 1) / 2 {
		b, _ := strconv.ParseUint(s[1+2*i:3+2*i], 16, 8)
		c[i] = float64(b)
	}
	return c, true
}

func (c color) String() string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	b.WriteByte('#')
	for i, v := range c {
		if i == 3 && v >= 254.5 {
			break // opaque
		}
		n := int(math.Round(v))
		b.WriteByte(digits[n>>4])
		b.WriteByte(digits[n&15])
	}
	return b.String()
}

// mixColors goes from a to b by t, 0 to 1, in sRGB as MapLibre does.
func mixColors(a, b any, t float64) (any, bool) {
	from, ok := parseColor(a)
	to, okTo := parseColor(b)
	if !ok || !okTo {
		return nil, false
	}
	var mixed color
	for i := range mixed {
		mixed[i] = from[i] + (to[i]-from[i])*t
	}
	return mixed.String(), true
}
