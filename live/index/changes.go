package index

// keptBatches is how many batches of changes are remembered: how far behind a
// reader may fall, or how long it may be away, before it is given all anew.
const keptBatches = 600

// changes are the slots whose objects changed, in numbered batches. It keeps the
// last batches, in a ring, and no object: who reads them wants the newest.
type changes struct {
	noted []*slot
	ring  [][]*slot     // batch n is at n modulo its length
	last  uint64        // number of the newest batch, from 1
	wake  chan struct{} // closed with the next batch
}

func newChanges() changes {
	return changes{ring: make([][]*slot, keptBatches), wake: make(chan struct{})}
}

func (c *changes) note(s *slot) {
	if !s.noted {
		s.noted = true
		c.noted = append(c.noted, s)
	}
}

// publish makes a batch of what was noted and wakes those who wait.
func (c *changes) publish() {
	if len(c.noted) == 0 {
		return
	}
	for _, s := range c.noted {
		s.noted = false
	}
	c.last++
	c.ring[c.last%keptBatches], c.noted = c.noted, nil
	close(c.wake)
	c.wake = make(chan struct{})
}

// after returns what changed after batch n, perhaps more than once; false if n is
// too long ago or was never.
func (c *changes) after(n uint64) ([]*slot, bool) {
	if n > c.last || c.last-n > keptBatches {
		return nil, false
	}
	if n+1 == c.last { // the usual case: batches are not altered
		return c.ring[c.last%keptBatches], true
	}
	var slots []*slot
	for i := n + 1; i <= c.last; i++ {
		slots = append(slots, c.ring[i%keptBatches]...)
	}
	return slots, true
}
