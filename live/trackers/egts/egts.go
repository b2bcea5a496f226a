// Package egts decodes EGTS, the protocol of Russian on-board equipment
// (GOST 33465-2015, GOST R 54619-2011; sensors by order 285 of the Ministry of
// Transport). Values are little-endian. A packet holds records, a record
// subrecords: positions with the readings of sensors behind them.
//
// Encrypted and compressed packets are answered as such and not read. Readings
// keep raw values under names with the input's number; digital inputs come as
// octets, "din" from the position and "din_octet1" and on from the sensors.
package egts

import (
	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers"
)

// Source is the name of the protocol in fixes.
const Source = "egts"

// Session decodes one connection.
type Session struct {
	// device is who logged in. It is meant by records that name no object, and by
	// those that name the terminal of the login instead of its IMEI.
	device   live.DeviceID
	terminal live.DeviceID
	// object and name are those of the record read last: a packet of a device names
	// it again and again.
	object uint32
	name   live.DeviceID
}

var _ trackers.Session = (*Session)(nil)

// MaxFrame implements trackers.Session.
func (*Session) MaxFrame() int { return longHeader + maxBody + 2 }

// Split implements trackers.Session.
func (*Session) Split(data []byte) (int, error) { return measure(data) }

// Decode implements trackers.Session. Records of services that carry nothing
// for us are acknowledged, as the standard wants.
func (s *Session) Decode(frame []byte) (trackers.Message, error) {
	p, st := parsePacket(frame)
	if st != processed {
		return refusal(p, st)
	}
	records, ok := p.records()
	if !ok {
		return refusal(p, badLength)
	}
	message := trackers.Message{Fixes: make([]live.Fix, 0, len(records))}
	for _, r := range records {
		if !s.read(r, &message) {
			return refusal(p, badData)
		}
	}
	if p.kind == response {
		return trackers.Message{}, nil
	}
	message.Accepted = answer(p, processed, processed, records)
	message.Refused = answer(p, processed, refused(message), records)
	return message, nil
}

// refused is the status of records that are not taken: a device that fails its
// login is denied, others may send again.
func refused(m trackers.Message) status {
	if m.Login != nil {
		return denied
	}
	return noResources
}

func refusal(p packet, st status) (trackers.Message, error) {
	return trackers.Message{Refused: answer(p, st, st, nil)},
		kvartal.Errorf(kvartal.KindInvalid, "EGTS packet %d %s", p.id, st)
}

// read adds what a record says to m, and reports whether it could be read.
func (s *Session) read(r record, m *trackers.Message) bool {
	switch r.service {
	case authService:
		login, terminal, whole := r.login()
		if login != nil {
			m.Login = login
			s.device, s.terminal = login.Device, terminal
		}
		return whole
	case teleService:
		device := s.device
		if named := s.named(r); named != "" && named != s.terminal {
			device = named
		}
		var whole bool
		m.Fixes, whole = r.appendFixes(m.Fixes, device)
		return whole
	}
	return true
}

// named is the object that a record names, "" if it names none.
func (s *Session) named(r record) live.DeviceID {
	if !r.named {
		return ""
	}
	if s.name == "" || s.object != r.object {
		s.object, s.name = r.object, number(r.object)
	}
	return s.name
}
