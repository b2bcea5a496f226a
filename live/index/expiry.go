package index

import (
	"container/heap"
	"time"
)

// expiry tells which objects change when nothing more is heard of them. An
// object that is heard of changes later: its entry stays where it is and is put
// back when it comes up, so that hearing costs nothing here.
type expiry struct{ queue deadlines }

// add asks for a slot to come up at a time, unless it comes up before.
func (e *expiry) add(s *slot, at time.Time) {
	if !s.queued.IsZero() && !at.Before(s.queued) {
		return
	}
	s.queued = at
	heap.Push(&e.queue, deadline{at, s})
}

// due takes out what comes up until now.
func (e *expiry) due(now time.Time) (slots []*slot) {
	for len(e.queue) > 0 && !e.queue[0].at.After(now) {
		d, _ := heap.Pop(&e.queue).(deadline)
		if d.slot.queued.Equal(d.at) { // else an earlier entry came up already
			d.slot.queued = time.Time{}
			slots = append(slots, d.slot)
		}
	}
	return slots
}

type deadline struct {
	at   time.Time
	slot *slot
}

// deadlines is a heap, the earliest first.
type deadlines []deadline

func (q deadlines) Len() int           { return len(q) }
func (q deadlines) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q deadlines) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push and Pop are for container/heap.
func (q *deadlines) Push(x any) {
	d, _ := x.(deadline)
	*q = append(*q, d)
}

// Pop is the other half.
func (q *deadlines) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
