package egts

import (
	"encoding/hex"
	"strconv"

	"kvartal/live"
)

// Kinds of subrecords of the teledata service.
const (
	posData          = 16
	extPosData       = 17
	adSensorsData    = 18
	countersData     = 19
	stateData        = 20 // by order 285 of the ministry; acceleration in GOST 33465
	stateData33465   = 21
	loopInData       = 22
	absDigitalSensor = 23
	absAnalogSensor  = 24
	absCounter       = 25
	absLoopIn        = 26
	liquidLevel      = 27
	passengers       = 28
)

// stateLength is the length of a state, by which it is told from acceleration.
const stateLength = 5

// reading returns what reads a subrecord into a fix, nil if it holds nothing
// for one.
func reading(sub subrecord) func(*live.Fix, *reader) {
	switch sub.kind {
	case posData:
		return addPosition
	case extPosData:
		return addPrecision
	case adSensorsData:
		return addSensors
	case countersData:
		return addCounters
	case stateData, stateData33465:
		if len(sub.data) == stateLength {
			return addState
		}
	case loopInData:
		return addLoops
	case absDigitalSensor:
		return addNumberedNibble("digital")
	case absLoopIn:
		return addNumberedNibble("loop")
	case absAnalogSensor:
		return addNumbered("analog")
	case absCounter:
		return addNumbered("counter")
	case liquidLevel:
		return addLiquid
	case passengers:
		return addPassengers
	}
	return nil
}

// addSensors reads EGTS_SR_AD_SENSORS_DATA: up to eight octets of digital
// inputs and eight analogue inputs of 24 bits.
func addSensors(f *live.Fix, in *reader) {
	octets := in.byte()
	outputs := in.byte()
	analog := in.byte()
	f.Inputs = append(f.Inputs, value("dout", float64(outputs)))
	for n := range eachBit(octets) {
		f.Inputs = append(f.Inputs, value(numbered("din_octet", n), float64(in.byte())))
	}
	for n := range eachBit(analog) {
		f.Inputs = append(f.Inputs, value(numbered("analog", n), float64(in.uint24())))
	}
}

// addCounters reads EGTS_SR_COUNTERS_DATA: up to eight counters of 24 bits.
func addCounters(f *live.Fix, in *reader) {
	for n := range eachBit(in.byte()) {
		f.Inputs = append(f.Inputs, value(numbered("counter", n), float64(in.uint24())))
	}
}

// addState reads the state of the terminal: mode and voltages.
func addState(f *live.Fix, in *reader) {
	f.Inputs = append(
		f.Inputs,
		value("mode", float64(in.byte())),
		value("power_volts", float64(in.byte())/10),
		value("backup_volts", float64(in.byte())/10),
		value("internal_volts", float64(in.byte())/10),
		value("state_flags", float64(in.byte())),
	)
}

// addLoops reads EGTS_SR_LOOPIN_DATA: four bits for each loop present.
func addLoops(f *live.Fix, in *reader) {
	var octet byte
	second := false
	for n := range eachBit(in.byte()) {
		if !second {
			octet = in.byte()
		}
		f.Inputs = append(f.Inputs, value(numbered("loop", n), float64(octet&0x0F)))
		octet >>= 4
		second = !second
	}
}

// addNumberedNibble reads one input: four bits of state, twelve of number.
func addNumberedNibble(name string) func(*live.Fix, *reader) {
	return func(f *live.Fix, in *reader) {
		word := in.uint16()
		f.Inputs = append(f.Inputs, value(numbered(name, int(word>>4)), float64(word&0x0F)))
	}
}

// addNumbered reads one input: its number, then 24 bits.
func addNumbered(name string) func(*live.Fix, *reader) {
	return func(f *live.Fix, in *reader) {
		n := int(in.byte())
		f.Inputs = append(f.Inputs, value(numbered(name, n), float64(in.uint24())))
	}
}

// Bits of the flags of EGTS_SR_LIQUID_LEVEL_SENSOR.
const (
	liquidNumber = 0x07
	liquidRaw    = 0x08
	liquidUnit   = 0x30
	liquidError  = 0x40
)

// addLiquid reads a sensor of level: as it measures, in per cent or, in steps
// of 0.1, in litres.
func addLiquid(f *live.Fix, in *reader) {
	flags := in.byte()
	in.uint16() // MADDR, the module it is wired to
	n := int(flags & liquidNumber)
	if flags&liquidError != 0 {
		f.Inputs = append(f.Inputs, live.Input{Name: numbered("level", n), Text: "error"})
		return
	}
	if flags&liquidRaw != 0 {
		f.Inputs = append(f.Inputs, live.Input{Name: numbered("level_raw", n), Text: hex.EncodeToString(in.data)})
		return
	}
	level := float64(in.uint32())
	switch flags & liquidUnit >> 4 {
	case 0:
		f.Inputs = append(f.Inputs, value(numbered("level", n), level))
	case 1:
		f.Inputs = append(f.Inputs, value(numbered("level_percent", n), level))
	case 2:
		f.Inputs = append(f.Inputs, value(numbered("level_litres", n), level/10))
	}
}

// addPassengers reads EGTS_SR_PASSENGERS_COUNTERS: who went in and out by door.
func addPassengers(f *live.Fix, in *reader) {
	raw := in.byte()&0x01 != 0
	doors := in.byte()
	in.byte()   // DRL, doors that were open
	in.uint16() // MADDR
	if raw {
		f.Inputs = append(f.Inputs, live.Input{Name: "passengers_raw", Text: hex.EncodeToString(in.data)})
		return
	}
	for n := range eachBit(doors) {
		f.Inputs = append(
			f.Inputs,
			value(numbered("passengers_in", n), float64(in.byte())),
			value(numbered("passengers_out", n), float64(in.byte())),
		)
	}
}

// eachBit gives the numbers, from 1, of the bits that are set.
func eachBit(mask byte) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for n := range 8 {
			if mask&(1<<n) != 0 && !yield(n+1) {
				return
			}
		}
	}
}

func numbered(name string, n int) string { return name + strconv.Itoa(n) }
