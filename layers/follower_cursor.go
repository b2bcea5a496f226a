package layers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kvartal"
)

// Cursor is a place in the change log: which transactions have been seen. The
// zero Cursor has seen nothing. Its text can be stored and parsed again.
type Cursor struct {
	origin string // within which transaction ids are comparable
	seen   snapshot
}

// ParseCursor reads what Cursor.String wrote. Errors are of KindInvalid.
func ParseCursor(text string) (Cursor, error) {
	origin, seen, _ := strings.Cut(text, "/")
	s, err := parseSnapshot(seen)
	if err != nil || origin == "" {
		return Cursor{}, kvartal.Errorf(kvartal.KindInvalid, "%.60q is no place in the change log: begin with a new load", text).Because(err)
	}
	return Cursor{origin, s}, nil
}

func (c Cursor) String() string { return c.origin + "/" + c.seen.String() }

// IsZero reports whether the cursor has seen nothing.
func (c Cursor) IsZero() bool { return c.origin == "" }

// Token names all that the cursor has seen, to be awaited on another server.
func (c Cursor) Token() Token { return Token(c.String()) }

// Token names changes that a server can be asked to have reached, with
// Follower.Await: those of one changeset, or all those before a Cursor. It is
// plain ASCII, fit for a header; nobody needs to understand it.
type Token string

// need is what a Token asks for.
type need struct {
	origin string
	xid    uint64   // of the changeset, or 0
	seen   snapshot // if xid is 0
}

func (t Token) parse() (need, error) {
	if origin, digits, _ := strings.Cut(string(t), "/"); !strings.Contains(digits, ":") {
		xid, err := strconv.ParseUint(digits, 10, 64)
		if err != nil || xid == 0 || origin == "" {
			return need{}, kvartal.Errorf(kvartal.KindInvalid, "%.60q is no change token: pass on what a write returned, or leave it out", string(t))
		}
		return need{origin: origin, xid: xid}, nil
	}
	c, err := ParseCursor(string(t))
	return need{origin: c.origin, seen: c.seen}, err
}

// reached tells whether whoever is at the cursor has what is needed. Tokens of
// an earlier timeline are: after a failover everything is read anew, with what
// the failover has kept of them. Errors are of KindInvalid.
func (c Cursor) reached(n need) (bool, error) {
	if c.IsZero() {
		return false, nil
	}
	system, timeline, _ := strings.Cut(c.origin, ".")
	theirSystem, theirTimeline, _ := strings.Cut(n.origin, ".")
	switch {
	case system != theirSystem:
		return false, kvartal.Errorf(kvartal.KindInvalid, "the change token comes from another database: leave it out")
	case timeline != theirTimeline:
		return timeline > theirTimeline, nil // eight hexadecimal digits
	case n.xid != 0:
		return c.seen.sees(n.xid), nil
	}
	return c.seen.covers(n.seen), nil
}

// snapshot is PostgreSQL's pg_snapshot: transactions before xmax have ended,
// but for those under way.
type snapshot struct {
	xmin, xmax uint64
	underWay   []uint64 // ascending, from xmin on and below xmax
}

// parseSnapshot reads xmin:xmax:xip,xip,… (PostgreSQL documentation, 9.27.7).
func parseSnapshot(text string) (snapshot, error) {
	var s snapshot
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return s, fmt.Errorf("%.60q is no pg_snapshot", text)
	}
	numbers := parts[:2]
	if parts[2] != "" {
		numbers = append(numbers, strings.Split(parts[2], ",")...)
	}
	xids := make([]uint64, len(numbers))
	for i, digits := range numbers {
		xid, err := strconv.ParseUint(digits, 10, 63)
		if err != nil {
			return s, err
		}
		xids[i] = xid
	}
	s = snapshot{xids[0], xids[1], xids[2:]}
	if s.xmin == 0 || s.xmin > s.xmax || !slices.IsSorted(s.underWay) {
		return s, fmt.Errorf("%.60q is no pg_snapshot", text)
	}
	return s, nil
}

func (s snapshot) String() string {
	open := make([]string, len(s.underWay))
	for i, xid := range s.underWay {
		open[i] = strconv.FormatUint(xid, 10)
	}
	return fmt.Sprintf("%d:%d:%s", s.xmin, s.xmax, strings.Join(open, ","))
}

// sees tells whether a transaction, if it was committed, is visible.
func (s snapshot) sees(xid uint64) bool {
	_, open := slices.BinarySearch(s.underWay, xid)
	return xid < s.xmax && !open
}

// covers tells whether s sees all that other sees. The transaction before an
// xmax has always ended, so a lower xmax has missed it.
func (s snapshot) covers(other snapshot) bool {
	if s.xmax < other.xmax {
		return false
	}
	for _, xid := range s.underWay {
		if other.sees(xid) {
			return false
		}
	}
	return true
}
