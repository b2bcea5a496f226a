package cql2

import (
	"fmt"
	"strconv"

	"kvartal"
)

// Position is a place in the source of a filter: a line and column of CQL2
// text, counted in characters from 1, or a JSON Pointer (RFC 6901) into CQL2
// JSON. The zero Position belongs to expressions made by programs.
type Position struct {
	Line, Column int
	Pointer      string
}

func (p Position) String() string {
	switch {
	case p.Line > 1:
		return fmt.Sprintf("line %d, column %d", p.Line, p.Column)
	case p.Line == 1:
		return fmt.Sprintf("column %d", p.Column)
	case p.Pointer != "":
		return p.Pointer
	}
	return "filter"
}

// member is the position of a member of the JSON object at p.
func (p Position) member(name string) Position { return Position{Pointer: p.Pointer + "/" + name} }

// item is the position of an item of the JSON array at p.
func (p Position) item(i int) Position {
	return Position{Pointer: p.Pointer + "/" + strconv.Itoa(i)}
}

// invalid makes an error of KindInvalid at p.
func (p Position) invalid(format string, args ...any) error {
	return p.errorf(kvartal.KindInvalid, format, args...)
}

// tooLarge makes an error of KindTooLarge at p.
func (p Position) tooLarge(format string, args ...any) error {
	return p.errorf(kvartal.KindTooLarge, format, args...)
}

func (p Position) errorf(kind kvartal.Kind, format string, args ...any) error {
	return kvartal.Errorf(kind, "%s: %s", p, fmt.Sprintf(format, args...)).In(p.String())
}

// counted is n of a thing, for messages.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
