package egts

import (
	"encoding/binary"

	"kvartal/live"
)

// Encode makes a packet with the position of each fix in a record of its own,
// as a terminal numbered object would send it. Of the inputs it sends "din" and
// "source". Positions are told in WGS 84.
func Encode(id uint16, object uint32, fixes []live.Fix) []byte {
	var body []byte
	for i := range fixes {
		position := encodePosition(nil, &fixes[i])
		var w writer
		w.byte(posData)
		w.uint16(uint16(len(position)))
		body = appendDeviceRecord(body, uint16(i), object, teleService, append(w, position...))
	}
	return appendPacket(nil, appData, id, body)
}

// EncodeLogin makes the packet with which a terminal begins.
func EncodeLogin(id uint16, terminal uint32, imei [15]byte) []byte {
	var w writer
	w.byte(termIdentity)
	w.uint16(4 + 1 + 15)
	w.uint32(terminal)
	w.byte(0x02) // IMEIE
	return appendPacket(nil, appData, id, appendDeviceRecord(nil, 0, terminal, authService, append(w, imei[:]...)))
}

func appendDeviceRecord(out []byte, number uint16, object uint32, s service, data []byte) []byte {
	w := writer(out)
	w.uint16(uint16(len(data)))
	w.uint16(number)
	w.byte(sourceOnDevice | hasObject)
	w.uint32(object)
	w.byte(byte(s))
	w.byte(byte(s))
	return append(w, data...)
}

// writer appends little-endian values.
type writer []byte

func (w *writer) byte(v byte)     { *w = append(*w, v) }
func (w *writer) uint16(v uint16) { *w = binary.LittleEndian.AppendUint16(*w, v) }
func (w *writer) uint24(v uint32) { *w = append(*w, byte(v), byte(v>>8), byte(v>>16)) }
func (w *writer) uint32(v uint32) { *w = binary.LittleEndian.AppendUint32(*w, v) }
