package egts

import "kvartal"

// Accepted reads the answer of a server: whether the packet it answers, all of
// its records and a login are processed. It is for who speaks as a terminal.
func Accepted(frame []byte) (bool, error) {
	p, st := parsePacket(frame)
	if st != processed {
		return false, kvartal.Errorf(kvartal.KindInvalid, "the answer %v", st)
	}
	records, ok := p.records()
	if !ok {
		return false, kvartal.Errorf(kvartal.KindInvalid, "the answer %v", badLength)
	}
	accepted := p.result == processed
	for _, r := range records {
		accepted = accepted && r.accepted()
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
