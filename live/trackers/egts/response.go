package egts

import "encoding/binary"

// status is a result code of processing (GOST 33465-2015, table of result
// codes).
type status byte

const (
	processed     status = 0
	cannotDecrypt status = 129
	badHeader     status = 131
	badData       status = 132
	unsupported   status = 133
	badBodySum    status = 138
	badLength     status = 139
	denied        status = 151
	noResources   status = 156
)

func (s status) String() string {
	switch s {
	case processed:
		return "processed"
	case cannotDecrypt:
		return "is encrypted"
	case badHeader:
		return "has a damaged header"
	case badData:
		return "has damaged data"
	case unsupported:
		return "is of an unknown kind"
	case badBodySum:
		return "has a wrong check sum"
	case badLength:
		return "has a wrong length"
	case denied:
		return "is not authorised"
	}
	return "cannot be stored now"
}

// Subrecords of answers.
const (
	recordResponse = 0 // EGTS_SR_RECORD_RESPONSE
	resultCode     = 9 // EGTS_SR_RESULT_CODE
)

// answer makes the response to packet p: its own status and one for each of
// its records. After a login the result of authorisation follows in a packet of
// its own.
func answer(p packet, whole, each status, records []record) []byte {
	body := binary.LittleEndian.AppendUint16(nil, p.id)
	body = append(body, byte(whole))
	login := false
	for i, r := range records {
		var data [3]byte
		binary.LittleEndian.PutUint16(data[:], r.number)
		data[2] = byte(each)
		body = appendRecord(body, uint16(i), r.service, recordResponse, data[:])
		login = login || r.service == authService
	}
	out := appendPacket(nil, response, p.id, body)
	if !login {
		return out
	}
	result := appendRecord(nil, uint16(len(records)), authService, resultCode, []byte{byte(each)})
	return appendPacket(out, appData, p.id, result)
}

// appendRecord appends a record of the server with a single subrecord.
func appendRecord(out []byte, number uint16, s service, kind byte, data []byte) []byte {
	out = binary.LittleEndian.AppendUint16(out, uint16(3+len(data)))
	out = binary.LittleEndian.AppendUint16(out, number)
	out = append(out, 0, byte(s), byte(s), kind)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(data)))
	return append(out, data...)
}
