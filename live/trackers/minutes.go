package trackers

import (
	"fmt"
	"math"
	"strconv"
)

// ParseMinutes reads an angle as NMEA 0183 and its heirs write it: whole
// degrees of so many digits, minutes right behind them. It returns degrees.
// Minutes beyond 60, which some devices send, are taken as they are.
func ParseMinutes(text string, digits int) (degrees float64, ok bool) {
	if len(text) < digits+2 {
		return 0, false
	}
	whole, err := strconv.ParseUint(text[:digits], 10, 16)
	minutes, err2 := strconv.ParseFloat(text[digits:], 64)
	if err != nil || err2 != nil || !(minutes >= 0 && minutes < 100) {
		return 0, false
	}
	return float64(whole) + minutes/60, true
}

// FormatMinutes writes the size of an angle as ParseMinutes reads it, to a
// millionth of a minute (2 mm).
func FormatMinutes(degrees float64, digits int) string {
	millionths := int64(math.Round(math.Abs(degrees) * 60e6))
	return fmt.Sprintf("%0*d%02d.%06d", digits, millionths/60e6, millionths/1e6%60, millionths%1e6)
}
