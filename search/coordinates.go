package search

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"
)

// Coordinates is a pair of coordinates as somebody wrote it.
type Coordinates struct {
	// First and Second are degrees, or metres of a projection.
	First, Second float64
	// Projected says that they are too large for degrees, or called x and y.
	Projected bool
	// Order is known if letters, words or the size of the numbers tell it.
	Order Order
}

// Order is the order of a pair of coordinates.
type Order int

// The orders of coordinates.
const (
	OrderUnknown Order = iota // most people write the latitude first
	LatLon                    // or y before x
	LonLat                    // or x before y
)

// maxCoordinates is the longest text looked at, in bytes.
const maxCoordinates = 100

// ParseCoordinates reads a pair of coordinates in any usual form: decimal
// degrees with points or commas, degrees with minutes and seconds, hemispheres
// in Latin or Cyrillic letters (N, с. ш., в. д.), "geo:" (RFC 5870), and metres
// of a projection. False means that the text is none.
func ParseCoordinates(text string) (Coordinates, bool) {
	text = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "geo:")
	if len(text) > maxCoordinates || !strings.ContainsAny(text, "0123456789") || !utf8.ValidString(text) {
		return Coordinates{}, false
	}
	text = tidied(text)
	// A comma may be that of a decimal fraction, or stand between numbers.
	for _, pattern := range []*regexp.Regexp{commaDecimals, pointDecimals} {
		if parts, ok := scan(text, pattern); ok {
			if c, ok := pair(parts); ok {
				return c, true
			}
		}
	}
	return Coordinates{}, false
}

var (
	commaDecimals = regexp.MustCompile(`^[+-]?[0-9]+([.,][0-9]+)?`)
	pointDecimals = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?`)
)

// tidied spells signs and units in one way.
func tidied(text string) string {
	return strings.NewReplacer(
		"−", "-", "–", "-", "º", "°", "˚", "°", "градусов", "°", "град.", "°", "град", "°", "deg", "°",
		"''", `"`, "″", `"`, "”", `"`, "“", `"`, "сек.", `"`, "сек", `"`,
		"′", "'", "’", "'", "‘", "'", "`", "'", "мин.", "'", "мин", "'",
		"latitude", "lat", "longitude", "lon", "long", "lon", "lng", "lon", "широта", "lat", "долгота", "lon",
		"с. ш.", "n", "с.ш.", "n", "с.ш", "n", "сш", "n", "ю. ш.", "s", "ю.ш.", "s", "ю.ш", "s", "юш", "s",
		"в. д.", "e", "в.д.", "e", "в.д", "e", "вд", "e", "з. д.", "w", "з.д.", "w", "з.д", "w", "зд", "w",
		"\u00a0", " ", "\u202f", " ",
	).Replace(text)
}

// part is one word of coordinates.
type part struct {
	kind  byte // '0' number, '°' as 'o', '\'', '"', 'n' latitude, 'e' longitude, 'x', 'y'
	value float64
	sign  float64 // of a hemisphere
	exact bool    // the number has decimals
}

// scan splits text into parts; false if anything in it is none.
func scan(text string, number *regexp.Regexp) ([]part, bool) {
	var parts []part
	for text != "" {
		if digits := number.FindString(text); digits != "" {
			value, err := strconv.ParseFloat(strings.Replace(digits, ",", ".", 1), 64)
			if err != nil {
				return nil, false
			}
			parts = append(parts, part{kind: '0', value: value, exact: strings.ContainsAny(digits, ".,")})
			text = text[len(digits):]
			continue
		}
		p, n, ok := sign(text)
		if !ok {
			return nil, false
		}
		if p.kind != ' ' {
			parts = append(parts, p)
		}
		text = text[n:]
	}
	return parts, true
}

// sign reads a part that is no number.
func sign(text string) (p part, n int, ok bool) {
	for _, s := range []struct {
		text string
		part part
	}{
		{"lat", part{kind: 'n', sign: 1}},
		{"lon", part{kind: 'e', sign: 1}},
		{"n", part{kind: 'n', sign: 1}},
		{"s", part{kind: 'n', sign: -1}},
		{"e", part{kind: 'e', sign: 1}},
		{"w", part{kind: 'e', sign: -1}},
		{"с", part{kind: 'n', sign: 1}},
		{"ю", part{kind: 'n', sign: -1}},
		{"в", part{kind: 'e', sign: 1}},
		{"з", part{kind: 'e', sign: -1}},
		{"°", part{kind: 'o'}},
		{"'", part{kind: '\''}},
		{`"`, part{kind: '"'}},
		{"x", part{kind: 'x'}},
		{"х", part{kind: 'x'}},
		{"y", part{kind: 'y'}},
		{"у", part{kind: 'y'}},
		{" ", part{kind: ' '}},
		{"\t", part{kind: ' '}},
		{",", part{kind: ' '}},
		{";", part{kind: ' '}},
		{"/", part{kind: ' '}},
		{"=", part{kind: ' '}},
		{":", part{kind: ' '}},
		{"(", part{kind: ' '}},
		{")", part{kind: ' '}},
	} {
		if strings.HasPrefix(text, s.text) {
			return s.part, len(s.text), true
		}
	}
	return part{}, 0, false
}

// angle is one coordinate.
type angle struct {
	value  float64
	axis   byte // 'n', 'e', 'x', 'y', 0 unknown
	marked bool // has units, letters or decimals
}

// pair reads two coordinates.
func pair(parts []part) (Coordinates, bool) {
	groups, ok := grouped(parts)
	if !ok {
		return Coordinates{}, false
	}
	a, okA := newAngle(groups[0])
	b, okB := newAngle(groups[1])
	if !okA || !okB {
		return Coordinates{}, false
	}
	c := Coordinates{First: a.value, Second: b.value}
	named := a.axis == 'x' || a.axis == 'y' || b.axis == 'x' || b.axis == 'y'
	c.Projected = named || math.Abs(a.value) > 180 || math.Abs(b.value) > 180
	if c.Order, ok = orderOf(a, b); !ok {
		return Coordinates{}, false
	}
	if c.Projected {
		// Metres have at least four digits somewhere; angles have units.
		return c, largest(a, b) >= 1000 && largest(a, b) < 1e8 && a.axis != 'n' && a.axis != 'e' && b.axis != 'n' && b.axis != 'e'
	}
	if !a.marked && !b.marked {
		return Coordinates{}, false // two whole numbers: a house, more likely
	}
	return c, c.fits()
}

func largest(a, b angle) float64 { return max(math.Abs(a.value), math.Abs(b.value)) }

// orderOf tells the order from the axes, and from latitudes that are none.
func orderOf(a, b angle) (Order, bool) {
	first, second := isFirst(a.axis), isFirst(b.axis)
	switch {
	case a.axis == 0 && b.axis == 0:
		if math.Abs(a.value) > 90 && math.Abs(a.value) <= 180 {
			return LonLat, math.Abs(b.value) <= 90
		}
		if math.Abs(b.value) > 90 && math.Abs(b.value) <= 180 {
			return LatLon, true
		}
		return OrderUnknown, true
	case a.axis != 0 && b.axis != 0 && first == second:
		return OrderUnknown, false
	case a.axis != 0 && first || a.axis == 0 && !second:
		return LatLon, true
	}
	return LonLat, true
}

// isFirst reports whether an axis is the one from south to north.
func isFirst(axis byte) bool { return axis == 'n' || axis == 'y' }

// fits reports whether the degrees are on the globe in at least one order.
func (c Coordinates) fits() bool {
	a, b := math.Abs(c.First), math.Abs(c.Second)
	return c.Order != LonLat && a <= 90 && b <= 180 || c.Order != LatLon && a <= 180 && b <= 90
}

// grouped splits parts between the two coordinates: where the letters or the
// degrees begin anew, or in the middle.
func grouped(parts []part) ([2][]part, bool) {
	numbers := 0
	for _, p := range parts {
		if p.kind == '0' {
			numbers++
		}
	}
	if numbers < 2 || numbers > 6 {
		return [2][]part{}, false
	}
	split, degrees, axes := -1, 0, 0
	leading := parts[0].kind != '0'
	for i, p := range parts {
		switch {
		case p.kind == 'o':
			if degrees++; degrees == 2 && split < 0 {
				split = i - 1
			}
		case isAxis(p.kind):
			axes++
			if axes == 1 && !leading {
				split = i + 1
			}
			if axes == 2 && leading {
				split = i
			}
		}
	}
	if split < 0 {
		if numbers%2 != 0 {
			return [2][]part{}, false
		}
		split = nthNumber(parts, numbers/2)
	}
	if split <= 0 || split >= len(parts) {
		return [2][]part{}, false
	}
	return [2][]part{parts[:split], parts[split:]}, true
}

func isAxis(kind byte) bool { return kind == 'n' || kind == 'e' || kind == 'x' || kind == 'y' }

// nthNumber is the place of the number with n before it.
func nthNumber(parts []part, n int) int {
	for i, p := range parts {
		if p.kind == '0' {
			if n == 0 {
				return i
			}
			n--
		}
	}
	return -1
}

// newAngle reads one coordinate: an axis or hemisphere before or after, and
// degrees, minutes and seconds, of which the last may have decimals.
func newAngle(parts []part) (angle, bool) {
	var a angle
	negative, hemisphere, count, exact := false, 1.0, 0, false
	units := []byte{'o', '\'', '"'}
	scale := []float64{1, 60, 3600}
	for _, p := range parts {
		switch {
		case isAxis(p.kind):
			if a.axis != 0 {
				return angle{}, false
			}
			a.axis, a.marked = p.kind, true
			if p.sign < 0 {
				hemisphere = -1
			}
		case p.kind != '0':
			if count == 0 || count > len(units) || units[count-1] != p.kind { //nolint:gosec // bounded before
				return angle{}, false
			}
			a.marked = true
		default:
			if count == 3 || exact || count > 0 && (p.value < 0 || p.value >= 60) {
				return angle{}, false
			}
			negative = negative || count == 0 && math.Signbit(p.value)
			a.value += math.Abs(p.value) / scale[count]
			exact = p.exact
			count++
		}
	}
	a.marked = a.marked || exact
	if negative {
		a.value = -a.value
	}
	a.value *= hemisphere
	return a, count > 0
}

// Resolve returns degrees as longitude and latitude. Where the order is not
// known it is the latitude first, unless only the other order lies close to the
// city, that is within about 300 km of its centre.
func (c Coordinates) Resolve(center orb.Point) orb.Point {
	latFirst, lonFirst := orb.Point{c.Second, c.First}, orb.Point{c.First, c.Second}
	switch {
	case c.Order == LonLat, c.Order == OrderUnknown && math.Abs(c.First) > 90:
		return lonFirst
	case c.Order == OrderUnknown && math.Abs(c.Second) <= 90 && !nearTo(latFirst, center) && nearTo(lonFirst, center):
		return lonFirst
	}
	return latFirst
}

func nearTo(p, center orb.Point) bool {
	const degrees = 3
	return math.Abs(p[1]-center[1]) < degrees && math.Abs(p[0]-center[0])*math.Cos(center[1]*math.Pi/180) < degrees
}
