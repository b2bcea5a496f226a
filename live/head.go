package live

// Head is the newest that is known of one device: what it told last, and where
// it told last that it was. It depends on the set of fixes taken in and on
// nothing else. The zero Head knows nothing.
type Head struct {
	Newest *Moment // with a position or without
	Placed *Moment // with a position
}

// Take takes in a moment and reports whether the head is another one now. The
// moment is kept and must not change.
func (h *Head) Take(m *Moment) bool {
	if m.Mark == Absurd {
		return false
	}
	changed := take(&h.Newest, m)
	return m.HasPosition() && take(&h.Placed, m) || changed
}

// take puts m in the place of a known moment if it is newer, or the same and
// received earlier or in time.
func take(known **Moment, m *Moment) bool {
	k := *known
	if k == nil || k.Compare(m) < 0 {
		*known = m
		return true
	}
	if !k.Time.Equal(m.Time) || k.Time.IsZero() || k.digest() != m.digest() {
		return false
	}
	both := judged(merge(k.Fix, m.Fix), k.hash)
	if both.Received.Equal(k.Received) && both.Flags == k.Flags || both.Mark == Absurd {
		return false
	}
	*known = &both
	return true
}
