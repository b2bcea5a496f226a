package egts

import (
	"encoding/binary"

	"kvartal"
)

// Lengths of the transport header: without and with routing fields. The body
// is at most 65517 bytes, its sum two more.
const (
	shortHeader = 11
	longHeader  = 16
	maxBody     = 65517
)

// packetType is the PT of the transport header.
type packetType byte

const (
	response    packetType = 0
	appData     packetType = 1
	signedData  packetType = 2
	packetStart            = 0x01 // PRV, the version of the protocol
)

// Bits of the header's flags.
const (
	prefixBits    = 0xC0 // PRF, always 00
	routed        = 0x20 // RTE
	encryptedBits = 0x18 // ENA
	compressed    = 0x04 // CMP
)

// packet is a transport packet with its body (SFRD) not taken apart.
type packet struct {
	id   uint16
	kind packetType
	body []byte
	// result of what a response answers
	result status
}

// measure returns the length of the first packet of data, 0 if its header is
// not whole yet. The header's sum makes the length trustworthy.
func measure(data []byte) (int, error) {
	if len(data) > 0 && data[0] != packetStart {
		return 0, kvartal.Errorf(kvartal.KindInvalid, "an EGTS packet begins with 01, not %02x", data[0])
	}
	if len(data) < 4 {
		return 0, nil
	}
	header := int(data[3])
	if header != shortHeader && header != longHeader {
		return 0, kvartal.Errorf(kvartal.KindInvalid, "an EGTS header is 11 or 16 bytes long, not %d", header)
	}
	if len(data) < header {
		return 0, nil
	}
	if crc8(data[:header-1]) != data[header-1] {
		return 0, kvartal.Errorf(kvartal.KindInvalid, "the check sum of the EGTS header is wrong")
	}
	body := int(binary.LittleEndian.Uint16(data[5:]))
	if body > maxBody {
		return 0, kvartal.Errorf(kvartal.KindInvalid, "an EGTS body is at most %d bytes long, not %d", maxBody, body)
	}
	length := header + body
	if body > 0 {
		length += 2
	}
	if len(data) < length {
		return 0, nil
	}
	return length, nil
}

// parsePacket reads one whole packet. The packet is returned with its id even
// if its body is damaged, so that it can be answered; status says how.
func parsePacket(frame []byte) (packet, status) {
	n, err := measure(frame)
	if err != nil || n == 0 || n != len(frame) {
		return packet{}, badHeader
	}
	header := int(frame[3])
	p := packet{id: binary.LittleEndian.Uint16(frame[7:]), kind: packetType(frame[9])}
	flags := frame[2]
	switch {
	case flags&prefixBits != 0 || (flags&routed != 0) != (header == longHeader):
		return p, badHeader
	case flags&encryptedBits != 0:
		return p, cannotDecrypt
	case flags&compressed != 0:
		return p, unsupported
	}
	if n == header {
		return p, processed
	}
	p.body = frame[header : n-2]
	if crc16(p.body) != binary.LittleEndian.Uint16(frame[n-2:]) {
		return p, badBodySum
	}
	return p.payload()
}

// payload takes off what stands before the records by the type of packet.
func (p packet) payload() (packet, status) {
	switch p.kind {
	case appData:
		return p, processed
	case response:
		if len(p.body) < 3 {
			return p, badLength
		}
		p.result, p.body = status(p.body[2]), p.body[3:]
		return p, processed
	case signedData:
		if len(p.body) < 2 {
			return p, badLength
		}
		signature := int(binary.LittleEndian.Uint16(p.body))
		if len(p.body) < 2+signature {
			return p, badLength
		}
		p.body = p.body[2+signature:]
		return p, processed
	}
	return p, unsupported
}

// appendPacket appends a packet with a short header.
func appendPacket(out []byte, kind packetType, id uint16, body []byte) []byte {
	start := len(out)
	out = append(out, packetStart, 0, 0, shortHeader, 0)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(body)))
	out = binary.LittleEndian.AppendUint16(out, id)
	out = append(out, byte(kind))
	out = append(out, crc8(out[start:]))
	if len(body) == 0 {
		return out
	}
	out = append(out, body...)
	return binary.LittleEndian.AppendUint16(out, crc16(body))
}
