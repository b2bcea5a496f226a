package simulator

import (
	"math"
	"math/rand/v2"
	"time"

	"kvartal/live"
)

// Digital inputs of ploughs, as bits of the input "din".
const (
	bladeBit    = 1 << 0
	spreaderBit = 1 << 1
	ignitionBit = 1 << 7
)

// How often faults are, per fix.
const (
	awayChance    = 0.004 // of losing the network
	blindChance   = 0.003 // of losing the satellites
	wrongClockOne = 16    // of so many units has a clock that is ahead
	rolledOverOne = 16    // of so many units miscounts GPS weeks
	gpsEpoch      = 1024 * 7 * 24 * time.Hour
)

// driver measures for one unit.
type driver struct {
	unit     Unit
	interval time.Duration
	faults   bool
	dice     *rand.Rand
	walk     *walk
	before   time.Time
	speed    float64 // km/h
	odometer float64 // km
	fill     float64 // percent
	working  bool
	phase    time.Time // when working or standing changes
	standing bool
	away     time.Time // until when nobody can be reached
	blind    time.Time // until when there are no satellites
	clock    time.Duration
}

// dice draws for one thing.
func dice(seed uint64, number int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(number))) //nolint:gosec // the same draws again are the point
}

func newDriver(c Config, number int, unit Unit) *driver {
	d := &driver{unit: unit, interval: c.Interval, faults: c.Faults, dice: dice(c.Seed, number)}
	d.odometer, d.fill = float64(d.dice.IntN(50_000)), 100*d.dice.Float64()
	if unit.Class == Sensor {
		d.interval *= 6
		return d
	}
	d.walk = c.Streets.walk(d.dice)
	if c.Faults && unit.Class == Plough {
		switch {
		case unit.Number%wrongClockOne == 7:
			d.clock = 3 * time.Hour
		case unit.Number%rolledOverOne == 12:
			d.clock = -gpsEpoch
		}
	}
	return d
}

// measure returns what the unit would tell at a moment; false if it tells nothing.
func (d *driver) measure(now time.Time) (live.Fix, bool) {
	now = now.UTC().Truncate(time.Second)
	if !now.After(d.before) {
		return live.Fix{}, false // devices tell time in seconds
	}
	elapsed := d.interval
	if !d.before.IsZero() {
		elapsed = now.Sub(d.before)
	}
	d.before = now
	f := live.Fix{Device: d.unit.Device, Time: now.Add(d.clock)}
	if d.unit.Class == Sensor {
		d.sense(&f, now)
		return f, true
	}
	d.change(now)
	metres := d.speed / 3.6 * elapsed.Seconds()
	d.odometer += metres / 1000
	f.Point, _ = d.walk.advance(metres)
	_, course := d.walk.advance(0)
	f.Speed, f.Course, f.Odometer = live.Some(round(d.speed)), live.Some(math.Floor(course)), live.Some(round(d.odometer))
	f.Satellites, f.HDOP = live.Some(float64(7+d.dice.IntN(8))), live.Some(0.9)
	if now.Before(d.blind) {
		f.Flags |= live.NotValid
		f.Satellites = live.Some(float64(d.dice.IntN(3)))
	}
	d.addReadings(&f)
	return f, true
}

func round(v float64) float64 { return math.Round(10*v) / 10 }

// change draws what happens next: work and stops by phases, speed around what is
// usual, and failures.
func (d *driver) change(now time.Time) {
	if now.After(d.phase) {
		switch d.unit.Class {
		case Bus:
			d.standing = !d.standing && !d.phase.IsZero()
			d.phase = now.Add(time.Duration(30+d.dice.IntN(60)) * time.Second)
			if d.standing {
				d.phase = now.Add(time.Duration(15+d.dice.IntN(20)) * time.Second)
			}
		default:
			d.working, d.standing = d.dice.Float64() < 0.7, d.dice.Float64() < 0.15
			d.phase = now.Add(time.Duration(60+d.dice.IntN(600)) * time.Second)
		}
	}
	d.speed = d.usual() * (0.8 + 0.4*d.dice.Float64())
	if !d.faults {
		return
	}
	if now.After(d.away) && d.dice.Float64() < awayChance {
		d.away = now.Add(time.Duration(30+d.dice.IntN(240)) * time.Second)
	}
	if now.After(d.blind) && d.dice.Float64() < blindChance {
		d.blind = now.Add(time.Duration(10+d.dice.IntN(60)) * time.Second)
	}
}

// usual is the usual speed in km/h.
func (d *driver) usual() float64 {
	switch {
	case d.standing:
		return 0
	case d.unit.Class == Bus:
		return 32
	case d.working:
		return 22
	}
	return 40
}

func (d *driver) addReadings(f *live.Fix) {
	if d.unit.Class == Bus {
		f.Inputs = []live.Input{{Name: "label", Text: d.unit.Route}, {Name: "route", Text: d.unit.Route}}
		return
	}
	din := ignitionBit
	if d.working && !d.standing {
		din |= bladeBit
		if d.unit.Number%2 == 0 {
			din |= spreaderBit
		}
	}
	f.Inputs = []live.Input{{Name: "din", Value: float64(din)}}
}

// sense is a sensor in a waste bin, with a thermometer.
func (d *driver) sense(f *live.Fix, now time.Time) {
	d.fill += 0.5 * d.dice.Float64()
	if d.fill >= 100 {
		d.fill = 0 // emptied
	}
	hour := float64(now.Unix()%86400) / 3600
	f.Flags |= live.NoPosition
	f.Inputs = []live.Input{
		{Name: "fill", Value: math.Round(d.fill)},
		{Name: "temperature", Value: round(-6 + 4*math.Sin((hour-9)/24*2*math.Pi) + d.dice.Float64())},
	}
}

// reached reports whether the unit had a network when it measured last.
func (d *driver) reached() bool { return !d.faults || d.before.After(d.away) }
