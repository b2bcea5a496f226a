package live

import "time"

// Mark is what was found about the clock of a fix.
type Mark uint8

// The marks of a clock. Right is the zero value.
const (
	Right      Mark = iota
	Timeless        // the device told no time: the time of receipt stands in
	Ahead           // the clock is ahead: held back to the time of receipt
	RolledOver      // a receiver that miscounts GPS weeks: 1,024 weeks added
	Absurd          // no time to believe: quarantined, on no track
)

func (m Mark) String() string {
	return [...]string{"right", "timeless", "ahead", "rolled over", "absurd"}[m]
}

// How far a clock may be off. The limits stand apart by orders of magnitude, so
// that none of them is a matter of taste.
const (
	toleratedAhead = time.Minute          // jitter of clocks: taken as it is
	clampedAhead   = 24 * time.Hour       // a wrong time zone at most
	oldestUpload   = 366 * 24 * time.Hour // a black box keeps no more than a season
	gpsWeeks       = 1024 * 7 * 24 * time.Hour
)

// Judge says when a fix told at fixTime and received at received really was,
// and what is wrong with the clock. It depends on these two moments only, so
// that the judgement is the same whenever it is made. Beside Absurd the moment
// means nothing.
func Judge(fixTime, received time.Time) (time.Time, Mark) {
	if fixTime.IsZero() {
		return received, Timeless
	}
	if plausible(fixTime, received) {
		return fixTime, Right
	}
	if repaired := fixTime.Add(gpsWeeks); plausible(repaired, received) {
		return repaired, RolledOver
	}
	if ahead := fixTime.Sub(received); ahead > 0 && ahead <= clampedAhead {
		return received, Ahead
	}
	return time.Time{}, Absurd
}

func plausible(t, received time.Time) bool {
	age := received.Sub(t)
	return age >= -toleratedAhead && age <= oldestUpload
}
