package tiles

import (
	"context"
	"sync"
)

// feedSize is how many batches a Feed remembers for readers that were away.
const feedSize = 1024

// Feed tells readers of changes, in batches numbered by their Moment. Readers
// come for what they have not seen; one that is slow costs nothing and is told
// when it has missed too much. It may be used concurrently.
type Feed struct {
	mu      sync.Mutex
	batches []Batch       // a ring, guarded by mu
	next    int           // where the next batch goes, guarded by mu
	grown   chan struct{} // closed when a batch comes; guarded by mu
}

// Batch is changes that became visible together.
type Batch struct {
	At    Moment
	Areas []Area
}

// NewFeed returns a feed without batches.
func NewFeed() *Feed { return &Feed{grown: make(chan struct{})} }

// Publish adds a batch, later than all before.
func (f *Feed) Publish(b Batch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.batches) < feedSize {
		f.batches = append(f.batches, b)
	} else {
		f.batches[f.next] = b
		f.next = (f.next + 1) % feedSize
	}
	close(f.grown)
	f.grown = make(chan struct{})
}

// After returns the batches after a moment, waiting for one if there is none.
// Missed is true if batches between are forgotten: the reader must look at
// everything anew. The error is ctx's.
func (f *Feed) After(ctx context.Context, seen Moment) (batches []Batch, missed bool, err error) {
	for {
		f.mu.Lock()
		batches, missed = f.after(seen)
		grown := f.grown
		f.mu.Unlock()
		if len(batches) > 0 {
			return batches, missed, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}

// after returns the batches after a moment. The caller holds mu.
func (f *Feed) after(seen Moment) (batches []Batch, missed bool) {
	n := len(f.batches)
	for i := range n {
		b := f.batches[(f.next+i)%n]
		if i == 0 && n == feedSize && b.At > seen+1 {
			missed = true
		}
		if b.At > seen {
			batches = append(batches, b)
		}
	}
	return batches, missed
}
