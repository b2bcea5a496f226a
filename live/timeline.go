package live

import (
	"cmp"
	"slices"
	"time"
)

// Legs says which pairs of neighbouring fixes are a way travelled.
type Legs struct {
	// MaxGap is the longest silence that a leg may bridge.
	MaxGap time.Duration
	// MaxSpeed in km/h; a leg that would need more is a jump of the receiver.
	MaxSpeed float64
	// Working reports whether a fix shows the device at its work (blade down,
	// spreader on). A leg is working if both its ends are. nil means never.
	Working func(*Fix) bool
}

// Mileage is a way travelled.
type Mileage struct {
	Total, Working Millimetres
}

// Moment is a fix with the judgement of its clock.
type Moment struct {
	Fix
	At   time.Time
	Mark Mark

	hash Hash // 0: not digested yet
}

// Outcome says what became of a fix added to a Timeline.
type Outcome int

// The outcomes of adding a fix.
const (
	Added       Outcome = iota
	Duplicate           // known already
	Quarantined         // its time is absurd
)

// Effect says what a fix changed, so that whoever has shown or counted the old
// can announce the correction.
type Effect struct {
	Outcome Outcome
	// Latest: the latest state is another one now.
	Latest bool
	// From and To bound the time in which the track is another one than was
	// known before. Both are zero if nothing changed. A fix that only continues
	// the track is no correction: then Corrected is false.
	From, To  time.Time
	Corrected bool
}

// Timeline is all that is known of one device over some period, in the order of
// time. What it says depends on the set of fixes added and on nothing else: any
// order, division, repetition or delay gives the same. It is not safe for
// concurrent use.
type Timeline struct {
	legs    Legs
	moments []Moment // by At, then hash, then the time told
	known   map[Key]Moment
	mileage Mileage
}

// NewTimeline returns an empty timeline.
func NewTimeline(legs Legs) *Timeline {
	return &Timeline{legs: legs, known: map[Key]Moment{}}
}

// Track returns the moments in the order of time. The caller does not change it.
func (t *Timeline) Track() []Moment { return t.moments }

// Mileage returns the way travelled over the whole timeline.
func (t *Timeline) Mileage() Mileage { return t.mileage }

// Latest returns the newest moment.
func (t *Timeline) Latest() (Moment, bool) {
	if len(t.moments) == 0 {
		return Moment{}, false
	}
	return t.moments[len(t.moments)-1], true
}

// Add takes in a fix, in O(log n) comparisons if it is the newest or nearly so.
func (t *Timeline) Add(f Fix) Effect {
	key := f.Key()
	m := judged(f, key.Hash)
	if m.Mark == Absurd {
		return Effect{Outcome: Quarantined}
	}
	if before, known := t.known[key]; known {
		return t.again(key, before, f)
	}
	t.known[key] = m
	return t.insert(m)
}

// again takes in another copy of a known fix. A copy received earlier may move
// a fix whose time of receipt stands in for its own.
func (t *Timeline) again(key Key, before Moment, f Fix) Effect {
	after := judged(merge(before.Fix, f), key.Hash)
	if after.Received.Equal(before.Received) && after.Flags == before.Flags {
		return Effect{Outcome: Duplicate}
	}
	last, _ := t.Latest()
	removed := t.remove(before)
	inserted := t.insert(after)
	t.known[key] = after
	if after.At.Equal(before.At) && after.Mark == before.Mark {
		return Effect{Outcome: Duplicate}
	}
	now, _ := t.Latest()
	return Effect{
		Outcome: Duplicate, Latest: last.Compare(&now) != 0, Corrected: true,
		From: earlier(removed.From, inserted.From), To: later(removed.To, inserted.To),
	}
}

// MomentOf judges the clock of a fix. If the mark is Absurd the moment means nothing.
func MomentOf(f *Fix) *Moment {
	m := &Moment{Fix: *f}
	m.At, m.Mark = Judge(f.Time, f.Received)
	return m
}

// RecordedMoment is MomentOf a fix that was kept with its hash, perhaps without what
// does not matter: the place of a fix that has none.
func RecordedMoment(f Fix, hash Hash) Moment { return judged(f, hash) }

func judged(f Fix, hash Hash) Moment {
	at, mark := Judge(f.Time, f.Received)
	return Moment{Fix: f, At: at, Mark: mark, hash: hash}
}

func (t *Timeline) insert(m Moment) Effect {
	i, _ := slices.BinarySearchFunc(t.moments, &m, byTime)
	t.count(i-1, i, -1)
	t.moments = slices.Insert(t.moments, i, m)
	t.count(i-1, i, +1)
	t.count(i, i+1, +1)
	last := i == len(t.moments)-1
	from, to := t.around(i)
	return Effect{Latest: last, From: from, To: to, Corrected: !last}
}

func (t *Timeline) remove(m Moment) Effect {
	i, _ := slices.BinarySearchFunc(t.moments, &m, byTime)
	from, to := t.around(i)
	t.count(i-1, i, -1)
	t.count(i, i+1, -1)
	t.moments = slices.Delete(t.moments, i, i+1)
	t.count(i-1, i, +1)
	return Effect{From: from, To: to}
}

// around returns the time from the neighbour before moment i to the one after.
func (t *Timeline) around(i int) (from, to time.Time) {
	return t.moments[max(i-1, 0)].At, t.moments[min(i+1, len(t.moments)-1)].At
}

// count adds the leg between the moments i and j, sign times, to the mileage.
func (t *Timeline) count(i, j int, sign Millimetres) {
	if i < 0 || j >= len(t.moments) {
		return
	}
	leg := t.legs.Between(&t.moments[i], &t.moments[j])
	t.mileage.Total += sign * leg.Total
	t.mileage.Working += sign * leg.Working
}

// Between returns the way travelled from a fix to the next.
func (l Legs) Between(a, b *Moment) Mileage {
	if !l.Connects(a, b) {
		return Mileage{}
	}
	way := Distance(a.Point, b.Point)
	if l.AtWork(a, b) {
		return Mileage{Total: way, Working: way}
	}
	return Mileage{Total: way}
}

// Connects reports whether there is a way from a fix to the next: neither a
// silence nor a jump lies between.
func (l Legs) Connects(a, b *Moment) bool {
	gap := b.At.Sub(a.At)
	return gap <= l.MaxGap && a.HasPosition() && b.HasPosition() && Distance(a.Point, b.Point).Kilometres() <= l.MaxSpeed*gap.Hours()
}

// AtWork reports whether the device worked from a fix to the next.
func (l Legs) AtWork(a, b *Moment) bool {
	return l.Working != nil && l.Working(&a.Fix) && l.Working(&b.Fix)
}

// Compare sorts moments by time. What a device told tells apart those of one
// time, so that their order is not that of arrival.
func (m *Moment) Compare(n *Moment) int {
	if c := m.At.Compare(n.At); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(m.digest(), n.digest()), m.Time.Compare(n.Time))
}

func byTime(a Moment, b *Moment) int { return a.Compare(b) }

// digest is the hash of the fix. It is asked for only where two moments are of one
// time, which is rare, so that most fixes are never digested for it.
func (m *Moment) digest() Hash {
	if m.hash == 0 {
		return m.Hash()
	}
	return m.hash
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
