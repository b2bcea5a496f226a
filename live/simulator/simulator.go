// Package simulator is a fleet that is not there: ploughs, buses and sensors
// along the real streets of a city, which speak the real protocols to the real
// listeners. They behave as real ones do: black boxes upload late what was
// measured while nobody could be reached, positions fail, messages come twice,
// clocks are wrong. What they do is drawn from a seed, so that a run can be
// repeated; when they do it is the time of day.
//
// Nothing here is for other purposes than to show and to try: all devices are
// marked by their names, see Fleet.
package simulator

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"kvartal/live"
)

// twiceChance is how often a device sends what it was told is stored.
const twiceChance = 0.01

// Config of a simulation.
type Config struct {
	Streets *Streets
	Units   []Unit
	Seed    uint64
	// Interval between the fixes of a vehicle; sensors tell six times as rarely.
	Interval time.Duration
	// Faults makes clocks, receivers and connections fail now and then.
	Faults bool
	// EGTS, Wialon and MQTT are addresses of listeners. Units whose protocol has
	// none stay silent.
	EGTS, Wialon, MQTT string
	// Feed collects the buses; nil leaves them out.
	Feed *Feed
	// Acknowledged, if not nil, is told of each fix that a listener has confirmed.
	// It is called concurrently.
	Acknowledged func(live.Fix)
}

// Report counts fixes. Those that were sent again count once.
type Report struct {
	Measured     int64 `json:"measured"`
	Acknowledged int64 `json:"acknowledged"`
	Again        int64 `json:"sent_again"` // after connections that broke, and as duplicates
	Published    int64 `json:"published"`  // in the feed, which nobody acknowledges
	Broken       int64 `json:"connections_broken"`
}

// Simulator is a fleet at work.
type Simulator struct {
	config   Config
	counters struct{ measured, acknowledged, again, published, broken atomic.Int64 }
}

// New returns a fleet that stands still.
func New(c Config) *Simulator { return &Simulator{config: c} }

// Report counts what has happened so far.
func (s *Simulator) Report() Report {
	c := &s.counters
	return Report{c.measured.Load(), c.acknowledged.Load(), c.again.Load(), c.published.Load(), c.broken.Load()}
}

// Run moves the fleet until the context ends. What is on board then is sent for
// at most the time given by last.
func (s *Simulator) Run(ctx context.Context, last time.Duration) {
	var fleet sync.WaitGroup
	for number, unit := range s.config.Units {
		if c := s.carrier(unit); c != nil {
			fleet.Go(func() { s.drive(ctx, number, unit, c, last) })
		}
	}
	fleet.Wait()
}

// drive runs one unit: it measures at each tick, and sends beside.
func (s *Simulator) drive(ctx context.Context, number int, unit Unit, c carrier, last time.Duration) {
	box := &blackBox{grown: make(chan struct{}, 1)}
	sending, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var sender sync.WaitGroup
	defer sender.Wait()
	sender.Go(func() { s.send(sending, box, c, dice(s.config.Seed, -number-1)) })

	d := newDriver(s.config, number, unit)
	wait(ctx, time.Duration(d.dice.Int64N(int64(s.config.Interval)))) // so that not all tell at one moment
	ticker := time.NewTicker(d.interval)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if f, ok := d.measure(time.Now()); ok {
			s.counters.measured.Add(1)
			box.put(f, d.reached())
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
	box.close()
	defer time.AfterFunc(last, stop).Stop()
	sender.Wait()
}

// send sends what is in the box until it is closed and empty, or the context
// ends. What is not acknowledged is sent again.
func (s *Simulator) send(ctx context.Context, box *blackBox, c carrier, dice *rand.Rand) {
	defer c.close()
	for pause := time.Duration(0); ; {
		fixes, more := box.take(ctx)
		if !more {
			return
		}
		if err := c.send(ctx, fixes); err != nil {
			if ctx.Err() != nil {
				return
			}
			s.counters.broken.Add(1)
			s.counters.again.Add(int64(len(fixes)))
			box.putBack(fixes)
			pause = min(2*pause+100*time.Millisecond, 5*time.Second)
			wait(ctx, pause)
			continue
		}
		pause = 0
		s.acknowledge(c, fixes)
		if s.config.Faults && c.acknowledges() && dice.Float64() < twiceChance && c.send(ctx, fixes) == nil {
			s.counters.again.Add(int64(len(fixes)))
		}
	}
}

func (s *Simulator) acknowledge(c carrier, fixes []live.Fix) {
	if !c.acknowledges() {
		s.counters.published.Add(int64(len(fixes)))
		return
	}
	for _, f := range fixes {
		s.counters.acknowledged.Add(1)
		if s.config.Acknowledged != nil {
			s.config.Acknowledged(f)
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
