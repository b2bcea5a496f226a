package index

import (
	"container/heap"
	"time"
)

// deadline is a moment in nanoseconds since 1970: there are many, and a time.Time
// is three times as long.
type deadline int64

// never is the deadline of what does not change by itself.
const never deadline = 0

// deadlineOf is the deadline at t, never if t is zero.
func deadlineOf(t time.Time) deadline {
	if t.IsZero() {
		return never
	}
	return deadline(t.UnixNano())
}

// expiry tells which objects change when nothing more is heard of them. An
// object that is heard of changes later: its entry stays where it is and is put
// back when it comes up, so that hearing costs nothing here.
type expiry struct{ queue deadlines }

// add asks for a slot to come up at a time, unless it comes up before or never.
func (e *expiry) add(s *slot, at deadline) {
	if at == never || s.queued != never && at >= s.queued {
		return
	}
	s.queued = at
	heap.Push(&e.queue, waiting{at, s})
}

// due takes out what comes up until now.
func (e *expiry) due(now deadline) (slots []*slot) {
	for len(e.queue) > 0 && e.queue[0].at <= now {
		w, _ := heap.Pop(&e.queue).(waiting)
		if w.slot.queued == w.at { // else an earlier entry came up already
			w.slot.queued = never
			slots = append(slots, w.slot)
		}
	}
	return slots
}

// waiting is a slot and when it comes up.
type waiting struct {
	at   deadline
	slot *slot
}

// deadlines is a heap, the earliest first.
type deadlines []waiting

func (q deadlines) Len() int           { return len(q) }
func (q deadlines) Less(i, j int) bool { return q[i].at < q[j].at }
func (q deadlines) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push and Pop are for container/heap.
func (q *deadlines) Push(x any) {
	w, _ := x.(waiting)
	*q = append(*q, w)
}

// Pop is the other half.
func (q *deadlines) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
