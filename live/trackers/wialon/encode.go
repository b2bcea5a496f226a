package wialon

import (
	"fmt"
	"strconv"
	"strings"

	"kvartal/live"
	"kvartal/live/trackers"
)

// EncodeLogin makes the line with which a device of version 2 begins.
func EncodeLogin(device live.DeviceID, password string) []byte {
	return seal("L", fmt.Sprintf("2.0;%s;%s;", device, password))
}

// Encode makes a line of version 2 with one fix. Inputs go as parameters.
func Encode(fix *live.Fix) []byte { return seal("D", message(fix)+";") }

// EncodeBlackBox makes a line of version 2 with fixes sent afterwards.
func EncodeBlackBox(fixes []live.Fix) []byte {
	var text strings.Builder
	for i := range fixes {
		text.WriteString(message(&fixes[i]) + "|")
	}
	return seal("B", text.String())
}

func seal(kind, text string) []byte {
	return fmt.Appendf(nil, "#%s#%s%04X\r\n", kind, text, crc16(text))
}

func message(fix *live.Fix) string {
	clock := absent + ";" + absent
	if !fix.Time.IsZero() {
		clock = fix.Time.UTC().Format("020106;150405")
	}
	fields := []string{clock, position(fix)}
	for _, n := range [...]live.Number{fix.Speed, fix.Course, fix.Altitude, fix.Satellites, fix.HDOP} {
		fields = append(fields, text(n))
	}
	return strings.Join(append(fields, absent, absent, absent, absent, parameters(fix.Inputs)), ";")
}

func position(fix *live.Fix) string {
	if fix.Flags&live.NoPosition != 0 {
		return "NA;NA;NA;NA"
	}
	return angle(fix.Point[1], 2, "N", "S") + ";" + angle(fix.Point[0], 3, "E", "W")
}

func angle(degrees float64, digits int, positive, negative string) string {
	if degrees < 0 {
		return trackers.FormatMinutes(degrees, digits) + ";" + negative
	}
	return trackers.FormatMinutes(degrees, digits) + ";" + positive
}

func parameters(inputs []live.Input) string {
	if len(inputs) == 0 {
		return absent
	}
	var list []string
	for _, input := range inputs {
		if input.Text != "" {
			list = append(list, input.Name+":3:"+input.Text)
			continue
		}
		list = append(list, input.Name+":2:"+strconv.FormatFloat(input.Value, 'f', -1, 64))
	}
	return strings.Join(list, ",")
}

func text(n live.Number) string {
	if !n.Known {
		return absent
	}
	return strconv.FormatFloat(n.Value, 'f', -1, 64)
}
