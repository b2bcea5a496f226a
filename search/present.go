package search

import (
	"slices"
	"strings"

	"kvartal/layers"
)

// join extends a street by another of its pieces.
func (r *Result) join(b layers.Brief) {
	if r.Bound != nil && b.Bound != nil {
		both := r.Bound.Union(*b.Bound)
		r.Bound = &both
	}
}

// result is how a feature is shown. What names it comes first; if it was found
// by something else, that is shown, too.
func (s *search) result(l *layerSearch, b layers.Brief, cost uint16) Result {
	r := Result{Layer: l.Definition, ID: b.ID, Point: b.Point, Bound: b.Bound, cost: cost}
	title := l.Definition.Title.In(s.request.Lang)
	r.Title, r.Subtitle = l.Definition.NameOf(b.Values, s.request.Lang), title
	because, field := s.reason(l, b, r.Title)
	switch {
	case r.Title == "" && because == "":
		r.Title = title
	case r.Title == "":
		r.Title = because
	case because == "":
	case isHouseNumber(r.Title):
		r.Title = because + ", " + r.Title
	default:
		r.Subtitle += " · " + field + ": " + because
	}
	if strings.Contains(" "+Fold(r.Title)+" ", " "+s.query.folded+" ") {
		r.cost -= min(r.cost, costAt)
	}
	return r
}

// reason returns the value, and its field's title, by which a feature was found
// rather than by what it is called; "" if its name says enough.
func (s *search) reason(l *layerSearch, b layers.Brief, name string) (text, field string) {
	if n := s.covers(words(Fold(name))); n > 0 && n == s.required() {
		return "", ""
	}
	most := 0
	for _, f := range l.schema.fields {
		if n := s.covers(l.schema.fieldWords(f, b.Values[f.Name])); n > most && f.Name != l.Definition.Label && b.Values[f.Name] != name && !isTranslation(l.Definition, f) {
			most, text, field = n, b.Values[f.Name], f.Title.In(s.request.Lang)
		}
	}
	return text, field
}

// isTranslation reports whether a field holds the label in another language.
func isTranslation(d *layers.Definition, f layers.Field) bool {
	return d.Label != "" && strings.HasPrefix(f.Name, d.Label+"_")
}

// required counts the terms that a feature must answer.
func (s *search) required() int {
	n := 0
	for _, t := range s.query.readings[0] {
		if !t.optional {
			n++
		}
	}
	return n
}

// covers counts the required terms that words answer.
func (s *search) covers(found []string) int {
	most := 0
	for _, reading := range s.query.readings {
		n := 0
		for _, t := range reading {
			if !t.optional && slices.ContainsFunc(found, func(word string) bool { _, ok := wordCost(t, word); return ok }) {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// isHouseNumber reports whether a name is but the number of a house.
func isHouseNumber(name string) bool {
	parts := words(Fold(name))
	return len(parts) > 0 && len(parts) <= 5 && isDigit(parts[0][0]) && isHouse(parts)
}
