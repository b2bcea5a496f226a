package live

import "time"

// Presence says how far the last word of a device can be relied on.
type Presence string

// The states of presence.
const (
	Online Presence = "online"
	Slow   Presence = "late" // missed a few of its intervals
	Stale  Presence = "stale"
	Lost   Presence = "lost"
)

// Silence says after how long a silence a device changes its presence. They
// grow in the order of the fields.
type Silence struct {
	Slow, Stale, Lost time.Duration
}

// DefaultSilence suits a device that reports each interval: late after three,
// stale after ten minutes, lost after a day.
func DefaultSilence(interval time.Duration) Silence {
	return Silence{Slow: 3 * interval, Stale: max(10*time.Minute, 3*interval), Lost: 24 * time.Hour}
}

// Presence returns the state at now of a device last heard of at last, and when
// it will change if nothing more is heard (zero for Lost, which lasts).
func (s Silence) Presence(last, now time.Time) (Presence, time.Time) {
	age := now.Sub(last)
	switch {
	case age < s.Slow:
		return Online, last.Add(s.Slow)
	case age < s.Stale:
		return Slow, last.Add(s.Stale)
	case age < s.Lost:
		return Stale, last.Add(s.Lost)
	}
	return Lost, time.Time{}
}
