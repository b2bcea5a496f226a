// Package trackers holds what the protocols of trackers have in common. Each
// protocol is a package below it that decodes bytes into fixes and makes the
// answers; none of them opens a connection, reads a clock or keeps anything
// beside the state of one session.
package trackers

import "kvartal/live"

// Session is one conversation with a device or a relay of many, over a stream
// or a datagram. It is used by one goroutine.
type Session interface {
	// Split returns the length of the first frame of data, or 0 if it is not
	// whole yet, which it is at MaxFrame bytes at the latest. It keeps nothing
	// of data. An error means that the stream cannot be followed any further.
	Split(data []byte) (int, error)
	// Decode reads one whole frame, as Split measured it. Fixes have no time of
	// receipt yet. The message refers to nothing of frame. An error of
	// kvartal.KindInvalid concerns this frame only: Message.Refused still
	// answers it.
	Decode(frame []byte) (Message, error)
	// MaxFrame is the length of the longest frame.
	MaxFrame() int
}

// Login is a device's claim to be who it says. Until it is confirmed its fixes
// are not to be believed.
type Login struct {
	Device   live.DeviceID
	Password string
}

// Message is what one frame says.
type Message struct {
	Login *Login
	Fixes []live.Fix
	// Accepted is to be sent when the fixes are durable and the login, if there
	// is one, is right. Refused is to be sent otherwise. Either may be empty.
	Accepted, Refused []byte
}
