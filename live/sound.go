package live

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"kvartal"
)

// Limits of what a device may tell in one fix.
const (
	maxName   = 64  // characters of a device or an input
	maxText   = 256 // characters of a reading
	maxInputs = 256
)

// Sound returns an error of kvartal.KindInvalid if f is nothing that could be
// kept: names that are no text, times outside of four-digit years, numbers that
// are none. What devices send is bytes from outside until this was asked.
func (f *Fix) Sound() error {
	switch {
	case f.Device == "" || !isText(string(f.Device), maxName):
		return kvartal.Errorf(kvartal.KindInvalid, "%.80q is no name of a device: 1 to %d printable characters", string(f.Device), maxName).In("device")
	case !f.Time.IsZero() && (f.Time.Year() < 1 || f.Time.Year() > 9999):
		return kvartal.Errorf(kvartal.KindInvalid, "the time of a fix is in the year %d", f.Time.Year()).In("time")
	case f.Flags&NoPosition == 0 && !(math.Abs(f.Point[0]) <= 180 && math.Abs(f.Point[1]) <= 90): //nolint:staticcheck // NaN is not within either
		return kvartal.Errorf(kvartal.KindInvalid, "%v, %v is no place: want degrees of longitude and latitude", f.Point[0], f.Point[1]).In("lon")
	case len(f.Inputs) > maxInputs:
		return kvartal.Errorf(kvartal.KindInvalid, "a fix has %d readings, at most %d go", len(f.Inputs), maxInputs).In("inputs")
	}
	for _, in := range f.Inputs {
		if in.Name == "" || !isText(in.Name, maxName) || !isText(in.Text, maxText) || math.IsNaN(in.Value) || math.IsInf(in.Value, 0) {
			return kvartal.Errorf(kvartal.KindInvalid, "reading %.80q is no number or printable text", in.Name).In("inputs")
		}
	}
	return nil
}

func isText(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
