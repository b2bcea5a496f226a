package cql2

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Folding says how CASEI and ACCENTI fold text, in SQL and in Go alike.
//
// CASEI is the full case folding of Unicode (CaseFolding.txt, C and F), save
// that ı folds to i and Cherokee to its small letters: the classes of equal
// texts that PostgreSQL can form from its ICU functions.
//
// ACCENTI decomposes (NFD), removes the marks of the blocks of combining
// diacritical marks, folds letters with a stroke, and composes (NFC). Marks
// that make another letter stay: the breve of й, and the voicing marks of
// Japanese as the standard recommends.
type Folding struct {
	// YoAsYe folds ё to е.
	YoAsYe bool
	// KyrgyzAsRussian folds ң, ө and ү to н, о and у, for those who write
	// Kyrgyz on a Russian keyboard.
	KyrgyzAsRussian bool
}

// Letters that differ from their base by a stroke, which no decomposition
// removes, and the Kyrgyz ones; each followed by its base.
const (
	strokes = "øoØOđdĐDłlŁLħhĦHŧtŦT"
	kyrgyz  = "ңнҢНөоӨОүуҮУ"
)

// letters returns the pairs of letters ACCENTI folds by table.
func (f Folding) letters() string {
	if f.KyrgyzAsRussian {
		return strokes + kyrgyz
	}
	return strokes
}

// Marks that may make another letter of the one before them.
const (
	breve     = '\u0306' // й
	diaeresis = '\u0308' // ё
)

// isMark reports whether ACCENTI removes r after the character before it.
func (f Folding) isMark(before, r rune) bool {
	switch {
	case r < 0x300:
		return false
	case r == breve && (before == 'и' || before == 'И'):
		return false
	case r == diaeresis && !f.YoAsYe && (before == 'е' || before == 'Е'):
		return false
	}
	return r <= 0x36F || between(r, 0x483, 0x489) || between(r, 0x1AB0, 0x1AFF) ||
		between(r, 0x1DC0, 0x1DFF) || between(r, 0x20D0, 0x20FF) || between(r, 0xFE20, 0xFE2F)
}

// marksPattern is isMark as a regular expression of PostgreSQL.
func (f Folding) marksPattern() string {
	pattern := `(?<![иИ])\u0306|`
	if f.YoAsYe {
		return pattern + `[\u0300-\u0305\u0307-\u036F\u0483-\u0489\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20FF\uFE20-\uFE2F]`
	}
	return pattern + `(?<![еЕ])\u0308|[\u0300-\u0305\u0307\u0309-\u036F\u0483-\u0489\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20FF\uFE20-\uFE2F]`
}

// SQL returns the expression that CASEI or ACCENTI of a text expression is in
// PostgreSQL. It is immutable: an index on it (trigram or B-tree) serves filters
// that fold the same expression in the same way.
func (f Folding) SQL(op Operator, expression string) string {
	if op == CaseI {
		return `replace(translate(lower(upper(` + expression + ` COLLATE "und-x-icu")), 'ς', 'σ'), 'ß', 'ss')`
	}
	var from, to strings.Builder
	for i, r := range []rune(f.letters()) {
		if i%2 == 0 {
			from.WriteRune(r)
		} else {
			to.WriteRune(r)
		}
	}
	return `translate(normalize(regexp_replace(normalize(` + expression + `, NFD), '` + f.marksPattern() +
		`', '', 'g'), NFC), '` + from.String() + `', '` + to.String() + `')`
}

// fold returns s folded by op.
func (f Folding) fold(op Operator, s string) string {
	return string(f.appendFolded(nil, op, []byte(s), newFoldSpace()))
}

// foldSpace is room for folding, used again and again by one goroutine at a time.
type foldSpace struct {
	caser            cases.Caser
	character        [16]byte // the longest full folding has three characters
	iterator         norm.Iter
	decomposed, kept []byte
}

func newFoldSpace() *foldSpace { return &foldSpace{caser: cases.Fold()} }

// appendFolded appends s folded by op to dst. It allocates only what dst and
// the space lack.
func (f Folding) appendFolded(dst []byte, op Operator, s []byte, space *foldSpace) []byte {
	if op == CaseI {
		return space.appendCaseFolded(dst, s)
	}
	return f.appendStripped(dst, s, space)
}

func (space *foldSpace) appendCaseFolded(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		if between(r, 0x400, 0x52F) { // Cyrillic folds letter by letter
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		} else {
			dst = space.appendFoldedRune(dst, r, s[i:i+size])
		}
		i += size
	}
	return dst
}

// appendFoldedRune folds one character outside ASCII and Cyrillic.
func (space *foldSpace) appendFoldedRune(dst []byte, r rune, encoded []byte) []byte {
	switch {
	case r == 'ı':
		return append(dst, 'i')
	case between(r, 0x13A0, 0x13FD) || between(r, 0xAB70, 0xABBF): // Cherokee
		return utf8.AppendRune(dst, unicode.ToLower(r))
	}
	n, _, err := space.caser.Transform(space.character[:], encoded, true)
	if err != nil {
		return append(dst, encoded...)
	}
	return append(dst, space.character[:n]...)
}

// appendNormal is form.Append, which allocates at each call.
func (space *foldSpace) appendNormal(dst []byte, form norm.Form, s []byte) []byte {
	for space.iterator.Init(form, s); !space.iterator.Done(); {
		dst = append(dst, space.iterator.Next()...)
	}
	return dst
}

func (f Folding) appendStripped(dst, s []byte, space *foldSpace) []byte {
	if isASCII(s) {
		return append(dst, s...)
	}
	space.decomposed = space.appendNormal(space.decomposed[:0], norm.NFD, s)
	space.kept = space.kept[:0]
	before := rune(0)
	for i := 0; i < len(space.decomposed); {
		r, size := utf8.DecodeRune(space.decomposed[i:])
		if !f.isMark(before, r) {
			space.kept = append(space.kept, space.decomposed[i:i+size]...)
		}
		before = r
		i += size
	}
	space.decomposed = space.appendNormal(space.decomposed[:0], norm.NFC, space.kept)
	return f.appendLetters(dst, space.decomposed)
}

func (f Folding) appendLetters(dst, s []byte) []byte {
	letters := f.letters()
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRune(s[i:])
		if r >= utf8.RuneSelf {
			r = baseOf(letters, r)
		}
		dst = utf8.AppendRune(dst, r)
		i += size
	}
	return dst
}

// baseOf returns the letter that follows r in pairs of letters, or r.
func baseOf(pairs string, r rune) rune {
	isBase, found := false, false
	for _, letter := range pairs {
		if found {
			return letter
		}
		found = !isBase && letter == r
		isBase = !isBase
	}
	return r
}

func isASCII(s []byte) bool {
	for _, c := range s {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
