package index

import (
	"sync"
	"testing"
)

// Registers are read again while tiles are made of what was read before: with the
// race detector this fails if a reading writes to texts that are everybody's.
func TestRegistersMaySayWhatStatesSay(t *testing.T) {
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			if got := newTexts().of([]byte("online")); got != presences["online"] || !got.shared {
				t.Errorf("texts.of(online) = %v, want that of the presence", got)
			}
		})
	}
	group.Wait()
}
