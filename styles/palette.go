package styles

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"

	"kvartal"
	"kvartal/layers"
)

// Theme names one appearance of the whole map.
type Theme string

// The themes.
const (
	Day   Theme = "day"   // the general map
	Night Theme = "night" // light on dark, for dim rooms and always-on screens
	Pale  Theme = "pale"  // hardly coloured, under thematic layers and on paper
)

// Themes lists the themes, the default first.
func Themes() []Theme { return []Theme{Day, Night, Pale} }

// palette is what a theme gives to the fragments: a colour per token. Icons are
// distance fields, coloured by the same tokens.
type palette struct {
	Title  layers.Text       `json:"title"`
	Scheme string            `json:"scheme"` // "light" or "dark", as in CSS color-scheme
	Colors map[string]string `json:"colors"` // token without @ → #rrggbb or #rrggbbaa
}

var (
	tokenPattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	colorPattern = regexp.MustCompile(`^#([0-9a-f]{6}|[0-9a-f]{8})$`)
)

// background is the token of what lies under every layer.
const background = "background"

// loadPalettes reads one palette per theme and makes sure that they name the
// same tokens: what can be drawn in one theme can be drawn in all.
func loadPalettes(fsys fs.FS) (map[Theme]*palette, error) {
	palettes := map[Theme]*palette{}
	for _, theme := range Themes() {
		p, err := loadPalette(fsys, theme)
		if err != nil {
			return nil, err
		}
		palettes[theme] = p
	}
	for _, theme := range Themes()[1:] {
		for _, token := range slices.Sorted(maps.Keys(union(palettes[Day].Colors, palettes[theme].Colors))) {
			if palettes[Day].Colors[token] == "" || palettes[theme].Colors[token] == "" {
				return nil, kvartal.Errorf(kvartal.KindInvalid, "styles/palettes: colour token %q is not in both %s.json and %s.json: every palette names the same tokens", token, Day, theme)
			}
		}
	}
	return palettes, nil
}

func union(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func loadPalette(fsys fs.FS, theme Theme) (*palette, error) {
	file := fmt.Sprintf("palettes/%s.json", theme)
	b, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, fmt.Errorf("read palette: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var p palette
	if err := d.Decode(&p); err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "styles/%s: %v", file, err)
	}
	if p.Scheme != "light" && p.Scheme != "dark" {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "styles/%s: scheme is %q: want light or dark", file, p.Scheme)
	}
	for _, token := range slices.Sorted(maps.Keys(p.Colors)) {
		if !tokenPattern.MatchString(token) || !colorPattern.MatchString(p.Colors[token]) {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "styles/%s: %q: %q: want a token of a-z, 0-9 and hyphens and a colour #rrggbb or #rrggbbaa in lower case", file, token, p.Colors[token])
		}
	}
	if p.Colors[background] == "" {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "styles/%s: there is no token %q", file, background)
	}
	return &p, nil
}
