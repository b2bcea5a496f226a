package styles

import (
	"cmp"
	"reflect"
	"slices"
	"unicode"
	"unicode/utf8"

	"kvartal"
)

// legendZoom is the zoom at which the legend shows widths and radii: streets
// and houses can be told apart, nothing is yet larger than its sample.
const legendZoom = 16.0

// Entry is one line of a legend. Colours are #rrggbb or #rrggbbaa, lengths are
// CSS pixels at the zoom of the map's middle scale.
type Entry struct {
	// Heading is what the entries under it have in common: set on the first of
	// the entries of one codelist.
	Heading  string `json:"heading,omitempty"`
	Title    string `json:"title"`
	Geometry string `json:"geometry"` // point, line or polygon
	// Fill is the inside of a polygon or circle, and the colour of an icon.
	Fill    string `json:"fill,omitempty"`
	Outline string `json:"outline,omitempty"` // edge of a polygon or circle, casing of a line
	Stroke  string `json:"stroke,omitempty"`  // a line itself
	// Width is that of a line or of a polygon's edge.
	Width float64 `json:"width,omitempty"`
	// Dash is the lengths of dashes and gaps in multiples of Width.
	Dash   []float64 `json:"dash,omitempty"`
	Radius float64   `json:"radius,omitempty"` // of a circle
	Icon   string    `json:"icon,omitempty"`   // name in the sprite
}

// Legend explains the drawing of the request's layers: entries stand in the
// order of the style layers in the fragment, codes in that of their codelist.
// What Document leaves out has no entry; layers without entries are missing.
// Errors are those of Document.
func (s *Styles) Legend(r Request) (map[kvartal.LayerID][]Entry, error) {
	p, visible, err := s.visible(r)
	if err != nil {
		return nil, err
	}
	legends := map[kvartal.LayerID][]Entry{}
	for _, d := range visible {
		if entries := d.legend(p, r.Lang); len(entries) > 0 {
			legends[d.def.ID] = entries
		}
	}
	return legends, nil
}

func (d drawn) legend(p *palette, lang string) []Entry {
	var entries []Entry
	orders := map[string]int{} // title → place on the map of what bears it
	for _, l := range d.readable() {
		if l.legend == nil {
			continue
		}
		for _, e := range (legendDrawer{placed: l, palette: p, lang: lang}).entries() {
			entries = addOrMerge(entries, e, l.order < orders[e.Title])
			orders[e.Title] = max(orders[e.Title], l.order)
		}
	}
	return entries
}

// addOrMerge adds an entry. With the title of an earlier one it is drawn under
// or over that one, as on the map.
func addOrMerge(entries []Entry, e Entry, under bool) []Entry {
	i := slices.IndexFunc(entries, func(other Entry) bool { return other.Title == e.Title })
	switch {
	case i < 0:
		return append(entries, e)
	case under:
		entries[i] = over(e, entries[i])
	default:
		entries[i] = over(entries[i], e)
	}
	return entries
}

// over draws one entry over another: a line over its casing, an edge around
// an area, a symbol on it.
func over(lower, upper Entry) Entry {
	switch {
	case lower.Geometry == "line" && upper.Geometry == "line":
		upper.Outline = lower.Stroke
		return upper
	case lower.Geometry == "polygon" && upper.Geometry == "line":
		lower.Outline, lower.Width, lower.Dash = upper.Stroke, upper.Width, upper.Dash
		return lower
	}
	lower.Icon = cmp.Or(upper.Icon, lower.Icon)
	return lower
}

// joinAlike adds an entry; the values that look the same share one.
func joinAlike(entries []Entry, e Entry) []Entry {
	for i, other := range entries {
		if looksLike(other, e) {
			entries[i].Title += ", " + lowerFirst(e.Title)
			return entries
		}
	}
	return append(entries, e)
}

func looksLike(a, b Entry) bool {
	b.Heading, b.Title = a.Heading, a.Title
	return reflect.DeepEqual(a, b)
}

// lowerFirst makes a title the second of several.
func lowerFirst(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(first)) + s[size:]
}
