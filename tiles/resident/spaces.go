package resident

import (
	"context"
	"sync"
)

// spaces are a number of working spaces, one a tile at a time. The one used last
// is given out first: it is the one in the processor's caches.
type spaces struct {
	turns chan struct{} // as many as spaces are given out

	mu   sync.Mutex
	free []*scratch // guarded by mu
}

func newSpaces(n int) *spaces {
	s := &spaces{turns: make(chan struct{}, n)}
	for range n {
		s.free = append(s.free, new(scratch))
	}
	return s
}

// take waits for a space. The error is ctx's.
func (s *spaces) take(ctx context.Context) (*scratch, error) {
	select {
	case s.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.free) - 1
	space := s.free[last]
	s.free = s.free[:last]
	return space, nil
}

// give returns a space that was taken.
func (s *spaces) give(space *scratch) {
	s.mu.Lock()
	s.free = append(s.free, space)
	s.mu.Unlock()
	<-s.turns
}
