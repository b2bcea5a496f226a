package live

import (
	"math"
	"time"

	"github.com/paulmach/orb"
)

// DeviceID names a device as its protocol does: an IMEI, a unit number, a topic.
type DeviceID string

// Number is a value that a device may leave out. The zero value is "not told".
type Number struct {
	Value float64
	Known bool
}

// Some returns a Number that was told. What is not a finite number was not.
func Some(v float64) Number {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Number{}
	}
	return Number{Value: v, Known: true}
}

// Input is one raw reading beside the position. Its name is the protocol's
// ("din", "adc1", "t1"); the profile of a device says which one is the blade.
type Input struct {
	Name  string
	Value float64
	Text  string // for readings that are no number
}

// Flags are what the device or its decoder says about a fix.
type Flags uint8

// The flags of a fix.
const (
	Late       Flags = 1 << iota // stored in the device and sent afterwards
	NotValid                     // the receiver itself does not trust the position
	NoPosition                   // readings only: Point means nothing
	FromPZ90                     // Point was told in PZ-90.02 and converted
)

// Fix is one message of a device about one moment, as it was told. Nothing
// alters it afterwards: judgements are made beside it.
type Fix struct {
	Device DeviceID
	Source string // protocol it came by
	// Time is the device's own time (UTC), zero if it told none.
	Time time.Time
	// Received is when our listener had it whole, by our clock.
	Received time.Time
	// Point is longitude and latitude in degrees, WGS 84.
	Point      orb.Point
	Altitude   Number // metres
	Speed      Number // km/h
	Course     Number // degrees clockwise from north, 0 ≤ course < 360
	HDOP       Number
	Satellites Number
	Odometer   Number // kilometres
	Flags      Flags
	Inputs     []Input
}

// Input returns the reading of that name.
func (f *Fix) Input(name string) (Input, bool) {
	for _, input := range f.Inputs {
		if input.Name == name {
			return input, true
		}
	}
	return Input{}, false
}

// HasPosition reports whether the fix says where the device was: valid, on the
// globe, and not at 0°/0°, which is what a receiver without satellites sends.
func (f *Fix) HasPosition() bool {
	lon, lat := f.Point[0], f.Point[1]
	return f.Flags&(NoPosition|NotValid) == 0 &&
		math.Abs(lon) <= 180 && math.Abs(lat) <= 90 && (lon != 0 || lat != 0)
}
