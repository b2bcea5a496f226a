package egts

import "kvartal"

// Accepted reads the answer of a server: whether the packet it answers, all of
// its records and a login are processed. It is for who speaks as a terminal.
func Accepted(frame []byte) (bool, error) {
	p, st := parsePacket(frame)
	if st != processed {
		return false, kvartal.Errorf(kvartal.KindInvalid, "the answer %v", st)
	}
	accepted, rest := p.result == processed, p.body
	for len(rest) > 0 {
		r, after, ok := parseRecord(rest)
		if !ok {
			return false, kvartal.Errorf(kvartal.KindInvalid, "the answer %v", badLength)
		}
		accepted = accepted && r.accepted()
		rest = after
	}
	return accepted, nil
}

func (r record) accepted() bool {
	whole, accepted := true, true
	for sub := range r.subrecords(&whole) {
		switch {
		case sub.kind == recordResponse && len(sub.data) == 3:
			accepted = accepted && status(sub.data[2]) == processed
		case sub.kind == resultCode && len(sub.data) == 1:
			accepted = accepted && status(sub.data[0]) == processed
		}
	}
	return whole && accepted
}
