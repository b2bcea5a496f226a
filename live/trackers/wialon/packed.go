package wialon

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"

	"kvartal"
	"kvartal/live/trackers"
)

// packed begins a compressed packet: its length in two bytes and a zlib stream
// of lines follow.
const packed = 0xFF

func measurePacked(data []byte) (int, error) {
	if len(data) < 3 {
		return 0, nil
	}
	length := 3 + int(binary.LittleEndian.Uint16(data[1:]))
	if length > maxFrame {
		return 0, kvartal.Errorf(kvartal.KindInvalid, "a compressed packet of Wialon IPS is at most %d bytes long, not %d", maxFrame, length)
	}
	if len(data) < length {
		return 0, nil
	}
	return length, nil
}

// decodePacked reads the lines of a compressed packet as one message. If one of
// them cannot be read, none is taken.
func (s *Session) decodePacked(frame []byte) (trackers.Message, error) {
	lines, err := unpack(frame)
	if err != nil {
		return trackers.Message{}, err
	}
	var all trackers.Message
	for len(lines) > 0 {
		n := bytes.IndexByte(lines, '\n') + 1
		if n == 0 {
			n = len(lines)
		}
		if lines[0] == packed {
			return trackers.Message{}, kvartal.Errorf(kvartal.KindInvalid, "a compressed packet of Wialon IPS holds lines, not another one")
		}
		m, err := s.Decode(lines[:n])
		if err != nil {
			return trackers.Message{Refused: m.Refused}, err
		}
		if m.Login != nil {
			all.Login = m.Login
		}
		all.Fixes = append(all.Fixes, m.Fixes...)
		all.Accepted = append(all.Accepted, m.Accepted...)
		all.Refused = append(all.Refused, m.Refused...)
		lines = lines[n:]
	}
	return all, nil
}

// unpack inflates to no more than a frame may hold.
func unpack(frame []byte) ([]byte, error) {
	broken := kvartal.Errorf(kvartal.KindInvalid, "a compressed packet of Wialon IPS cannot be unpacked")
	if len(frame) < 3 {
		return nil, broken
	}
	stream, err := zlib.NewReader(bytes.NewReader(frame[3:]))
	if err != nil {
		return nil, broken.Because(err)
	}
	lines, err := io.ReadAll(io.LimitReader(stream, maxFrame+1))
	if err != nil {
		return nil, broken.Because(err)
	}
	if len(lines) > maxFrame {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "a compressed packet of Wialon IPS holds at most %d bytes", maxFrame)
	}
	return lines, nil
}
