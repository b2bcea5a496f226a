package nmea

import (
	"fmt"

	"kvartal/live"
	"kvartal/live/trackers"
)

// Encode makes the RMC sentence of a fix, with the name of the device before it.
func Encode(fix *live.Fix) []byte {
	status := "A"
	if fix.Flags&(live.NotValid|live.NoPosition) != 0 {
		status = "V"
	}
	place := ",,,"
	if fix.Flags&live.NoPosition == 0 {
		place = angle(fix.Point[1], 2, "N", "S") + "," + angle(fix.Point[0], 3, "E", "W")
	}
	clock, date := "", ""
	if !fix.Time.IsZero() {
		clock, date = fix.Time.UTC().Format("150405.000"), fix.Time.UTC().Format("020106")
	}
	knots := live.Number{Value: fix.Speed.Value / kilometresPerNauticalMile, Known: fix.Speed.Known}
	text := fmt.Sprintf("GNRMC,%s,%s,%s,%s,%s,%s,,", clock, status, place, field(knots), field(fix.Course), date)
	var sum byte
	for i := range len(text) {
		sum ^= text[i]
	}
	return fmt.Appendf(nil, "%s,$%s*%02X\r\n", fix.Device, text, sum)
}

func field(n live.Number) string {
	if !n.Known {
		return ""
	}
	return fmt.Sprintf("%.3f", n.Value)
}

func angle(degrees float64, digits int, positive, negative string) string {
	if degrees < 0 {
		return trackers.FormatMinutes(degrees, digits) + "," + negative
	}
	return trackers.FormatMinutes(degrees, digits) + "," + positive
}
