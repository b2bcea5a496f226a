// Package track tells what a device did over a period: its ways by action, where
// it stood, when it was silent, how far it went. It depends on the set of fixes
// alone, whatever their order, division or copies, and lengths are whole
// millimetres.
package track

import (
	"time"

	"github.com/paulmach/orb"

	"kvartal/live"
)

// Action is what a device did on its way.
type Action string

// The actions.
const (
	Working Action = "working"
	Transit Action = "transit"
)

// Options say how fixes are understood.
type Options struct {
	// Legs says which neighbouring fixes are a way travelled, and which of it was
	// at work.
	Legs live.Legs
	// Ignition reports whether the engine was on; nil: nobody knows.
	Ignition func(*live.Fix) bool
	// Slow is the speed in km/h below which a device stands; Pause how long it must
	// stand for that to be a stop; Near how far from where it began to stand fixes
	// may be that told no speed.
	Slow  float64
	Pause time.Duration
	Near  live.Millimetres
}

// Vertex is where the device was at a moment.
type Vertex struct {
	At    time.Time
	Point orb.Point // degrees, WGS 84
	Speed live.Number
}

// Run is a way of one action, or a gap: a straight line over a silence or a jump
// of the receiver. Each begins where the one before ended.
type Run struct {
	Gap      bool
	Action   Action // of a way
	Vertices []Vertex
	Length   live.Millimetres // 0 of a gap
}

// From returns when the run began.
func (r Run) From() time.Time { return r.Vertices[0].At }

// To returns when the run ended.
func (r Run) To() time.Time { return r.Vertices[len(r.Vertices)-1].At }

// MaxSpeed returns the highest speed told on the run.
func (r Run) MaxSpeed() live.Number {
	var most live.Number
	for _, v := range r.Vertices {
		if v.Speed.Known && (!most.Known || v.Speed.Value > most.Value) {
			most = v.Speed
		}
	}
	return most
}

// Stop is where a device stood.
type Stop struct {
	From, To time.Time
	Point    orb.Point
	Idle     time.Duration // with the engine on
}

// Idling reports whether the engine was on most of the time.
func (s Stop) Idling() bool { return s.Idle > 0 && 2*s.Idle >= s.To.Sub(s.From) }

// Track is what a device did over a period.
type Track struct {
	Runs    []Run
	Stops   []Stop
	Mileage live.Mileage
	Idle    time.Duration // in all stops
	Gaps    int
	Fixes   int // with a position or without
}

// Of returns the track of moments in the order of time (live.Moment.Compare), no
// two of which are one fix. Fixes without a position are counted and passed over.
func Of(moments []live.Moment, o Options) Track {
	t := Track{Fixes: len(moments)}
	placed := make([]*live.Moment, 0, len(moments))
	for i := range moments {
		if moments[i].HasPosition() {
			placed = append(placed, &moments[i])
		}
	}
	for i := 1; i < len(placed); i++ {
		t.leg(placed[i-1], placed[i], o)
	}
	t.stops(placed, o)
	return t
}

// leg adds the way from a fix to the next.
func (t *Track) leg(a, b *live.Moment, o Options) {
	way, connected := o.Legs.Between(a, b), o.Legs.Connects(a, b)
	run := Run{Gap: !connected, Length: way.Total}
	switch {
	case !connected:
		t.Gaps++
	case o.Legs.AtWork(a, b):
		run.Action = Working
	default:
		run.Action = Transit
	}
	t.Mileage.Total += way.Total
	t.Mileage.Working += way.Working
	if n := len(t.Runs); n > 0 && !run.Gap && !t.Runs[n-1].Gap && t.Runs[n-1].Action == run.Action {
		last := &t.Runs[n-1]
		last.Vertices, last.Length = append(last.Vertices, vertex(b)), last.Length+run.Length
		return
	}
	run.Vertices = []Vertex{vertex(a), vertex(b)}
	t.Runs = append(t.Runs, run)
}

func vertex(m *live.Moment) Vertex { return Vertex{m.At, m.Point, m.Speed} }

// stops finds where the device stood: the longest stretches without a gap in
// which no fix moves.
func (t *Track) stops(placed []*live.Moment, o Options) {
	for i := 0; i < len(placed); {
		end := i + 1
		for end < len(placed) && o.stands(placed[i], placed[end]) && o.stands(placed[i], placed[i]) && o.Legs.Connects(placed[end-1], placed[end]) {
			end++
		}
		if stop := o.stop(placed[i:end]); stop.To.Sub(stop.From) >= o.Pause && end > i+1 {
			t.Stops = append(t.Stops, stop)
			t.Idle += stop.Idle
		}
		i = end
	}
}

// stands reports whether a device that began to stand at first still does at m.
func (o Options) stands(first, m *live.Moment) bool {
	if m.Speed.Known {
		return m.Speed.Value < o.Slow
	}
	return live.Distance(first.Point, m.Point) <= o.Near
}

func (o Options) stop(stretch []*live.Moment) Stop {
	first, last := stretch[0], stretch[len(stretch)-1]
	s := Stop{From: first.At, To: last.At, Point: first.Point}
	for i := 1; o.Ignition != nil && i < len(stretch); i++ {
		if o.Ignition(&stretch[i-1].Fix) && o.Ignition(&stretch[i].Fix) {
			s.Idle += stretch[i].At.Sub(stretch[i-1].At)
		}
	}
	return s
}
