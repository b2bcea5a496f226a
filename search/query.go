package search

import (
	"slices"
	"strings"
	"unicode/utf8"

	"kvartal"
)

// The form of a query.
const (
	// MaxQuery is the longest text searched for, in characters.
	MaxQuery = 200
	maxTerms = 12
)

// query is what is searched for: terms that must all be found, in two readings,
// and kinds that need not.
type query struct {
	folded string
	// readings are ways to understand the text: word by word, and with numbers
	// in one piece.
	readings [][]term
}

// term is one word of a query.
type term struct {
	text string
	// alike are other words that mean the same.
	alike []string
	// optional terms, kinds, make a match better and their lack no worse.
	optional bool
	// unfinished terms may be the beginning of a word.
	unfinished bool
	edits      int // mistakes forgiven
}

// parse understands text. Errors are of KindInvalid.
func parse(text string, kinds kindTable) (query, error) {
	if n := utf8.RuneCountInString(text); n > MaxQuery {
		return query{}, kvartal.Errorf(kvartal.KindInvalid, "the text has %d characters: search for at most %d", n, MaxQuery).In("q")
	}
	q := query{folded: Fold(text)}
	parts := words(q.folded)
	if len(parts) > maxTerms {
		parts = parts[:maxTerms]
	}
	if len(parts) == 0 {
		return q, nil
	}
	q.readings = append(q.readings, newTerms(parts, kinds))
	if numbers := inOnePiece(text); numbers != nil {
		q.readings = append(q.readings, newTerms(numbers, kinds))
	}
	return q, nil
}

// inOnePiece returns the words of text with its numbers compact, as register
// numbers are kept; nil if that is no other reading. "5/2" is a house and stays
// in pieces, "01:02" is the beginning of a register number.
func inOnePiece(text string) []string {
	var out []string
	other := false
	for chunk := range strings.FieldsSeq(text) {
		folded := Fold(chunk)
		parts := words(folded)
		house := len(parts) > 0 && isDigit(parts[0][0]) && isHouse(parts) && !strings.Contains(chunk, ":")
		if len(parts) > 1 && !house && strings.ContainsAny(folded, "0123456789") {
			parts, other = []string{compact(folded)}, true
		}
		out = append(out, parts...)
	}
	if !other || len(out) > maxTerms {
		return nil
	}
	return out
}

func newTerms(parts []string, kinds kindTable) []term {
	terms := make([]term, len(parts))
	required := 0
	for i, part := range parts {
		terms[i] = term{text: part, edits: editsFor(part)}
		// A letter after a number is that of a house, not the beginning of a word.
		terms[i].unfinished = i == len(parts)-1 && (len(part) > 1 || isDigit(part[0]) || i == 0)
		if alike := kinds[part]; alike != nil && isKind(parts, i) {
			terms[i].alike, terms[i].optional = alike, true
		} else {
			required++
			// People leave endings off: "Lenin street" is улица Ленина.
			terms[i].unfinished = terms[i].unfinished || len(part) >= 4 && !isDigit(part[0])
		}
	}
	for i := range terms {
		terms[i].optional = terms[i].optional && required > 0
	}
	return terms
}

// relax makes the numbers of a query optional, for streets that lack the house
// asked for. False if that would make no difference.
func (q *query) relax() bool {
	relaxed, words := false, false
	terms := slices.Clone(q.readings[0])
	for i, t := range terms {
		switch {
		case t.optional:
		case isDigit(t.text[0]) || len(t.text) == 1:
			terms[i].optional, relaxed = true, true
		default:
			words = true
		}
	}
	q.readings = [][]term{terms}
	return relaxed && words
}

// isKind tells a letter that stands for a kind from the letter of a house: the
// kind comes before its number.
func isKind(parts []string, i int) bool {
	return len(parts[i]) > 1 || i+1 < len(parts) && isDigit(parts[i+1][0])
}

// editsFor is how many mistakes a word may have: none in numbers and short words.
func editsFor(word string) int {
	switch {
	case isDigit(word[0]) || len(word) < 4:
		return 0
	case len(word) < 8:
		return 1
	}
	return 2
}
