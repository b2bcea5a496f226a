package kvartal

import (
	"errors"
	"fmt"
)

// Kind sorts errors by what the person or program that meets them should do.
type Kind int

// The kinds of error. The zero value is KindInternal, so that an error nobody
// thought about is never shown to a stranger.
const (
	KindInternal    Kind = iota // our fault: log it, tell the caller nothing more
	KindInvalid                 // the request is wrong: change it
	KindNotFound                // no such thing, or it may not be known to exist
	KindForbidden               // known, but not permitted
	KindConflict                // somebody else was first: look again, then retry
	KindTooLarge                // over a limit: ask for less
	KindUnavailable             // not now: retry later
	KindTimeout                 // took too long: ask for less or retry later
)

var kindNames = [...]string{
	"internal", "invalid", "not found", "forbidden", "conflict", "too large", "unavailable", "timeout",
}

func (k Kind) String() string { return kindNames[k] }

// Error is an error with a Kind and a sentence that its reader can act on.
type Error struct {
	Kind Kind
	// Message is shown to the caller unless Kind is KindInternal.
	Message string
	// Field names the parameter, attribute or file position at fault, if one is.
	Field string
	// Err is the cause, for logs; it is never shown to the caller.
	Err error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error of the given kind whose message the caller may read.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Because returns e with the cause err added, for logs.
func (e *Error) Because(err error) *Error {
	caused := *e
	caused.Err = err
	return &caused
}

// In returns e with the parameter, attribute or position at fault named.
func (e *Error) In(field string) *Error {
	named := *e
	named.Field = field
	return &named
}

// Within says where err happened, in front of its message, and keeps its Kind:
// Within(err, "change 3") reads "change 3: …".
func Within(err error, where string) error {
	var e *Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s: %w", where, err)
	}
	placed := *e
	placed.Message = where + ": " + e.Message
	return &placed
}

// KindOf returns the Kind of the outermost Error in err's chain, or
// KindInternal if there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindInternal
}
