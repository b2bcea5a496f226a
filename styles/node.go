package styles

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxDepth bounds the nesting of a fragment; expressions of people stay far
// below, and every walk over a tree is recursive.
const maxDepth = 48

// node is one JSON value and the line it stands on.
type node struct {
	line  int
	value any // nil, bool, json.Number, string, []node or object
}

// object is a JSON object in the order of its members.
type object []member

type member struct {
	name  string
	value node
}

func (o object) get(name string) (node, bool) {
	for _, m := range o {
		if m.name == name {
			return m.value, true
		}
	}
	return node{}, false
}

// text returns the string that n is, or "".
func (n node) text() string {
	s, _ := n.value.(string)
	return s
}

// list returns the elements of the array that n is, or nil.
func (n node) list() []node {
	l, _ := n.value.([]node)
	return l
}

// lineError is a fault of JSON's own grammar at a line.
type lineError struct {
	line    int
	message string
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.message) }

// parseJSON reads one JSON value (RFC 8259) and refuses anything after it and
// members that stand twice. Errors are of type *lineError.
func parseJSON(b []byte) (node, error) {
	r := reader{bytes: b, decoder: json.NewDecoder(bytes.NewReader(b)), line: 1}
	r.decoder.UseNumber()
	n, err := r.value(0)
	if err != nil {
		return node{}, err
	}
	if _, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		return node{}, r.fault("there is something after the end")
	}
	return n, nil
}

// reader builds nodes from the tokens of encoding/json.
type reader struct {
	bytes   []byte
	decoder *json.Decoder
	line    int
	counted int64 // newlines before this offset are in line
}

func (r *reader) fault(format string, args ...any) error {
	return &lineError{line: r.lineAt(r.decoder.InputOffset()), message: fmt.Sprintf(format, args...)}
}

func (r *reader) lineAt(offset int64) int {
	offset = min(offset, int64(len(r.bytes)))
	if offset > r.counted {
		r.line += bytes.Count(r.bytes[r.counted:offset], []byte{'\n'})
		r.counted = offset
	}
	return r.line
}

func (r *reader) token() (json.Token, error) {
	t, err := r.decoder.Token()
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, r.fault("%v", syntax)
	case err != nil:
		return nil, r.fault("the JSON ends in the middle")
	}
	return t, nil
}

func (r *reader) value(depth int) (node, error) {
	t, err := r.token()
	if err != nil {
		return node{}, err
	}
	if depth > maxDepth {
		return node{}, r.fault("nested deeper than %d", maxDepth)
	}
	n := node{line: r.lineAt(r.decoder.InputOffset()), value: t}
	switch t {
	case json.Delim('['):
		n.value, err = r.array(depth)
	case json.Delim('{'):
		n.value, err = r.object(depth)
	}
	return n, err
}

func (r *reader) array(depth int) ([]node, error) {
	list := []node{}
	for r.decoder.More() {
		n, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	_, err := r.token()
	return list, err
}

func (r *reader) object(depth int) (object, error) {
	o := object{}
	for r.decoder.More() {
		t, err := r.token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string)
		if _, twice := o.get(name); twice {
			return nil, r.fault("%q stands twice in one object", name)
		}
		n, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		o = append(o, member{name: name, value: n})
	}
	_, err := r.token()
	return o, err
}
