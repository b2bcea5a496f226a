package tiles

import (
	"math"
	"sync"

	"github.com/paulmach/orb"

	"kvartal"
)

// ledgerSize is how many changes of a layer a Ledger remembers: a minute of a
// thousand edits a second.
const ledgerSize = 1 << 16

// Moment numbers the states of the data; later is greater.
type Moment uint64

// Ledger remembers where layers changed lately, so that a tile made at one
// moment can be told to be still true at another. It may be used concurrently;
// readers do not wait for one another.
type Ledger struct {
	mu     sync.RWMutex
	now    Moment                           // guarded by mu
	layers map[kvartal.LayerID]*layerLedger // guarded by mu
}

// layerLedger is a ring of the latest changes of one layer.
type layerLedger struct {
	ring   []ledgerEntry
	next   int    // where the next change goes
	forgot Moment // changes up to this moment are no longer in the ring
}

type ledgerEntry struct {
	at    Moment
	bound orb.Bound // EPSG:3857
}

// NewLedger returns a ledger without changes.
func NewLedger() *Ledger { return &Ledger{layers: map[kvartal.LayerID]*layerLedger{}} }

// Now returns the moment of the latest change recorded.
func (l *Ledger) Now() Moment {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.now
}

// Area is where a layer changed: old and new extent of a feature.
type Area struct {
	Layer kvartal.LayerID
	Bound orb.Bound // EPSG:3857
}

// Everywhere is the extent of a change that may have touched anything.
func Everywhere() orb.Bound {
	return orb.Bound{Min: orb.Point{math.Inf(-1), math.Inf(-1)}, Max: orb.Point{math.Inf(1), math.Inf(1)}}
}

// Record notes changes that became visible together and returns their moment.
func (l *Ledger) Record(areas []Area) Moment {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now++
	for _, a := range areas {
		ledger := l.layers[a.Layer]
		if ledger == nil {
			ledger = &layerLedger{}
			l.layers[a.Layer] = ledger
		}
		ledger.add(ledgerEntry{l.now, a.Bound})
	}
	return l.now
}

func (l *layerLedger) add(e ledgerEntry) {
	if len(l.ring) < ledgerSize {
		l.ring = append(l.ring, e)
		return
	}
	l.forgot = l.ring[l.next].at
	l.ring[l.next] = e
	l.next = (l.next + 1) % ledgerSize
}

// Untouched reports whether nothing in bound (EPSG:3857) has changed in any of
// the layers since the moment, and the moment up to which that is true.
func (l *Ledger) Untouched(ids []kvartal.LayerID, bound orb.Bound, since Moment) (Moment, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if since == l.now {
		return l.now, true
	}
	for _, id := range ids {
		if ledger := l.layers[id]; ledger != nil && ledger.touched(bound, since) {
			return 0, false
		}
	}
	return l.now, true
}

// touched walks the ring from its newest entry back to the moment.
func (l *layerLedger) touched(bound orb.Bound, since Moment) bool {
	if since < l.forgot {
		return true // nobody knows any more
	}
	n := len(l.ring)
	for i := range n {
		e := &l.ring[(l.next-1-i+2*n)%n]
		if e.at <= since {
			return false
		}
		if e.bound.Intersects(bound) {
			return true
		}
	}
	return false
}
