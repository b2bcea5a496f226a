package cql2

import (
	"strings"
	"time"
)

// Layouts of instants in both encodings (RFC 3339, UTC only).
const (
	dateLayout      = "2006-01-02"
	timestampLayout = "2006-01-02T15:04:05.999999Z"
)

// unbounded is how both encodings write an interval without that end.
const unbounded = ".."

func parseDate(at Position, s string) (*Date, error) {
	t, err := time.Parse(dateLayout, s)
	if err != nil {
		return nil, at.invalid("%.40q is not a date: write it like 2024-05-31", s)
	}
	return &Date{At: at, Value: t}, nil
}

// parseTimestamp reads a timestamp in UTC, cutting it off at microseconds, the
// resolution of PostgreSQL.
func parseTimestamp(at Position, s string) (*Timestamp, error) {
	t, err := time.Parse("2006-01-02T15:04:05Z", s) // accepts a fraction too
	if err != nil || !timestampForm(s) {
		return nil, at.invalid("%.40q is not a timestamp in UTC: write it like 2024-05-31T08:00:00Z", s)
	}
	return &Timestamp{At: at, Value: t.Truncate(time.Microsecond)}, nil
}

// timestampForm refuses what time.Parse is lenient about: hours of one digit and
// a comma before the fraction.
func timestampForm(s string) bool {
	return len(s) >= len("2006-01-02T15:04:05Z") && s[13] == ':' && !strings.Contains(s, ",")
}

// parseInstant reads a date or a timestamp, whichever s looks like.
func parseInstant(at Position, s string) (Expr, error) {
	if len(s) <= len(dateLayout) {
		return parseDate(at, s)
	}
	return parseTimestamp(at, s)
}

// parseEnd reads the end of an interval: nil for an unbounded one.
func parseEnd(at Position, s string) (Expr, error) {
	if s == unbounded {
		return nil, nil
	}
	return parseInstant(at, s)
}
