package wialon

import (
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"kvartal/live"
	"kvartal/live/trackers"
)

// absent stands for a value that is not there; so does an empty one.
const absent = "NA"

// Numbers of fields of the two forms of a message.
const (
	shortFields = 10 // date;time;lat;N;lon;E;speed;course;altitude;satellites
	longFields  = 16 // … hdop;inputs;outputs;adc;ibutton;parameters
)

// Codes of answers to a message that is broken.
const (
	badStructure = "-1"
	badTime      = "0"
	badPosition  = "10"
	badMotion    = "11"
	badAccuracy  = "12"
	badDigital   = "13"
	badAnalog    = "14"
	badParameter = "15"
)

// fix reads a message of either form. The code is that of the answer if the
// message is broken, else empty.
func (s *Session) fix(text string) (fix live.Fix, code string) {
	fields := strings.Split(text, ";")
	if len(fields) != shortFields && len(fields) != longFields {
		return live.Fix{}, badStructure
	}
	fix = live.Fix{Device: s.device, Source: Source}
	var ok bool
	if fix.Time, ok = moment(fields[0], fields[1]); !ok {
		return live.Fix{}, badTime
	}
	if ok = readPosition(&fix, fields[2:6]); !ok {
		return live.Fix{}, badPosition
	}
	if !numbers(fields[6:9], &fix.Speed, &fix.Course, &fix.Altitude) {
		return live.Fix{}, badMotion
	}
	if !numbers(fields[9:10], &fix.Satellites) {
		return live.Fix{}, badAccuracy
	}
	if len(fields) == longFields {
		code = readMore(&fix, fields[shortFields:])
	}
	return fix, code
}

// readMore reads what the long form has beyond the short one.
func readMore(fix *live.Fix, fields []string) string {
	if !numbers(fields[:1], &fix.HDOP) {
		return badAccuracy
	}
	if !readInput(fix, "din", fields[1]) || !readInput(fix, "dout", fields[2]) {
		return badDigital
	}
	if isTold(fields[3]) {
		for i, v := range strings.Split(fields[3], ",") {
			if !readInput(fix, "adc"+strconv.Itoa(i+1), v) {
				return badAnalog
			}
		}
	}
	if isTold(fields[4]) {
		fix.Inputs = append(fix.Inputs, live.Input{Name: "ibutton", Text: fields[4]})
	}
	if isTold(fields[5]) && !readParameters(fix, fields[5]) {
		return badParameter
	}
	return ""
}

// readParameters reads "name:type:value,…": 1 whole number, 2 number, 3 text.
func readParameters(fix *live.Fix, text string) bool {
	for parameter := range strings.SplitSeq(text, ",") {
		name, rest, ok := strings.Cut(parameter, ":")
		kind, v, typed := strings.Cut(rest, ":")
		if !ok || !typed || name == "" {
			return false
		}
		switch kind {
		case "1", "2":
			if !readInput(fix, name, v) {
				return false
			}
		case "3":
			fix.Inputs = append(fix.Inputs, live.Input{Name: name, Text: v})
		default:
			return false
		}
	}
	return true
}

// readInput adds a number of that name, if there is one.
func readInput(fix *live.Fix, name, text string) bool {
	var n live.Number
	if !numbers([]string{text}, &n) {
		return false
	}
	if n.Known {
		fix.Inputs = append(fix.Inputs, live.Input{Name: name, Value: n.Value})
	}
	return true
}

// numbers reads each text into the number beside it.
func numbers(texts []string, into ...*live.Number) bool {
	for i, text := range texts {
		if !isTold(text) {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return false
		}
		*into[i] = live.Some(v)
	}
	return true
}

func isTold(text string) bool { return text != "" && text != absent }

// moment reads DDMMYY and HHMMSS, perhaps with a fraction. Both absent are the
// zero time: the device has no clock.
func moment(date, clock string) (time.Time, bool) {
	if !isTold(date) && !isTold(clock) {
		return time.Time{}, true
	}
	t, err := time.Parse("020106 150405", date+" "+clock)
	return t, err == nil
}

// readPosition reads "DDMM.MMMM;N;DDDMM.MMMM;E".
func readPosition(fix *live.Fix, fields []string) bool {
	if !isTold(fields[0]) && !isTold(fields[2]) {
		fix.Flags |= live.NoPosition
		return true
	}
	lat, okLat := trackers.ParseMinutes(fields[0], 2)
	lon, okLon := trackers.ParseMinutes(fields[2], 3)
	if fields[1] == "S" {
		lat = -lat
	}
	if fields[3] == "W" {
		lon = -lon
	}
	fix.Point = orb.Point{lon, lat}
	return okLat && okLon
}
