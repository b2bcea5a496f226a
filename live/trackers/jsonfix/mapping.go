package jsonfix

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/live"
)

// Paths lead to a value: names of members joined by dots. The first that leads
// to one counts. No path at all means that messages never hold the value.
type Paths []string

// Mapping says where in a message what stands.
type Mapping struct {
	Source   string
	Device   Paths
	Time     Paths // RFC 3339, or seconds or milliseconds since 1970
	Lon, Lat Paths // degrees, WGS 84

	Altitude, Speed, Course, HDOP, Satellites, Odometer Paths // units of live.Fix

	Valid, Late Paths // true or false
	// Inputs lead to members that become inputs; objects below them are taken
	// apart, their names joined by dots. All that lead to something count.
	Inputs Paths

	speaker live.DeviceID // the only one that messages may speak for; "": any
}

// Of returns the mapping of messages that one device tells of itself: they need
// not name it, and may name no other.
func (m Mapping) Of(device live.DeviceID) Mapping {
	m.speaker = device
	return m
}

// Plain is the mapping of our own form.
func Plain() Mapping {
	return Mapping{
		Source: "json",
		Device: Paths{"device"}, Time: Paths{"time"}, Lon: Paths{"lon"}, Lat: Paths{"lat"},
		Altitude: Paths{"altitude"}, Speed: Paths{"speed"}, Course: Paths{"course"}, HDOP: Paths{"hdop"},
		Satellites: Paths{"satellites"}, Odometer: Paths{"odometer"},
		Valid: Paths{"valid"}, Late: Paths{"late"}, Inputs: Paths{"inputs"},
	}
}

// ChirpStack is the mapping of the uplink events of ChirpStack 4
// (application/{id}/device/{eui}/event/up, as JSON).
func ChirpStack() Mapping {
	return Mapping{
		Source: "chirpstack",
		Device: Paths{"deviceInfo.devEui"}, Time: Paths{"time"},
		Lon: Paths{"object.longitude", "object.lon"}, Lat: Paths{"object.latitude", "object.lat"},
		Inputs: Paths{"object", "fCnt"},
	}
}

// TheThingsStack is the mapping of the uplink messages of The Things Stack 3
// (v3/{application}/devices/{device}/up).
func TheThingsStack() Mapping {
	const payload = "uplink_message.decoded_payload"
	return Mapping{
		Source: "ttn",
		Device: Paths{"end_device_ids.dev_eui", "end_device_ids.device_id"},
		Time:   Paths{"uplink_message.received_at", "received_at"},
		Lon:    Paths{payload + ".longitude", "uplink_message.locations.user.longitude"},
		Lat:    Paths{payload + ".latitude", "uplink_message.locations.user.latitude"},
		Inputs: Paths{payload, "uplink_message.f_cnt"},
	}
}

func (m Mapping) fix(message any) (live.Fix, error) {
	if _, ok := message.(map[string]any); !ok {
		return live.Fix{}, kvartal.Errorf(kvartal.KindInvalid, "a message is a JSON object")
	}
	r := reader{message: message, speaker: m.speaker}
	f := live.Fix{
		Source: m.Source, Device: r.device(m.Device), Time: r.time(m.Time),
		Altitude: r.number(m.Altitude), Speed: r.number(m.Speed), Course: r.number(m.Course),
		HDOP: r.number(m.HDOP), Satellites: r.number(m.Satellites), Odometer: r.number(m.Odometer),
	}
	lon, lat := r.number(m.Lon), r.number(m.Lat)
	if lon.Known && lat.Known {
		f.Point = orb.Point{lon.Value, lat.Value}
	} else {
		f.Flags |= live.NoPosition
	}
	if valid, told := r.bool(m.Valid); told && !valid {
		f.Flags |= live.NotValid
	}
	if late, _ := r.bool(m.Late); late {
		f.Flags |= live.Late
	}
	for _, path := range m.Inputs {
		f.Inputs = appendInputs(f.Inputs, path[strings.LastIndexByte(path, '.')+1:], find(message, path))
	}
	return f, r.err
}

// reader takes values out of a message and keeps the first error.
type reader struct {
	message any
	speaker live.DeviceID
	err     error
}

func (r *reader) fail(path, want string) {
	if r.err == nil {
		r.err = kvartal.Errorf(kvartal.KindInvalid, "%s must be %s", path, want).In(path)
	}
}

// value returns the first value that a path leads to, and the path.
func (r *reader) value(paths Paths) (any, string) {
	for _, path := range paths {
		if v := find(r.message, path); v != nil {
			return v, path
		}
	}
	return nil, strings.Join(paths, " or ")
}

func (r *reader) device(paths Paths) live.DeviceID {
	v, path := r.value(paths)
	if v == nil && r.speaker != "" {
		return r.speaker
	}
	var device live.DeviceID
	switch id := v.(type) {
	case string:
		device = live.DeviceID(id)
	case json.Number:
		device = live.DeviceID(id)
	}
	switch {
	case device == "":
		r.fail(path, "the name or number of the device")
	case r.speaker != "" && device != r.speaker && r.err == nil:
		r.err = kvartal.Errorf(kvartal.KindForbidden, "device %q speaks for device %.80q", string(r.speaker), string(device)).In(path)
	}
	return device
}

func (r *reader) number(paths Paths) live.Number {
	v, path := r.value(paths)
	if v == nil {
		return live.Number{}
	}
	if number, ok := v.(json.Number); ok {
		if f, err := number.Float64(); err == nil {
			return live.Some(f)
		}
	}
	r.fail(path, "a number")
	return live.Number{}
}

func (r *reader) bool(paths Paths) (value, told bool) {
	v, path := r.value(paths)
	if v == nil {
		return false, false
	}
	value, told = v.(bool)
	if !told {
		r.fail(path, "true or false")
	}
	return value, told
}

func (r *reader) time(paths Paths) time.Time {
	v, path := r.value(paths)
	switch t := v.(type) {
	case nil:
		return time.Time{}
	case string:
		if told, err := time.Parse(time.RFC3339Nano, t); err == nil {
			return told.UTC()
		}
	case json.Number:
		if seconds, err := t.Float64(); err == nil {
			return since1970(seconds)
		}
	}
	r.fail(path, "a time by RFC 3339 or the seconds since 1970")
	return time.Time{}
}

// since1970 reads seconds, or milliseconds if the number is beyond the seconds
// of the year 5138. It rounds to milliseconds, all that a float can hold.
func since1970(v float64) time.Time {
	if math.Abs(v) < 1e11 {
		v *= 1000
	}
	return time.UnixMilli(int64(math.Round(min(max(v, -1e15), 1e15)))).UTC()
}
