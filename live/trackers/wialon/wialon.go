// Package wialon decodes Wialon IPS 1.1 and 2.x, the text protocol of the
// Wialon platform, which many trackers and relays speak ("Wialon IPS
// communication protocol", versions 1.1 and 2.0). A frame is a line
// "#TYPE#message", of version 2 with a check sum, or several lines compressed.
package wialon

import (
	"bytes"
	"strconv"
	"strings"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers"
)

// Source is the name of the protocol in fixes.
const Source = "wialon"

// maxFrame is the length of the longest line: a black box of some hundred
// messages.
const maxFrame = 64 << 10

// Session decodes one connection.
type Session struct {
	device live.DeviceID
	// checked is set by a login of version 2: all that follows has sums.
	checked bool
}

var _ trackers.Session = (*Session)(nil)

// MaxFrame implements trackers.Session.
func (*Session) MaxFrame() int { return maxFrame }

// Split implements trackers.Session.
func (*Session) Split(data []byte) (int, error) {
	if len(data) > 0 && data[0] == packed {
		return measurePacked(data)
	}
	window := data[:min(len(data), maxFrame)]
	if end := bytes.IndexByte(window, '\n'); end >= 0 {
		return end + 1, nil
	}
	if len(window) == maxFrame {
		return 0, kvartal.Errorf(kvartal.KindInvalid, "a line of Wialon IPS is at most %d bytes long", maxFrame)
	}
	return 0, nil
}

// Decode implements trackers.Session. What cannot be stored now is not
// answered, for the protocol knows only answers after which a device forgets.
func (s *Session) Decode(frame []byte) (trackers.Message, error) {
	if len(frame) > 0 && frame[0] == packed {
		return s.decodePacked(frame)
	}
	line := strings.TrimRight(string(frame), "\r\n")
	before, rest, ok := strings.Cut(line, "#")
	kind, text, whole := strings.Cut(rest, "#")
	if !ok || !whole {
		return trackers.Message{}, kvartal.Errorf(kvartal.KindInvalid, "a line of Wialon IPS is #TYPE#message, not %.40q", line)
	}
	login := s.datagram(before)
	message, err := s.decodeText(kind, text)
	if message.Login == nil {
		message.Login = login
	}
	return message, err
}

// datagram reads what stands before the first # of a datagram: the device, of
// version 2 after the version.
func (s *Session) datagram(before string) *trackers.Login {
	if before == "" {
		return nil
	}
	version, device, versioned := strings.Cut(before, ";")
	if !versioned {
		device = version
	}
	s.device, s.checked = live.DeviceID(device), versioned
	return &trackers.Login{Device: s.device}
}

func (s *Session) decodeText(kind, text string) (trackers.Message, error) {
	switch kind {
	case "L":
		return s.login(text)
	case "SD":
		return s.single(kind, text, shortFields)
	case "D":
		return s.single(kind, text, longFields)
	case "B":
		return s.blackBox(text)
	case "P":
		return trackers.Message{Accepted: []byte("#AP#\r\n")}, nil
	case "M":
		return trackers.Message{Accepted: answer("M", "1")}, nil
	}
	return trackers.Message{}, kvartal.Errorf(kvartal.KindInvalid, "Wialon IPS packets of type %.20q are not read", kind)
}

// login reads "imei;password" or, of version 2, "version;imei;password;sum".
func (s *Session) login(text string) (trackers.Message, error) {
	fields := strings.Split(text, ";")
	if len(fields) == 4 {
		s.checked = true
		if !sumIsRight(text, ";") {
			return refuse("L", "10")
		}
		fields = fields[1:3]
	}
	if len(fields) != 2 || fields[0] == "" {
		return refuse("L", "0")
	}
	s.device = live.DeviceID(fields[0])
	login := &trackers.Login{Device: s.device}
	if fields[1] != absent {
		login.Password = fields[1]
	}
	return trackers.Message{Login: login, Accepted: answer("L", "1"), Refused: answer("L", "01")}, nil
}

// single reads a packet of one message with so many fields and perhaps a sum.
func (s *Session) single(kind, text string, fields int) (trackers.Message, error) {
	wrongSum := "13"
	if fields == longFields {
		wrongSum = "16"
	}
	if summed := strings.Count(text, ";") == fields; summed || s.checked {
		if !summed || !sumIsRight(text, ";") {
			return refuse(kind, wrongSum)
		}
		text = text[:strings.LastIndexByte(text, ';')]
	}
	fix, code := s.fix(text)
	if code != "" {
		return refuse(kind, code)
	}
	return trackers.Message{Fixes: []live.Fix{fix}, Accepted: answer(kind, "1")}, nil
}

// blackBox reads messages that were stored in the device. A message that is
// broken is left out of the number acknowledged: it would be broken again.
func (s *Session) blackBox(text string) (trackers.Message, error) {
	messages := strings.Split(text, "|")
	last := len(messages) - 1
	if summed := last > 0 && !strings.Contains(messages[last], ";"); summed || s.checked {
		if !summed || !sumIsRight(text, "|") {
			return refuse("B", "")
		}
		messages = messages[:last]
	}
	var fixes []live.Fix
	for _, message := range messages {
		fix, code := s.fix(message)
		if code == "" {
			fix.Flags |= live.Late
			fixes = append(fixes, fix)
		}
	}
	if len(fixes) == 0 {
		return refuse("B", "")
	}
	return trackers.Message{Fixes: fixes, Accepted: answer("B", strconv.Itoa(len(fixes)))}, nil
}

func answer(kind, code string) []byte { return []byte("#A" + kind + "#" + code + "\r\n") }

func refuse(kind, code string) (trackers.Message, error) {
	return trackers.Message{Refused: answer(kind, code)},
		kvartal.Errorf(kvartal.KindInvalid, "a Wialon IPS packet of type %s is broken (code %q)", kind, code)
}
