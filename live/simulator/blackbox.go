package simulator

import (
	"context"
	"sync"

	"kvartal/live"
)

const (
	// uploadAtOnce is how many fixes go in one message.
	uploadAtOnce = 20
	// boxSize is how many fixes a black box holds; older ones are lost, as they are
	// in real ones.
	boxSize = 100_000
)

// blackBox is the memory of a device: what is measured and not acknowledged yet.
type blackBox struct {
	mu     sync.Mutex
	fixes  []live.Fix // guarded by mu, oldest first
	shut   bool       // guarded by mu
	away   bool       // nobody can be reached; guarded by mu
	grown  chan struct{}
	buffer []live.Fix // of take
}

// put stores a fix. While nobody can be reached it only waits; when somebody can
// again all that waited is late.
func (b *blackBox) put(f live.Fix, reached bool) {
	b.mu.Lock()
	if len(b.fixes) == boxSize {
		b.fixes = b.fixes[1:]
	}
	if b.away && reached {
		for i := range b.fixes {
			b.fixes[i].Flags |= live.Late
		}
	}
	b.fixes, b.away = append(b.fixes, f), !reached
	b.mu.Unlock()
	b.tell()
}

func (b *blackBox) putBack(fixes []live.Fix) {
	b.mu.Lock()
	b.fixes = append(append([]live.Fix(nil), fixes...), b.fixes...)
	b.mu.Unlock()
	b.tell()
}

func (b *blackBox) close() {
	b.mu.Lock()
	b.shut, b.away = true, false
	b.mu.Unlock()
	b.tell()
}

func (b *blackBox) tell() {
	select {
	case b.grown <- struct{}{}:
	default:
	}
}

// take waits for fixes and removes the oldest. False says that there will be none.
// The slice is good until the next take.
func (b *blackBox) take(ctx context.Context) ([]live.Fix, bool) {
	for {
		b.mu.Lock()
		if len(b.fixes) > 0 && !b.away {
			n := min(len(b.fixes), uploadAtOnce)
			b.buffer = append(b.buffer[:0], b.fixes[:n]...)
			b.fixes = b.fixes[n:]
			b.mu.Unlock()
			return b.buffer, true
		}
		shut := b.shut
		b.mu.Unlock()
		if shut {
			return nil, false
		}
		select {
		case <-b.grown:
		case <-ctx.Done():
			return nil, false
		}
	}
}
