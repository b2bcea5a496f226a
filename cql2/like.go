package cql2

import (
	"strings"
	"unicode/utf8"
)

// pattern is a LIKE pattern: pieces of text with wildcards between them.
type pattern struct {
	pieces []piece
}

// piece is one part of a pattern: wildcard characters, or text to match.
type piece struct {
	wildcard byte // '%', '_' or 0
	text     string
}

// parsePattern reads a pattern in which \ takes the meaning from the character
// after it (requirement /req/advanced-comparison-operators/like-predicate).
func parsePattern(at Position, s string) (pattern, error) {
	var p pattern
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			p.pieces = append(p.pieces, piece{text: text.String()})
			text.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '%', '_':
			flush()
			p.pieces = append(p.pieces, piece{wildcard: c})
		case '\\':
			if i++; i == len(s) {
				return pattern{}, at.invalid(`the pattern ends in a lone \: to look for a backslash, double it`)
			}
			text.WriteByte(s[i])
		default:
			text.WriteByte(c)
		}
	}
	flush()
	return p, nil
}

// wildcards counts the % of the pattern.
func (p pattern) wildcards() int {
	n := 0
	for _, one := range p.pieces {
		if one.wildcard == '%' {
			n++
		}
	}
	return n
}

// folded returns the pattern with its texts folded.
func (p pattern) folded(f Folding, op Operator) pattern {
	out := pattern{make([]piece, len(p.pieces))}
	for i, one := range p.pieces {
		out.pieces[i] = piece{one.wildcard, f.fold(op, one.text)}
	}
	return out
}

// String writes the pattern for PostgreSQL.
func (p pattern) String() string {
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	var b strings.Builder
	for _, one := range p.pieces {
		if one.wildcard != 0 {
			b.WriteByte(one.wildcard)
		} else {
			b.WriteString(escape.Replace(one.text))
		}
	}
	return b.String()
}

// matches reports whether s as a whole has the form of the pattern. After a
// mismatch it goes back to the last % only, so time is at most the product of
// both lengths.
func (p pattern) matches(s []byte) bool {
	i, at := 0, 0
	star, mark := -1, 0
	for {
		if i == len(p.pieces) {
			if at == len(s) {
				return true
			}
		} else if p.pieces[i].wildcard == '%' {
			star, mark = i, at
			i++
			continue
		} else if n, ok := p.pieces[i].match(s[at:]); ok {
			i, at = i+1, at+n
			continue
		}
		if star < 0 || mark >= len(s) {
			return false
		}
		_, size := utf8.DecodeRune(s[mark:])
		mark += size
		i, at = star+1, mark
	}
}

// match reports whether s begins with the piece, and how long that is.
func (one piece) match(s []byte) (int, bool) {
	if one.wildcard == 0 {
		if len(s) < len(one.text) || string(s[:len(one.text)]) != one.text {
			return 0, false
		}
		return len(one.text), true
	}
	_, size := utf8.DecodeRune(s)
	return size, size > 0
}
