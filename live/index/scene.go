package index

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/paulmach/orb"
	"github.com/tidwall/rtree"

	"kvartal"
	"kvartal/live"
)

// scene is all objects of a layer as they are at one moment after another: the
// present, or the past that others than the city's people may see.
//
// Whoever reads collects objects under the lock and looks at them outside of it.
//
// The tree holds each device by a box around where it was when the box was made.
// It moves within its box without the tree being touched, which is most moves (a
// lazy update R-tree: Kwon, Lee, Lee 2002); whoever searches looks at the place
// itself.
type scene struct {
	layer *Layer

	mu      sync.RWMutex
	slots   map[kvartal.FeatureID]*slot // guarded by mu, as what they hold
	tree    rtree.RTreeG[*slot]         // those that are somewhere, by their boxes; guarded by mu
	expiry  expiry                      // guarded by mu
	changes changes                     // guarded by mu
}

// slot is where the object of one device is.
type slot struct {
	id     kvartal.FeatureID
	object *Object   // nil: it is shown no more
	middle orb.Point // of its box in the tree
	queued deadline  // when it comes up in expiry
	inTree bool
	noted  bool // among the changes that readers are yet to be told
}

func newScene(l *Layer) *scene {
	return &scene{layer: l, slots: map[kvartal.FeatureID]*slot{}, changes: newChanges()}
}

// open returns the slot of a device, a new one if there is none.
func (s *scene) open(d *Device) *slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.slots[d.ID]
	if at == nil {
		at = &slot{id: d.ID}
		s.slots[d.ID] = at
	}
	return at
}

// all returns the slots of all objects.
func (s *scene) all() []*slot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Collect(maps.Values(s.slots))
}

// put shows what a head says of a device, instead of what was shown of it.
func (s *scene) put(at *slot, d *Device, h live.Head, now time.Time) {
	o := newObject(s.layer, d, h, now)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replace(at, o)
}

// replace puts an object in the place of the one in its slot. The caller holds mu.
func (s *scene) replace(at *slot, o *Object) {
	at.object = o
	s.locate(at)
	s.expiry.add(at, o.until)
	s.changes.note(at)
}

// leeway is how far a device may be from the middle of its box, in degrees: about
// 200 m to the north, some ten seconds of a drive. More makes searches look at
// more that is not in their box.
const leeway = 0.002

// locate has the tree find a slot where its object is. The caller holds mu.
func (s *scene) locate(at *slot) {
	somewhere := at.object != nil && at.object.Somewhere
	if at.inTree && (!somewhere || !at.box().Contains(at.object.Point)) {
		box := at.box()
		s.tree.Delete(box.Min, box.Max, at)
		at.inTree = false
	}
	if somewhere && !at.inTree {
		at.middle = at.object.Point
		box := at.box()
		s.tree.Insert(box.Min, box.Max, at)
		at.inTree = true
	}
}

func (at *slot) box() orb.Bound {
	return orb.Bound{Min: orb.Point{at.middle[0] - leeway, at.middle[1] - leeway}, Max: orb.Point{at.middle[0] + leeway, at.middle[1] + leeway}}
}

// remove shows an object no more.
func (s *scene) remove(at *slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at.object = nil
	s.locate(at)
	delete(s.slots, at.id)
	s.changes.note(at)
}

// advance changes the presence of those that were silent for too long, and tells
// readers of all that has changed.
func (s *scene) advance(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, at := range s.expiry.due(deadlineOf(now)) {
		o := at.object
		switch {
		case o == nil || o.until == never:
		case o.until > deadlineOf(now): // heard of meanwhile
			s.expiry.add(at, o.until)
		default:
			s.replace(at, newObject(s.layer, o.device, o.Head, now))
		}
	}
	s.changes.publish()
}

// within calls visit with each object in a box, edges included, or with all if
// it is nil, those that are nowhere too. It holds the lock: visit only collects.
func (s *scene) within(box *orb.Bound, visit func(*Object)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if box == nil {
		for _, at := range s.slots {
			if at.object != nil {
				visit(at.object)
			}
		}
		return
	}
	s.tree.Search(box.Min, box.Max, func(_, _ [2]float64, at *slot) bool {
		if box.Contains(at.object.Point) {
			visit(at.object)
		}
		return true
	})
}

func (s *scene) object(id kvartal.FeatureID) *Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if at := s.slots[id]; at != nil {
		return at.object
	}
	return nil
}

// batch is the number of the newest batch of changes.
func (s *scene) batch() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.changes.last
}

// change is what has become of the object of an id: nil if it is shown no more.
type change struct {
	id     kvartal.FeatureID
	object *Object
}

// after appends what changed after batch n, as it is now, and returns up to which
// batch; false if that is not known any more.
func (s *scene) after(n uint64, into []change) (_ []change, last uint64, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	slots, ok := s.changes.after(n)
	for _, at := range slots {
		into = append(into, change{at.id, at.object})
	}
	return into, s.changes.last, ok
}

// woken returns a channel that is closed once there are changes after batch n.
func (s *scene) woken(n uint64) <-chan struct{} {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.changes.last != n {
		return closed
	}
	return s.changes.wake
}

var closed = func() <-chan struct{} { //nolint:gochecknoglobals // a constant
	c := make(chan struct{})
	close(c)
	return c
}()
