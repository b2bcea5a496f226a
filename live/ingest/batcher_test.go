package ingest_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"kvartal/live"
	"kvartal/live/bus"
	"kvartal/live/ingest"
)

// runBatcher runs a batcher until the test ends.
func runBatcher(t testing.TB, publish func(context.Context, []live.Fix) error) *ingest.Batcher {
	t.Helper()
	b := ingest.NewBatcher(publish)
	ctx, cancel := context.WithCancel(t.Context())
	var ended sync.WaitGroup
	ended.Go(func() { _ = b.Run(ctx) })
	t.Cleanup(func() { cancel(); ended.Wait() })
	return b
}

func TestBatcherJoinsConnections(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	batches, fixes := 0, 0
	b := runBatcher(t, func(_ context.Context, batch []live.Fix) error {
		mu.Lock()
		defer mu.Unlock()
		batches++
		fixes += len(batch)
		if len(batch) > bus.MaxBatch {
			t.Errorf("a batch holds %d fixes, at most %d are allowed", len(batch), bus.MaxBatch)
		}
		return nil
	})
	const connections, each = 300, 7
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			if err := b.Keep(t.Context(), make([]live.Fix, each)); err != nil {
				t.Errorf("Keep = %v", err)
			}
		})
	}
	all.Wait()
	if fixes != connections*each {
		t.Errorf("%d fixes were published, want %d", fixes, connections*each)
	}
	if batches >= connections/2 {
		t.Errorf("%d connections made %d batches: they were not joined", connections, batches)
	}
}

func TestBatcherDividesWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	fixes := 0
	b := runBatcher(t, func(_ context.Context, batch []live.Fix) error {
		mu.Lock()
		defer mu.Unlock()
		fixes += len(batch)
		return nil
	})
	if err := b.Keep(t.Context(), make([]live.Fix, 3*bus.MaxBatch+1)); err != nil || fixes != 3*bus.MaxBatch+1 {
		t.Errorf("Keep published %d fixes, %v, want %d", fixes, err, 3*bus.MaxBatch+1)
	}
}

func TestBatcherTellsWhatFailed(t *testing.T) {
	t.Parallel()
	errDisk := errors.New("disk full")
	b := runBatcher(t, func(context.Context, []live.Fix) error { return errDisk })
	if err := b.Keep(t.Context(), make([]live.Fix, 2)); !errors.Is(err, errDisk) {
		t.Errorf("Keep = %v, want %v: a device must not be told that it may forget", err, errDisk)
	}
}

func TestBatcherTellsWhoWaitsWhenItEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	begun := make(chan struct{})
	b := ingest.NewBatcher(func(ctx context.Context, _ []live.Fix) error {
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	})
	go func() { _ = b.Run(ctx) }()
	kept := make(chan error, 1)
	go func() { kept <- b.Keep(context.WithoutCancel(ctx), make([]live.Fix, bus.MaxBatch)) }()
	<-begun
	cancel()
	if err := <-kept; err == nil {
		t.Error("Keep = nil from a batcher that ended before the fixes were durable")
	}
}
