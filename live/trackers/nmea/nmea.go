// Package nmea decodes NMEA 0183 sentences as trackers send them over TCP and
// UDP: RMC for time, place and motion, GGA for height and accuracy, of any
// talker (GP, GL, GN, …). Other sentences are passed over. Nothing is answered:
// NMEA knows no answers.
//
// NMEA names no device. A tracker puts its name and a comma before the $, or
// alone in the first line of its connection.
package nmea

import (
	"bytes"
	"encoding/hex"
	"strings"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers"
)

// Source is the name of the protocol in fixes.
const Source = "nmea"

// maxFrame allows for the name and for trackers that exceed the 82 bytes of the
// standard.
const maxFrame = 256

// Session decodes one connection.
type Session struct {
	device live.DeviceID
	// accuracy is of the last GGA: an RMC of the same second takes it over.
	accuracy accuracy
}

var _ trackers.Session = (*Session)(nil)

// MaxFrame implements trackers.Session.
func (*Session) MaxFrame() int { return maxFrame }

// Split implements trackers.Session.
func (*Session) Split(data []byte) (int, error) {
	window := data[:min(len(data), maxFrame)]
	if end := bytes.IndexByte(window, '\n'); end >= 0 {
		return end + 1, nil
	}
	if len(window) == maxFrame {
		return 0, kvartal.Errorf(kvartal.KindInvalid, "a line of NMEA 0183 is at most %d bytes long", maxFrame)
	}
	return 0, nil
}

// Decode implements trackers.Session.
func (s *Session) Decode(frame []byte) (trackers.Message, error) {
	line := strings.TrimSpace(string(frame))
	name, sentence, ok := strings.Cut(line, "$")
	var message trackers.Message
	if name = strings.Trim(name, ", "); name != "" && name != string(s.device) {
		if !isName(name) {
			return message, kvartal.Errorf(kvartal.KindInvalid, "%.40q is no name of a device: letters, digits and - before $", name)
		}
		s.device, s.accuracy = live.DeviceID(name), accuracy{}
		message.Login = &trackers.Login{Device: s.device}
	}
	if !ok {
		return message, nil
	}
	fields, err := checked(sentence)
	if err != nil {
		return message, err
	}
	fix, err := s.read(fields)
	if fix != nil {
		message.Fixes = []live.Fix{*fix}
	}
	return message, err
}

// checked returns the fields of a sentence whose sum, if it has one, is right.
func checked(sentence string) ([]string, error) {
	text, told, summed := strings.Cut(sentence, "*")
	if summed {
		var sum byte
		for i := range len(text) {
			sum ^= text[i]
		}
		if b, err := hex.DecodeString(told); err != nil || len(b) != 1 || b[0] != sum {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "the check sum of an NMEA sentence is wrong: told %.10q, made %02X", told, sum)
		}
	}
	return strings.Split(text, ","), nil
}

func isName(name string) bool {
	const allowed = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	return len(name) <= 64 && strings.Trim(name, allowed) == ""
}
