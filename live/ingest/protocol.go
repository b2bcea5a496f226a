package ingest

import (
	"kvartal/live/trackers"
	"kvartal/live/trackers/egts"
	"kvartal/live/trackers/nmea"
	"kvartal/live/trackers/wialon"
)

// Protocol is a way in which trackers speak over TCP or UDP.
type Protocol struct {
	// Name is what settings and fixes call it.
	Name string
	// Session begins a conversation.
	Session func() trackers.Session
	// Datagrams says that trackers speak it over UDP too.
	Datagrams bool
}

// Protocols returns those that are spoken. A new one is a folder of
// live/trackers and a line here.
func Protocols() []Protocol {
	return []Protocol{
		{Name: egts.Source, Session: func() trackers.Session { return new(egts.Session) }},
		{Name: wialon.Source, Session: func() trackers.Session { return new(wialon.Session) }, Datagrams: true},
		{Name: nmea.Source, Session: func() trackers.Session { return new(nmea.Session) }, Datagrams: true},
	}
}
