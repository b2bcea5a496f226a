package egts

import (
	"strconv"
	"strings"

	"kvartal/live"
	"kvartal/live/trackers"
)

// Subrecords of the authorisation service.
const (
	termIdentity       = 1
	dispatcherIdentity = 5
	authInfo           = 7
)

// login reads what a record of the authorisation service claims, nil if it
// claims nothing, and by which number the terminal names itself elsewhere.
func (r record) login() (login *trackers.Login, terminal live.DeviceID, whole bool) {
	whole = true
	for sub := range r.subrecords(&whole) {
		in := &reader{data: sub.data}
		switch sub.kind {
		case termIdentity:
			login = new(trackers.Login)
			login.Device, terminal = readTerminal(in)
		case dispatcherIdentity:
			login = readDispatcher(in)
		case authInfo:
			login = readAuthInfo(in)
		}
		whole = whole && !in.short
	}
	return login, terminal, whole
}

// readTerminal reads EGTS_SR_TERM_IDENTITY: the IMEI names the device if there
// is one, else the terminal's number.
func readTerminal(in *reader) (device, terminal live.DeviceID) {
	terminal = number(in.uint32())
	flags := in.byte()
	if flags&0x01 != 0 {
		in.uint16() // HDID
	}
	if flags&0x02 != 0 {
		if imei := strings.Trim(string(in.bytes(15)), "\x00 "); isDigits(imei) {
			return live.DeviceID(imei), terminal
		}
	}
	return terminal, terminal
}

// readDispatcher reads EGTS_SR_DISPATCHER_IDENTITY: a relay of many devices.
func readDispatcher(in *reader) *trackers.Login {
	in.byte() // DT
	id := number(in.uint32())
	return &trackers.Login{Device: "dispatcher:" + id, Password: string(in.bytes(len(in.data)))}
}

// readAuthInfo reads EGTS_SR_AUTH_INFO: name and password, each ended by 0.
func readAuthInfo(in *reader) *trackers.Login {
	name, rest, ok := strings.Cut(string(in.data), "\x00")
	password, _, ended := strings.Cut(rest, "\x00")
	if !ok || !ended {
		in.short = true
		return nil
	}
	return &trackers.Login{Device: live.DeviceID(name), Password: password}
}

func number(n uint32) live.DeviceID { return live.DeviceID(strconv.FormatUint(uint64(n), 10)) }

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
