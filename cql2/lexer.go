package cql2

import (
	"strings"
	"unicode/utf8"
)

// tokenKind sorts the tokens of CQL2 text.
type tokenKind int

const (
	endToken    tokenKind = iota
	wordToken             // identifier or keyword
	quotedToken           // identifier in double quotes
	stringToken           // character literal, unescaped
	numberToken           // unsigned, in the form of a JSON number
	signToken             // punctuation or operator
)

// token is one word of CQL2 text.
type token struct {
	kind tokenKind
	text string
	at   Position
}

// is reports whether the token is the given sign or keyword. Keywords are
// given in upper case.
func (t token) is(text string) bool {
	switch t.kind {
	case signToken:
		return t.text == text
	case wordToken:
		return len(t.text) == len(text) && strings.EqualFold(t.text, text)
	}
	return false
}

// String is what an error message calls the token.
func (t token) String() string {
	switch t.kind {
	case endToken:
		return "the end of the filter"
	case stringToken:
		return "the text '" + shorten(t.text) + "'"
	}
	return "“" + shorten(t.text) + "”"
}

// shorten cuts text that came from outside to what fits a message.
func shorten(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	cut := most
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// lexer cuts CQL2 text into tokens.
type lexer struct {
	src          string
	offset       int
	line, column int
}

func (l *lexer) position() Position { return Position{Line: l.line, Column: l.column} }

// peek returns the next character without taking it, or -1 at the end.
func (l *lexer) peek() rune {
	if l.offset >= len(l.src) {
		return -1
	}
	if c := l.src[l.offset]; c < utf8.RuneSelf {
		return rune(c)
	}
	r, _ := utf8.DecodeRuneInString(l.src[l.offset:])
	return r
}

// advance takes the next character.
func (l *lexer) advance() rune {
	r := l.peek()
	if r < 0 {
		return r
	}
	l.offset += utf8.RuneLen(r)
	if r == '\n' {
		l.line, l.column = l.line+1, 1
	} else {
		l.column++
	}
	return r
}

// next returns the next token.
func (l *lexer) next() (token, error) {
	for isSpace(l.peek()) {
		l.advance()
	}
	at, start := l.position(), l.offset
	switch r := l.peek(); {
	case r < 0:
		return token{endToken, "", at}, nil
	case isIdentifierStart(r):
		for isIdentifierPart(l.peek()) {
			l.advance()
		}
		return token{wordToken, l.src[start:l.offset], at}, nil
	case r == '\'':
		return l.characterLiteral(at)
	case r == '"':
		return l.quotedName(at)
	case isDigit(r) || r == '.':
		return l.digitsAndPoint(at)
	}
	return l.sign(at)
}

func (l *lexer) sign(at Position) (token, error) {
	start := l.offset
	r := l.advance()
	switch {
	case r == '<' && (l.peek() == '>' || l.peek() == '='), r == '>' && l.peek() == '=':
		l.advance()
	case !strings.ContainsRune("()=<>+-*/%^,", r):
		return token{}, at.invalid("%q does not belong here", r)
	}
	return token{signToken, l.src[start:l.offset], at}, nil
}

// characterLiteral reads '…'. A quote within is doubled or follows a
// backslash; \a \b \t \n \v \f \r are control characters and \\ a backslash.
// A backslash before anything else stays, for LIKE.
func (l *lexer) characterLiteral(at Position) (token, error) {
	l.advance()
	start := l.offset
	for r := l.peek(); r >= 0 && r != '\'' && r != '\\'; r = l.peek() {
		l.advance()
	}
	if end := l.offset; l.peek() == '\'' {
		l.advance()
		if l.peek() != '\'' {
			return token{stringToken, l.src[start:end], at}, nil
		}
		l.offset, l.column = end, l.column-1
	}
	return l.escapedLiteral(at, l.src[start:l.offset])
}

// escapedLiteral reads on from the first escape, with what came before it.
func (l *lexer) escapedLiteral(at Position, before string) (token, error) {
	var b strings.Builder
	b.WriteString(before)
	for {
		switch r := l.advance(); r {
		case -1:
			return token{}, at.invalid("the text that begins here has no end: close it with '")
		case '\'':
			if l.peek() != '\'' {
				return token{stringToken, b.String(), at}, nil
			}
			l.advance()
			b.WriteByte('\'')
		case '\\':
			escaped := l.advance()
			if escaped < 0 {
				return token{}, at.invalid("the text that begins here has no end: close it with '")
			}
			b.WriteString(unescape(escaped))
		default:
			b.WriteRune(r)
		}
	}
}

// controlEscapes pairs letters after a backslash with what they stand for
// (requirement /req/cql2-text/escaping).
const controlEscapes = "a\ab\bt\tn\nv\vf\fr\r"

func unescape(r rune) string {
	if r == '\'' || r == '\\' {
		return string(r)
	}
	for i := 0; i < len(controlEscapes); i += 2 {
		if rune(controlEscapes[i]) == r {
			return controlEscapes[i+1 : i+2]
		}
	}
	return `\` + string(r)
}

// quotedName reads "…", in which a double quote is doubled.
func (l *lexer) quotedName(at Position) (token, error) {
	l.advance()
	var b strings.Builder
	for {
		switch r := l.advance(); r {
		case -1:
			return token{}, at.invalid(`the name that begins here has no end: close it with "`)
		case '"':
			if l.peek() != '"' {
				return l.namedToken(at, b.String())
			}
			l.advance()
			b.WriteByte('"')
		default:
			b.WriteRune(r)
		}
	}
}

func (l *lexer) namedToken(at Position, name string) (token, error) {
	if name == "" {
		return token{}, at.invalid(`a name in double quotes is empty: for an empty text write ''`)
	}
	return token{quotedToken, name, at}, nil
}

// digitsAndPoint reads an unsigned number and brings it to the form of JSON, which
// wants digits on both sides of the point.
func (l *lexer) digitsAndPoint(at Position) (token, error) {
	start := l.offset
	whole := l.digits()
	fraction, exponent := "", ""
	if l.peek() == '.' {
		l.advance()
		fraction = l.digits()
	}
	if whole == "" && fraction == "" {
		return token{}, at.invalid("“.” is not a number: write digits beside the point")
	}
	if r := l.peek(); r == 'e' || r == 'E' {
		l.advance()
		exponent = "e"
		if s := l.peek(); s == '+' || s == '-' {
			exponent += string(l.advance())
		}
		digits := l.digits()
		if digits == "" {
			return token{}, at.invalid("the exponent of the number has no digits")
		}
		exponent += digits
	}
	if isIdentifierPart(l.peek()) {
		l.advance()
		return token{}, at.invalid("“%s…” is neither a number nor a name: names begin with a letter", l.src[start:l.offset])
	}
	return token{numberToken, jsonNumber(whole, fraction, exponent), at}, nil
}

func (l *lexer) digits() string {
	start := l.offset
	for isDigit(l.peek()) {
		l.advance()
	}
	return l.src[start:l.offset]
}

func jsonNumber(whole, fraction, exponent string) string {
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return whole + exponent
}
