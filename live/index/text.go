package index

import "kvartal/live"

// text is a text that objects show, kept once however many devices have it: units
// and contractors are few.
type text struct {
	string

	// shared says that another device or field may have it too. What only one has
	// needs no looking up where texts are numbered.
	shared bool
}

// The texts that are no device's own.
var ( //nolint:gochecknoglobals // constants
	presences = map[live.Presence]*text{
		live.Online: word(string(live.Online)), live.Slow: word(string(live.Slow)),
		live.Stale: word(string(live.Stale)), live.Lost: word(string(live.Lost)),
	}
	marks = [...]*text{
		live.Right: word(live.Right.String()), live.Timeless: word(live.Timeless.String()), live.Ahead: word(live.Ahead.String()),
		live.RolledOver: word(live.RolledOver.String()), live.Absurd: word(live.Absurd.String()),
	}
)

func word(s string) *text { return &text{s, true} }

// texts finds a text that is there already.
type texts map[string]*text

func newTexts() texts {
	t := texts{}
	for _, w := range presences {
		t[w.string] = w
	}
	for _, w := range marks {
		t[w.string] = w
	}
	return t
}

// of returns the text of b.
func (t texts) of(b []byte) *text {
	if known, ok := t[string(b)]; ok {
		if !known.shared { // those of everybody are, and are never written
			known.shared = true
		}
		return known
	}
	added := &text{string: string(b)}
	t[added.string] = added
	return added
}

// same returns b as a string, in memory that it shares with the text that is there.
func (t texts) same(b []byte) string {
	if known, ok := t[string(b)]; ok {
		return known.string
	}
	return string(b)
}
