package egts

import (
	"math"
	"time"

	"github.com/paulmach/orb"

	"kvartal/live"
)

// Bits of the flags of EGTS_SR_POS_DATA.
const (
	posValid     = 0x01 // VLD
	posPZ90      = 0x04 // CS: 0 WGS 84, 1 PZ-90.02
	posBlackBox  = 0x08 // BB
	posSouth     = 0x20 // LAHS
	posWest      = 0x40 // LOHS
	posAltitude  = 0x80 // ALTE
	speedBelow   = 0x40 // ALTS, in the high byte of the speed: altitude below the sea
	speedDir8    = 0x80 // DIRH, in the high byte of the speed: highest bit of the course
	degreesScale = 0xFFFFFFFF
)

// addPosition reads EGTS_SR_POS_DATA (16) into f.
func addPosition(f *live.Fix, in *reader) {
	f.Time = moment(in.uint32())
	lat := float64(in.uint32()) * 90 / degreesScale
	lon := float64(in.uint32()) * 180 / degreesScale
	flags := in.byte()
	speed := in.uint16()
	high := byte(speed >> 8)
	course := float64(in.byte())
	odometer := in.uint24()
	digital := in.byte()
	source := in.byte()
	if high&speedDir8 != 0 {
		course += 256
	}
	f.Point = orb.Point{signed(lon, flags&posWest != 0), signed(lat, flags&posSouth != 0)}
	f.Speed = live.Some(float64(speed&0x3FFF) / 10)
	f.Course = live.Some(math.Mod(course, 360))
	f.Odometer = live.Some(float64(odometer) / 10)
	f.Flags = positionFlags(flags)
	if f.Flags&live.FromPZ90 != 0 {
		f.Point = fromPZ90(f.Point)
	}
	if flags&posAltitude != 0 {
		f.Altitude = live.Some(signed(float64(in.uint24()), high&speedBelow != 0))
	}
	f.Inputs = append(f.Inputs, value("din", float64(digital)), value("source", float64(source)))
}

func positionFlags(flags byte) live.Flags {
	var f live.Flags
	if flags&posValid == 0 {
		f |= live.NotValid
	}
	if flags&posPZ90 != 0 {
		f |= live.FromPZ90
	}
	if flags&posBlackBox != 0 {
		f |= live.Late
	}
	return f
}

func signed(v float64, negative bool) float64 {
	if negative {
		return -v
	}
	return v
}

// addPrecision reads EGTS_SR_EXT_POS_DATA (17): dilutions are multiplied by 100
// (order 285, section on EGTS_TELEDATA_SERVICE). A few terminals multiply by 10,
// which nothing in the record tells.
func addPrecision(f *live.Fix, in *reader) {
	flags := in.byte()
	if flags&0x01 != 0 {
		f.Inputs = append(f.Inputs, value("vdop", float64(in.uint16())/100))
	}
	if flags&0x02 != 0 {
		f.HDOP = live.Some(float64(in.uint16()) / 100)
	}
	if flags&0x04 != 0 {
		f.Inputs = append(f.Inputs, value("pdop", float64(in.uint16())/100))
	}
	if flags&0x08 != 0 {
		f.Satellites = live.Some(float64(in.byte()))
	}
	if flags&0x10 != 0 {
		f.Inputs = append(f.Inputs, value("navigation_systems", float64(in.uint16())))
	}
}

// appendFixes appends the positions and readings of a record. Each position
// begins a fix; readings belong to the position before them. Readings without a
// position make a fix of their own, at the time of the record.
func (r record) appendFixes(fixes []live.Fix, device live.DeviceID) ([]live.Fix, bool) {
	before, whole := len(fixes), true
	for sub := range r.subrecords(&whole) {
		add := reading(sub)
		if add == nil {
			continue
		}
		if sub.kind == posData || len(fixes) == before {
			fixes = append(fixes, r.blank(device))
		}
		in := &reader{data: sub.data}
		add(&fixes[len(fixes)-1], in)
		whole = whole && !in.short
	}
	return fixes, whole
}

// blank is a fix without position at the time of the record.
func (r record) blank(device live.DeviceID) live.Fix {
	return live.Fix{Device: device, Source: Source, Time: r.time, Flags: live.NoPosition}
}

func value(name string, v float64) live.Input { return live.Input{Name: name, Value: v} }

// encodePosition appends EGTS_SR_POS_DATA of f, which is in WGS 84.
func encodePosition(out []byte, f *live.Fix) []byte {
	flags := byte(0x02)
	if f.Flags&live.NotValid == 0 {
		flags |= posValid
	}
	if f.Flags&live.Late != 0 {
		flags |= posBlackBox
	}
	if f.Point[0] < 0 {
		flags |= posWest
	}
	if f.Point[1] < 0 {
		flags |= posSouth
	}
	if f.Altitude.Known {
		flags |= posAltitude
	}
	speed := min(uint16(math.Round(max(0, f.Speed.Value)*10)), 0x3FFF)
	course := uint16(math.Round(f.Course.Value)) % 360
	speed |= course >> 8 << 15
	if f.Altitude.Value < 0 {
		speed |= speedBelow << 8
	}
	digital, _ := f.Input("din")
	source, _ := f.Input("source")

	w := writer(out)
	w.uint32(seconds(f.Time))
	w.uint32(scaled(f.Point[1], 90))
	w.uint32(scaled(f.Point[0], 180))
	w.byte(flags)
	w.uint16(speed)
	w.byte(byte(course))
	w.uint24(uint32(math.Round(f.Odometer.Value * 10)))
	w.byte(byte(digital.Value))
	w.byte(byte(source.Value))
	if f.Altitude.Known {
		w.uint24(uint32(math.Round(math.Abs(f.Altitude.Value))))
	}
	return w
}

func scaled(degrees, full float64) uint32 {
	return uint32(math.Round(math.Abs(degrees) / full * degreesScale))
}

func seconds(t time.Time) uint32 { return uint32(t.Unix() - epoch) }
