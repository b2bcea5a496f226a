package cql2

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxNesting bounds the recursion of the reader, as encoding/json bounds its own.
const maxNesting = 10_000

// jsonReader reads JSON (RFC 8259). It takes and refuses what encoding/json
// does but allocates once, not for each value: its values share one array, and
// their texts are parts of the source.
type jsonReader struct {
	source string
	offset int
	depth  int
	tokens []jsonToken
}

// readJSON reads a source that is one JSON value.
func readJSON(source string) (jsonValue, error) {
	if !utf8.ValidString(source) {
		return nil, Position{}.invalid("it is not valid UTF-8")
	}
	r := jsonReader{source: source, tokens: make([]jsonToken, 0, mostTokens(source))}
	if err := r.value(); err != nil {
		return nil, err
	}
	if r.next(); r.offset < len(source) {
		return nil, r.position().invalid("something follows the end of the JSON value")
	}
	return r.tokens, nil
}

// mostTokens bounds the tokens of a source: each stands at its beginning or
// behind one of four signs.
func mostTokens(source string) int {
	most := 1
	for _, sign := range [...]string{"{", "[", ":", ","} {
		most += strings.Count(source, sign)
	}
	return most
}

func (r *jsonReader) value() error {
	switch r.next() {
	case '{':
		return r.container(objectKind, '}')
	case '[':
		return r.container(arrayKind, ']')
	case '"':
		return r.string()
	case 't':
		return r.word("true", trueKind)
	case 'f':
		return r.word("false", falseKind)
	case 'n':
		return r.word("null", nullKind)
	}
	return r.number()
}

// container reads an array or object, which end closes.
func (r *jsonReader) container(kind jsonKind, end byte) error {
	if r.depth++; r.depth > maxNesting {
		return r.position().invalid("it is nested more than %d levels deep", maxNesting)
	}
	r.offset++
	first := len(r.tokens)
	r.add(kind, "")
	for more := r.next() != end; more; {
		if err := r.part(kind); err != nil {
			return err
		}
		r.tokens[first].parts++
		r.next()
		more = r.take(',')
	}
	if !r.take(end) {
		return r.unexpected("',' or '" + string(end) + "'")
	}
	r.tokens[first].size = int32(len(r.tokens) - first)
	r.depth--
	return nil
}

// part reads an item of an array or a member of an object.
func (r *jsonReader) part(kind jsonKind) error {
	if kind == arrayKind {
		return r.value()
	}
	if r.next() != '"' {
		return r.unexpected("a name in double quotes")
	}
	if err := r.string(); err != nil {
		return err
	}
	if r.next(); !r.take(':') {
		return r.unexpected("':'")
	}
	return r.value()
}

func (r *jsonReader) add(kind jsonKind, text string) {
	r.tokens = append(r.tokens, jsonToken{kind: kind, text: text, size: 1})
}

func (r *jsonReader) word(word string, kind jsonKind) error {
	if !strings.HasPrefix(r.source[r.offset:], word) {
		return r.unexpected("a value")
	}
	r.offset += len(word)
	r.add(kind, "")
	return nil
}

func (r *jsonReader) number() error {
	start := r.offset
	want := "a value"
	if r.take('-') {
		want = "a digit"
	}
	if !r.take('0') && !r.digits() {
		return r.unexpected(want)
	}
	if r.take('.') && !r.digits() {
		return r.unexpected("a digit")
	}
	if r.take('e') || r.take('E') {
		_ = r.take('+') || r.take('-')
		if !r.digits() {
			return r.unexpected("a digit")
		}
	}
	r.add(numberKind, r.source[start:r.offset])
	return nil
}

// digits takes digits and reports whether there were any.
func (r *jsonReader) digits() bool {
	start := r.offset
	for isDigit(rune(r.peek())) {
		r.offset++
	}
	return r.offset > start
}

// string reads a string, which begins with a double quote.
func (r *jsonReader) string() error {
	r.offset++
	text := r.plain()
	if !r.take('"') {
		var err error
		if text, err = r.escapedString(text); err != nil {
			return err
		}
	}
	r.add(stringKind, text)
	return nil
}

// plain takes characters of a string that stand for themselves.
func (r *jsonReader) plain() string {
	start := r.offset
	for r.offset < len(r.source) {
		if c := r.source[r.offset]; c == '"' || c == '\\' || c < ' ' {
			break
		}
		r.offset++
	}
	return r.source[start:r.offset]
}

// escapedString reads on from the first escape, with what came before it.
func (r *jsonReader) escapedString(before string) (string, error) {
	text := []byte(before)
	for !r.take('"') {
		if !r.take('\\') {
			return "", r.unexpected(`an escape such as \n or the double quote that ends the text`)
		}
		var err error
		if text, err = r.escape(text); err != nil {
			return "", err
		}
		text = append(text, r.plain()...)
	}
	return string(text), nil
}

// escape reads what follows a backslash and appends what it stands for.
func (r *jsonReader) escape(text []byte) ([]byte, error) {
	if r.take('u') {
		c, err := r.escapedRune()
		return utf8.AppendRune(text, c), err
	}
	i := strings.IndexByte(`"\/bfnrt`, r.peek())
	if i < 0 {
		return nil, r.unexpected(`one of " \ / b f n r t u after a backslash`)
	}
	r.offset++
	return append(text, "\"\\/\b\f\n\r\t"[i]), nil
}

// escapedRune reads what follows \u. Characters beyond U+FFFF are two escapes,
// a surrogate pair; half a pair, which is no character, gives U+FFFD.
func (r *jsonReader) escapedRune() (rune, error) {
	unit, err := r.codeUnit()
	if err != nil || !utf16.IsSurrogate(unit) || !strings.HasPrefix(r.source[r.offset:], `\u`) {
		return unit, err
	}
	half := *r
	half.offset += len(`\u`)
	low, err := half.codeUnit()
	if err != nil {
		return 0, err
	}
	pair := utf16.DecodeRune(unit, low)
	if pair != utf8.RuneError {
		r.offset = half.offset
	}
	return pair, nil
}

// codeUnit reads four hexadecimal digits.
func (r *jsonReader) codeUnit() (rune, error) {
	digits := r.source[r.offset:min(r.offset+4, len(r.source))]
	unit, err := strconv.ParseUint(digits, 16, 16)
	if err != nil || len(digits) < 4 {
		return 0, r.unexpected(`four hexadecimal digits after \u`)
	}
	r.offset += len(digits)
	return rune(unit), nil
}

// next skips white space and peeks.
func (r *jsonReader) next() byte {
	for {
		switch c := r.peek(); c {
		case ' ', '\t', '\n', '\r':
			r.offset++
		default:
			return c
		}
	}
}

// peek returns the next byte without taking it, or 0, with which nothing in
// JSON begins, at the end.
func (r *jsonReader) peek() byte {
	if r.offset >= len(r.source) {
		return 0
	}
	return r.source[r.offset]
}

// take takes the next byte if it is c.
func (r *jsonReader) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.offset++
	return true
}

func (r *jsonReader) unexpected(want string) error {
	if r.offset >= len(r.source) {
		return Position{}.invalid("it is not JSON: the value has no end")
	}
	found, _ := utf8.DecodeRuneInString(r.source[r.offset:])
	return r.position().invalid("it is not JSON: found %q, want %s", found, want)
}

func (r *jsonReader) position() Position {
	before := r.source[:r.offset]
	line := strings.LastIndexByte(before, '\n') + 1
	return Position{Line: strings.Count(before, "\n") + 1, Column: utf8.RuneCountInString(before[line:]) + 1}
}
