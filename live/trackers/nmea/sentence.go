package nmea

import (
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers"
)

// kilometresPerNauticalMile turns knots into km/h.
const kilometresPerNauticalMile = 1.852

// accuracy is what a GGA adds to a fix of the same second.
type accuracy struct {
	clock                      string // hhmmss.ss
	satellites, hdop, altitude live.Number
}

// read reads the fields of a sentence; only an RMC makes a fix.
func (s *Session) read(fields []string) (*live.Fix, error) {
	switch {
	case strings.HasSuffix(fields[0], "GGA") && len(fields) >= 10:
		return nil, s.readGGA(fields)
	case strings.HasSuffix(fields[0], "RMC") && len(fields) >= 10:
		return s.readRMC(fields)
	}
	return nil, nil
}

// readGGA reads "GGA,time,lat,N,lon,E,quality,satellites,hdop,altitude,M,…".
func (s *Session) readGGA(fields []string) error {
	var p parser
	s.accuracy = accuracy{
		clock:      fields[1],
		satellites: p.number(fields[7]), hdop: p.number(fields[8]), altitude: p.number(fields[9]),
	}
	return p.err
}

// readRMC reads "RMC,time,A,lat,N,lon,E,knots,course,date,…".
func (s *Session) readRMC(fields []string) (*live.Fix, error) {
	var p parser
	fix := &live.Fix{
		Device: s.device, Source: Source, Time: p.time(fields[9], fields[1]),
		Point:  orb.Point{p.degrees(fields[5], 3, fields[6] == "W"), p.degrees(fields[3], 2, fields[4] == "S")},
		Course: p.number(fields[8]),
	}
	if knots := p.number(fields[7]); knots.Known {
		fix.Speed = trackers.Speed(knots.Value, kilometresPerNauticalMile)
	}
	if fields[3] == "" || fields[5] == "" {
		fix.Flags |= live.NoPosition
	}
	if fields[2] != "A" {
		fix.Flags |= live.NotValid
	}
	if s.accuracy.clock == fields[1] {
		fix.Satellites, fix.HDOP, fix.Altitude = s.accuracy.satellites, s.accuracy.hdop, s.accuracy.altitude
	}
	if p.err != nil {
		return nil, p.err
	}
	return fix, nil
}

// parser reads fields, which may be empty, and keeps the first error.
type parser struct{ err error }

func (p *parser) fail(text, want string) {
	if p.err == nil {
		p.err = kvartal.Errorf(kvartal.KindInvalid, "%.30q in an NMEA sentence is not %s", text, want)
	}
}

func (p *parser) number(text string) live.Number {
	if text == "" {
		return live.Number{}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		p.fail(text, "a number")
	}
	return live.Some(v)
}

// degrees reads whole degrees of so many digits followed by minutes.
func (p *parser) degrees(text string, digits int, negative bool) float64 {
	if text == "" {
		return 0
	}
	v, ok := trackers.ParseMinutes(text, digits)
	if !ok {
		p.fail(text, "degrees and minutes")
	}
	if negative {
		v = -v
	}
	return v
}

// time reads ddmmyy and hhmmss with or without a fraction. A receiver that has
// not seen a satellite leaves them empty.
func (p *parser) time(date, clock string) time.Time {
	if date == "" || clock == "" {
		return time.Time{}
	}
	t, err := time.Parse("020106 150405", date+" "+clock)
	if err != nil {
		p.fail(date+" "+clock, "a date and a time of day")
	}
	return t
}
